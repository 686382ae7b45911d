"""What a file holds, as bytes and as numbers: members of zip files, and arrays made of raw bytes.

A zip file from a stranger can be a bomb: a small member that inflates to gigabytes, or many members that are
the same bytes. Whoever writes tensors doesn't compress (they are noise to a compressor), so here members must
be stored as they are, and all together be no larger than the file: reading takes no more memory than that.
"""

import os
import zipfile

import numpy as np


class Archive:
    """The members of a zip file that is open for reading: `names`, and `read(name)` for the bytes of one.

    Raises ValueError if two members have one name, or one is compressed, encrypted or larger than the file.
    """

    def __init__(self, file):
        self.zip = zipfile.ZipFile(file)
        members = self.zip.infolist()
        self.names = {member.filename: member for member in members}
        if len(self.names) < len(members):
            raise ValueError("it has two members of the same name")
        for member in members:
            if member.compress_type != zipfile.ZIP_STORED or member.compress_size != member.file_size:
                raise ValueError(f"its member {member.filename[:100]!r} is compressed, and could be of any size")
        if sum(member.file_size for member in members) > file.seek(0, os.SEEK_END):
            raise ValueError("its members claim to be larger than the file")

    def read(self, name):
        if name not in self.names:
            raise ValueError(f"it has no member {name[:100]!r}")
        return self.zip.read(self.names[name])      # compares the member's checksum, too


def numbers(raw, kind, order="<"):
    """The 1-d array that `raw` holds; kind is a dtype's name. bfloat16, which NumPy lacks, becomes float32.

    `order` is "<" where the lowest byte of a number comes first, as nearly everywhere, or ">".
    """
    if kind == "bool":
        return np.frombuffer(raw, np.uint8) != 0    # any other byte than 0 or 1 is no bool to NumPy
    if kind == "bfloat16":                          # the upper half of a float32
        return (np.frombuffer(raw, order + "u2").astype(np.uint32) << 16).view(np.float32)
    return np.frombuffer(raw, np.dtype(kind).newbyteorder(order)).astype(kind, copy=False)
