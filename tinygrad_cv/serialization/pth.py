"""PyTorch's files (.pth, .pt), read without PyTorch and without running what is in them.

What torch.save writes is a pickle (unpickle.py) in which every tensor is

    _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)

and `storage` a note that names a piece of raw memory elsewhere in the file: its type, its key
and how many numbers it holds. Several tensors may be windows into one storage.

    since 2020   a zip archive: NAME/data.pkl is the pickle, NAME/data/KEY the memory of each storage
    before       one file: the pickles of a magic number, a version, a description of the machine,
                 of the value and of the list of keys; then for each key a count and the memory

Nothing is believed: a storage must be in the file with the size that it claims, and a tensor
must lie inside its storage, before any memory is taken for it.
"""

import collections
import io
import os
import zipfile

import numpy as np

from ..creation import from_numpy
from .checkpoint import check_stored
from .unpickle import Builder, unpickle

MAGIC = 0x1950A86A20F9469CFC6C
BFLOAT16 = "bfloat16"  # NumPy has none: the upper half of a float32
DTYPES = {
    "Float": np.float32, "Double": np.float64, "Half": np.float16, "BFloat16": BFLOAT16, "Byte": np.uint8,
    "Char": np.int8, "Short": np.int16, "Int": np.int32, "Long": np.int64, "Bool": np.bool_,
}
PLAIN = ("float16", "float32", "float64", "uint8", "int8", "int16", "int32", "int64", "bool")  # torch.float32 as a value


class StorageType(collections.namedtuple("StorageType", "dtype")):
    """What torch.FloatStorage stands for: numbers of one dtype."""


class Storage(collections.namedtuple("Storage", "array")):
    """A piece of memory, as a 1-d array; bfloat16 as a float32 already."""


def itemsize(dtype):
    return 2 if dtype == BFLOAT16 else np.dtype(dtype).itemsize


def numbers(data, dtype):
    """Raw little-endian bytes as a 1-d array of our own."""
    if dtype == BFLOAT16:
        return Storage((np.frombuffer(data, "<u2").astype(np.uint32) << 16).view(np.float32))
    return Storage(np.frombuffer(bytearray(data), np.dtype(dtype).newbyteorder("<")).astype(dtype, copy=False))


# What a pickle may ask for by name, and what it gets


def rebuild_tensor(storage, offset, size, stride, requires_grad=False, hooks=None, metadata=None):
    """The window of a storage that starts at `offset` and takes a step of stride[d] along axis d."""
    if not isinstance(storage, Storage):
        raise ValueError(f"a tensor's storage is a {type(storage).__name__}")
    if not (isinstance(size, tuple) and isinstance(stride, tuple) and len(size) == len(stride) <= 32):
        raise ValueError(f"a tensor has size {size} and stride {stride}")
    if not all(type(n) is int and n >= 0 for n in (offset, *size, *stride)):
        raise ValueError(f"a tensor has offset {offset}, size {size} and stride {stride}; none may be negative")
    have, count = len(storage.array), 1
    for n in size:
        count *= n
    last = offset + sum((n - 1) * s for n, s in zip(size, stride))
    if count and last >= have or count > have:
        raise ValueError(
            f"a tensor of size {size}, stride {stride} and offset {offset} does not fit into its storage of {have} numbers"
        )
    if count == 0:
        return from_numpy(np.zeros(size, storage.array.dtype))
    window = np.lib.stride_tricks.as_strided(
        storage.array[offset:], size, [s * storage.array.itemsize for s in stride], writeable=False
    )
    tensor = from_numpy(window.copy(order="K"))
    return tensor.requires_grad_(bool(requires_grad) and tensor.is_floating_point())


def rebuild_parameter(data, requires_grad=True, hooks=None, state=None):
    return data.requires_grad_(bool(requires_grad) and data.is_floating_point())


def encode(text, encoding):
    """Bytes, as Python 3 writes them into a pickle of protocol 2."""
    if not isinstance(text, str) or encoding != "latin1":
        raise ValueError(f"bytes in the encoding {encoding!r}")
    return text.encode("latin1")


