"""Max pooling on a CPU: one pass over the image for each place in the window, and no positions.

The plain kernels (base.py) look up and keep the position of every maximum, and read and add
through it: index arrays of 8 bytes a number, and memory read in no order. Here

    forward    y = max(y, x at this place of all windows), place by place: two array operations
    backward   the gradient goes where x equals y; where several do, to the first alone

on slices of the image that are views, a few images at a time (numpy_elementwise.py). With the
pixel last in memory (channels-last) each slice has whole runs of channels. Where a NaN is the
maximum nothing equals it, and the plain kernel is asked. What it brings: docs/benchmarks.md.
"""

import numpy as np

from .base import Backend
from .numpy_elementwise import for_blocks, where


class NumpyPooling(Backend):
    def max_pool2d(self, x, window, size):
        x = x.transpose(0, 2, 3, 1)  # (N, H, W, C)
        out = np.empty((len(x), *size, x.shape[3]), x.dtype)

        def some_images(x, out):
            out[...] = lowest(x.dtype)
            for of_image, of_windows in places(x.shape[1:3], window, size):
                some = out[of_windows]
                np.maximum(some, x[of_image], out=some)

        for_blocks(some_images, x, out)
        return out.transpose(0, 3, 1, 2)

    def max_pool2d_grad(self, grad, x, y, window):
        if np.isnan(y).any():
            return super().max_pool2d_grad(grad, x, y, window)
        grad, x, y = (a.transpose(0, 2, 3, 1) for a in (grad, x, y))  # (N, H, W, C)
        out = np.empty(x.shape, grad.dtype)
        apart = window[0] == window[1] and window[3] == (1, 1)  # no two windows share a pixel

        def some_images(x, y, grad, out):
            out[...] = 0
            left = np.ones(y.shape, bool)  # has found no maximum yet
            for of_image, of_windows in places(x.shape[1:3], window, y.shape[1:3]):
                here = x[of_image] == y[of_windows]
                here &= left[of_windows]
                left[of_windows] ^= here
                if apart:
                    where(here, grad[of_windows], out[of_image])
                else:
                    out[of_image] += where(here, grad[of_windows])

        for_blocks(some_images, x, y, grad, out)
        return out.transpose(0, 3, 1, 2)


def lowest(dtype):
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min


def places(image, window, size):
    """For each place in the window: the pixels that stand there, and the windows in which it is inside the image."""
    for a in range(window[0][0]):
        for b in range(window[0][1]):
            axes = [place(*n) for n in zip((a, b), image, *window[1:], size)]
            yield tuple((slice(None), *pair) for pair in zip(*axes))


def place(offset, n, stride, padding, dilation, count):
    """Along one axis: window i has its pixel at i * stride + start. Slices of pixels and of windows, inside only."""
    start = offset * dilation - padding
    first = max(0, -(start // stride))  # the smallest i with i * stride + start >= 0
    last = max(first, min(count, (n - 1 - start) // stride + 1))
    return slice(first * stride + start, max(0, (last - 1) * stride + start + 1), stride), slice(first, last)
