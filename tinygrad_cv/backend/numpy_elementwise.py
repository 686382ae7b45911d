"""Activations, channel sums and batch norm on a CPU: in blocks that stay in the cache, on all processors.

A CPU core computes far faster than memory delivers. A chain of NumPy operations over a large
array streams it from memory once for each operation. Cut into blocks that stay in the cache (1 MB
each), with all steps done on one block before the next, the same chain reads and writes memory
once; and the blocks can be shared out among the processors. (Smaller blocks would do for the
cache, but then the threads would mostly wait for their turn in Python.) Nothing else
distinguishes these kernels from those in base.py. Sums over blocks are kept apart and added in the
order of the blocks, so that no result depends on who was first.
"""

import functools
import math

import numpy as np

from .base import Backend
from .threads import ENOUGH, in_parallel, portions

BLOCK = 1 << 18  # numbers in a block
WIDE = 1 << 14  # numbers in a row that a vector is added to; see `wide`


class NumpyElementwise(Backend):
    def leaky_relu(self, x, slope):
        if not 0 <= slope <= 1 or x.size < ENOUGH:
            return super().leaky_relu(x, slope)
        out = np.empty_like(x)

        def rectify(x, out):
            if slope:
                np.multiply(x, slope, out=out)
                np.maximum(x, out, out=out)  # slope <= 1: the larger one is the right one
            else:
                np.clip(x, 0, np.inf, out=out)  # three times as fast as np.maximum with a number

        in_blocks(rectify, x, out)
        return out

    def leaky_relu_grad(self, grad, y, slope):
        if y.size < ENOUGH:
            return super().leaky_relu_grad(grad, y, slope)
        out = np.empty_like(y)
        rise = y.dtype.type(1) - y.dtype.type(slope)  # rise + slope rounds to exactly 1

        def pass_on(grad, y, out):
            if not slope:
                where(~(y <= 0), grad, out)  # a NaN lets it pass
                return
            np.greater(y, 0, out=out)  # 1 or 0
            out *= rise
            out += slope  # 1 or slope: arithmetic is several times faster than a choice
            out *= grad

        in_blocks(pass_on, same_layout(grad, y), y, out)
        return out

    # Channels

    def add_to_channels(self, x, bias):
        rows = x.transpose(0, 2, 3, 1)
        if not rows.flags.c_contiguous:
            return super().add_to_channels(x, bias)

        rows = wide(rows.reshape(-1, len(bias)))
        bias = repeated(bias, rows)

        def add(block):
            block += bias

        for_blocks(add, rows)
        return x

    def sum(self, x, dims, keepdims):
        rows = x.transpose(0, 2, 3, 1) if x.ndim == 4 and dims == (0, 2, 3) else x
        if rows is x or x.size < ENOUGH or not rows.flags.c_contiguous or x.dtype.kind != "f":
            return super().sum(x, dims, keepdims)
        parts = for_blocks(self.sum_rows, rows.reshape(-1, x.shape[1]))
        total = np.sum(parts, 0, np.float64).astype(x.dtype)
        return total.reshape(1, -1, 1, 1) if keepdims else total

    def sum_rows(self, rows):
        """By a product with ones: several times as fast as .sum(0)."""
        return self.dot(ones(len(rows), rows.dtype), rows)

    def sum_channels(self, rows, channels):
        return self.sum_rows(rows).reshape(-1, channels).sum(0)

    def batch_norm_stats(self, x):
        """One pass: the mean and the centred squares of every block, put together afterwards (Chan et al. 1979)."""
        channels = x.shape[1]

        def moments(block):
            count = block.size // channels
            mean = self.sum_channels(block, channels) / count
            centred = block - repeated(mean, block)
            centred *= centred
            return count, mean, self.sum_channels(centred, channels)

        parts = for_blocks(moments, wide(self.rows(x)))
        counts, means, squares = (np.array(part, np.float64) for part in zip(*parts))
        mean = counts @ means / counts.sum()
        var = (squares.sum(0) + counts @ (means - mean) ** 2) / counts.sum()
        return mean.astype(x.dtype), var.astype(x.dtype)

    def batch_norm_apply(self, x, scale, shift):
        rows = wide(self.rows(x))
        out, scale, shift = np.empty_like(rows), repeated(scale, rows), repeated(shift, rows)

        def apply(block, out):
            np.multiply(block, scale, out=out)
            out += shift

        for_blocks(apply, rows, out)
        return self.from_rows(out, x.shape)

    def batch_norm_grad(self, grad, x, mean, rstd, weight):
        g, rows, channels = wide(self.rows(grad)), wide(self.rows(x)), x.shape[1]
        count, dtype, mean = x.size // channels, x.dtype, repeated(mean, rows)

        def sums(g, block):
            centred = block - mean
            centred *= g
            return self.sum_channels(centred, channels), self.sum_channels(g, channels)

        by_weight, by_bias = (np.array(part, np.float64).sum(0) for part in zip(*for_blocks(sums, g, rows)))
        by_weight *= rstd
        # weight rstd (g - <g> - n <g n>), gathered by what it multiplies: g, x - mean, and 1
        of_grad = weight * rstd
        of_centred = repeated((-of_grad * rstd * by_weight / count).astype(dtype), rows)
        constant = repeated((-of_grad * by_bias / count).astype(dtype), rows)
        of_grad, out = repeated(of_grad, rows), np.empty_like(rows)

        def combine(g, block, out):
            np.subtract(block, mean, out=out)
            out *= of_centred
            out += constant
            out += g * of_grad

        for_blocks(combine, g, rows, out)
        return self.from_rows(out, x.shape), by_weight.astype(dtype), by_bias.astype(dtype)


