"""Batch norm, biases and leaky ReLU of large arrays, block by block (blocks.py)."""

import numpy as np

from ...ops.activation import rectify, rectify_grad
from ...ops.conv import add_bias
from ...ops.norm import batch_norm_grads, channel_stats, normalize_channels
from .blocks import along_memory, for_blocks, from_rows, repeated, rows_of, sum_of_channels, wide
from .memory import empty, empty_like
from .threads import ENOUGH


@channel_stats.register(np.ndarray)
def fast_channel_stats(x):
    """In one pass over memory: the mean and the centred squares of every block, which are put
    together afterwards as in Chan, Golub and LeVeque (1979)."""
    if not x.size:
        return channel_stats.dispatch(object)(x)
    channels = x.shape[1]

    def moments(block):
        count = block.size // channels
        mean = sum_of_channels(block, channels) / count
        centred = block - repeated(mean.astype(x.dtype), block)
        centred *= centred
        return count, mean, sum_of_channels(centred, channels)

    parts = for_blocks(moments, wide(rows_of(x)))
    counts, means, squares = (np.array(part, np.float64) for part in zip(*parts))
    mean = counts @ means / counts.sum()
    var = (squares.sum(0) + counts @ (means - mean) ** 2) / counts.sum()
    return mean.astype(x.dtype), var.astype(x.dtype)


@normalize_channels.register(np.ndarray)
def fast_normalize_channels(x, mean, scale, shift):
    if not x.size:
        return normalize_channels.dispatch(object)(x, mean, scale, shift)
    rows = wide(rows_of(x))
    out = empty(rows.shape, x.dtype)
    mean, scale, shift = (repeated(vector, rows) for vector in (mean, scale, shift))

    def normalize(block, out):
        np.subtract(block, mean, out=out)
        out *= scale
        out += shift

    for_blocks(normalize, rows, out)
    return from_rows(out, x.shape)


@batch_norm_grads.register(np.ndarray)
def fast_batch_norm_grads(grad, x, mean, rstd, weight):
    if not x.size:
        return batch_norm_grads.dispatch(object)(grad, x, mean, rstd, weight)
    g, rows, channels = wide(rows_of(grad)), wide(rows_of(x)), x.shape[1]
    count, dtype, mean = x.size // channels, x.dtype, repeated(mean, rows)

    def sums(g, block):
        centred = block - mean
        centred *= g
        return sum_of_channels(centred, channels), sum_of_channels(g, channels)

    grad_weight, grad_bias = (np.sum(part, 0) for part in zip(*for_blocks(sums, g, rows)))
    grad_weight *= rstd
    # weight rstd (g - <g> - n <g n>), collected by what is multiplied: g, x - mean, and 1
    of_grad = weight * rstd
    of_centred = repeated((-of_grad * rstd * grad_weight / count).astype(dtype), rows)
    constant = repeated((-of_grad * grad_bias / count).astype(dtype), rows)
    of_grad, out = repeated(of_grad, rows), empty(rows.shape, dtype)

    def combine(g, block, out):
        np.subtract(block, mean, out=out)
        out *= of_centred
        out += constant
        out += g * of_grad

    for_blocks(combine, g, rows, out)
    return from_rows(out, x.shape), grad_weight.astype(dtype), grad_bias.astype(dtype)


@add_bias.register(np.ndarray)
def fast_add_bias(y, bias):
    rows = y.transpose(0, 2, 3, 1)
    if y.size < ENOUGH or not rows.flags.c_contiguous:
        return add_bias.dispatch(object)(y, bias)
    rows = wide(rows.reshape(-1, len(bias)))
    bias = repeated(bias, rows)

    def add(block):
        block += bias

    for_blocks(add, rows)
    return y


@rectify.register(np.ndarray)
def fast_rectify(x, slope):
    if x.size < ENOUGH or not 0 <= slope <= 1 or x.dtype.kind != "f":
        return rectify.dispatch(object)(x, slope)

    def larger(x, out):
        if slope:
            np.multiply(x, slope, out=out)
            np.maximum(x, out, out=out)  # slope <= 1: the larger of the two is the right one
        else:
            np.clip(x, 0, np.inf, out=out)  # several times as fast as np.maximum with a number

    out = empty_like(x)
    along_memory(larger, x, out)
    return out


@rectify_grad.register(np.ndarray)
def fast_rectify_grad(grad, y, slope):
    if y.size < ENOUGH or y.dtype.kind != "f":
        return rectify_grad.dispatch(object)(grad, y, slope)
    rise = y.dtype.type(1) - y.dtype.type(slope)  # rise + slope rounds to exactly 1

    def pass_on(grad, y, out):
        if not slope:
            keep_where(~(y <= 0), grad, out)  # a NaN lets the gradient pass
            return
        np.greater(y, 0, out=out)  # 1 or 0
        out *= rise
        out += slope  # 1 or slope: arithmetic is several times as fast as a choice
        out *= grad

    out = empty_like(y)
    along_memory(pass_on, grad, y, out)
    return out


def keep_where(mask, values, out):
    """out = values where mask, 0 elsewhere: as np.where, but five times as fast, by an "and" of
    each number's bits with all ones or all zeros. (A product with 0 would make infinity NaN.)"""
    bits = out.view(f"i{out.itemsize}")
    bits[...] = np.negative(mask.view(np.int8))  # -1 is all ones, in wider integers too
    bits &= values.view(bits.dtype)
    return out
