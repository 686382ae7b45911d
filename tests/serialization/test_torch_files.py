"""PyTorch's files and safetensors', read: the same values as PyTorch reads, whoever wrote them."""

import bz2
import gzip
import io
import lzma
import pickle
import warnings
import zipfile
from collections import Counter

import numpy as np
import pytest
from torch_writer import (
    STORAGES, Code, call, code, legacy_file, name, ordered_dict, pickled, reference, state_file,
    tensor, whole, zip_file,
)

import tinygrad_cv as tg

both = pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
KINDS = [*STORAGES]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "net.pth"


def load(path, content):
    path.write_bytes(content)
    return tg.load(path)


def numpy(t):
    return t.detach().cpu().numpy()


# Without PyTorch


@both
@pytest.mark.parametrize("kind", KINDS)
def test_dtypes(path, kind, legacy):
    array = np.array([[0, 1, 2], [3, 100, 127]]).astype(kind)
    loaded = load(path, state_file({"a": array, "b": np.zeros((0, 2), kind), "c": array[1, 1]},
                                   legacy))
    assert list(loaded) == ["a", "b", "c"]
    for got, wanted in zip(loaded.values(), (array, np.zeros((0, 2), kind), array[1, 1])):
        assert got.dtype == ("float32" if kind == "float16" else kind)
        assert got.shape == wanted.shape and np.array_equal(numpy(got), wanted)


@both
def test_bfloat16_becomes_float32(path, legacy):
    raw = (np.array([1.0, -2.5, np.inf, 3.140625],
                    np.float32).view(np.uint32) >> 16).astype("<u2").tobytes()
    pickle = pickled([tensor(reference("BFloat16Storage", "7", 4, legacy), 1, (3,), (1,))])
    file = legacy_file(pickle, {"7": (4, raw)}) if legacy else zip_file(pickle, {"7": raw})
    (x,) = load(path, file)
    assert x.dtype == tg.float32 and x.tolist() == [-2.5, float("inf"), 3.140625]


def test_windows_onto_one_storage(path):
    raw = np.arange(12, dtype="<f4").tobytes()
    storage = reference("FloatStorage", "0", 12)
    views = {
        "whole": tensor(storage, 0, (3, 4), (4, 1)),
        "transposed": tensor(storage, 0, (4, 3), (1, 4)),
        "column": tensor(storage, 1, (3,), (4,)), "one": tensor(storage, 11, (), ()),
        "expanded": tensor(storage, 2, (2, 3), (0, 1)),
        "empty": tensor(storage, 12, (0, 5), (5, 1)),
        "again": tensor(storage, 0, (3, 4), (4, 1)),
    }
    loaded = load(path, zip_file(pickled(views), {"0": raw}))
    x = np.arange(12, dtype="f4").reshape(3, 4)
    wanted = {"whole": x, "transposed": x.T, "column": x[:, 1], "one": x[2, 3],
              "expanded": [[2, 3, 4]] * 2,
              "empty": np.zeros((0, 5)), "again": x}
    assert all(np.array_equal(numpy(loaded[key]), wanted[key]) for key in wanted)
    loaded["whole"].fill_(7)
    assert loaded["column"].tolist() == [7, 7, 7] and loaded["again"].tolist() == [[7] * 4] * 3
    with pytest.raises(RuntimeError, match=r"clone\(\)"):
        loaded["expanded"][0, 0] = 1


def test_plain_values_and_known_names(path):
    value = {"epoch": 3, "lr": 1e-3, "big": 2**70, "names": ["a", ("b", None)], "raw": b"x", 1: {},
             (2, "k"): True}
    everything = {**value, "dtype": name("torch", "float32"), "size": call("torch", "Size", (2, 3)),
                  "device": call("torch", "device", "cuda", 1)}
    loaded = load(path, zip_file(pickled(everything), {}))
    assert loaded.pop("dtype") is tg.float32 and loaded.pop("size") == (2, 3)
    assert str(loaded.pop("device")) == "cuda:1"
    assert loaded == value and list(map(type, loaded.values())) == list(map(type, value.values()))


