"""PyTorch's files (.pth, .pt) and safetensors', without PyTorch.

A tensor in PyTorch is a window onto a storage, which is a row of numbers: element [i, j, ...] stands at

    offset + i stride[0] + j stride[1] + ...

Several tensors may look onto one storage (tied weights, a slice and its whole). So a file has two parts: the
storages, as raw bytes, and a pickle of everything around them, in which a tensor is a call of
torch._utils._rebuild_tensor_v2(storage, offset, size, stride, ...) with a reference to its storage.

    zip format, since PyTorch 1.6       NAME/data.pkl, and every storage in a member NAME/data/KEY
    legacy format                       five pickles one after another (a magic number, the protocol, the
                                        computer's byte order, the value, the storages' keys), then the storages

The pickle is read by pickles.py, which calls nothing: `Builder` makes tensors of the calls that it knows, and
refuses every other. It checks every window against its storage before it takes memory for the tensor.

A zip file has checksums. The others have none: there a byte changed inside the numbers is just another number.
"""

import math
import struct

import numpy as np

from ..backend import dtypes
from ..backend.device import Device
from ..creation import from_numpy
from ..tensor import Tensor
from .archive import numbers
from .pickles import Call, Machine, Name, Persistent, check_tree, fill, hashable

STORAGES = {
    "HalfStorage": "float16", "FloatStorage": "float32", "DoubleStorage": "float64", "BFloat16Storage": "bfloat16",
    "ByteStorage": "uint8", "CharStorage": "int8", "ShortStorage": "int16", "IntStorage": "int32",
    "LongStorage": "int64", "BoolStorage": "bool",
}
SAFETENSORS = {
    "F16": "float16", "F32": "float32", "F64": "float64", "BF16": "bfloat16", "U8": "uint8", "I8": "int8",
    "I16": "int16", "I32": "int32", "I64": "int64", "BOOL": "bool",
}
MAGIC = b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."   # how the legacy format begins, after the protocol
MAGIC_NUMBER, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
MOST_DIMS = 32
SHARED = 200_000     # values in containers that are referred to again and again, beside 10 for each instruction
ROOM = 4, 1 << 24    # tensors may overlap, or repeat their numbers by strides of 0: up to 4 times the file, or 16 MB


def read_zip(archive, device, file_size):
    """The value in a file of torch.save, from its Archive."""
    pickled = [name for name in archive.names if name.endswith("/data.pkl")]
    if len(pickled) != 1:
        raise ValueError("it is a zip file, but neither of save() nor of torch.save")
    root = pickled[0].removesuffix("data.pkl")
    order = archive.read(root + "byteorder") if root + "byteorder" in archive.names else b"little"
    if order not in (b"little", b"big"):
        raise ValueError("its byte order is neither little nor big")
    machine = Machine(archive.read(pickled[0]))
    value = machine.run()
    check_tree(value, 10 * machine.steps + SHARED)

    def storage(kind, key, count):
        return numbers(archive.read(f"{root}data/{key}"), kind, "<" if order == b"little" else ">")

    return Builder(storage, device, file_size).build(value)


def read_legacy(data, device):
    """The value in a file that torch.save wrote before PyTorch 1.6, or was told to write in that format."""
    place, values = 0, []
    for _ in range(5):
        machine = Machine(data, place)
        values.append(machine.run())
        place = machine.place
        if len(values) == 4:
            references, steps = machine.persistent, machine.steps
    magic, protocol, computer, value, keys = values
    if magic != MAGIC_NUMBER or protocol != PROTOCOL or not isinstance(computer, dict) or not isinstance(keys, list):
        raise ValueError("it doesn't begin as a file of torch.save")
    if computer.get("little_endian") is not True:
        raise ValueError("it was written on a big-endian computer")
    check_tree(value, 10 * steps + SHARED)
    kinds = {key: kind for kind, key, _ in map(storage_reference, references)}
    places = {}
    for key in keys:                                # as many elements as the number says, then the next storage
        if not isinstance(key, str) or key not in kinds or key in places:
            raise ValueError("its storages are not those of its tensors")
        (count,) = struct.unpack_from("<q", data, place)
        size = count * np.dtype("uint16" if kinds[key] == "bfloat16" else kinds[key]).itemsize
        if not 0 <= size <= len(data) - place - 8:
            raise ValueError("its storages are cut off")
        places[key] = place + 8, size
        place += 8 + size
    if place != len(data):
        raise ValueError("it has bytes left over after its storages")

    def storage(kind, key, count):
        start, size = places[key]
        return numbers(memoryview(data)[start:start + size], kind)

    return Builder(storage, device, len(data)).build(value)


def read_safetensors(deserialize, data, device):
    """{name: tensor}. The safetensors library checks the file; here its bytes become tensors."""
    tensors = {}
    for name, described in deserialize(data):
        if described["dtype"] not in SAFETENSORS:
            raise ValueError(f"its tensor {name[:100]!r} has the dtype {described['dtype']}, which is not supported")
        array = numbers(described["data"], SAFETENSORS[described["dtype"]]).reshape(described["shape"])
        tensors[name] = from_numpy(array).to(device)
    return tensors


def storage_reference(persistent):
    """(kind, key, how many elements) of a reference ("storage", torch.FloatStorage, key, device, count[, None])."""
    id = persistent.id
    known = isinstance(id, tuple) and len(id) in (5, 6) and id[0] == "storage" and isinstance(id[1], Name)
    if not known or not isinstance(id[2], str) or type(id[4]) is not int or id[5:] not in ((), (None,)):
        raise ValueError("its pickle refers to something that is no storage of numbers")
    kind = STORAGES.get(id[1].name) if id[1].module == "torch" else None
    if kind is None:
        raise ValueError(f"its tensors are of the kind {id[1]}, which is not supported")
    return kind, id[2], id[4]


