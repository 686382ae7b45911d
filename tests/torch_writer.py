"""Writes files as torch.save does, without PyTorch: pickles, and containers of them."""

import io
import struct
import zipfile

import numpy as np

PROTO, STOP = b"\x80\x02", b"."
STORAGES = {
    "float32": "FloatStorage", "float64": "DoubleStorage", "float16": "HalfStorage",
    "int64": "LongStorage", "int32": "IntStorage", "int16": "ShortStorage", "int8": "CharStorage",
    "uint8": "ByteStorage", "bool": "BoolStorage",
}


class Code(bytes):
    """Instructions that push one value."""


def text(value):
    return b"X" + struct.pack("<I", len(value.encode())) + value.encode()


def code(value):
    """The instructions that push a value: plain Python, or Code."""
    if isinstance(value, Code):
        return bytes(value)
    if value is None or isinstance(value, bool):
        return {None: b"N", True: b"\x88", False: b"\x89"}[value]
    if isinstance(value, int):
        raw = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
        return b"\x8a" + bytes([len(raw)]) + raw
    if isinstance(value, float):
        return b"G" + struct.pack(">d", value)
    if isinstance(value, str):
        return text(value)
    if isinstance(value, bytes):
        return b"B" + struct.pack("<I", len(value)) + value
    if isinstance(value, list):
        return b"](" + b"".join(map(code, value)) + b"e"
    if isinstance(value, tuple):
        return b"(" + b"".join(map(code, value)) + b"t"
    return b"}" + pairs(value)


def pairs(value):
    return b"(" + b"".join(code(part) for pair in value.items() for part in pair) + b"u"


def name(module, attribute):
    return Code(f"c{module}\n{attribute}\n".encode())


def call(module, attribute, *arguments):
    return Code(name(module, attribute) + code(arguments) + b"R")


def ordered_dict(value):
    return Code(call("collections", "OrderedDict") + pairs(value))


def pickled(value):
    return PROTO + code(value) + STOP


def reference(kind, key, count, legacy=False, device="cpu"):
    """A storage: ("storage", torch.FloatStorage, key, device, number of elements), by its id."""
    return Code(code(("storage", name("torch", kind), key, device, count,
                      *([None] if legacy else []))) + b"Q")


def tensor(storage, offset, size, stride, requires_grad=False, hooks=None, *others):
    hooks = ordered_dict({}) if hooks is None else hooks
    return call("torch._utils", "_rebuild_tensor_v2", storage, offset, size, stride, requires_grad,
                hooks, *others)


def whole(array, key, legacy=False):
    """A tensor that is all of its storage."""
    storage = reference(STORAGES[str(array.dtype)], key, array.size, legacy)
    return tensor(storage, 0, array.shape, tuple(step // array.itemsize for step in array.strides))


def zip_file(pickle, storages, order=b"little", **members):
    """The zip format: `storages` are {key: bytes}; of further members, None takes one away."""
    wanted = {"data.pkl": pickle, "byteorder": order, "version": b"3\n"}
    wanted |= {f"data/{key}": raw for key, raw in storages.items()} | members
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for member, raw in wanted.items():
            if raw is not None:
                archive.writestr(f"archive/{member}", raw)
    return file.getvalue()


def legacy_file(pickle, storages, magic=0x1950A86A20F9469CFC6C, protocol=1001, little=True,
                keys=None):
    """The legacy format: `storages` are {key: (number of elements, bytes)}."""
    system = {"protocol_version": 1001, "little_endian": little}
    head = pickled(magic) + pickled(protocol) + pickled(system)
    tail = b"".join(struct.pack("<q", count) + raw for count, raw in storages.values())
    return head + pickle + pickled(list(storages) if keys is None else keys) + tail


def state_file(state, legacy=False):
    """A state_dict of arrays as a file."""
    arrays = {str(i): np.asarray(array, order="C") for i, array in enumerate(state.values())}
    tensors = {k: whole(array, key, legacy) for k, (key, array) in zip(state, arrays.items())}
    pickle = pickled(ordered_dict(tensors))
    if legacy:
        return legacy_file(pickle,
                           {key: (array.size, array.tobytes()) for key, array in arrays.items()})
    return zip_file(pickle, {key: array.tobytes() for key, array in arrays.items()})
