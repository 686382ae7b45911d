"""Downloads: complete and verified by a checksum, or not there at all.

A file is written under a temporary name, compared with its checksum, and only then renamed. So a
file that is found under its own name can be trusted, even after a crash or two downloads at once.
"""

import hashlib
import http.client
import os
import urllib.request

from ..serialization.files import complete_file
from .progress import progress

CHUNK = 2**16


def cache_folder():
    """Where downloads go: $TINYGRAD_CV_DATA if it is set, otherwise ~/.cache/tinygrad_cv."""
    folder = os.environ.get("TINYGRAD_CV_DATA") or os.path.expanduser("~/.cache/tinygrad_cv")
    if folder.startswith("~"):
        raise FileNotFoundError("there is no home folder for downloads; set TINYGRAD_CV_DATA")
    return folder


def download(urls, path, checksum):
    """Download a file to `path`, from the first of `urls` that delivers it complete.

    `urls` is one address or a list of mirrors, `checksum` the file's MD5 or SHA-1 in hexadecimal. A
    file that is already there is kept; RuntimeError if it has another checksum. If no server
    delivers it, RuntimeError says what each of them did and how to get the file by hand.
    """
    urls, path = [urls] if isinstance(urls, str) else urls, os.fspath(path)
    if os.path.exists(path):
        if (found := checksum_of(path, checksum)) != checksum:
            raise RuntimeError(
                f"download: {path} is there, but has the checksum {found}, not {checksum}; move it "
                "away to have it fetched"
            )
        return path
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    failures = []
    for url in urls:
        try:
            fetch(url, path, checksum)
            return path
        except (OSError, ValueError, http.client.HTTPException) as error:
            failures.append(f"  {url}: {error or type(error).__name__}")
    raise RuntimeError("\n".join([
        f"download: could not fetch {os.path.basename(path)}:", *failures,
        f"Fetch it by hand, perhaps in a browser, and save it as {os.path.abspath(path)}",
    ]))


def fetch(url, path, checksum, patience=30):
    """Download one address to `path`, or raise and leave nothing behind.

    A server that sends nothing for `patience` seconds is given up.
    """
    if not url.startswith(("http://", "https://")):
        raise ValueError("not an http:// or https:// address")
    request = urllib.request.Request(url, headers={"User-Agent": "tinygrad_cv"})
    with complete_file(path) as file, urllib.request.urlopen(request, timeout=patience) as response:
        title, size = os.path.basename(path), response.length  # as announced, or None
        with progress(total=size, desc=title, unit="B", unit_scale=True, delay=1) as bar:
            while chunk := response.read1(CHUNK):
                file.write(chunk)
                bar.update(len(chunk))
        file.flush()
        found = checksum_of(file.name, checksum)
        if found != checksum:
            got = f"{file.tell()} of {size} bytes, {response.headers.get_content_type()}"
            raise OSError(f"wrong content: {got}, with checksum {found}, not {checksum}")


def checksum_of(path, other):
    """The checksum of a file, of the kind of the `other` one: SHA-1 has 40 digits, MD5 32."""
    digest = hashlib.new("sha1" if len(other) == 40 else "md5")
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