class Builder:
    """Makes plain containers and Tensors of what a pickle describes: see `build`.

    `storage(kind, key, count)` gives the numbers of a storage. `file_size` decides how much memory is right.
    """

    def __init__(self, storage, device, file_size):
        self.storage, self.device = storage, device
        self.room = max(ROOM[0] * file_size, ROOM[1])
        self.storages, self.tensors = {}, {}

    def build(self, value):
        """`value` with every Call carried out, if it is a known one; ValueError if not."""
        if value is None or isinstance(value, (bool, int, float, str, bytes)):
            return value
        if isinstance(value, (list, tuple, set)):
            return type(value)(self.build(part) for part in value)
        if isinstance(value, dict):
            return {key: self.build(part) for key, part in value.items()}
        if isinstance(value, Name) and value.module == "torch" and value.name in dtypes.NAMES:
            return dtypes.as_dtype(value.name)
        if isinstance(value, Call):
            return self.carry_out(value)
        what = f"refers to {value}" if isinstance(value, Name) else "has a storage that is in no tensor"
        raise ValueError(f"its pickle {what}; a file of weights needs only tensors and plain containers")

    def carry_out(self, call):
        name = str(call.function)
        if name in ("torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2"):
            result = self.tensor(*call.arguments)
        elif name == "torch._utils._rebuild_parameter":
            result = self.parameter(*call.arguments)
        elif name == "torch.nn.parameter.Parameter":                # PyTorch before 0.4
            data, _, hooks, requires_grad, _ = call.state
            result, call.state = self.parameter(data, requires_grad, hooks), None
        elif name == "collections.OrderedDict":
            return self.ordered_dict(call)
        elif name == "torch.Size":
            result = self.build(*call.arguments)
        elif name == "torch.device":
            if not all(isinstance(part, (str, int)) for part in call.arguments):
                raise ValueError("its pickle has a device whose name is no text")
            result = Device(":".join(str(part)[:20] for part in call.arguments))
        elif name in ("builtins.set", "__builtin__.set"):
            result = set(map(hashable, self.build(*call.arguments)))
        elif name == "_codecs.encode":                              # how protocol 2 writes bytes
            text, encoding = call.arguments
            self.take(len(text))
            result = text.encode({"latin1": "latin1"}[encoding])
        else:
            raise ValueError(
                f"its pickle asks to call {name}, which no file of weights needs, and which was not called; "
                "of a network, save the state_dict() only"
            )
        if call.items or call.state is not None:
            raise ValueError(f"its pickle puts something into the result of {name}")
        return result

    def ordered_dict(self, call):
        """As a plain dict. Python 2 wrote its pairs as an argument; the state is layers' version numbers."""
        if not isinstance(self.build(call.state), (dict, type(None))):
            raise ValueError("its pickle has an OrderedDict whose state is no dict")
        result = {}
        if call.arguments:
            (pairs,) = call.arguments
            fill(result, ((key, self.build(value)) for key, value in pairs))
        result.update(self.build(call.items))
        return result

    def parameter(self, data, requires_grad, hooks):
        """Not a Parameter, but a tensor that requires a gradient: load_state_dict takes both."""
        self.build(hooks)
        tensor = self.build(data)
        if not isinstance(tensor, Tensor):
            raise ValueError("its pickle has a parameter that is no tensor")
        return tensor.detach().requires_grad_(requires_grad is True)

    def tensor(self, storage, offset, size, stride, requires_grad=False, *others):
        """A window onto a storage, checked and copied: no tensor here shares memory with part of another."""
        self.build(others)
        if not isinstance(storage, Persistent):
            raise ValueError("its pickle has a tensor without a storage")
        kind, key, count = storage_reference(storage)
        size, stride = self.build(size), self.build(stride)
        check_window(offset, size, stride, count)
        seen = kind, key, offset, size, stride
        if seen not in self.tensors:
            self.take(math.prod(size) * np.dtype("float32" if kind == "bfloat16" else kind).itemsize)
            window = self.numbers_of(kind, key, count)[offset:]
            strides = [step * window.itemsize for step in stride]
            array = np.array(np.lib.stride_tricks.as_strided(window, size, strides), order="C")
            self.tensors[seen] = from_numpy(array).to(self.device)
        # The same window once more is the same memory: tied weights stay tied, and cost nothing.
        return self.tensors[seen].detach().requires_grad_(requires_grad is True)

    def take(self, size):
        """Note that `size` bytes more will be used."""
        self.room -= size
        if self.room < 0:
            raise ValueError("its tensors are much larger than the file")

    def numbers_of(self, kind, key, count):
        """The numbers of a storage, read once."""
        if key not in self.storages:
            self.storages[key] = kind, self.storage(kind, key, count)
        known, array = self.storages[key]
        if known != kind or len(array) != count:
            raise ValueError("its storages are not as large as its tensors say, or of another kind")
        return array


def check_window(offset, size, stride, count):
    """ValueError if a window reaches beyond its storage of `count` elements."""
    fit = isinstance(size, tuple) and isinstance(stride, tuple) and len(size) == len(stride) <= MOST_DIMS
    if not fit or any(type(n) is not int or not 0 <= n < 1 << 56 for n in (offset, *size, *stride, count)):
        raise ValueError("its pickle has a tensor whose offset, size or stride is not as it must be")
    last = offset + sum((n - 1) * step for n, step in zip(size, stride)) if 0 not in size else offset - 1
    if last >= count:
        raise ValueError(f"its pickle has a tensor that reaches to element {last} of a storage of {count}")
