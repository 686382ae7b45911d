"""Max pooling without positions: y is the largest of the pixels at each position in the windows,
and the gradient goes to the first pixel of a window that equals y.

The plain kernels read through an index of every maximum: 8 bytes per number, and memory read in no
order. Here, a few images at a time, one operation for each position in the window compares a slice
of the image with all windows. Where windows stand side by side, kernel = stride, one operation
reaches all positions. Nothing equals a NaN: where one is a maximum, the plain kernel runs.
"""

import numpy as np

from ...ops.pool import max_pool, max_pool_grad
from .blocks import for_blocks
from .elementwise import keep_where
from .memory import empty


@max_pool.register(np.ndarray)
def fast_max_pool(x, window, size):
    if x.dtype.kind != "f" or not x.size:
        return max_pool.dispatch(object)(x, window, size)
    x = x.transpose(0, 2, 3, 1)  # (N, H, W, C)
    out = empty((len(x), *size, x.shape[3]), x.dtype)
    slices = list(positions(x.shape[1:3], window, size))

    def some_images(x, out):
        out[...] = -np.inf
        for pixels, windows in slices:
            some = out[windows]
            np.maximum(some, x[pixels], out=some)

    for_blocks(some_images, x, out)
    return out.transpose(0, 3, 1, 2)


@max_pool_grad.register(np.ndarray)
def fast_max_pool_grad(grad, x, y, window):
    if x.dtype.kind != "f" or not x.size or np.isnan(y).any():
        return max_pool_grad.dispatch(object)(grad, x, y, window)
    grad, x, y = (a.transpose(0, 2, 3, 1) for a in (grad, x, y))  # (N, H, W, C)
    out, slices = empty(x.shape, grad.dtype), list(positions(x.shape[1:3], window, y.shape[1:3]))

    def some_images(x, y, grad, out):
        (kh, kw), (h, w) = window[0], y.shape[1:3]
        if are_tiles(window, x.shape[1:3], (h, w)):
            y, grad = (np.repeat(a, kw, axis=2)[:, :, None] for a in (y, grad))  # one per pixel
            here = in_windows(x, (kh, kw), (h, w)) == y
            if np.count_nonzero(here) == h * w * len(x) * x.shape[3]:  # no window has two maxima
                out[:, h * kh :], out[:, :, w * kw :] = 0, 0  # beyond the last whole window
                inside = in_windows(out, (kh, kw), (h, w))
                keep_where(here, np.broadcast_to(grad, inside.shape), inside)
                return
            y, grad = y[:, :, 0, ::kw], grad[:, :, 0, ::kw]
        out[...] = 0
        searching, passed = np.ones(y.shape, bool), np.empty_like(grad)
        for pixels, windows in slices:
            here = x[pixels] == y[windows]
            here &= searching[windows]
            searching[windows] ^= here  # a window that has found its maximum takes no other
            out[pixels] += keep_where(here, grad[windows], passed[windows])

    for_blocks(some_images, x, y, grad, out)
    return out.transpose(0, 3, 1, 2)


def are_tiles(window, image, size):
    """Do the windows stand side by side, all of them inside the image?"""
    kernel, stride, padding, dilation = window
    inside = all(n * k <= pixels for n, k, pixels in zip(size, kernel, image))
    return kernel == stride and padding == (0, 0) and dilation == (1, 1) and inside


def in_windows(image, kernel, size):
    """(N, H, W, C) as (N, h, kh, w*kw, C), a view; what is left beyond the last window is not in
    it."""
    (kh, kw), (h, w), (n, _, W, C) = kernel, size, image.shape
    return image[:, : h * kh].reshape(n, h, kh, W, C)[:, :, :, : w * kw]


def positions(image, window, size):
    """For each position in the window, slices (N, H, W): of its pixels inside the image, and of the
    windows that have them. Window i has its pixel at start + i * stride."""
    kernel, stride, padding, dilation = window
    for place in np.ndindex(*kernel):
        pixels, windows = [slice(None)], [slice(None)]
        for a, n, s, p, d, count in zip(place, image, stride, padding, dilation, size):
            start = a * d - p
            first = max(0, -(start // s))
            last = max(first, min(count, (n - 1 - start) // s + 1))
            pixels.append(slice(first * s + start, max(0, (last - 1) * s + start + 1), s))
            windows.append(slice(first, last))
        yield tuple(pixels), tuple(windows)
