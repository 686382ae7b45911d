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


class Liar(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests.append(self.path)
        if self.path in self.server.files:
            self.send_response(200)
            self.end_headers()
            return self.wfile.write(self.server.files[self.path])
        if self.path == "/missing":
            return self.send_error(404)
        if self.path == "/nonsense":
            return self.wfile.write(b"I am no HTTP server\r\n\r\n")
        self.send_response(200)
        if self.path == "/chunked":
            self.send_header("Transfer-Encoding", "chunked")
        elif self.path != "/silent":
            self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        if self.path == "/whole":
            self.wfile.write(CONTENT)
        elif self.path == "/wrong":
            self.wfile.write(CONTENT[::-1])
        elif self.path == "/chunked":
            self.wfile.write(b"fff\r\nonly a part of what the chunk's size says")
        elif self.path == "/stalls":
            self.wfile.write(CONTENT[:1000])
            self.server.closing.wait(20)
        else:
            self.wfile.write(CONTENT[:1000])

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Liar)
    server.requests, server.files, server.closing = [], {}, threading.Event()
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


@pytest.mark.parametrize("address, reason", [
    ("/wrong", "its sha1 is "), ("/cut", "cut off after 1000 of 256000 bytes"), ("/silent", "its sha1 is "),
    ("/chunked", "IncompleteRead"), ("/missing", "404"), ("/stalls", "timed out"), ("/nonsense", ""),
])
def test_what_is_not_whole_is_deleted_and_reported(server, tmp_path, address, reason):
    path = tmp_path / "file.zip"
    with pytest.raises(RuntimeError, match="could not fetch file.zip") as caught:
        data.download(server.url + address, path, sha1=SHA1, timeout=0.3)
    assert f"{server.url}{address}: " in str(caught.value) and reason in str(caught.value)
    assert f"save it as {path}" in str(caught.value)
    assert os.listdir(tmp_path) == []


def test_a_cut_off_file_is_noticed_without_a_checksum(server, tmp_path):
    with pytest.raises(RuntimeError, match="cut off"):
        data.download(server.url + "/cut", tmp_path / "file.zip")


def test_mirrors_are_tried_in_turn(server, tmp_path):
    urls = [server.url + name for name in ("/missing", "/wrong", "/whole", "/cut")]
    data.download(urls, tmp_path / "file.zip", sha1=SHA1)
    assert server.requests == ["/missing", "/wrong", "/whole"]
    with pytest.raises(RuntimeError) as caught:
        data.download(urls[:2], tmp_path / "other.zip", sha1=SHA1)
    assert "/missing: HTTP Error 404" in str(caught.value) and "/wrong: wrong content" in str(caught.value)


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
    files = {"train-images-idx3-ubyte": bytes.fromhex("00000803 00000001 0000001c 0000001c") + bytes(28 * 28),
             "train-labels-idx1-ubyte": bytes.fromhex("00000801 00000001 07")}
    files |= {name.replace("train", "t10k"): content for name, content in files.items()}
    server.files = {f"/mnist/{name}.gz": gzip.compress(content) for name, content in files.items()}
    monkeypatch.setattr(mnist, "FILES", {name: hashlib.md5(server.files[f"/mnist/{name}.gz"]).hexdigest()
                                         for name in files})
    (raw / "t10k-labels-idx1-ubyte").write_bytes(files["t10k-labels-idx1-ubyte"])
    for _ in range(2):                                         # packed in another way it need not come anew
        assert data.MNIST(tmp_path, download=True).targets.tolist() == [7]
    assert sorted(os.listdir(raw)) == sorted(
        ["t10k-labels-idx1-ubyte"] + [f"{name}.gz" for name in files if name != "t10k-labels-idx1-ubyte"])


def test_other_addresses_are_refused(tmp_path):
    with pytest.raises(ValueError, match="http"):
        data.download("file:///etc/passwd", tmp_path / "file")
