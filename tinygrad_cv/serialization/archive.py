"""What a file contains: members of zip archives, and arrays made of raw bytes.

A zip file from a stranger can be a bomb: a small member that inflates to gigabytes, or many members
that are the same bytes. Tensors are hardly ever compressed. So here members must be stored
uncompressed, and all together be no larger than the file: reading takes no more memory than that.
"""

import os
import zipfile

import numpy as np


def open_archive(file):
    """The zipfile.ZipFile of an open file; ValueError if it is damaged or may be a bomb."""
    try:
        archive = zipfile.ZipFile(file)
    except zipfile.BadZipFile:
        raise ValueError("it begins like a zip file, but is cut off or damaged") from None
    if any(name.endswith("/constants.pkl") for name in archive.namelist()):
        raise ValueError("it is a program (TorchScript, torch.jit.save); save the state_dict()")
    members = archive.infolist()
    if len({member.filename for member in members}) < len(members):
        raise ValueError("it has two members of the same name")
    for member in members:
        stored = member.compress_type == zipfile.ZIP_STORED
        if not stored or member.compress_size != member.file_size:
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
