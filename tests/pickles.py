"""An assembler for pickles, and for PyTorch's two kinds of file around them, for the tests."""

import io
import struct
import zipfile

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL, STOP = b"\x80\x02", b"."


def text(value):
    data = value.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def number(value):
    data = value.to_bytes((value.bit_length() + 8) // 8, "little", signed=True)
    return b"\x8a" + bytes([len(data)]) + data


def name(module, attribute):
    return f"c{module}\n{attribute}\n".encode()


def items(*parts):
    return b"(" + b"".join(parts) + b"t"


def call(function, *arguments):
    return function + items(*arguments) + b"R"


def dictionary(**values):
    return b"}(" + b"".join(text(key) + value for key, value in values.items()) + b"u"


def numbers(values):
    return items(*map(number, values))


def storage(key="0", count=6, kind="FloatStorage"):
    return items(text("storage"), name("torch", kind), text(key), text("cpu"), number(count)) + b"Q"


def tensor(memory=None, size=(2, 3), stride=(3, 1), offset=0):
    hooks = call(name("collections", "OrderedDict"))
    rebuild = name("torch._utils", "_rebuild_tensor_v2")
    return call(rebuild, memory or storage(), number(offset), numbers(size), numbers(stride), b"\x89", hooks)


SIX = struct.pack("<6f", *range(6))


def in_zip(program, storages={"0": SIX}, compression=zipfile.ZIP_STORED, **more):
    """The bytes of a file in PyTorch's zip format."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        archive.writestr("weights/data.pkl", PROTOCOL + program + STOP)
        archive.writestr("weights/byteorder", more.get("byteorder", "little"))
        for key, data in storages.items():
            archive.writestr(f"weights/data/{key}", data)
    return file.getvalue()


def in_legacy(program, storages={"0": SIX}, itemsize=4):
    """The bytes of a file in the format of before 2020."""
    parts = [number(MAGIC), number(1001), dictionary(little_endian=b"\x88"), program]
    keys = b"](" + b"".join(map(text, storages)) + b"e"
    memory = [struct.pack("<q", len(data) // itemsize) + data for data in storages.values()]
    return b"".join(PROTOCOL + part + STOP for part in [*parts, keys]) + b"".join(memory)
