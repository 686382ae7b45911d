"""Checkpoints: what goes in comes out, an old file is never lost, a bad one never harms."""

import io
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from running import compare

import tinygrad_cv as tg
from tinygrad_cv import nn
from tinygrad_cv.dtypes import ALL


@pytest.fixture
def path(tmp_path):
    return tmp_path / "checkpoint.npz"


def test_round_trip_of_a_whole_training_state(path):
    net = nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.Flatten(), nn.Linear(12, 1))
    optimizer = tg.optim.Adam(net.parameters(), lr=0.1)
    net(tg.randn(4, 2, 4, 4)).sum().backward()
    optimizer.step()
    state = {
        "net": net.state_dict(), "optimizer": optimizer.state_dict(), "random": tg.get_rng_state(),
        "epoch": 3,
        "history": [{"loss": 0.25}, {"loss": float("inf")}, {"loss": float("nan")}], "none": None,
        "flag": True,
        1: ("a", [1, 2.5, ()]), "text": "Umlaut \u00e4, quote \" and \n", "big": 2**100, (1, 2): {},
        "": -0.0,
    }  # fmt: skip
    tg.save(state, path)
    compare(tg.load(path, map_location=tg.zeros(()).device), state)
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize("dtype", ALL, ids=str)
def test_dtypes_and_shapes(path, dtype):
    saved = [tg.zeros(2, 3).to(dtype), tg.ones(()).to(dtype), tg.zeros(0, 2).to(dtype)]
    tg.save(saved, path)
    compare(tg.load(path), saved)


def test_float16_of_an_older_version_becomes_float32(path):
    archive(path, ["tensor", "t0"], t0=np.array([[1.5], [np.inf]], np.float16))
    x = tg.load(path)
    assert x.dtype == tg.float32 and x.tolist() == [[1.5], [float("inf")]]


leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
keys = st.text() | st.integers() | st.booleans() | st.none()
structures = st.recursive(
    leaves, lambda inner: st.lists(inner) | st.dictionaries(keys, inner)
    | st.lists(inner).map(tuple), max_leaves=8
)


@given(structures)
def test_round_trip_of_any_structure(structure):
    with tempfile.TemporaryDirectory() as folder:
        tg.save(structure, os.path.join(folder, "x"))
        compare(tg.load(os.path.join(folder, "x")), structure)


def test_special_values_and_layouts_survive(path):
    x = tg.tensor([0.0, -0.0, float("nan"), float("inf"), 1e-45])
    images = tg.randn(2, 3, 4, 5)
    views = [images[:, ::2], images.permute(3, 0, 1, 2), images[1].expand(3, 3, 4, 5),
             nn.Conv2d(2, 3, 2).weight]
    tg.save([x, *views], path)
    compare(tg.load(path), [x, *views])
    assert [t.requires_grad for t in tg.load(path)] == [False] * 4 + [True]


def test_tied_weights_stay_tied_and_cost_nothing(path):
    net = nn.Sequential(nn.Linear(100, 100, bias=False), nn.Linear(100, 100, bias=False))
    net[1].weight = net[0].weight
    tg.save([net.state_dict(), list(net.parameters()), net[1].weight], path)
    assert path.stat().st_size < 50_000
    state, (parameter,), last = tg.load(path)
    state["0.weight"].fill_(7)
    for tied in state["1.weight"], parameter, last:
        assert tied.detach().eq(7).all()
    assert not state["0.weight"].requires_grad and parameter.requires_grad and last.is_leaf
    (last * 2).sum().backward()
    assert last is parameter and last.grad.eq(2).all() and state["1.weight"].grad is None


def test_what_has_a_history_becomes_a_leaf(path):
    x = tg.ones(2, requires_grad=True)
    tg.save({"x": x * 2}, path)
    loaded = tg.load(path)["x"]
    assert loaded.tolist() == [2, 2] and loaded.requires_grad and loaded.is_leaf


def test_open_files(path):
    """In memory or on the disk; what is already in a file that is written stays."""
    memory, state = io.BytesIO(), {"x": tg.ones(2), "n": [1, None]}
    tg.save(state, memory)
    memory.seek(0)
    compare(tg.load(memory), state)
    with open(path, "wb") as file:
        file.write(b"12345")
        tg.save(state, file)
        assert not file.closed
    with open(path, "rb") as file:
        assert file.read(5) == b"12345"
        compare(tg.load(file), state)
    with open(path, encoding="latin1") as file, pytest.raises(TypeError, match="bytes"):
        tg.load(file)
    with pytest.raises(ValueError, match="load: the file is damaged or not a checkpoint"):
        tg.load(io.BytesIO(b"damaged"))


def test_two_programs_that_save_to_one_path(path):
    """There is always a complete checkpoint, and neither program fails."""
    program = (
        "import sys, tinygrad_cv as tg; state = {'x': tg.ones(300_000)}\n"
        "for _ in range(60): tg.save(state, sys.argv[1])"
    )
    command = [sys.executable, "-c", program, path]
    environment = {**os.environ, "PYTHONPATH": str(Path(tg.__file__).parents[1])}
    runs = [subprocess.Popen(command, env=environment) for _ in range(2)]
    seen = 0
    while any(run.poll() is None for run in runs):
        if path.exists():
            assert tg.load(path)["x"].sum().item() == 300_000
            seen += 1
    assert [run.returncode for run in runs] == [0, 0] and seen > 5
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize("bad, place", [
    ({"a": [1, {2}]}, r"obj\['a'\]\[1\] is a set"),
    ({"net": nn.Linear(1, 1)}, r"obj\['net'\] is a Linear.*state_dict"),
    (lambda: 0, "obj is a function"), ((1, np.zeros(2)), r"obj\[1\] is a ndarray"),
    ({b"key": 1}, "bytes"), ([1j], r"obj\[0\] is a complex"),
])
def test_what_cannot_be_saved_is_named(path, bad, place):
    tg.save("before", path)
    with pytest.raises(TypeError, match=place):
        tg.save(bad, path)
    assert tg.load(path) == "before" and os.listdir(path.parent) == [path.name]


