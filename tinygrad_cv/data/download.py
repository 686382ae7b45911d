"""Downloads: whole and verified, or not there at all.

A file is fetched under a temporary name beside its place, compared with its checksum, and only then renamed,
which is atomic: whoever finds a file under its own name can trust it, also after a crash, a cut-off line or
two downloads at once.
"""
import hashlib
import http.client
import os
import tempfile
import urllib.request

from tqdm import tqdm

CHUNK = 2**16
POKEMON = ("http://d2l-data.s3-accelerate.amazonaws.com/pokemon.zip",
           "https://d2l-data.s3.amazonaws.com/pokemon.zip")


def cache_folder():
    """Where downloads go: $TINYGRAD_CV_DATA if it is set, else ~/.cache/tinygrad_cv."""
    return os.environ.get("TINYGRAD_CV_DATA") or os.path.expanduser("~/.cache/tinygrad_cv")


def pokemon(root=None):
    """The path of the course's pokemon.zip (40,597 sprites), fetched into `root` or the cache if missing."""
    path = os.path.join(root or cache_folder(), "pokemon.zip")
    return download(POKEMON, path, sha1="c065c0e2593b8b161a2d7873e42418bf6a21106c")


def download(urls, path, *, sha1=None, md5=None, sha256=None, timeout=30):
    """Fetch a file from the first of `urls` (one, or mirrors in order) that delivers it whole, to `path`.

    A file that is there already is kept if its checksum is right or none is given, else fetched anew.
    `timeout` is in seconds without a byte. RuntimeError, saying what each server did and how to get the file
    by hand, where none delivers; nothing half-done is left behind.
    """
    urls, path = [urls] if isinstance(urls, str) else list(urls), os.fspath(path)
    for url in urls:
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"download: needs http:// or https:// addresses, got {url!r}")
    checksums = {"sha1": sha1, "md5": md5, "sha256": sha256}
    checksums = {name: value.lower() for name, value in checksums.items() if value}
    if os.path.exists(path) and not wrong_checksum(path, checksums):
        return path
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    failures = []
    for url in urls:
        try:
            fetch(url, path, checksums, timeout)
            return path
        except (OSError, http.client.HTTPException) as error:
            failures.append(f"  {url}: {error or type(error).__name__}")
    cure = f"Fetch it by hand, in a browser perhaps, and save it as {os.path.abspath(path)}"
    raise RuntimeError("\n".join([f"download: could not fetch {os.path.basename(path)}:", *failures, cure]))


def fetch(url, path, checksums, timeout):
    """Fetch one address into `path`, or raise and leave nothing."""
    folder, name = os.path.split(path)
    handle, partial = tempfile.mkstemp(".part", name + ".", folder or ".")
    try:
        request = urllib.request.Request(url, headers={"User-Agent": "tinygrad_cv"})
        with os.fdopen(handle, "wb") as file, urllib.request.urlopen(request, timeout=timeout) as response:
            size = response.length                             # as promised by the server; perhaps None
            with tqdm(total=size, desc=name, unit="B", unit_scale=True, delay=1) as bar:
                while chunk := response.read1(CHUNK):
                    bar.update(file.write(chunk))
            file.flush()
            os.fsync(file.fileno())
        got = os.path.getsize(partial)
        problem = wrong_checksum(partial, checksums)
        if size is not None and got != size:
            problem = f"cut off after {got} of {size} bytes"
        if problem:
            raise OSError(problem)
        os.chmod(partial, 0o644)                               # mkstemp's files are for their owner only
        os.replace(partial, path)
    finally:
        if os.path.exists(partial):
            os.remove(partial)


def wrong_checksum(path, checksums):
    """What is wrong with the file at `path`, in words, or None."""
    for name, wanted in checksums.items():
        digest = hashlib.new(name)
        with open(path, "rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
        if digest.hexdigest() != wanted:
            return f"wrong content: its {name} is {digest.hexdigest()}, not {wanted}"
    return None
