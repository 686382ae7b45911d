"""Downloads: whole and verified, or not there at all.

A file is fetched under a temporary name beside its place, compared with its checksum, and only then renamed,
which is atomic: whoever finds a file under its own name can trust it, also after a crash, a cut-off line or
two downloads at once.

Whether a file is whole, its checksum decides. Without one it must be as long as the server said beforehand
(or come in chunks, which say where they end), and be neither a web page nor packed: an error page or the
login of a hotel's network also arrives with the status 200.
"""
import hashlib
import http.client
import io
import os
import tempfile
import time
import urllib.request

from tqdm import tqdm

CHUNK = 2**16
SLOWEST = 2**10          # bytes a second
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

    A file that is there already is kept if its checksum is right or none is given, else fetched anew. A
    server that is silent for `timeout` seconds, or drips less than 1 KiB a second for as long, is given up.
    RuntimeError, saying what each server did and how to get the file by hand, where none delivers; nothing
    half-done is left behind.
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
        except (OSError, ValueError, http.client.HTTPException) as error:
            failures.append(f"  {url}: {error or type(error).__name__}")
    cure = f"Fetch it by hand, in a browser perhaps, and save it as {os.path.abspath(path)}"
    raise RuntimeError("\n".join([f"download: could not fetch {os.path.basename(path)}:", *failures, cure]))


def fetch(url, path, checksums, timeout):
    """Fetch one address into `path`, or raise and leave nothing."""
    folder, name = os.path.split(path)
    request = urllib.request.Request(url, headers={"User-Agent": "tinygrad_cv"})
    opener = urllib.request.build_opener(WatchedHandler)
    handle, partial = tempfile.mkstemp(".part", name + ".", folder or ".")
    try:
        with os.fdopen(handle, "wb") as file, opener.open(request, timeout=timeout) as response:
            size = response.length                             # as promised by the server; perhaps None
            with tqdm(total=size, desc=name, unit="B", unit_scale=True, delay=1) as bar:
                while chunk := response.read1(CHUNK):
                    bar.update(file.write(chunk))
            file.flush()
            os.fsync(file.fileno())
        problem = wrong_checksum(partial, checksums)
        if problem or not checksums:
            doubt = doubtful(response, size, os.path.getsize(partial), name)
            problem = "; ".join(words for words in (doubt, problem) if words)
        if problem:
            raise OSError(problem)
        os.chmod(partial, 0o644)                               # mkstemp's files are for their owner only
        os.replace(partial, path)
    finally:
        if os.path.exists(partial):
            os.remove(partial)


class Watched(io.RawIOBase):
    """What comes through a connection, the head of the answer included, or OSError where it drips."""

    def __init__(self, raw, timeout):
        self.raw, self.timeout = raw, timeout
        self.begin, self.received = time.monotonic(), 0        # bytes since then

    def readable(self):
        return True

    def readinto(self, buffer):
        count = self.raw.readinto(buffer)
        self.received += count
        if self.received >= SLOWEST * self.timeout:
            self.begin, self.received = time.monotonic(), 0
        elif time.monotonic() - self.begin > self.timeout:
            raise OSError(f"too slow: {self.received} bytes in {self.timeout} seconds")
        return count

    def close(self):
        self.raw.close()
        super().close()


class WatchedResponse(http.client.HTTPResponse):
    def __init__(self, sock, *args, **kwargs):
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(Watched(self.fp.detach(), sock.gettimeout()))


class WatchedConnection(http.client.HTTPConnection):
    response_class = WatchedResponse


class WatchedSecureConnection(http.client.HTTPSConnection):
    response_class = WatchedResponse


class WatchedHandler(urllib.request.HTTPHandler, urllib.request.HTTPSHandler):
    def http_open(self, request):
        return self.do_open(WatchedConnection, request)

    def https_open(self, request):
        return self.do_open(WatchedSecureConnection, request, context=self._context)


def doubtful(response, size, got, name):
    """Why the `got` bytes of this answer may not be the file that was asked for, in words, or None."""
    packed = response.headers.get("Content-Encoding", "identity")
    if response.status != 200:
        return f"the server answered {response.status} {response.reason}, not 200"
    if size is not None and got != size:
        return f"cut off after {got} of {size} bytes"
    if response.headers.get_content_type() == "text/html" and not name.endswith((".html", ".htm")):
        return "the server sent a web page"
    if packed != "identity" and not name.endswith("gz"):
        return f"the server sent it packed ({packed}), unasked"
    if size is None and not response.chunked:
        return "the server did not say how long it is: perhaps cut off"
    return None


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
