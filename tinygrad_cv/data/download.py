"""Downloads: complete and verified, or not there at all.

A file is written under a temporary name, compared with its checksum, and only then renamed. So a
file that is found under its own name can be trusted, even after a crash or two downloads at once.

If a checksum is given, it decides. Without one, a file must have the length that the server
announced (or come in chunks, which say where they end), and must be neither a web page nor
compressed: error pages, and the login page of a hotel's network, arrive with status 200 as well.
"""

import hashlib
import http.client
import os
import sys
import time
import urllib.request

from tqdm import tqdm

from ..serialization.files import complete_file

CHUNK = 2**16
SLOWEST = 2**10  # bytes per second
POKEMON = ("http://d2l-data.s3-accelerate.amazonaws.com/pokemon.zip",
           "https://d2l-data.s3.amazonaws.com/pokemon.zip")


def cache_folder():
    """Where downloads go: $TINYGRAD_CV_DATA if it is set, otherwise ~/.cache/tinygrad_cv."""
    return os.environ.get("TINYGRAD_CV_DATA") or os.path.expanduser("~/.cache/tinygrad_cv")


def pokemon(root=None):
    """The path of the course's pokemon.zip (40,597 sprites), downloaded to `root` or the cache."""
    path = os.path.join(root or cache_folder(), "pokemon.zip")
    return download(POKEMON, path, sha1="c065c0e2593b8b161a2d7873e42418bf6a21106c")


def download(urls, path, *, sha1=None, md5=None, sha256=None, timeout=30):
    """Download a file to `path`, from the first of `urls` that delivers it complete.

    `urls` is one address or a list of mirrors. A file that is already there is kept if its
    checksum is right or none is given. A server is given up if it sends nothing for `timeout`
    seconds, or less than 1 KiB per second for that long. If no server delivers the file,
    RuntimeError says what each of them did and how to get the file by hand.
    """
    urls, path = [urls] if isinstance(urls, str) else list(urls), os.fspath(path)
    for url in urls:
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"download: expected an http:// or https:// address, got {url!r}")
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
        except (OSError, ValueError, http.client.HTTPException) as error:
            failures.append(f"  {url}: {error or type(error).__name__}")
    raise RuntimeError("\n".join([
        f"download: could not fetch {os.path.basename(path)}:", *failures,
        f"Fetch it by hand, perhaps in a browser, and save it as {os.path.abspath(path)}",
    ]))


def fetch(url, path, checksums, timeout):
    """Download one address to `path`, or raise and leave nothing behind."""
    name = os.path.basename(path)
    request = urllib.request.Request(url, headers={"User-Agent": "tinygrad_cv"})
    with complete_file(path) as file, urllib.request.urlopen(request, timeout=timeout) as response:
        size = response.length  # as announced by the server, or None
        start, recent = time.monotonic(), 0  # bytes since then
        with progress(total=size, desc=name, unit="B", unit_scale=True, delay=1) as bar:
            while chunk := response.read1(CHUNK):
                file.write(chunk)
                bar.update(len(chunk))
                recent += len(chunk)
                if recent >= SLOWEST * timeout:
                    start, recent = time.monotonic(), 0
                elif time.monotonic() - start > timeout:
                    raise OSError(f"too slow: {recent} bytes in {timeout} seconds")
        file.flush()
        problem = wrong_checksum(file.name, checksums)
        if problem or not checksums:
            doubt = doubtful(response, size, file.tell(), name)
            problem = "; ".join(words for words in (doubt, problem) if words)
        if problem:
            raise OSError(problem)


def progress(*args, **options):
    """A progress bar, if there is a standard error to draw it on (a service has none)."""
    return tqdm(*args, disable=sys.stderr is None, **options)


def doubtful(response, size, got, name):
    """Why the `got` bytes of this response may not be the file that was asked for, or None."""
    encoding = response.headers.get("Content-Encoding", "identity")
    if response.status != 200:
        return f"the server answered {response.status} {response.reason}, not 200"
    if size is not None and got != size:
        return f"cut off after {got} of {size} bytes"
    if response.headers.get_content_type() == "text/html" and not name.endswith((".html", ".htm")):
        return "the server sent a web page"
    if encoding != "identity" and not name.endswith("gz"):
        return f"the server sent it compressed ({encoding}) without being asked"
    if size is None and not response.chunked:
        return "the server did not announce the length: perhaps cut off"
    return None


def wrong_checksum(path, checksums):
    """What is wrong with the file at `path`, in words, or None."""
    for name, expected in checksums.items():
        digest = hashlib.new(name)
        with open(path, "rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
        if digest.hexdigest() != expected:
            return f"wrong content: its {name} is {digest.hexdigest()}, not {expected}"
    return None
