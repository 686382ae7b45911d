"""Files from strangers: nothing in them is run, none takes more memory than it is large, damage is told."""

import functools
import io
import os
import random
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest
from pickles import (
    MAGIC, PROTOCOL, SIX, STOP, call, dictionary, in_legacy, in_zip, items, name, number, numbers, storage, tensor, text,
)

import tinygrad_cv as tg

SENTINEL = "was_run"
COMMAND = text(f"touch {SENTINEL}")
SYSTEM = name("os", "system")
DOUBLED = b"]" + b"".join(b"q" + bytes([i]) + b"]" + 2 * (b"h" + bytes([i]) + b"a") for i in range(90))


def binary(value):
    return b"X" + struct.pack("<I", value)


PROGRAMS = {
    # code
    "REDUCE": call(SYSTEM, COMMAND),
    "REDUCE by STACK_GLOBAL": text("os") + text("system") + b"\x93" + items(COMMAND) + b"R",
    "posix": call(name("posix", "system"), COMMAND),
    "eval": call(name("builtins", "eval"), text(f"open('{SENTINEL}', 'w')")),
    "exec in Python 2's name": call(name("__builtin__", "exec"), text(f"open('{SENTINEL}', 'w')")),
    "getattr": call(name("builtins", "getattr"), SYSTEM, text("__call__")),
    "a dotted name": text("collections") + text("OrderedDict.__init__.__globals__") + b"\x93",
    "INST": b"(" + COMMAND + b"ios\nsystem\n",
    "OBJ": b"(" + SYSTEM + COMMAND + b"o",
    "NEWOBJ": SYSTEM + items(COMMAND) + b"\x81",
    "NEWOBJ_EX": SYSTEM + items(COMMAND) + b"}" + b"\x92",
    "BUILD on a name": SYSTEM + dictionary(x=COMMAND) + b"b",
    "BUILD of an object": call(name("collections", "OrderedDict")) + call(SYSTEM, COMMAND) + b"b",
    "extension code": b"\x82\x01",
    "nested in a tensor's size": call(
        name("torch._utils", "_rebuild_tensor_v2"), storage(), number(0), items(call(SYSTEM, COMMAND)), numbers((1,))
    ),
    "nested in a storage's note": items(text("storage"), call(SYSTEM, COMMAND), text("0"), text("cpu"), number(6)) + b"Q",
    "as a tensor's hooks": call(
        name("torch._utils", "_rebuild_tensor_v2"), storage(), number(0), numbers((6,)), numbers((1,)), b"\x89",
        call(SYSTEM, COMMAND),
    ),
    "behind what is read": dictionary(a=tensor()) + call(SYSTEM, COMMAND) + b"0",
    "torch.load": call(name("torch", "load"), COMMAND),
    "torch.hub": call(name("torch.hub", "load"), COMMAND, COMMAND),
    "numpy's loader": call(name("numpy", "load"), COMMAND),
    "a whole module": name("torch.nn.modules.linear", "Linear") + b")\x81" + dictionary(weight=tensor()) + b"b",
    "a dict as function": b"})R",
    "a storage type as function": name("torch", "FloatStorage") + items(number(2**40)) + b"R",
    # sizes that are lies
    "a string of 4 GB": binary(2**32 - 1) + b"abc",
    "bytes of 2^62": b"\x8e" + struct.pack("<Q", 2**62) + b"abc",
    "a number of 2 GB": b"\x8b" + struct.pack("<i", 2**31 - 1) + b"abc",
    "a place far out in the memo": b"Nr" + struct.pack("<I", 2**32 - 1) + b"j" + struct.pack("<I", 2**32 - 2),
    "more numbers than the storage": tensor(size=(7,), stride=(1,)),
    "2^40 numbers": tensor(size=(2**20, 2**20), stride=(2**20, 1)),
    "2^40 times the same number": tensor(size=(2**20, 2**20), stride=(0, 0)),
    "a stride past the end": tensor(size=(2, 3), stride=(4, 1)),
    "a negative stride": tensor(size=(2, 3), stride=(-3, 1), offset=3),
    "a negative size": tensor(size=(-2, -3)),
    "a negative offset": tensor(size=(3,), stride=(1,), offset=-3),
    "an offset past the end": tensor(size=(1,), stride=(1,), offset=6),
    "more sizes than strides": tensor(size=(2, 3, 1), stride=(3, 1)),
    "a thousand axes": tensor(size=(1,) * 1000, stride=(1,) * 1000),
    "True as a size": call(
        name("torch._utils", "_rebuild_tensor_v2"), storage(), number(0), items(b"\x88"), numbers((1,)), b"\x89", b"}"
    ),
    "a storage that claims more": tensor(storage("0", 7), (7,), (1,)),
    "a storage that claims 2^60": tensor(storage("0", 2**60), (1,), (1,)),
    "a storage that is not there": tensor(storage("1")),
    "a storage on another path": tensor(storage("../data.pkl")),
    "a negative storage": tensor(storage("0", -1), (0,), (1,)),
    "a tensor as storage": tensor(tensor()),
    "no storage at all": tensor(text("memory")),
    "a note that is none": number(3) + b"Q",
    "an unknown storage": tensor(storage("0", 6, "ComplexFloatStorage")),
    # structures
    "a list in itself": b"]q\x00h\x00a",
    "a dict in itself": b"}q\x00X\x01\x00\x00\x00ah\x00s",
    "2^90 leaves": DOUBLED,
    "a thousand levels": b"]" * 1000 + b"a" * 999,
    "twenty thousand levels": b"(" * 20_000 + b"t" * 20_000,
    "a list as a key": b"}]Ns",
    "nothing": b"",
    "two values": b"NN",
    "a mark left over": b"N(",
    "no mark": b"Nt",
    "an empty stack": b"R",
    "a list made of a dict": b"}Na",
}


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("container", [in_zip, in_legacy])
@pytest.mark.parametrize("title", PROGRAMS)
def test_refused_without_running_or_taking_memory(here, title, container):
    (here / "w.pth").write_bytes(container(PROGRAMS[title]))
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="w.pth"):
            tg.load("w.pth")
        assert tracemalloc.get_traced_memory()[1] < 100e6
    finally:
        tracemalloc.stop()
    assert os.listdir(here) == ["w.pth"]