def where(mask, values, out=None):
    """values where mask, 0 elsewhere, as np.where has it but five times as fast: each number's bits, and all ones
    or zeros. (A product with 1 or 0 would turn an infinity into NaN.)"""
    out = np.empty_like(values) if out is None else out
    bits = out.view(f"i{out.itemsize}")
    bits[...] = np.negative(mask.view(np.int8))  # -1 is all ones in bits, and keeps its sign in wider integers
    bits &= values.view(bits.dtype)
    return out


def same_layout(x, like):
    """x itself if its memory is ordered as that of `like`, else a copy that is."""
    if x.strides == like.strides and x.dtype == like.dtype:
        return x
    out = np.empty_like(like, dtype=x.dtype)
    out[...] = x
    return out


def in_blocks(function, *arrays):
    """function on blocks of arrays of one dense layout, which it is given as 1-d views along memory."""
    order = np.argsort([-abs(s) for s in arrays[0].strides], kind="stable")
    flat = [a.transpose(order).reshape(-1) for a in arrays]
    for_blocks(function, *flat)


def for_blocks(function, *arrays):
    """function on equal blocks of at most BLOCK numbers, cut along the first axis; the list of what it returns."""
    count, most = len(arrays[0]), max(1, BLOCK // max(1, arrays[0][:1].size))
    blocks = [slice(count)] if 0 < count <= most else portions(count, most)
    results = [None] * len(blocks)

    def one(i):
        results[i] = function(*(a[blocks[i]] for a in arrays))

    in_parallel(one, range(len(blocks)), arrays[0].size)
    return results


def wide(rows):
    """Rows (n, C) of one pixel's channels as rows of many pixels (n/p, p*C), a view.

    With short rows NumPy copies the vector that it adds to each into a buffer of 8192 numbers, again and
    again: half the time.
    """
    n, C = rows.shape
    pixels = 1 if rows.size < ENOUGH else math.gcd(n, 1 << (max(1, WIDE // C).bit_length() - 1))
    return rows.reshape(n // pixels, pixels * C)


def repeated(vector, rows):
    """A vector of channels, once for each pixel of a row."""
    return np.tile(vector, rows.shape[1] // len(vector))


@functools.lru_cache(16)
def ones(count, dtype):
    return np.ones(count, dtype)