def test_parameters_require_a_gradient(path):
    w = tensor(reference("FloatStorage", "0", 2), 0, (2,), (1,))
    rebuilt = [call("torch._utils", "_rebuild_parameter", w, wanted, ordered_dict({}))
               for wanted in (True, False)]
    of_v2 = tensor(reference("FloatStorage", "0", 2), 0, (2,), (1,), True)
    loaded = load(path, zip_file(pickled([*rebuilt, of_v2]), {"0": np.ones(2, "<f4").tobytes()}))
    assert [t.requires_grad for t in loaded] == [True, False, True]
    assert all(t.is_leaf for t in loaded)


def test_what_python_2_wrote(path):
    """Short strings, OrderedDict's pairs as an argument, Parameters by NEWOBJ and BUILD."""

    def short(s):
        return Code(b"U" + bytes([len(s)]) + s.encode())

    data = call("torch._utils", "_rebuild_tensor", reference("FloatStorage", "123", 2, True), 0,
                (2,), (1,))
    parameter = Code(name("torch.nn.parameter", "Parameter") + b")\x81q\x01"
                     + code((data, None, ordered_dict({}), True, False)) + b"b")
    pickle = pickled(call("collections", "OrderedDict",
                          [[short("fc.weight"), parameter], [short("n"), 1]]))
    loaded = load(path, legacy_file(pickle, {"123": (2, np.array([1, 2], "<f4").tobytes())}))
    assert list(loaded) == ["fc.weight", "n"] and loaded["fc.weight"].tolist() == [1, 2]
    assert loaded["fc.weight"].requires_grad


def test_metadata_of_a_state_dict_is_left_out(path):
    state = Code(ordered_dict({"a": 1}) + code({"_metadata": ordered_dict({"": {"version": 1}})})
                 + b"b")
    assert load(path, zip_file(pickled(state), {})) == {"a": 1}


def test_big_endian_numbers_are_refused(path):
    pickle = pickled(whole(np.zeros((2, 2), "f4"), "0"))
    with pytest.raises(ValueError, match="big-endian computer"):
        load(path, zip_file(pickle, {"0": bytes(16)}, order=b"big"))


@both
def test_the_negative_bit(path, legacy):
    """Of conj().imag, PyTorch stores the numbers of imag and a note that they are to be negated."""
    raw, options = np.array([3, 4], "<f4").tobytes(), (False, ordered_dict({}))

    def read(bits):
        storage = reference("FloatStorage", "0", 2, legacy)
        pickle = pickled(tensor(storage, 0, (2,), (1,), *options, bits))
        file = legacy_file(pickle, {"0": (2, raw)}) if legacy else zip_file(pickle, {"0": raw})
        return load(path, file).tolist()

    assert read({}) == read(None) == [3, 4]
    for bits in {"conj": True}, {"neg": True}, [1]:
        with pytest.raises(ValueError, match="negative bit.*resolve_neg"):
            read(bits)


def test_other_containers_of_data(path):
    milestones = call("collections", "Counter", {3: 1, 5: 1})
    values = [milestones, call("__builtin__", "bytearray", "a\xff", "latin-1"),
              call("builtins", "bytearray", b"x"), call("builtins", "bytearray"),
              call("builtins", "complex", 1.0, 2.0), call("builtins", "set", [1, "a"])]
    loaded = load(path, zip_file(pickled(values), {}))
    assert loaded == [Counter([3, 5]), b"a\xff", b"x", b"", 1 + 2j, {1, "a"}]
    assert [type(value) for value in loaded[:2]] == [Counter, bytearray]


def plain_zip(name):
    with zipfile.ZipFile(file := io.BytesIO(), "w") as archive:
        archive.writestr(name, b"x")
    return file.getvalue()


