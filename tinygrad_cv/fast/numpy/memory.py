"""Memory that is used again.

A training step makes and frees the same arrays again and again, of megabytes each. The C library
gives such memory back to the operating system and gets it anew for the next array: filled with
zeros and mapped page by page, which costs a tenth of a DCGAN step. Two ways around it:

    buffer    scratch memory inside a kernel, one for each use, the same in every call
    empty     np.empty for the results of kernels, in memory of an earlier result that is gone

Both are bounded: each thread keeps at most SCRATCH bytes of buffers, and the blocks of memory for
results have at most RESULTS bytes together, used or free. What is more comes from NumPy alone.
"""

import math
import threading
import weakref

import numpy as np

SCRATCH = 1 << 26  # bytes for each thread
RESULTS = 1 << 29  # bytes for all results
LARGE = 1 << 18    # bytes; for smaller results the C library's memory is as good


class _Buffers(threading.local):
    def __init__(self):
        self.kept = {}


_buffers, _free, _lock, _bytes = _Buffers(), {}, threading.Lock(), 0


def buffer(shape, dtype, use):
    """This thread's memory for one use inside a kernel; its content is undefined."""
    count, kept = math.prod(shape), _buffers.kept
    if (use, dtype) not in kept or kept[use, dtype].size < count:
        kept.pop((use, dtype), None)
        found = np.empty(count, dtype)
        if sum(other.nbytes for other in kept.values()) + found.nbytes > SCRATCH:
            kept.clear()
        if found.nbytes > SCRATCH:
            return found.reshape(shape)
        kept[use, dtype] = found
    return kept[use, dtype][:count].reshape(shape)


def forget_buffers():
    """Never use this thread's buffers again."""
    _buffers.kept = {}


def empty(shape, dtype):
    """As np.empty. A large array refers to its block of memory through a memoryview; when the last
    array that shares the memory is gone, so is the memoryview, and the block is free."""
    count = math.prod(shape)
    size = count * dtype.itemsize
    block = _block(size) if size >= LARGE else None
    if block is None:
        return np.empty(shape, dtype)
    view = memoryview(block)
    weakref.finalize(view, _free[size].append, block).atexit = False
    return np.frombuffer(view, dtype, count).reshape(shape)


def _block(size):
    """A free block of that size, or a new one, or None if there would be too many bytes."""
    global _bytes
    with _lock:
        if _free.setdefault(size, []):
            return _free[size].pop()
        for other, blocks in _free.items():
            while _bytes + size > RESULTS and blocks:
                blocks.pop()
                _bytes -= other
        if _bytes + size > RESULTS:
            return None
        _bytes += size
    return np.empty(size, np.uint8)


def empty_like(x):
    """An array without gaps, of the shape and the storage order of x."""
    order = storage_order(x)
    return empty([x.shape[axis] for axis in order], x.dtype).transpose(np.argsort(order))


def storage_order(x):
    return sorted(range(x.ndim), key=lambda axis: -abs(x.strides[axis]))
