"""Batch norm and leaky ReLU of large arrays, block by block."""

import numpy as np

from ...ops.activation import limited, rectify, rectify_grad
from ...ops.norm import batch_norm_grads, channel_stats, normalize_channels
from .blocks import along_memory, by_channel, sum_of_rows
from .memory import empty, empty_like

WORTH = 1 << 14  # numbers; for fewer, one call of NumPy is as fast as blocks


def channel_sums(block, channels):
    return sum_of_rows(block).reshape(-1, channels).sum(0)


def channels_last(x):
    """An array like x (N, C, ...), stored channels-last."""
    return np.moveaxis(empty((x.shape[0], *x.shape[2:], x.shape[1]), x.dtype), -1, 1)


@channel_stats.register(np.ndarray)
def fast_channel_stats(x):
    """In one pass over memory: the mean and the centred squares of every block, which are put
    together afterwards as in Chan, Golub and LeVeque (1979)."""
    channels = x.shape[1]

    def moments(block):
        count = block.size // channels
        mean = channel_sums(block, channels) / count
        centred = block - np.tile(mean.astype(x.dtype), block.shape[1] // channels)
        centred *= centred
        return count, mean, channel_sums(centred, channels)

    counts, means, squares = (np.array(part) for part in zip(*by_channel(moments, [x])))
    mean = counts @ means / counts.sum()
    var = (squares.sum(0) + counts @ (means - mean) ** 2) / counts.sum()
    return mean.astype(x.dtype), var.astype(x.dtype)


@normalize_channels.register(np.ndarray)
def fast_normalize_channels(x, mean, scale, shift):
    out = channels_last(x)

    def normalize(block, out, mean, scale, shift):
        np.subtract(block, mean, out=out)
        out *= scale
        out += shift

    by_channel(normalize, [x, out], [mean, scale, shift])
    return out


@batch_norm_grads.register(np.ndarray)
def fast_batch_norm_grads(grad, x, mean, rstd, weight):
    channels, count, out = x.shape[1], x.size // x.shape[1], channels_last(x)

    def sums(grad, block, mean):
        centred = block - mean
        centred *= grad
        return channel_sums(centred, channels), channel_sums(grad, channels)

    parts = zip(*by_channel(sums, [grad, x], [mean]))
    grad_weight, grad_bias = (np.sum(part, 0) for part in parts)
    grad_weight *= rstd
    # weight rstd (g - <g> - n <g n>), collected by what is multiplied: g, x - mean, and 1
    of_grad = weight * rstd
    of_centred, constant = -of_grad * rstd * grad_weight / count, -of_grad * grad_bias / count

    def combine(grad, block, out, mean, of_centred, constant, of_grad):
        np.subtract(block, mean, out=out)
        out *= of_centred
        out += constant
        out += grad * of_grad

    by_channel(combine, [grad, x, out], [mean, of_centred, constant, of_grad])
    return out, grad_weight.astype(x.dtype), grad_bias.astype(x.dtype)


@limited.register(np.ndarray)
def fast_limited(x, low, high):
    if x.size < WORTH:
        return limited.dispatch(object)(x, low, high)
    out = empty_like(x)
    along_memory(lambda x, out: np.clip(x, low, high, out=out), x, out)
    return out


@rectify.register(np.ndarray)
def fast_rectify(x, slope):
    if x.size < WORTH or not 0 <= slope <= 1 or x.dtype.kind != "f":
        return rectify.dispatch(object)(x, slope)
    if not slope:  # np.maximum with a number takes several times as long as np.clip
        return fast_limited(x, 0, np.inf)

    def larger(x, out):
        np.multiply(x, slope, out=out)
        np.maximum(x, out, out=out)  # slope <= 1: the larger of the two is the right one

    out = empty_like(x)
    along_memory(larger, x, out)
    return out


@rectify_grad.register(np.ndarray)
def fast_rectify_grad(grad, y, slope):
    if y.size < WORTH or y.dtype.kind != "f":
        return rectify_grad.dispatch(object)(grad, y, slope)
    rise = y.dtype.type(1) - y.dtype.type(slope)  # rise + slope rounds to exactly 1

    def pass_on(grad, y, out):
        if not slope:
            return keep_where(~(y <= 0), grad, out)  # a NaN lets the gradient pass
        np.greater(y, 0, out=out)  # 1 or 0
        out *= rise
        out += slope  # 1 or slope: arithmetic is several times as fast as a choice
        out *= grad

    out = empty_like(y)
    along_memory(pass_on, grad, y, out)
    return out


def keep_where(mask, values, out):
    """out = values where mask, 0 elsewhere: as np.where, but nine times as fast, by an "and" of
    each number's bits with all ones or all zeros. (A product with 0 would make infinity NaN.)"""
    bits = out.view(f"i{out.itemsize}")
    bits[...] = np.negative(mask.view(np.int8))  # -1 is all ones, in wider integers too
    bits &= values.view(bits.dtype)
    return out