def ordered_dict(pairs=()):
    return collections.OrderedDict(pairs)


TENSORS = {
    ("torch._utils", "_rebuild_tensor_v2"): Builder(rebuild_tensor),
    ("torch._utils", "_rebuild_tensor"): Builder(rebuild_tensor),
    ("torch._utils", "_rebuild_parameter"): Builder(rebuild_parameter),
}
KNOWN = {
    **TENSORS,
    ("collections", "OrderedDict"): Builder(ordered_dict),
    ("torch", "Size"): Builder(tuple),
    ("torch", "device"): Builder(lambda *place: ":".join(map(str, place))),
    ("_codecs", "encode"): Builder(encode),
    ("builtins", "set"): Builder(set),
    ("__builtin__", "set"): Builder(set),  # its name in Python 2, and so in protocol 2
    **{("torch", f"{kind}Storage"): StorageType(dtype) for kind, dtype in DTYPES.items()},
    **{("torch", name): np.dtype(name) for name in PLAIN},
}


def load_zip(file):
    """The value in a zip archive of torch.save."""
    with zipfile.ZipFile(file) as archive:
        check_stored(archive, file)
        (pickle,) = [name for name in archive.namelist() if name.endswith("/data.pkl")]
        folder = pickle[: -len("data.pkl")]
        if folder + "byteorder" in archive.namelist() and archive.read(folder + "byteorder") != b"little":
            raise ValueError("it was written on a big-endian machine")
        storages = {}

        def storage(note):
            dtype, key, count = read_note(note)
            if key not in storages:
                data = archive.read(f"{folder}data/{key}")
                if len(data) < count * itemsize(dtype):
                    raise ValueError(f"storage {key} has {len(data)} bytes, and claims {count} numbers")
                storages[key] = numbers(data[: count * itemsize(dtype)], dtype)
            return storages[key]

        return unpickle(io.BytesIO(archive.read(pickle)), KNOWN, storage)


def load_legacy(file):
    """The value in a file of torch.save before 2020. The storages come last, so first they are only noted."""
    if unpickle(file, {}) != MAGIC:
        raise ValueError("it does not begin as a file of torch.save")
    unpickle(file, {})  # the version
    if unpickle(file, {}).get("little_endian") is not True:
        raise ValueError("it was written on a big-endian machine")
    start = file.tell()
    notes = {}

    def note_down(note):
        dtype, key, count = read_note(note)
        if notes.setdefault(key, (dtype, count)) != (dtype, count):
            raise ValueError(f"storage {key} is described in two ways")
        return Storage(key)

    unpickle(file, {**KNOWN, **dict.fromkeys(TENSORS, Builder(lambda *window: None))}, note_down)
    storages = {}
    for key in unpickle(file, {}):
        dtype, count = notes[key]
        if int.from_bytes(file.read(8), "little") != count:
            raise ValueError(f"storage {key} claims {count} numbers and has another count")
        if count * itemsize(dtype) > os.fstat(file.fileno()).st_size:
            raise ValueError(f"storage {key} claims {count} numbers, more than the file has")
        data = file.read(count * itemsize(dtype))
        if len(data) < count * itemsize(dtype):
            raise ValueError(f"it is cut off in storage {key}")
        storages[key] = numbers(data, dtype)
    file.seek(start)
    return unpickle(file, KNOWN, lambda note: storages[read_note(note)[1]])


def read_note(note):
    """(dtype, key, count) of a persistent id ("storage", type, key, device, count, and perhaps a view)."""
    if not isinstance(note, tuple) or len(note) not in (5, 6) or note[0] != "storage":
        raise ValueError(f"it refers to {note!r}, which is no storage")
    _, kind, key, _, count = note[:5]
    if not isinstance(kind, StorageType) or not isinstance(key, str) or type(count) is not int or count < 0:
        raise ValueError(f"it refers to a storage {key!r} of type {kind!r} with {count!r} numbers")
    if note[5:] not in ((), (None,)):
        raise ValueError("its storages are views of others, as in files of before 2017; load and save it with PyTorch")
    return kind.dtype, key, count