WRONG = {
    "torchscript": zip_file(pickled({}), {}, **{"constants.pkl": pickled(())}),
    "web page": b"\r\n<!DOCTYPE html><html><title>Quota exceeded</title></html>",
    "git lfs": b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
    "empty": b"", "cut off": state_file({"a": np.ones(2, "f4")})[:-40],
    "it holds model.pth": plain_zip("model.pth"), "text (json)": b'{"message": "Not Found"}',
    "hdf5": b"\x89HDF\r\n\x1a\n\0", ".npy": b"\x93NUMPY\1\0", "zeros": bytes(1000),
    "it is a pickle": pickle.dumps({"a": 1}),
    ".xz": lzma.compress(b"x"), ".bz2": bz2.compress(b"x"),
    "gz": gzip.compress(state_file({"a": np.ones(2, "f4")})),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_file_is_told_what_it_is(path, what):
    with pytest.raises(ValueError) as caught:
        load(path, WRONG[what])
    assert what in str(caught.value).split("can be read: ")[1].lower()


def test_the_name_of_a_file_says_nothing(tmp_path):
    content = state_file({"a": np.ones(2, "f4")})
    for file in ("a.npz", "b.safetensors", "c"):
        assert load(tmp_path / file, content)["a"].tolist() == [1, 1]


def test_map_location_and_other_arguments(path):
    x = tg.zeros(())
    path.write_bytes(state_file({"a": np.ones(2, "f4")}))
    assert tg.load(path, map_location=x.device, weights_only=True)["a"].device == x.device
    loaded = tg.load(path, map_location=lambda storage, location: storage, weights_only=False)
    assert loaded["a"].device.type == "cpu"
    for unknown in "abacus", {"cuda:0": "abacus"}:
        with pytest.raises(RuntimeError, match="abacus"):
            tg.load(path, map_location=unknown)


@both
def test_map_location_as_a_dict(path, legacy):
    """It says where to put what was saved on a device; the rest goes to the CPU, as without it."""
    raw = np.ones(2, "<f4").tobytes()
    parts = [tensor(reference("FloatStorage", str(i), 2, legacy, place), 0, (2,), (1,))
             for i, place in enumerate(["cuda:0", "cuda:1", "cpu"])]
    path.write_bytes(
        legacy_file(pickled(parts), {str(i): (2, raw) for i in range(3)}) if legacy
        else zip_file(pickled(parts), {str(i): raw for i in range(3)})
    )
    loaded = tg.load(path, map_location={"cuda:0": "strict", "cuda:2": "cpu"})
    assert [str(x.device) for x in loaded] == ["strict:0", "cpu", "cpu"]
    loaded = tg.load(path, map_location={"cuda:1": "cpu", "cpu": "strict"})
    assert [str(x.device) for x in loaded] == ["cpu", "cpu", "strict:0"]


def of_dtype(legacy):
    """A tensor as newer PyTorch writes a dtype that has no class of storages."""
    storage = Code(reference("UntypedStorage", "0", 2, legacy).replace(b"torch", b"torch.storage"))
    return call("torch._utils", "_rebuild_tensor_v3", storage, 0, (1,), (1,), False,
                ordered_dict({}), name("torch", "uint16"), None)


@both
@pytest.mark.parametrize("what, make", [
    ("a tensor of torch.uint16", of_dtype),
    ("a sparse tensor", lambda _: call("torch._utils", "_rebuild_sparse_tensor", 1)),
    ("a quantized tensor", lambda _: call("torch._utils", "_rebuild_qtensor", 1)),
    ("a nested tensor", lambda _: call("torch._utils", "_rebuild_nested_tensor", 1)),
    ("a NumPy array", lambda _: call("numpy._core.multiarray", "_reconstruct", 1)),
])
def test_other_tensors_are_refused_by_their_own_names(path, what, make, legacy):
    pickle = pickled({"w": make(legacy)})
    with pytest.raises(ValueError, match=f"it has {what}"):
        load(path, legacy_file(pickle, {"0": (2, b"12")}) if legacy
             else zip_file(pickle, {"0": b"12"}))


# With PyTorch


def same(ours, theirs, torch):
    if isinstance(theirs, torch.Tensor):
        wanted = theirs.detach()
        wanted = wanted.float() if wanted.dtype in (torch.bfloat16, torch.float16) else wanted
        alike = ours.requires_grad == theirs.requires_grad
        return alike and np.array_equal(numpy(ours), wanted.numpy())
    if isinstance(theirs, dict):
        alike = isinstance(ours, dict) and list(ours) == list(theirs)
        return alike and all(same(ours[key], theirs[key], torch) for key in ours)
    if isinstance(theirs, (list, tuple)) and not isinstance(theirs, torch.Size):
        alike = type(ours) is type(theirs) and len(ours) == len(theirs)
        return alike and all(same(*pair, torch) for pair in zip(ours, theirs))
    return ours == theirs


def training_state(torch):
    net = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 3), torch.nn.BatchNorm2d(3))
    optimizer = torch.optim.Adam(net.parameters(), 0.1)
    net(torch.randn(2, 2, 4, 4)).sum().backward()
    optimizer.step()
    return {
        "net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3,
        "history": [{"loss": 0.5}],
        "plain": [2.5, None, True, b"\x00\xffbytes", (1, 2), {3, "4"}, 2**80, {"a": {}}],
        "others": [{(1, "a"): 2}, bytearray(b"x\xff"), 1 + 2j, Counter("aab")],
        "numpy": [np.float64(0.1), np.float32(0.5), np.int64(-3), np.bool_(True)],
        "schedule": torch.optim.lr_scheduler.MultiStepLR(optimizer, [3, 5]).state_dict(),
        "shape": torch.Size([1, 2]), "rng": torch.get_rng_state(),
        "parameters": dict(net.named_parameters()),
    }


