"""Files that are complete or not there at all."""

import contextlib
import os
import uuid


@contextlib.contextmanager
def complete_file(path):
    """A file to write bytes into, which appears under the name `path` when the block has ended.

    It is written under a temporary name, flushed to the disk, and then renamed, which is a single
    step for the operating system. So under `path` there is always the old file or the new one,
    whenever the program dies and however many programs write at once. An error removes the
    temporary file; a program that is killed leaves it behind (`path` + ".XXXXXXXX.tmp").
    """
    temporary = f"{path}.{uuid.uuid4().hex[:8]}.tmp"
    try:
        with open(temporary, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:  # Ctrl-C too
        with contextlib.suppress(OSError):
            os.remove(temporary)
        raise
