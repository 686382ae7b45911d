"""Max pooling on a CPU: no positions, and few array operations.

The plain kernels (base.py) look up and keep the position of every maximum, and read and add
through it: index arrays of 8 bytes a number, and memory read in no order. Here

    forward    y = the maximum over the windows' rows, then over their columns
    backward   the gradient goes where x equals y; where several do, to the first alone

a few images at a time (numpy_elementwise.py), with the pixel last in memory (channels-last), so that
whole runs of channels are compared. Windows mostly stand side by side, kernel = stride: then the image
can be seen as (N, h, kh, w*kw, C), and one operation reaches all places of all windows. Where they
overlap or hang over the edge, there is one pass for each place in the window, on slices that are views.
Where a NaN is the maximum nothing equals it, and the plain kernel is asked. What it brings:
docs/benchmarks.md.
"""

from functools import reduce

import numpy as np

from .base import Backend
from .numpy_elementwise import for_blocks, where


class NumpyPooling(Backend):
    def max_pool2d(self, x, window, size):
        x = x.transpose(0, 2, 3, 1)  # (N, H, W, C)
        out = np.empty((len(x), *size, x.shape[3]), x.dtype)

        def side_by_side(x, out):
            (kh, kw), rows = window[0], in_windows(x, window[0], size)
            row = reduce(np.maximum, [rows[:, :, a] for a in range(kh)])
            out[...] = reduce(np.maximum, [row[:, :, b::kw] for b in range(kw)])

        def place_by_place(x, out):
            out[...] = lowest(x.dtype)
            for of_image, of_windows in places(x.shape[1:3], window, size):
                some = out[of_windows]
                np.maximum(some, x[of_image], out=some)

        for_blocks(side_by_side if are_tiles(window, x.shape[1:3], size) else place_by_place, x, out)
        return out.transpose(0, 3, 1, 2)

    def max_pool2d_grad(self, grad, x, y, window):
        if np.isnan(y).any():
            return super().max_pool2d_grad(grad, x, y, window)
        grad, x, y = (a.transpose(0, 2, 3, 1) for a in (grad, x, y))  # (N, H, W, C)
        size, out = y.shape[1:3], np.empty(x.shape, grad.dtype)

        def side_by_side(x, y, grad, out):
            (kh, kw), (h, w) = window[0], size
            one_a_pixel = [np.repeat(a, kw, axis=2)[:, :, None] for a in (y, grad)]
            here = in_windows(x, window[0], size) == one_a_pixel[0]
            if np.count_nonzero(here) > y.size:
                keep_first(here, kw)
            out[:, h * kh :] = 0  # what is left beyond the last whole window
            out[:, :, w * kw :] = 0
            where(here, one_a_pixel[1], in_windows(out, window[0], size))

        def place_by_place(x, y, grad, out):
            out[...] = 0
            left = np.ones(y.shape, bool)  # has found no maximum yet
            for of_image, of_windows in places(x.shape[1:3], window, size):
                here = x[of_image] == y[of_windows]
                here &= left[of_windows]
                left[of_windows] ^= here
                out[of_image] += where(here, grad[of_windows])

        for_blocks(side_by_side if are_tiles(window, x.shape[1:3], size) else place_by_place, x, y, grad, out)
        return out.transpose(0, 3, 1, 2)


def are_tiles(window, image, size):
    """Do the windows stand side by side, all of them inside the image?"""
    kernel, stride, padding, dilation = window
    inside = all(n * k <= pixels for n, k, pixels in zip(size, kernel, image))
    return kernel == stride and padding == (0, 0) and dilation == (1, 1) and inside


def in_windows(image, kernel, size):
    """(N, H, W, C) as (N, h, kh, w*kw, C), a view; what is left beyond the last whole window is not in it."""
    (kh, kw), (h, w), (n, _, W, C) = kernel, size, image.shape
    return image[:, : h * kh].reshape(n, h, kh, W, C)[:, :, :, : w * kw]


def keep_first(here, kw):
    """Of all that is True in a window of (N, h, kh, w*kw, C), leave only the first, in place."""
    found = np.zeros_like(here[:, :, 0, ::kw])
    for a in range(here.shape[2]):
        for b in range(kw):
            here[:, :, a, b::kw] &= ~found
            found |= here[:, :, a, b::kw]


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
