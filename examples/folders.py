"""Folders that programs write to: one run at a time, and never over a file of the user's.

Such a folder has a file LOG, with a line for each run and for each file that it wrote there: the
name, and once it is complete a checksum, too. These names, and no others, are written again, unless
the user has put another file there since. While a run lasts it holds a lock on LOG. The operating
system takes the lock away when the process ends, even if it is killed.
"""

import contextlib
import fnmatch
import os
import pathlib
import platform
import re
import sys
import time
import zlib

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

LOG = "tinygrad_cv.log"
TITLE = "tinygrad_cv: the runs, and the names of the files that they wrote here"
RESULTS = ("*.png", "*.gif", "*.npz", "*.csv")
HALF = re.compile(r"(.+)\.[0-9a-f]{8}\.tmp")  # the temporary names of complete_file


class Folder:
    """The folder `path`, made if it is not there, until `close()`.

    With alone=True, OSError if another process is alone in it, or if it holds files with the names
    of RESULTS that no program wrote. A program that resumes a run has files to `read`, and is told
    about other files of the user's only if it comes to write them.
    """

    def __init__(self, path, alone=True, read=()):
        self.place, self.untouched, self.written = path, False, set()
        os.makedirs(path or ".", exist_ok=True)
        log = os.path.join(path, LOG)
        if os.path.islink(log):
            raise OSError(f"{log} is a link, and what it leads to would be changed; remove it")
        self.log = open(log, "a+", encoding="utf-8", errors="surrogateescape")
        try:
            self.log.seek(0)
            lines = self.log.read().splitlines()
            if not lines:
                self.note(TITLE)
            elif lines[0] != TITLE:
                raise OSError(f"{self.log.name} was not written by these programs; move it away")
            files = [line for line in lines if not line.startswith("process ")]
            parts = (line.partition("\t") for line in files)
            self.names = {name: known for name, _, known in parts}  # known: a checksum or ""
            if alone:
                self.lock([line for line in lines if line.startswith("process ")])
                self.untouched = not lines
                self.check(read)
        except BaseException:
            self.close()
            raise

    def lock(self, owners):
        """Keep others out, or say who is in."""
        if not locked(self.log) or not os.path.exists(self.log.name):  # removed: see close
            owner = (owners or ["another process, which has just started"])[-1]
            raise OSError(
                f"{self.place} is in use by {owner}; wait for its end, or choose another folder"
            )
        now = time.strftime("%Y-%m-%d %H:%M:%S")
        self.note(f"process {os.getpid()} on {platform.node()}, started {now}")

    def check(self, read):
        """Refuse files that might be overwritten; remove what a killed program left behind."""
        for name in sorted(os.listdir(self.place or ".")):
            path = os.path.join(self.place, name)
            result = any(fnmatch.fnmatch(name, pattern) for pattern in RESULTS)
            if result and name not in read and not (read and name in self.names):
                self.check_own(name)
            if (half := HALF.fullmatch(name)) and half[1] in self.names:
                os.remove(path)

    def note(self, line):
        self.log.write(f"{line}\n")
        self.log.flush()

    def path(self, name):
        """Where to write a file: ask before each write. OSError if a user's file is there."""
        if name not in self.written:
            self.check_own(name)
        if name not in self.written or self.names[name]:  # its checksum is about to change
            self.adopt(name)
        return os.path.join(self.place, name)

    def check_own(self, name):
        """OSError if there is such a file, and it is not as a program left it."""
        path = os.path.join(self.place, name)
        if not os.path.lexists(path):
            return
        known = self.names.get(name) if os.path.isfile(path) else None
        if known is None or known and known != checksum(path):  # "": its run was killed
            raise OSError(
                f"{path} was not written by these programs, or was changed since, and might be "
                "overwritten; move it away, or choose another folder"
            )

    def adopt(self, name):
        """Count a file as written by a program, whatever is in it until `settle`."""
        self.written.add(name)
        self.names[name] = ""
        self.untouched = False
        self.note(name)

    def settle(self):
        """Note the checksums of the files that are complete: a killed program can't do it."""
        for name in sorted(name for name in self.written if not self.names[name]):
            with contextlib.suppress(OSError):  # it was not written after all
                self.names[name] = checksum(os.path.join(self.place, name))
                self.note(f"{name}\t{self.names[name]}")

    def close(self):
        self.settle()
        if self.untouched:  # a run that was refused leaves nothing behind
            with contextlib.suppress(OSError):  # Windows removes no open file
                os.remove(self.log.name)
        self.log.close()


def checksum(path):
    """A checksum of the file at `path`; a link, which no program writes, has another."""
    if os.path.islink(path):
        return "link"
    with open(path, "rb") as file:
        return f"{zlib.crc32(file.read()):08x}"


def holds(folder, path):
    """Is `path` the folder or within it, whatever links and mounts lead there?"""
    path = pathlib.Path(os.path.realpath(path))
    there = [place for place in (path, *path.parents) if place.exists()]
    return os.path.exists(folder) and any(os.path.samefile(folder, place) for place in there)


def locked(file):
    """Lock an open file for this process; False if another one has."""
    try:
        if sys.platform == "win32":
            file.seek(2**30)  # the byte to lock is far behind the text
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        pass  # a file system without locks
    return True
