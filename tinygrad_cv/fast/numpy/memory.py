"""Memory that is used again.

A training step makes and frees the same arrays again and again, of megabytes each. The C library
gives such memory back to the operating system and gets it anew for the next array, filled with
zeros and mapped page by page: a tenth of a step of an MLP GAN. Here results are `empty` arrays in
memory of earlier results that are gone. The blocks for them have at most RESULTS bytes together,
used or free, and little more than were ever used at one time: without that bound, a network whose
layers all have different sizes would keep a block of every size. What is more comes from NumPy.
"""

import math
import threading
import weakref

import numpy as np

from ...arrays import storage_order

RESULTS = 1 << 29  # bytes for all results
SPARE = 1.25       # times the most bytes that results have used: what is kept, free blocks included
LOOSE = 4          # a block may be this many times as large as the result that takes it
LARGE = 1 << 18    # bytes; for smaller results the C library's memory is as good

lock, _free, _bytes, _most = threading.Lock(), {}, 0, 0  # most: bytes used at one time


def empty(shape, dtype):
    """As np.empty. All views of a large array keep alive the first array that was made on its block
    of memory; when the last of them is gone, so is that array, and the block is free."""
    count = math.prod(shape)
    size = count * dtype.itemsize
    block = _block(size) if size >= LARGE else None
    if block is None:
        return np.empty(shape, dtype)
    first = np.frombuffer(block, dtype, count)
    weakref.finalize(first, _free[block.nbytes].append, block).atexit = False
    return first.reshape(shape)


def _block(size):
    """A free block, new if none fits, or None if there would be too many bytes."""
    global _bytes, _most
    with lock:
        fitting = [s for s, blocks in _free.items() if blocks and size <= s <= LOOSE * size]
        if fitting:
            return _free[min(fitting)].pop()
        free = sum(s * len(blocks) for s, blocks in _free.items())
        _most = max(_most, _bytes - free + size)
        for s, blocks in _free.items():
            while _bytes + size > min(SPARE * _most, RESULTS) and blocks:
                blocks.pop()
                _bytes -= s
        if _bytes + size > RESULTS:
            return None
        _bytes += size
        _free.setdefault(size, [])
    return np.empty(size, np.uint8).data  # a memoryview: of an array, views would skip `first`


def empty_like(x):
    """An array without gaps, of the shape and the storage order of x."""
    order, back = storage_order(x)
    return empty([x.shape[axis] for axis in order], x.dtype).transpose(back)
