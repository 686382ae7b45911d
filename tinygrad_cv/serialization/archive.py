"""What a file contains: members of zip archives, arrays made of raw bytes, windows onto them.

A zip file from a stranger can be a bomb: a small member that inflates to gigabytes, or many members
that are the same bytes. Tensors are hardly ever compressed. So here members must be stored
uncompressed, and all together be no larger than the file: reading takes no more memory than that.
"""

import math
import os
import zipfile

import numpy as np

from ..arrays import namespace
from ..tensor import Tensor

MOST_DIMS = 64
EXPANDED = 4, 1 << 22  # a window shows at most 4 times the numbers that there are, or 4 million


def open_archive(file):
    """The zipfile.ZipFile of an open file; ValueError if it is damaged or may be a bomb."""
    try:
        archive = zipfile.ZipFile(file)
    except zipfile.BadZipFile:
        raise ValueError("it begins like a zip file, but is cut off or damaged") from None
    members = archive.infolist()
    if any(member.filename.endswith("/constants.pkl") for member in members):
        raise ValueError("it is a program (TorchScript, torch.jit.save); save the state_dict()")
    if len({member.filename for member in members}) < len(members):
        raise ValueError("it has two members of the same name")
    for member in members:
        if member.compress_type != zipfile.ZIP_STORED or member.compress_size != member.file_size:
            raise ValueError(f"its member {member.filename[:100]!r} is compressed")
    if sum(member.file_size for member in members) > file.seek(0, os.SEEK_END):
        raise ValueError("its members claim to be larger than the file")
    return archive


def numbers(raw, kind):
    """The 1-d array of dtype `kind` whose bytes are `raw`, the lowest byte of a number first.

    float16 and bfloat16 become float32.
    """
    if kind == "bool":
        return np.frombuffer(raw, np.uint8) != 0  # NumPy's bools may only be 0 or 1
    if kind == "bfloat16":  # the upper half of a float32
        return (np.frombuffer(raw, "<u2").astype(np.uint32) << 16).view(np.float32)
    array = np.frombuffer(raw, np.dtype(kind).newbyteorder("<"))
    return array.astype("float32" if kind == "float16" else kind)


def item_size(kind):
    """How many bytes a number takes in a file."""
    return 2 if kind == "bfloat16" else np.dtype(kind).itemsize


def tensor_of(storage, offset, shape, strides):
    """The tensor that shows a window onto a 1-d Tensor: element [i, j] is its number
    offset + i stride[0] + j stride[1]. Nothing is copied; windows that overlap share memory."""
    row = storage.array
    check_window(offset, shape, strides, len(row))
    once = shape if 0 in shape else [1 if step == 0 else n for n, step in zip(shape, strides)]
    steps = [step * row.itemsize for step in strides]
    array = namespace(row).lib.stride_tricks.as_strided(row[offset:], once, steps)
    if list(once) != list(shape):  # some numbers are seen repeatedly: this is read-only
        array = namespace(row).broadcast_to(array, shape)
    tensor = Tensor(array)
    tensor.memory, tensor.strided = storage.memory.share(tensor), array.size != row.size
    return tensor


def check_window(offset, shape, strides, count):
    """ValueError if a window reaches beyond the `count` numbers of its storage."""
    fit = isinstance(shape, (tuple, list)) and isinstance(strides, (tuple, list))
    fit = fit and len(shape) == len(strides) <= MOST_DIMS
    integers = (offset, *shape, *strides) if fit else (None,)
    if not all(type(n) is int and 0 <= n < 1 << 56 for n in integers):
        raise ValueError("it has a tensor with an impossible offset, size or stride")
    length = 1 + sum((n - 1) * step for n, step in zip(shape, strides)) if all(shape) else 0
    if offset + length > count:
        raise ValueError(f"it has a tensor that reaches beyond its storage of {count} numbers")
    if math.prod(shape) > max(EXPANDED[0] * count, EXPANDED[1]):
        raise ValueError("it has a tensor that is much larger than its storage")
