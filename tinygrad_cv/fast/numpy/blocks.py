"""Arrays in blocks that stay in the cache, shared out among the processors.

A processor computes far faster than memory delivers. A chain of NumPy operations over a large array
streams it from memory once for each operation. Cut into blocks of 1 MB, with all steps done on one
block before the next, the same chain reads and writes memory once. (Smaller blocks would do for
the cache, but then the threads would mostly wait for their turn in Python.)

Sums over blocks are kept apart and added in the order of the blocks, in float64, so that no result
depends on which thread was first.
"""

import functools
import math

import numpy as np

from .memory import storage_order
from .threads import ENOUGH, in_parallel, portions

BLOCK = 1 << 18  # numbers in a block
WIDE = 1 << 14   # numbers in a row that a vector is added to; see `wide`
FEW = 1 << 12    # numbers that float32 may add up one after the other


def for_blocks(function, *arrays):
    """function on equal blocks of at most BLOCK numbers, cut along the first axis; its results."""
    count, most = len(arrays[0]), max(1, BLOCK // max(1, arrays[0][:1].size))
    blocks = [slice(count)] if count <= most else portions(count, most)
    results = [None] * len(blocks)

    def one(i):
        results[i] = function(*(a[blocks[i]] for a in arrays))

    in_parallel(one, range(len(blocks)), arrays[0].size)
    return results


def along_memory(function, *arrays):
    """function on blocks of arrays of equal shape, which it sees as 1-d arrays, as they are stored.

    The last array is written to and has no gaps; arrays that are stored otherwise are copied.
    """
    order = storage_order(arrays[-1])
    for_blocks(function, *(a.transpose(order).reshape(-1) for a in arrays))


# Rows: one for each pixel, with one number for each channel


def rows_of(x):
    """x (N, C, ...) -> (N*..., C), a view if x is stored channels-last."""
    return np.ascontiguousarray(np.moveaxis(x, 1, -1)).reshape(-1, x.shape[1])


def from_rows(rows, shape):
    """(N*..., C) -> `shape` (N, C, ...), stored channels-last."""
    return np.moveaxis(rows.reshape(shape[0], *shape[2:], shape[1]), -1, 1)


def wide(rows):
    """Rows (n, C) of one pixel's channels as rows of many pixels (n/p, p*C), a view.

    With short rows NumPy copies the vector that it adds to each into a buffer of 8192 numbers,
    again and again, which takes half of the time.
    """
    n, C = rows.shape
    pixels = 1 if rows.size < ENOUGH else math.gcd(n, 1 << (max(1, WIDE // C).bit_length() - 1))
    return rows.reshape(n // pixels, pixels * C)


def repeated(vector, rows):
    """A vector of channels, once for each pixel of a wide row."""
    return np.tile(vector, rows.shape[1] // len(vector))


def sum_of_rows(rows):
    """The sum of the rows, in float64. Products with ones are several times as fast as .sum(0)."""
    parts = [rows[i : i + FEW] for i in range(0, len(rows), FEW)]
    return np.sum([ones(len(part), rows.dtype).dot(part) for part in parts], 0, np.float64)


def sum_of_channels(rows, channels):
    """The sum of wide rows for each channel, in float64."""
    return sum_of_rows(rows).reshape(-1, channels).sum(0)


@functools.lru_cache(16)
def ones(count, dtype):
    return np.ones(count, dtype)
