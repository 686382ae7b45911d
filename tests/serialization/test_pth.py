"""PyTorch's files and .safetensors: what the library reads from them is what was written."""

import json
import struct

import numpy as np
import pytest
from pickles import SIX, dictionary, in_legacy, in_zip, items, name, number, storage, tensor, text

import tinygrad_cv as tg


def read(path, data):
    path.write_bytes(data)
    return tg.load(path)


CONTAINERS = pytest.mark.parametrize("container", [in_zip, in_legacy])


@CONTAINERS
def test_tensors_share_a_storage(tmp_path, container):
    windows = dict(
        whole=tensor(), transposed=tensor(size=(3, 2), stride=(1, 3)), row=tensor(size=(3,), stride=(1,), offset=3),
        point=tensor(size=(), stride=(), offset=5), empty=tensor(size=(0, 4), stride=(4, 1)),
    )
    value = read(tmp_path / "w.pth", container(dictionary(**windows)))
    assert {key: t.tolist() for key, t in value.items()} == {
        "whole": [[0, 1, 2], [3, 4, 5]], "transposed": [[0, 3], [1, 4], [2, 5]], "row": [3, 4, 5], "point": 5, "empty": []
    }
    assert value["whole"].dtype == tg.float32 and value["empty"].shape == (0, 4)


@CONTAINERS
@pytest.mark.parametrize("kind, dtype", [
    ("DoubleStorage", "<f8"), ("HalfStorage", "<f2"), ("LongStorage", "<i8"), ("IntStorage", "<i4"),
    ("ShortStorage", "<i2"), ("CharStorage", "i1"), ("ByteStorage", "u1"), ("BoolStorage", "?"),
])
def test_dtypes(tmp_path, container, kind, dtype):
    array = np.array([1, 0, 1, 1], dtype)
    options = {"itemsize": array.itemsize} if container is in_legacy else {}
    program = tensor(storage("a", 4, kind), (4,), (1,))
    value = read(tmp_path / "w.pth", container(program, {"a": array.tobytes()}, **options))
    assert value.dtype == array.dtype.newbyteorder("=") and value.tolist() == array.tolist()


def test_bfloat16_becomes_float32(tmp_path):
    data = np.array([1.5, -2.0, 3e38], np.float32).view(np.uint32) >> 16
    program = tensor(storage("0", 3, "BFloat16Storage"), (3,), (1,))
    value = read(tmp_path / "w.pth", in_zip(program, {"0": data.astype("<u2").tobytes()}))
    assert value.dtype == tg.float32 and value[:2].tolist() == [1.5, -2.0]


def test_the_name_of_the_file_does_not_matter(tmp_path):
    tg.save({"a": tg.ones(2)}, tmp_path / "ours.pth")
    assert tg.load(tmp_path / "ours.pth")["a"].tolist() == [1, 1]
    assert read(tmp_path / "theirs.npz", in_zip(dictionary(a=tensor())))["a"].shape == (2, 3)


def test_code_is_never_run_also_on_demand(tmp_path):
    (tmp_path / "w.pth").write_bytes(in_zip(tensor()))
    with pytest.raises(NotImplementedError, match="weights_only"):
        tg.load(tmp_path / "w.pth", weights_only=False)


def safetensors(**arrays):
    header, data = {}, b""
    for key, array in arrays.items():
        kind = {"f": "F", "i": "I", "u": "U"}[array.dtype.kind] + str(8 * array.itemsize)
        ends = [len(data), len(data) + array.nbytes]
        header[key] = {"dtype": kind, "shape": array.shape, "data_offsets": ends}
        data += array.tobytes()
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def test_safetensors(tmp_path):
    pytest.importorskip("safetensors")
    a, b = np.arange(6, dtype=np.float32).reshape(2, 3), np.array([7, 8])
    value = read(tmp_path / "w.safetensors", safetensors(a=a, b=b))
    assert value["a"].tolist() == a.tolist() and value["b"].tolist() == [7, 8]
    value["a"].add_(1)  # it is a tensor like any other
    damaged = safetensors(a=a)[:-1]
    with pytest.raises(ValueError, match="w.safetensors"):
        read(tmp_path / "w.safetensors", damaged)


@pytest.mark.parity
@pytest.mark.parametrize("zipped", [True, False])
def test_what_torch_saves(tmp_path, zipped):
    torch = pytest.importorskip("torch")
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4)).to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(net.parameters())
    net(torch.randn(2, 3, 5, 5)).sum().backward()
    optimizer.step()
    plain = [1, 2.5, "x", None, True, b"bytes", (1, 2), {3, 4}, 2**80, {"a": {}}]
    value = dict(
        net=net.state_dict(), optimizer=optimizer.state_dict(), plain=plain, parameter=torch.nn.Parameter(torch.ones(2)),
        half=torch.randn(3).half(), rough=torch.randn(3).bfloat16(), view=torch.arange(12)[3:7], shape=torch.Size([1, 2]),
    )
    for protocol in (2, 4):
        options = dict(_use_new_zipfile_serialization=zipped, pickle_protocol=protocol)
        torch.save(value, tmp_path / "w.pth", **options)
        same(value, tg.load(tmp_path / "w.pth"), torch)
    ours = tg.nn.Sequential(tg.nn.Conv2d(3, 4, 3), tg.nn.BatchNorm2d(4))
    ours.load_state_dict(tg.load(tmp_path / "w.pth")["net"])
    assert ours[0].weight.tolist() == net[0].weight.tolist()


def same(theirs, ours, torch):
    if isinstance(theirs, torch.Tensor):
        theirs = theirs.float() if theirs.dtype == torch.bfloat16 else theirs
        assert str(theirs.dtype) == f"torch.{ours.dtype}" and theirs.requires_grad == ours.requires_grad
        assert tuple(theirs.shape) == ours.shape and theirs.tolist() == ours.tolist()
    elif isinstance(theirs, dict):
        assert list(theirs) == list(ours)
        for key in theirs:
            same(theirs[key], ours[key], torch)
    elif isinstance(theirs, (list, tuple)):
        assert len(theirs) == len(ours)
        for one, other in zip(theirs, ours):
            same(one, other, torch)
    else:
        assert type(theirs) is type(ours) and theirs == ours


@pytest.mark.parity
def test_a_whole_network_is_refused(tmp_path):
    torch = pytest.importorskip("torch")
    torch.save(torch.nn.Linear(2, 1), tmp_path / "w.pth")
    with pytest.raises(ValueError, match=r"torch.nn.modules.linear.Linear.*state_dict\(\)"):
        tg.load(tmp_path / "w.pth")