def test_the_assembler_can_run_code(here):
    """So the programs above would have run in pickle.load, and were not refused for a slip of ours."""
    import pickle

    pickle.loads(PROTOCOL + PROGRAMS["REDUCE"] + STOP)
    assert SENTINEL in os.listdir(here)


def refused(path, data, match="w.pth"):
    path.write_bytes(data)
    with pytest.raises(ValueError, match=match):
        tg.load(path)


def test_zip_archives(here):
    path, bomb = here / "w.pth", tensor(storage("0", 2**27), (2**27,), (1,))
    refused(path, in_zip(bomb, {"0": bytes(2**29)}, zipfile.ZIP_DEFLATED), "compressed")
    refused(path, in_zip(tensor(), byteorder="big"), "big-endian")
    twice = io.BytesIO(in_zip(tensor()))
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(twice, "a") as archive:
        archive.writestr("weights/data/0", bytes(24))
    refused(path, twice.getvalue(), "same name")
    lies = bytearray(in_zip(tensor()))
    place = lies.index(b"PK\1\2", lies.index(b"PK\1\2") + 4)  # the second member in the directory at the end
    lies[place + 20 : place + 28] = struct.pack("<II", 2**31, 2**31)
    refused(path, bytes(lies))
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    refused(path, empty.getvalue())
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("readme.txt", "no weights")
    refused(path, other.getvalue())


def test_legacy_files(here):
    path = here / "w.pth"
    whole = in_legacy(tensor())
    for length in range(len(whole)):
        refused(path, whole[:length])
    refused(path, in_legacy(dictionary(a=tensor(), b=tensor(storage("0", 5), (5,), (1,)))), "two ways")
    refused(path, whole.replace(number(MAGIC), number(MAGIC + 1)), "begin")


def test_our_own_archives(here):
    path = here / "w.npz"
    tree = np.frombuffer(b'["tensor", "t0"]', np.uint8)
    np.savez_compressed(path, tree=tree, t0=np.zeros(10**8))
    with pytest.raises(ValueError, match="compressed"):
        tg.load(path)
    np.savez(path, tree=tree, t0=np.array([{}], object))
    with pytest.raises(ValueError, match="w.npz"):
        tg.load(path)
    np.savez(path, tree=np.frombuffer(b"[" * 10**5, np.uint8))
    with pytest.raises(ValueError, match="w.npz"):
        tg.load(path)
    good = io.BytesIO()
    np.savez(good, tree=tree, t0=np.zeros((1000, 3)))
    lies = good.getvalue().replace(b"'shape': (1000, 3), }    ", b"'shape': (90000000000,), }")
    assert lies != good.getvalue()
    path.write_bytes(lies)
    with pytest.raises(ValueError, match="w.npz"):
        tg.load(path)


def ours(path):
    tg.save({"epoch": 3, "weight": tg.arange(24.0).reshape(2, 3, 4), "list": [1, "two"]}, path)


def theirs(container, path):
    path.write_bytes(container(dictionary(epoch=number(3), weight=tensor(), list=b"](K\x01" + text("two") + b"e")))


def safe(path):
    header = b'{"weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}'
    path.write_bytes(struct.pack("<Q", len(header)) + header + SIX)


WRITERS = [ours, functools.partial(theirs, in_zip), functools.partial(theirs, in_legacy), safe]


@pytest.mark.parametrize("write", WRITERS, ids=["npz", "zip", "legacy", "safetensors"])
def test_a_thousand_corruptions(tmp_path, write):
    """A changed, missing or added byte gives a value with tensors, or ValueError; a changed value is
    only possible where the format has no checksum, and never another error, a wait or a flood of memory."""
    path, chance = tmp_path / "w", random.Random(1)
    write(path)
    good, value = path.read_bytes(), tg.load(path)
    refusals = 0
    tracemalloc.start()
    for _ in range(1000):
        data, place = bytearray(good), chance.randrange(len(good))
        kind = chance.choice(("change", "cut", "insert", "remove", "swap"))
        if kind == "change":
            data[place] ^= chance.randrange(1, 256)
        elif kind == "cut":
            del data[place:]
        elif kind == "insert":
            data[place:place] = chance.randbytes(chance.randrange(1, 9))
        elif kind == "remove":
            del data[place : place + chance.randrange(1, 9)]
        else:
            other = chance.randrange(len(good))
            data[place], data[other] = data[other], data[place]
        path.write_bytes(bytes(data))
        try:
            loaded = tg.load(path)
        except ValueError:
            refusals += 1
        else:
            if write in WRITERS[:2]:  # zip archives have a checksum of every member
                assert repr(loaded) == repr(value)
    assert refusals > 300
    assert tracemalloc.get_traced_memory()[1] < 100e6
    tracemalloc.stop()
