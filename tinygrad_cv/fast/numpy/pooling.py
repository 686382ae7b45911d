"""Max pooling without positions: y is the largest of the pixels that stand at each position in the
windows, and the gradient goes to the first pixel of a window that equals y.

The plain kernels look up the position of every maximum and read through it: index arrays of 8 bytes
per number, and memory read in no order. Here a few images at a time are seen with the channels
last, and for each position in the window one operation compares a slice of the image with all
windows at once. Nothing equals a NaN, so the plain kernel is asked where one is a maximum.
"""

import numpy as np

from ...ops.pool import max_pool, max_pool_grad
from .blocks import for_blocks
from .memory import empty
from .norm import keep_where


@max_pool.register(np.ndarray)
def fast_max_pool(x, window, size):
    if x.dtype.kind != "f" or not x.size:
        return max_pool.dispatch(object)(x, window, size)
    x = x.transpose(0, 2, 3, 1)  # (N, H, W, C)
    out = empty((len(x), *size, x.shape[3]), x.dtype)

    def some_images(x, out):
        out[...] = -np.inf
        for pixels, windows in positions(x.shape[1:3], window, size):
            some = out[windows]
            np.maximum(some, x[pixels], out=some)

    for_blocks(some_images, x, out)
    return out.transpose(0, 3, 1, 2)


@max_pool_grad.register(np.ndarray)
def fast_max_pool_grad(grad, x, y, window):
    if x.dtype.kind != "f" or not x.size or np.isnan(y).any():
        return max_pool_grad.dispatch(object)(grad, x, y, window)
    grad, x, y = (a.transpose(0, 2, 3, 1) for a in (grad, x, y))  # (N, H, W, C)
    out = empty(x.shape, grad.dtype)

    def some_images(x, y, grad, out):
        out[...] = 0
        searching = np.ones(y.shape, bool)  # these windows have not met their maximum yet
        passed = np.empty_like(grad)
        for pixels, windows in positions(x.shape[1:3], window, y.shape[1:3]):
            here = x[pixels] == y[windows]
            here &= searching[windows]
            searching[windows] ^= here
            out[pixels] += keep_where(here, grad[windows], passed[windows])

    for_blocks(some_images, x, y, grad, out)
    return out.transpose(0, 3, 1, 2)


def positions(image, window, size):
    """For each position in the window, slices (N, H, W): its pixels, and the windows in which
    it lies inside the image."""
    kernel, stride, padding, dilation = window
    for a in range(kernel[0]):
        for b in range(kernel[1]):
            slices = [
                position(start * d - p, n, s, count)
                for start, n, s, p, d, count in zip((a, b), image, stride, padding, dilation, size)
            ]
            yield tuple((slice(None), *axes) for axes in zip(*slices))


def position(start, n, stride, count):
    """Along one axis of n pixels, window i has its pixel at start + i * stride: slices of pixels
    and of windows, for the pixels from 0 to n - 1."""
    first = max(0, -(start // stride))
    last = max(first, min(count, (n - 1 - start) // stride + 1))
    pixels = slice(first * stride + start, max(0, (last - 1) * stride + start + 1), stride)
    return pixels, slice(first, last)
