"""Files that are complete or not there at all, and files that are not what they should be."""

import contextlib
import os
import shutil
import uuid

STRANGERS = {  # by their first bytes
    b"version https://git-lfs": "it is a Git LFS pointer: fetch the file with `git lfs pull`",
    b"\x1f\x8b": "it is compressed (.gz): decompress it first",
    b"<": "it is a web page, perhaps an error message: download the file again",
    b"{": "it is text (JSON), perhaps an error message or a list: download the file itself",
    b"BZh": "it is compressed (.bz2): decompress it first",
    b"\xfd7zXZ": "it is compressed (.xz): decompress it first",
    b"7z\xbc\xaf": "it is an archive (.7z): unpack it first",
    b"Rar!": "it is an archive (.rar): unpack it first",
    b"\x89HDF": "it is an HDF5 file, as Keras writes them: convert it to safetensors",
    b"\x93NUMPY": "it is a NumPy array (.npy): read it with numpy.load",
    b"\x80": "it is a pickle, but not one of torch.save: convert it to safetensors",
    bytes(16): "it begins with nothing but zeros, as a broken download does: download it again",
}


@contextlib.contextmanager
def complete_file(path):
    """A file to write bytes into, which appears under the name `path` when the block has ended.

    It is written under a temporary name, flushed to the disk, and then renamed, which is a single
    step for the operating system. So under `path` there is always the old file or the new one,
    whenever the program dies and however many programs write at once. An error removes the
    temporary file; a program that is killed leaves it behind (`path` + ".XXXXXXXX.tmp").

    A link stays a link, and a file keeps its permissions. A device or a pipe is written to.
    """
    path = os.path.realpath(os.fsdecode(path))
    if os.path.exists(path) and not os.path.isfile(path):
        with open(path, "wb") as file:
            yield file
        return
    temporary = f"{path}.{uuid.uuid4().hex[:8]}.tmp"
    try:
        with open(temporary, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if os.path.exists(path):
            open(path, "ab").close()  # PermissionError if it may not be written to
            shutil.copymode(path, temporary)
        os.replace(temporary, path)
    except BaseException:  # Ctrl-C too
        with contextlib.suppress(OSError):
            os.remove(temporary)
        raise


def stranger(head):
    """What a file is that begins with these bytes and can't be read, or None if that is unknown."""
    if not head:
        return "it is empty"
    head = head.lstrip(b"\xef\xbb\xbf \t\r\n")  # a byte order mark, spaces
    return next((what for start, what in STRANGERS.items() if head.startswith(start)), None)
