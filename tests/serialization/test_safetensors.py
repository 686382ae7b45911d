"""safetensors' files: what the library of that name writes we read, and the other way round."""

import json
import struct
import sys

import numpy as np
import pytest
from running import compare

import tinygrad_cv as tg
from tinygrad_cv import nn


@pytest.fixture
def path(tmp_path):
    return tmp_path / "net.safetensors"


def content(tensors):
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for key, (kind, shape, raw) in tensors.items():
        header[key] = {"dtype": kind, "shape": shape,
                       "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def test_reading(path):
    half = (np.array([1.5, -2], np.float32).view(np.uint32) >> 16).astype("<u2").tobytes()
    path.write_bytes(content({
        "w": ("F32", [2, 3], np.arange(6, dtype="<f4").tobytes()),
        "n": ("I64", [], np.array(7, "<i8").tobytes()),
        "h": ("F16", [1], np.array([0.5], "<f2").tobytes()), "b": ("BF16", [2], half),
        "m": ("BOOL", [3], b"\1\0\2"),
        "e": ("U8", [0, 4], b""),
    }))
    loaded = tg.load(path, map_location={"cpu": "cpu"})
    assert {key: (t.tolist(), str(t.dtype)) for key, t in loaded.items()} == {
        "w": ([[0, 1, 2], [3, 4, 5]], "float32"), "n": (7, "int64"), "h": ([0.5], "float32"),
        "b": ([1.5, -2], "float32"), "m": ([True, False, True], "bool"), "e": ([], "uint8"),
    }
    loaded["w"].fill_(0)


@pytest.mark.parametrize("kind, size", [("F8_E4M3", 1), ("U16", 2), ("U64", 8)])
def test_dtypes_that_are_not_supported(path, kind, size):
    path.write_bytes(content({"x": (kind, [1], bytes(size))}))
    with pytest.raises(ValueError, match=f"'x' has dtype {kind}, which is not supported"):
        tg.load(path)


def state():
    net = nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3))
    return {**net.state_dict(), "view": tg.arange(12).reshape(3, 4).T[1:], "tied": net[0].weight,
            "byte": tg.tensor([[1, 255]], dtype=tg.uint8), "bool": tg.tensor([True, False]),
            "channels last": tg.randn(2, 3, 4, 5).permute(0, 3, 1, 2),
            "double": tg.ones(2, dtype=tg.float64) / 3, "empty": tg.zeros(0, 2)}


def test_a_dict_of_tensors_written_and_read(path):
    """By the ending of the name; an old file of that name stays until the new one is complete."""
    saved = state()
    tg.save(saved, path)
    loaded = tg.load(path)
    compare(loaded, dict(sorted(saved.items())))
    assert not loaded["tied"].requires_grad
    for bad in {"epoch": 1}, {"net": saved}, [tg.ones(2)], {1: tg.ones(2)}:
        with pytest.raises(TypeError, match="holds one dict of .name: Tensor..* to .npz"):
            tg.save(bad, path)
    compare(tg.load(path), loaded)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("name", ["net.pth", "net.pt", "NET.PTH"])
def test_files_of_pytorchs_own_are_not_written(tmp_path, name):
    for file in (tmp_path / name, str(tmp_path / name)):
        with pytest.raises(ValueError, match=rf"{name} is .*PyTorch.* to \.safetensors, .*\.npz"):
            tg.save(state(), file)
    assert not any(tmp_path.iterdir())


@pytest.mark.parity
def test_pytorch_reads_it(path):
    torch, library = pytest.importorskip("torch"), pytest.importorskip("safetensors.torch")
    saved = state()
    tg.save(saved, path)
    read = library.load_file(path)
    assert all(torch.equal(read[name], torch.tensor(x.detach().cpu().numpy()))
               for name, x in saved.items())
    net = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 3), torch.nn.BatchNorm2d(3))
    net.load_state_dict(read, strict=False)
    library.save_file({"weight": net[0].weight}, path)
    assert tg.load(path)["weight"].tolist() == net[0].weight.tolist()


def test_without_the_library(path, monkeypatch):
    tg.save({"x": tg.ones(2)}, path)
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    for use in (lambda: tg.load(path), lambda: tg.save({"x": tg.ones(2)}, path)):
        with pytest.raises(ImportError, match="pip install safetensors"):
            use()