def test_a_structure_that_contains_itself_is_refused(path):
    loop = []
    loop.append(loop)
    with pytest.raises(ValueError, match="save: .*contains itself"):
        tg.save(loop, path)
    assert os.listdir(path.parent) == []


def test_what_load_would_take_for_a_bomb_is_stored_as_a_copy(path):
    data = np.arange(5)
    saved = [tg.zeros(1).expand(2100, 2100), tg.from_numpy(data[::-1]), tg.zeros(*[1] * 33),
             tg.from_numpy(data), np.int64(3), np.float32(0.5)]
    tg.save([*saved, saved[1]], path)
    large, back, deep, same, integer, real, again = tg.load(path)
    assert large.shape == (2100, 2100) and not large.any() and deep.shape == (1,) * 33
    assert back.tolist() == [4, 3, 2, 1, 0] and back is again and same.tolist() == data.tolist()
    assert (integer, real) == (3, 0.5)


@pytest.mark.skipif(os.name == "nt", reason="links, permissions and pipes of Unix")
def test_links_permissions_and_pipes_stay_what_they_are(path):
    link, pipe = path.with_name("latest.npz"), path.with_name("pipe")
    tg.save(1, path)
    path.chmod(0o600)
    link.symlink_to(path.name)
    tg.save(2, str(link).encode())
    assert link.is_symlink() and tg.load(path) == 2 and path.stat().st_mode & 0o777 == 0o600
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE)
    tg.save(3, pipe)
    assert reader.communicate()[0].startswith(b"PK") and pipe.is_fifo()
    with pytest.raises(OSError, match="could not write"):
        tg.save(4, "")


@pytest.fixture
def full_disk():
    """No file may grow beyond 20 kB: a write fails half-way, as on a full disk."""
    resource = pytest.importorskip("resource")  # Unix has it
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


# NumPy 2.0's zip file, closing
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("size", [5_000, 20_000, 1_000_000])
def test_a_failing_write_leaves_the_old_file(path, full_disk, size):
    tg.save({"epoch": 1, "x": tg.ones(100)}, path)
    with pytest.raises(OSError, match="could not write.*unchanged"):
        tg.save({"epoch": 2, "x": tg.ones(size)}, path)
    assert tg.load(path)["epoch"] == 1
    assert os.listdir(path.parent) == [path.name]


def test_other_errors_are_not_called_damage(path):
    with pytest.raises(FileNotFoundError):
        tg.load(path)
    tg.save(1, path)
    with pytest.raises(RuntimeError, match="device 'abacus:0' is not known"):
        tg.load(path, map_location="abacus")


def archive(path, tree, **arrays):
    with open(path, "wb") as file:
        np.savez(file, tree=np.frombuffer(json.dumps(tree).encode(), np.uint8), **arrays)


class Evil:
    def __reduce__(self):
        return os.mkdir, ("evil",)


BAD = {
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("no checkpoint"),
    "a single array": lambda path: path.write_bytes(_npy(np.zeros(3))),
    "without a tree": lambda path: np.savez(path, x=np.zeros(3)),
    "a tree that is no JSON": lambda path: np.savez(path, tree=np.frombuffer(b"{", np.uint8)),
    "an array that is not there": lambda path: archive(path, ["tensor", "t0"]),
    "an integer that requires a gradient": lambda path: archive(
        path, ["parameter", "t0"], t0=np.zeros(1, int)
    ),
    "compressed, as a bomb is": lambda path: np.savez_compressed(
        path, tree=np.frombuffer(b"1", np.uint8)
    ),
    "big-endian numbers": lambda path: archive(path, ["tensor", "t0"], t0=np.zeros(2, ">f4")),
    "an unknown kind": lambda path: archive(path, ["set", []]),
    "too long a node": lambda path: archive(path, ["list", [], 1]),
    "a list as key": lambda path: archive(path, ["dict", [[["list", []], 1]]]),
    "a tree without end": lambda path: path.write_bytes(_deep()),
    "complex numbers": lambda path: archive(path, ["tensor", "t0"], t0=np.zeros(2, complex)),
    "pickled objects": lambda path: archive(path, ["tensor", "t0"], t0=np.array([Evil()], object)),
    "a pickle": lambda path: np.array([Evil()], object).dump(path),
    "a huge array": lambda path: path.write_bytes(_huge()),
}


def _npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def _deep():
    file = io.BytesIO()
    np.savez(file, tree=np.frombuffer(b'["list",[' * 100_000, np.uint8))
    return file.getvalue()


def _huge():
    """An array that declares 10^15 numbers and has ten."""
    file = io.BytesIO()
    np.savez(file, tree=np.frombuffer(b'["tensor","t0"]', np.uint8))
    header = _npy(np.zeros(10)).replace(b"(10,), }" + b" " * 14, b"(1000000000000000,), }")
    with zipfile.ZipFile(file, "a") as zipped:
        zipped.writestr("t0.npy", header)
    return file.getvalue()


@pytest.mark.parametrize("kind", BAD)
def test_bad_files_are_refused(path, kind, monkeypatch):
    monkeypatch.chdir(path.parent)
    BAD[kind](path)
    with pytest.raises(ValueError, match=r"load: .*checkpoint.npz is damaged or not a checkpoint"):
        tg.load(path)
    assert not Path("evil").exists()
