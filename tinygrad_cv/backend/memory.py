"""Freed memory is kept for the next array.

A training step makes and frees the same arrays again and again, of megabytes each. The C library
(glibc) gives such memory back to the operating system at once, and gets it anew for the next array:
filled with zeros, and mapped page by page, which took a twentieth of a DCGAN step and a sixth of
ResNet-34's features. Told to cut all arrays from one piece of memory, and to give back no more than what
is free at its end beyond a gigabyte, it hands out the same pages again. What a process holds at its
peak does not change; below its peak it holds more.

It is what the environment variables MALLOC_MMAP_MAX_ and MALLOC_TRIM_THRESHOLD_ do, and if any of
their kind is set, they hold. Other C libraries have no such setting, and are left alone.
"""

import ctypes
import os

M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4  # from malloc.h
KEPT = 1 << 30  # bytes


def keep_freed_memory():
    if any(name.startswith("MALLOC_") for name in os.environ):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    if mallopt:
        mallopt(M_MMAP_MAX, 0)  # arrays that have a mapping of their own: none
        mallopt(M_TRIM_THRESHOLD, KEPT)
