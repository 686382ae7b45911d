"""PyTorch's files (.pth, .pt), read without PyTorch.

A tensor in PyTorch is a window onto a storage, a row of numbers: element [i, j] is number
offset + i stride[0] + j stride[1]. So a file has the storages, as raw bytes, and a pickle of
everything around them, in which a tensor is a call of _rebuild_tensor_v2(storage, offset, ...).

    zip format, since PyTorch 1.6    NAME/data.pkl, and each storage in a member NAME/data/KEY
    legacy format                    five pickles (a magic number, the protocol, the computer, the
                                     value, the keys), then length and numbers of each storage

`Builder` makes tensors of what pickles.py has read. Each window is checked before it is looked
through. Only a zip has checksums: in a legacy file a changed byte is just another number.
"""

import io
import struct
from collections import Counter

from .. import dtypes
from ..arrays import Device, as_array
from ..tensor import Tensor
from .archive import item_size, numbers, tensor_of
from .pickles import Call, Machine, Name, Persistent, hashable

KINDS = {  # what PyTorch's storages call a dtype
    "Half": "float16", "BFloat16": "bfloat16", "Float": "float32", "Double": "float64",
    "Byte": "uint8", "Char": "int8", "Short": "int16", "Int": "int32", "Long": "int64",
    "Bool": "bool",
}
STORAGES = {f"torch.{name}Storage": kind for name, kind in KINDS.items()}
DTYPES = {f"torch.{kind}": "float32" if "float16" in kind else kind for kind in KINDS.values()}
NUMPY = {"f4": "float32", "f8": "float64", "i4": "int32", "i8": "int64", "b1": "bool"}
UNSUPPORTED = {  # what PyTorch's other tensors are made with
    "torch._utils._rebuild_sparse_tensor": "a sparse tensor; save its to_dense()",
    "torch.serialization._get_layout": "a sparse tensor; save its to_dense()",
    "torch._utils._rebuild_nested_tensor": "a nested tensor; save the tensors of its unbind()",
    "torch._utils._rebuild_meta_tensor_no_storage": "a tensor on the meta device: without values",
    "numpy.core.multiarray._reconstruct": "a NumPy array; save torch.from_numpy(x)",
    "numpy._core.multiarray._reconstruct": "a NumPy array; save torch.from_numpy(x)",
    "torch._utils._rebuild_qtensor": "a quantized tensor; save its dequantize()",
}
MAGIC = b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."  # the legacy format begins with it
PROTOCOL = 1001  # of the legacy format
DEEPEST = 100  # containers inside containers
SHARED = 100_000  # values in containers that occur again and again, beside 10 per instruction
LONGEST_TEXTS = 1 << 24  # bytes, together, in what the pickle wants to be called


def read_zip(archive, device_for):
    """The value in a file of torch.save, from its archive.

    `device_for(name)` is the device for what was saved on the device of that name.
    """
    names = archive.namelist()
    pickled = [name for name in names if name.endswith("/data.pkl")]
    if len(pickled) != 1:
        raise ValueError("it is a zip file, but neither save() nor torch.save wrote it; it holds "
                         f"{', '.join(names)[:100] or 'nothing'}")
    root = pickled[0].removesuffix("data.pkl")
    if root + "byteorder" in names and archive.read(root + "byteorder") != b"little":
        raise ValueError("it was written on a big-endian computer")
    machine = Machine(archive.read(pickled[0]))
    value = machine.run()
    return Builder(lambda key: archive.read(f"{root}data/{key}"), device_for, machine).build(value)


def read_legacy(data, device_for):
    """The value in a file that torch.save wrote in its legacy format, as before PyTorch 1.6."""
    file = io.BytesIO(data)
    machines = [Machine(file) for _ in range(5)]
    _, protocol, computer, value, keys = [machine.run() for machine in machines]
    if protocol != PROTOCOL or computer["little_endian"] is not True or type(keys) is not list:
        raise ValueError("it doesn't begin like a file of torch.save on a little-endian computer")
    storages, place = {}, file.tell()
    builder = Builder(storages.__getitem__, device_for, machines[3])
    kinds = {key: kind for kind, key, *_ in map(storage_reference, machines[3].persistent)}
    for key in keys:
        if not isinstance(key, str) or key not in kinds or key in storages:
            raise ValueError("its storages are not those of its tensors")
        (count,) = struct.unpack_from("<q", data, place)
        start, place = place + 8, place + 8 + count * item_size(kinds[key])
        if not start <= place <= len(data):
            raise ValueError("its storages are cut off")
        storages[key] = memoryview(data)[start:place]
    if place != len(data):
        raise ValueError("it has bytes left over after its storages")
    return builder.build(value)


def storage_reference(persistent):
    """(kind, key, name of the device, number of elements) of a reference to a storage."""
    match persistent.id:
        case ["storage", Name() as kind, str(key), str(place), int(count), *rest] if (
            rest in ([], [None])
        ):
            if kind.text not in STORAGES:
                raise ValueError(f"its tensors are of kind {kind.text}, which is not supported")
            return STORAGES[kind.text], key, place, count
    raise ValueError("its pickle refers to something that is not a storage of numbers")


def check_call(call):
    """ValueError unless a pickle asks to call something that is in CALLS."""
    name = call.function
    if name in UNSUPPORTED:
        raise ValueError(f"it has {UNSUPPORTED[name]}")
    if name == "torch._utils._rebuild_tensor_v3":
        dtype = next(x.text for x in call.arguments if isinstance(x, Name))
        raise ValueError(f"it has a tensor of {dtype}, a dtype that is not supported")
    if name not in CALLS:
        raise ValueError(
            f"its pickle asks to call {name}, which files of weights never need, and which was not "
            "called; of a network, save only the state_dict()"
        )


