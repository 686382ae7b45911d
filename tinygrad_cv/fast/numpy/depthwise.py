"""Depthwise convolution: every channel has a kernel of its own, and sees no other channel.

There is no matrix product in it: an output is a sum of kh*kw products, and no number is used often
enough to pay for a copy into patches. What is left is to read memory once, and to keep the
processor's vector unit busy:

    out[i, j, k] = sum over a, b of  window[i, j, a, b, k] * taps[a, b, k]

`window` is a view of the image, and einsum makes one long multiply-and-add of each run over k. That
is the C numbers of a pixel; at stride 1 the pixels of a row lie side by side as well, and with the
taps repeated for each of them k runs over the w*C numbers of a whole row. Each thread takes whole
images. All three directions of ops/conv.py are such sums.
"""

import numpy as np

from .frames import framed
from .memory import buffer, empty
from .threads import in_parallel


def applies(weight_shape, dilation, groups):
    """Has every channel one kernel, without gaps?"""
    return groups > 1 and weight_shape[:2] == (groups, 1) and tuple(dilation) == (1, 1)


def output(x, weight, size, stride, padding):
    out = empty((len(x), *size, x.shape[1]), x.dtype)
    correlate(x.transpose(0, 2, 3, 1), taps_of(weight), stride, [-p for p in padding], out)
    return out.transpose(0, 3, 1, 2)


def input(grad, weight, input_shape, stride, padding):
    """The pixels fall into classes that meet every s-th tap only, as in tiles.py."""
    (N, C, H, W), taps = input_shape, taps_of(weight)
    out = np.zeros((N, H, W, C), grad.dtype)
    for a in range(min(stride[0], len(taps))):
        for b in range(min(stride[1], taps.shape[1])):
            some = taps[a :: stride[0], b :: stride[1]]
            first, start = zip(*map(class_of, (a, b), some.shape, stride, padding))
            pixels = out[:, first[0] :: stride[0], first[1] :: stride[1]]
            correlate(grad.transpose(0, 2, 3, 1), some[::-1, ::-1], (1, 1), start, pixels)
    return out.transpose(0, 3, 1, 2)


def class_of(tap, count, stride, padding):
    """Along an axis, the first pixel y that meets `tap` (y + padding = tap + stride * x), and the
    first of the `count` outputs that it gets its gradient from."""
    first = (tap - padding) % stride
    return first, (first + padding - tap) // stride - (count - 1)


def weight(x, grad, weight_shape, stride, padding):
    C, _, *kernel = weight_shape
    pixels, grad = x.transpose(0, 2, 3, 1), np.ascontiguousarray(grad.transpose(0, 2, 3, 1))
    sums = np.zeros((len(grad), *kernel, C), x.dtype)  # one for each image, added up in their order

    def one_image(n):
        window = windows(pixels[n : n + 1], kernel, grad.shape[1:3], stride, [-p for p in padding])
        some = np.einsum("ijabk,ijk->abk", window, grad[n].reshape(*window.shape[:2], -1))
        some.reshape(*kernel, -1, C).sum(2, out=sums[n])

    in_parallel(one_image, range(len(grad)), grad.size)
    return sums.sum(0, dtype=np.float64).astype(x.dtype).transpose(2, 0, 1).reshape(weight_shape)


def taps_of(weight):
    """(C, 1, kh, kw) -> (kh, kw, C)."""
    return weight[:, 0].transpose(1, 2, 0)


def correlate(pixels, taps, stride, start, out):
    """out (N, h, w, C) = the sums above over windows of images that begin at pixel `start`."""
    N, h, w, C = out.shape
    repeated = np.tile(np.ascontiguousarray(taps), (1, 1, w if stride[1] == 1 else 1))

    def one_image(n):
        window = windows(pixels[n : n + 1], taps.shape[:2], (h, w), stride, start)
        whole = out[n].flags.c_contiguous
        some = out[n] if whole else buffer((h, w, C), out.dtype, "class of pixels")
        np.einsum("ijabk,abk->ijk", window, repeated, out=some.reshape(*window.shape[:2], -1))
        if not whole:
            out[n] = some

    in_parallel(one_image, range(N) if out.size else (), out.size)


def windows(image, kernel, size, stride, start):
    """One image as windows (h, 1, kh, kw, w*C) at stride 1, (h, w, kh, kw, C) at others."""
    (kh, kw), (h, w), C = kernel, size, image.shape[3]
    frame = framed(image, start, [(n - 1) * s + k for n, s, k in zip(size, stride, kernel)])[0]
    run = w if stride[1] == 1 else 1
    row, column, number = frame.strides
    return np.lib.stride_tricks.as_strided(
        frame,
        (h, w // run, kh, kw, run * C),
        (stride[0] * row, stride[1] * column, row, column, number),
    )
