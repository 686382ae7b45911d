"""Downloads, from a local server that lies, stalls and cuts off."""
import gzip
import hashlib
import http.server
import importlib
import os
import threading

import pytest

from tinygrad_cv import data

module = importlib.import_module("tinygrad_cv.data.download")

CONTENT = bytes(range(256)) * 1000
SHA1, MD5, SHA256 = (hashlib.new(name, CONTENT).hexdigest() for name in ("sha1", "md5", "sha256"))


LONG = {"Content-Length": str(len(CONTENT))}
CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (len(CONTENT), CONTENT)
PAGE = b"<!DOCTYPE html><html><body>Please log in</body></html>"

ANSWERS = {                                                    # path: (status, headers, body)
    "/whole": (200, LONG, CONTENT),
    "/wrong": (200, LONG, CONTENT[::-1]),
    "/cut": (200, LONG, CONTENT[:1000]),
    "/promises-more": (200, {"Content-Length": "999999"}, CONTENT),
    "/promises-less": (200, {"Content-Length": "1000"}, CONTENT),
    "/no-number": (200, {"Content-Length": "many"}, CONTENT[:1000]),
    "/silent": (200, {}, CONTENT[:1000]),
    "/silent-whole": (200, {}, CONTENT),
    "/chunked": (200, {"Transfer-Encoding": "chunked"},
                 b"fff\r\nonly a part of what the chunk's size says"),
    "/chunked-no-end": (200, {"Transfer-Encoding": "chunked"}, b"3\r\nabc\r\n"),
    "/chunked-whole": (200, {"Transfer-Encoding": "chunked"}, CHUNKED),
    "/part": (206, {"Content-Length": "1000", "Content-Range": "bytes 0-999/256000"},
              CONTENT[:1000]),
    "/nothing": (204, {}, b""),
    "/page": (200, {"Content-Length": str(len(PAGE)), "Content-Type": "text/html; charset=utf-8"},
              PAGE),
    "/packed": (200, {"Content-Encoding": "gzip",
                      "Content-Length": str(len(gzip.compress(CONTENT)))},
                gzip.compress(CONTENT)),
    "/missing": (404, {"Content-Length": str(len(PAGE)), "Content-Type": "text/html"}, PAGE),
    "/broken": (500, {}, b""),
    "/busy": (503, {"Retry-After": "3600"}, b""),
    "/moved": (302, {"Location": "/whole"}, b""),
    "/moved-to-page": (302, {"Location": "/page"}, b""),
    "/round": (302, {"Location": "/round"}, b""),
    "/moved-to-file": (302, {"Location": "file:///etc/passwd"}, b""),
}


class Liar(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests.append(self.path)
        if self.path == "/nonsense":
            return self.wfile.write(b"I am no HTTP server\r\n\r\n")
        if self.path == "/hangs-up":
            return None
        status, headers, body = (self.server.answers | ANSWERS).get(self.path) or ANSWERS["/whole"]
        self.protocol_version = "HTTP/1.1"
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.path == "/stalls":
            self.wfile.write(body[:1000])
            self.server.closing.wait(20)
        elif self.path == "/drips":
            self.drip(b"x" * 1000)
        else:
            self.wfile.write(body)

    def drip(self, text):
        for byte in text:
            if not self.server.closing.wait(0.02):
                self.wfile.write(bytes([byte]))

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Liar)
    server.requests, server.answers, server.closing = [], {}, threading.Event()
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.closing.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("checksum", [{}, {"sha1": SHA1}, {"md5": MD5.upper()}, {"sha256": SHA256}])
def test_a_whole_file_arrives_once(server, tmp_path, checksum):
    path = tmp_path / "new" / "file.zip"
    for _ in range(2):
        assert data.download(server.url + "/whole", path, **checksum) == str(path)
        assert path.read_bytes() == CONTENT
    assert server.requests == ["/whole"]
    assert os.listdir(path.parent) == ["file.zip"]


@pytest.mark.parametrize("address, checksum", [
    ("/moved", None), ("/chunked-whole", None), ("/silent-whole", SHA1), ("/promises-more", SHA1),
])
def test_ways_in_which_a_whole_file_may_arrive(server, tmp_path, address, checksum):
    path = tmp_path / "file.zip"
    data.download(server.url + address, path, sha1=checksum)
    assert path.read_bytes() == CONTENT and os.listdir(tmp_path) == ["file.zip"]


def test_what_is_meant_to_be_packed_or_a_page_may_be(server, tmp_path):
    data.download(server.url + "/packed", tmp_path / "file.csv.gz")
    assert gzip.decompress((tmp_path / "file.csv.gz").read_bytes()) == CONTENT
    data.download(server.url + "/page", tmp_path / "page.html")
    assert (tmp_path / "page.html").read_bytes() == PAGE


REFUSED = [  # and the reason where there is no checksum
    ("/cut", "cut off after 1000 of 256000 bytes"),
    ("/promises-more", "cut off after 256000 of 999999 bytes"),
    ("/silent", "perhaps cut off"), ("/no-number", "perhaps cut off"),
    ("/chunked", "IncompleteRead"),
    ("/chunked-no-end", "IncompleteRead"), ("/part", "answered 206"), ("/nothing", "answered 204"),
    ("/page", "the server sent a web page"), ("/moved-to-page", "the server sent a web page"),
    ("/packed", "sent it compressed (gzip) without being asked"), ("/missing", "HTTP Error 404"),
    ("/broken", "HTTP Error 500"), ("/busy", "HTTP Error 503"), ("/stalls", "timed out"),
    ("/drips", "too slow: "), ("/round", "redirect"), ("/moved-to-file", "Redirection"),
    ("/nonsense", "I am no"), ("/hangs-up", "closed connection"),
]


