"""Memory that is used again.

A training step makes and frees the same arrays again and again, of megabytes each. The C library
gives such memory back to the operating system and gets it anew for the next array: filled with
zeros and mapped page by page, which costs a tenth of a DCGAN step. Two ways around it:

    buffer    scratch memory for one use inside a kernel, the same each time, for each thread
    empty     np.empty for the results of kernels, in memory of an earlier result that is gone

Both are bounded. Each thread keeps at most SCRATCH bytes of buffers. Results come from memory
that is kept for them, at most RESULTS bytes in use and free together; what does not fit comes from
np.empty and is freed as always.
"""

import ctypes
import math
import sys
import threading
import weakref

import numpy as np

SCRATCH = 1 << 26   # bytes for each thread
RESULTS = 1 << 29   # bytes for all results
LARGE = 1 << 18     # bytes; for smaller results the C library's memory is as good


class _Buffers(threading.local):
    def __init__(self):
        self.kept = {}


_buffers = _Buffers()


def buffer(shape, dtype, use):
    """Memory for one use inside a kernel; its content is undefined."""
    count, kept = math.prod(shape), _buffers.kept
    found = kept.get((use, dtype))
    if found is None or found.size < count:
        found = np.empty(count, dtype)
        kept.pop((use, dtype), None)
        if sum(b.nbytes for b in kept.values()) + found.nbytes > SCRATCH:
            kept.clear()
        if found.nbytes <= SCRATCH:
            kept[use, dtype] = found
    return found[:count].reshape(shape)


def forget_buffers():
    """Never use this thread's buffers again."""
    _buffers.kept = {}


class Recycler:
    """Blocks of memory, each of which serves one array after another.

    An array of a block refers to the block through a memoryview. When the last array that shares
    this memory is gone, so is the memoryview, and the block is free.
    """

    def __init__(self, most):
        self.most, self.bytes, self.free, self.lock = most, 0, {}, threading.Lock()

    def empty(self, shape, dtype):
        count = math.prod(shape)
        size = count * dtype.itemsize
        block = self.block(size) if LARGE <= size <= self.most else None
        if block is None:
            return np.empty(shape, dtype)
        view = memoryview(block)
        weakref.finalize(view, self.free[size].append, block).atexit = False
        return np.frombuffer(view, dtype, count).reshape(shape)

    def block(self, size):
        """A free block of that size, or a new one, or None if that would be more than allowed."""
        with self.lock:
            free = self.free.setdefault(size, [])
            if free:
                return free.pop()
            for other in list(self.free):  # the sizes that were new first
                while self.bytes + size > self.most and self.free[other]:
                    self.free[other].pop()
                    self.bytes -= other
            if self.bytes + size > self.most:
                return None
            self.bytes += size
        return np.empty(size, np.uint8)


empty = Recycler(RESULTS).empty


def empty_like(x):
    """An array without gaps, of the shape and the storage order of x."""
    order = storage_order(x)
    back = sorted(range(x.ndim), key=order.__getitem__)
    return empty([x.shape[axis] for axis in order], x.dtype).transpose(back)


def storage_order(x):
    return sorted(range(x.ndim), key=lambda axis: -abs(x.strides[axis]))


def keep_freed_memory():
    """Let the C library keep freed memory for the next array, for all of the process.

    This is for memory that the kernels of this package do not manage: results of plain NumPy
    operations. It helps with glibc, on Linux; elsewhere nothing happens. Returns whether it did
    something. What a process holds at its peak stays the same; below its peak it holds more.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is None:
        return False
    m_trim_threshold, m_mmap_max = -1, -4  # from malloc.h
    return bool(mallopt(m_mmap_max, 0)) and bool(mallopt(m_trim_threshold, 1 << 30))