def views(torch):
    x = torch.randn(4, 3, 6, 5)
    return [
        x, x.to(memory_format=torch.channels_last), x[1:, ::2], x.transpose(1, 3), x[0, 0, 0, 0],
        x[:0],
        x[:1, :1].expand(7, 3, 6, 5), x.bfloat16(), x.half(), x.double(), x > 0, torch.arange(5),
        (x * 9).to(torch.int8), torch.zeros(()), torch.nn.Parameter(x[2]),
        torch.randn(3, requires_grad=True),
    ]


@pytest.mark.parity
@both
@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("make", [training_state, views])
def test_files_of_pytorch(path, make, legacy, protocol):
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    value = make(torch)
    torch.save(value, path, pickle_protocol=protocol, _use_new_zipfile_serialization=not legacy)
    assert same(tg.load(path), value, torch)


@pytest.mark.parity
def test_tensors_of_pytorch_stay_one_and_share(path):
    torch = pytest.importorskip("torch")
    w = torch.nn.Parameter(torch.ones(2, 3))
    torch.save({"encoder": w, "decoder": w, "turned": w.detach().t()}, path)
    loaded = tg.load(path)
    assert loaded["encoder"] is loaded["decoder"]
    loaded["turned"][2, 1] = 7.0
    assert loaded["encoder"].tolist() == [[1, 1, 1], [1, 1, 7]]


@pytest.mark.parity
def test_what_the_writer_writes_pytorch_reads(path):
    """So the files of the tests that run without PyTorch are files of PyTorch's."""
    torch = pytest.importorskip("torch")
    state = {kind: np.arange(6).reshape(2, 3).astype(kind) for kind in KINDS}
    for legacy in (False, True):
        path.write_bytes(state_file(state, legacy))
        loaded = torch.load(path)
        assert all(np.array_equal(loaded[kind].numpy(), state[kind]) for kind in KINDS)


@pytest.mark.parity
@both
def test_what_numpy_lacks_is_refused_by_name(path, legacy):
    torch = pytest.importorskip("torch")
    x = torch.ones(2)
    warnings.simplefilter("ignore", UserWarning)  # quantized tensors are deprecated
    for said, value in {
        "ComplexFloatStorage.*not supported": x.to(torch.complex64),
        "torch.uint16": x.to(torch.uint16), "torch.float8_e5m2": x.to(torch.float8_e5m2),
        "sparse": x.to_sparse(), "quantized": torch.quantize_per_tensor(x, 0.1, 0, torch.qint8),
    }.items():
        torch.save([value], path, _use_new_zipfile_serialization=not legacy)
        with pytest.raises(ValueError, match=said):
            tg.load(path)
    torch.save(torch.nn.Linear(1, 1), path, _use_new_zipfile_serialization=not legacy)
    with pytest.raises(ValueError,
                       match=r"(asks to call torch\.nn\..*Linear|calls something).*state_dict"):
        tg.load(path)
