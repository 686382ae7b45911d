"""Freed memory is kept for the next array.

A training step makes and frees the same arrays again and again, of megabytes each. The C library
(glibc) gives such memory back to the operating system at once, and gets it anew for the next array:
filled with zeros, and mapped page by page, which took a twentieth of a DCGAN step. Told to keep up to
a gigabyte, it hands out the same pages again. What a process holds at its peak does not change.

It is what the environment variables MALLOC_MMAP_THRESHOLD_ and MALLOC_TRIM_THRESHOLD_ do, and if
they are set, they hold. Other C libraries have no such setting, and are left alone.
"""

import ctypes
import os

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # from malloc.h
LARGEST = 32 << 20  # bytes: glibc allows no more; larger arrays are given back as before
KEPT = 1 << 30


def keep_freed_memory():
    if any(name.startswith("MALLOC_") for name in os.environ):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    if mallopt:
        mallopt(M_MMAP_THRESHOLD, LARGEST)
        mallopt(M_TRIM_THRESHOLD, KEPT)