@pytest.mark.parametrize("address, reason, checksum", [
    *((address, reason, None) for address, reason in REFUSED),
    *((address, reason, SHA1) for address, reason in REFUSED if address != "/promises-more"),
    ("/wrong", f"wrong content: its sha1 is {hashlib.sha1(CONTENT[::-1]).hexdigest()}, not {SHA1}",
     SHA1),
    ("/promises-less", "wrong content: its sha1 is ", SHA1),
    ("/page", "wrong content: its sha1 is ", SHA1),
])
def test_what_is_not_whole_is_deleted_and_reported(server, tmp_path, address, reason, checksum):
    path = tmp_path / "file.zip"
    with pytest.raises(RuntimeError, match="could not fetch file.zip") as caught:
        data.download(server.url + address, path, sha1=checksum, timeout=0.3)
    assert f"{server.url}{address}: " in str(caught.value) and reason in str(caught.value)
    assert f"save it as {path}" in str(caught.value)
    assert os.listdir(tmp_path) == []


def test_nobody_listens(server, tmp_path):
    server.socket.close()
    with pytest.raises(RuntimeError, match="could not fetch file.zip"):
        data.download(server.url + "/whole", tmp_path / "file.zip", timeout=0.3)


def test_ctrl_c_leaves_nothing(server, tmp_path, monkeypatch):
    def interrupted(path, checksums):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "wrong_checksum", interrupted)
    with pytest.raises(KeyboardInterrupt):
        data.download(server.url + "/whole", tmp_path / "file.zip", sha1=SHA1)
    assert os.listdir(tmp_path) == []


def test_mirrors_are_tried_in_turn(server, tmp_path):
    urls = [server.url + name for name in ("/missing", "/wrong", "/whole", "/cut")]
    data.download(urls, tmp_path / "file.zip", sha1=SHA1)
    assert server.requests == ["/missing", "/wrong", "/whole"]
    with pytest.raises(RuntimeError) as caught:
        data.download(urls[:2], tmp_path / "other.zip", sha1=SHA1)
    assert "/missing: HTTP Error 404" in str(caught.value)
    assert "/wrong: wrong content" in str(caught.value)


def test_a_file_with_other_content_is_fetched_anew(server, tmp_path):
    path = tmp_path / "file.zip"
    path.write_bytes(CONTENT[:1000])
    with pytest.raises(RuntimeError):
        data.download(server.url + "/cut", path, sha1=SHA1)
    assert path.read_bytes() == CONTENT[:1000]
    data.download(server.url + "/whole", path, sha1=SHA1)
    assert path.read_bytes() == CONTENT


def test_pokemon_goes_into_the_cache(server, tmp_path, monkeypatch):
    monkeypatch.setenv("TINYGRAD_CV_DATA", str(tmp_path / "cache"))
    monkeypatch.setattr(module, "POKEMON", [server.url + "/whole"])
    with pytest.raises(RuntimeError, match=f"its sha1 is {SHA1}, not c065c0e2593b8b161a2d7873e4"):
        data.pokemon()
    assert os.listdir(tmp_path / "cache") == []
    monkeypatch.delenv("TINYGRAD_CV_DATA")
    assert module.cache_folder() == os.path.expanduser("~/.cache/tinygrad_cv")


def test_mnist_is_fetched_where_it_is_missing(server, tmp_path, monkeypatch):
    mnist = importlib.import_module("tinygrad_cv.data.mnist")
    monkeypatch.setattr(mnist, "MIRRORS", [server.url + "/missing/", server.url + "/mnist/"])
    raw = tmp_path / "MNIST" / "raw"
    with pytest.raises(RuntimeError, match="could not fetch train-images-idx3-ubyte.gz"):
        data.MNIST(tmp_path, download=True)
    assert os.listdir(raw) == []
    files = {"train-images-idx3-ubyte": bytes.fromhex("00000803 00000001 0000001c 0000001c")
             + bytes(28 * 28),
             "train-labels-idx1-ubyte": bytes.fromhex("00000801 00000001 07")}
    files |= {name.replace("train", "t10k"): content for name, content in files.items()}
    packed = {name: gzip.compress(content) for name, content in files.items()}
    server.answers = {f"/mnist/{name}.gz": (200, {}, content) for name, content in packed.items()}
    monkeypatch.setattr(mnist, "FILES",
                        {name: hashlib.md5(packed[name]).hexdigest() for name in files})
    (raw / "t10k-labels-idx1-ubyte").write_bytes(files["t10k-labels-idx1-ubyte"])
    for _ in range(2):  # packed in another way it need not come anew
        assert data.MNIST(tmp_path, download=True).targets.tolist() == [7]
    assert sorted(os.listdir(raw)) == sorted(
        ["t10k-labels-idx1-ubyte"]
        + [f"{name}.gz" for name in files if name != "t10k-labels-idx1-ubyte"])


def test_other_addresses_are_refused(tmp_path):
    with pytest.raises(ValueError, match="http"):
        data.download("file:///etc/passwd", tmp_path / "file")
    for address in ("http://[::1", "http://a b/c", "http://" + "a" * 70 + ".org", "http://"):
        with pytest.raises(RuntimeError, match="could not fetch file"):
            data.download(address, tmp_path / "file")