class Builder:
    """Makes plain containers and Tensors of what a pickle describes: see `build`.

    `read(key)` returns the bytes of a storage. `machine` has run the pickle, whose length limits
    the number of values. ValueError if it asks for anything to be called that is not in CALLS.
    """

    def __init__(self, read, device_for, machine):
        for call in machine.calls:
            check_call(call)
        self.read, self.device_for = read, device_for
        self.values_left, self.text_left = 10 * machine.steps + SHARED, LONGEST_TEXTS
        self.storages = {}  # {key: (kind, 1-d Tensor)}
        self.called = {}    # {id of a Call: its result}: a tensor in two places stays one

    def build(self, value, depth=0):
        """`value` with every Call carried out, or ValueError.

        A short pickle can describe something enormous: [a, a] with a = [b, b] with b = ... doubles
        at each level, and a list can contain itself. So depth and number of values are limited.
        """
        self.values_left -= 1
        if depth > DEEPEST or self.values_left < 0:
            raise ValueError("its pickle has containers inside themselves, too deep or too often")
        if value is None or isinstance(value, (bool, int, float, str, bytes, bytearray)):
            return value
        if isinstance(value, (list, tuple, set)):
            return type(value)(self.build(part, depth + 1) for part in value)
        if isinstance(value, dict):
            return {key: self.build(part, depth + 1) for key, part in value.items()}
        if isinstance(value, Call):
            if id(value) not in self.called:
                self.called[id(value)] = self.carry_out(value, depth + 1)
            return self.called[id(value)]
        if isinstance(value, Name) and value.text in DTYPES:
            return dtypes.as_dtype(DTYPES[value.text])
        what = f"refers to {value.text}" if isinstance(value, Name) else "has a storage alone"
        raise ValueError(f"its pickle {what}; weights need only tensors and plain containers")

    def carry_out(self, call, depth):
        """The result of a call."""
        name = call.function
        items, state = self.build(call.items, depth), self.build(call.state, depth)
        arguments = [
            x if isinstance(x, Persistent) else self.build(x, depth) for x in call.arguments
        ]
        self.text_left -= sum(len(x) for x in arguments if isinstance(x, (str, bytes)))
        if self.text_left < 0:
            raise ValueError("its pickle has more texts than files of weights need")
        if name == "collections.OrderedDict":  # its state: the version numbers of layers
            return dict_of(*arguments) | items
        if name == "torch.nn.parameter.Parameter":  # PyTorch before 0.4
            data, _, hooks, requires_grad, _ = state
            arguments, state = [data, requires_grad, hooks], None
        if name == "numpy.dtype" and state[1] in ("<", "|"):  # its bytes are in the usual order
            state = None
        if items or state is not None:
            raise ValueError(f"its pickle puts something into the result of {name}")
        return CALLS[name](self, *arguments)

    def tensor(self, storage, offset, size, stride, requires_grad=False, hooks=None, bits=None):
        """A window onto a storage, unless `bits` say that its numbers are to be negated."""
        if not isinstance(storage, Persistent):
            raise ValueError("its pickle has a tensor without a storage")
        kind, key, place, count = storage_reference(storage)
        if bits:
            raise ValueError("it has a tensor with the negative bit set; save its resolve_neg()")
        if key not in self.storages:
            row = numbers(self.read(key), kind)
            self.storages[key] = kind, Tensor(as_array(row, self.device_for(place)))
        known_kind, row = self.storages[key]
        if known_kind != kind or len(row) != count:
            raise ValueError("its storages have another size or kind than its tensors say")
        return tensor_of(row, offset, size, stride).requires_grad_(requires_grad is True)

    def parameter(self, data, requires_grad, hooks):
        """Not a Parameter, but a tensor that requires a gradient: load_state_dict takes both."""
        if not isinstance(data, Tensor):
            raise ValueError("its pickle has a parameter that is not a tensor")
        return data.detach().requires_grad_(requires_grad is True)

    def encoded(self, text=b"", encoding="latin1"):
        """The content of bytes and bytearrays, which protocol 2 writes as a text."""
        if encoding not in ("latin1", "latin-1"):
            raise ValueError("its pickle has bytes in an unknown encoding")
        return text if isinstance(text, bytes) else text.encode("latin1")


def dict_of(pairs=()):
    return {hashable(key): value for key, value in pairs}


CALLS = {
    "torch._utils._rebuild_tensor": Builder.tensor,
    "torch._utils._rebuild_tensor_v2": Builder.tensor,
    "torch._utils._rebuild_parameter": Builder.parameter,
    "torch.nn.parameter.Parameter": Builder.parameter,
    "torch.Size": lambda builder, sizes: sizes,
    "torch.device": lambda builder, kind, *n: Device(":".join([kind, *map("{:d}".format, n)])),
    "collections.OrderedDict": dict_of,
    "collections.Counter": lambda builder, counts: Counter(dict_of(counts.items())),
    "_codecs.encode": Builder.encoded,
    "numpy.dtype": lambda builder, code, *_: dtypes.as_dtype(NUMPY.get(code, code)),
}
for _module in "core", "_core":  # before and since NumPy 2; a number of NumPy's becomes a plain one
    CALLS[f"numpy.{_module}.multiarray.scalar"] = lambda builder, dtype, raw: (
        numbers(raw, str(dtype)).item()
    )
for _module in "builtins", "__builtin__":  # Python 2's name of it, which protocol 2 writes
    CALLS |= {
        f"{_module}.set": lambda builder, values=(): set(map(hashable, values)),
        f"{_module}.complex": lambda builder, real, imag: complex(real, imag),
        f"{_module}.bytearray": lambda builder, *content: bytearray(builder.encoded(*content)),
    }
