"""Arrays in blocks that stay in the cache, shared out among the processors.

A processor computes far faster than memory delivers. A chain of NumPy operations over a large array
streams it from memory once for each operation. Cut into blocks of 1 MB, with all steps done on one
block before the next, the same chain reads and writes memory once. (With smaller blocks the
threads would mostly wait for their turn in Python.) Sums over blocks are added in float64 and in
the order of the blocks: no result depends on which thread was first.
"""

import math

import numpy as np

from ...arrays import storage_order
from .threads import in_parallel, portions

BLOCK = 1 << 18  # numbers in a block
WIDE = 1 << 14   # numbers in a row that a vector is added to
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
    """function on blocks of arrays of equal shape, as 1-d arrays in the order in which the last one
    is stored. That one is written to and has no gaps; others with gaps are copied."""
    order, _ = storage_order(arrays[-1])
    for_blocks(function, *(a.transpose(order).reshape(-1) for a in arrays))


def by_channel(function, arrays, vectors=()):
    """function(*blocks, *vectors) on blocks of arrays (N, C, ...) and on vectors (C,).

    A block has the C channels of many pixels in each row, and the vectors are repeated for them.
    (With short rows NumPy copies a vector that it adds to each into a buffer, again and again,
    which takes half of the time.) Arrays stored channels-last are not copied.
    """
    C = arrays[0].shape[1]
    pixels = arrays[0].size // max(1, C)
    wide = math.gcd(pixels, 1 << (max(1, WIDE // max(1, C)).bit_length() - 1))  # pixels in a row
    rows = [np.moveaxis(a, 1, -1).reshape(pixels // wide, wide * C) for a in arrays]
    vectors = [np.tile(v.astype(arrays[0].dtype, copy=False), wide) for v in vectors]
    return for_blocks(lambda *blocks: function(*blocks, *vectors), *rows)


def sum_of_rows(rows):
    """The sum of the rows, in float64. Products with ones are several times as fast as .sum(0)."""
    parts = [rows[i : i + FEW] for i in range(0, max(1, len(rows)), FEW)]
    return np.sum([np.ones(len(part), rows.dtype).dot(part) for part in parts], 0, np.float64)
