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
SHA1, MD5 = (hashlib.new(name, CONTENT).hexdigest() for name in ("sha1", "md5"))

LONG = {"Content-Length": str(len(CONTENT))}
CHUNKED = {"Transfer-Encoding": "chunked"}
PAGE = b"<!DOCTYPE html><html><body>Please log in</body></html>"

ANSWERS = {                                                    # path: (status, headers, body)
    "/whole": (200, LONG, CONTENT),
    "/wrong": (200, LONG, CONTENT[::-1]),
    "/cut": (200, LONG, CONTENT[:1000]),
    "/silent-whole": (200, {}, CONTENT),
    "/chunked": (200, CHUNKED, b"fff\r\nonly a part of what the chunk's size says"),
    "/chunked-whole": (200, CHUNKED, b"%x\r\n%s\r\n0\r\n\r\n" % (len(CONTENT), CONTENT)),
    "/page": (200, {"Content-Length": str(len(PAGE)), "Content-Type": "text/html; charset=utf-8"},
              PAGE),
    "/missing": (404, {"Content-Length": "0"}, b""),
    "/moved": (302, {"Location": "/whole"}, b""),
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
        else:
            self.wfile.write(body)

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


@pytest.mark.parametrize("checksum", [SHA1, MD5])
def test_a_whole_file_arrives_once(server, tmp_path, checksum):
    path = tmp_path / "new" / "file.zip"
    for _ in range(2):
        assert data.download(server.url + "/whole", path, checksum) == str(path)
        assert path.read_bytes() == CONTENT
    assert server.requests == ["/whole"]
    assert os.listdir(path.parent) == ["file.zip"]


@pytest.mark.parametrize("address", ["/moved", "/chunked-whole", "/silent-whole"])
def test_ways_in_which_a_whole_file_may_arrive(server, tmp_path, address):
    path = tmp_path / "file.zip"
    data.download(server.url + address, path, SHA1)
    assert path.read_bytes() == CONTENT and os.listdir(tmp_path) == ["file.zip"]


@pytest.mark.parametrize("address, reason", [
    ("/cut", "wrong content: 1000 of 256000 bytes"), ("/chunked", "IncompleteRead"),
    ("/page", "bytes, text/html, with checksum "), ("/missing", "HTTP Error 404"),
    ("/stalls", "timed out"), ("/moved-to-file", "Redirection"), ("/nonsense", "I am no"),
    ("/hangs-up", "closed connection"),
    ("/wrong", f"with checksum {hashlib.sha1(CONTENT[::-1]).hexdigest()}, not {SHA1}"),
])
def test_what_is_not_whole_is_deleted_and_reported(server, tmp_path, address, reason, monkeypatch):
    monkeypatch.setattr(module.fetch, "__defaults__", (0.3,))
    path = tmp_path / "file.zip"
    with pytest.raises(RuntimeError, match="could not fetch file.zip") as caught:
        data.download(server.url + address, path, SHA1)
    assert f"{server.url}{address}: " in str(caught.value) and reason in str(caught.value)
    assert os.path.abspath(path) in str(caught.value) and os.listdir(tmp_path) == []


def test_ctrl_c_leaves_nothing(server, tmp_path, monkeypatch):
    def interrupted(path, checksum):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "checksum_of", interrupted)
    with pytest.raises(KeyboardInterrupt):
        data.download(server.url + "/whole", tmp_path / "file.zip", SHA1)
    assert os.listdir(tmp_path) == []


def test_mirrors_are_tried_in_turn(server, tmp_path):
    urls = [server.url + name for name in ("/missing", "/wrong", "/whole", "/cut")]
    data.download(urls, tmp_path / "file.zip", SHA1)
    assert server.requests == ["/missing", "/wrong", "/whole"]
    with pytest.raises(RuntimeError) as caught:
        data.download(urls[:2], tmp_path / "other.zip", SHA1)
    assert "/missing: HTTP Error 404" in str(caught.value)
    assert "/wrong: wrong content" in str(caught.value)


def test_a_file_with_other_content_is_not_replaced(server, tmp_path):
    path = tmp_path / "file.zip"
    path.write_bytes(CONTENT[:1000])
    with pytest.raises(RuntimeError, match=f"{path} is there, but .* not {SHA1}; move it away"):
        data.download(server.url + "/whole", path, SHA1)
    assert path.read_bytes() == CONTENT[:1000] and server.requests == []


def test_the_cache(tmp_path, monkeypatch):
    monkeypatch.delenv("TINYGRAD_CV_DATA", raising=False)
    assert module.cache_folder() == os.path.expanduser("~/.cache/tinygrad_cv")
    monkeypatch.setenv("TINYGRAD_CV_DATA", str(tmp_path))
    assert module.cache_folder() == str(tmp_path)
    monkeypatch.delenv("TINYGRAD_CV_DATA")
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    with pytest.raises(FileNotFoundError, match="set TINYGRAD_CV_DATA"):
        module.cache_folder()


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


@pytest.mark.parametrize("address", ["file:///etc/passwd", "http://[::1", "http://a b/c", "a file"])
def test_addresses_that_are_none(tmp_path, address):
    with pytest.raises(RuntimeError, match="could not fetch file"):
        data.download(address, tmp_path / "file", SHA1)
