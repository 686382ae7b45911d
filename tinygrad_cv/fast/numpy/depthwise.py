"""Depthwise convolution on a CPU: every channel has a kernel of its own and sees no other channel.

There is no matrix product in it. An output is a sum of kh*kw products, and no number is used often
enough to pay for a copy into patches. What is left is to read memory once, and to keep the
processor's vector unit busy:

    out[i, j, k] = sum over a, b of  window[i, j, a, b, k] * taps[a, b, k]

`window` is a view of the image, and einsum makes one long multiply-and-add of each run over k.
Channels-last, that is the C numbers of a pixel. At stride 1 the pixels of a row lie next to each
other as well: with the taps repeated for each of them, k runs over the w*C numbers of a whole row.
Each thread takes whole images.

The input's gradient is such a sum, too, with the taps in reverse order. At stride s its pixels fall
into s*s classes, each of which meets every s-th tap only.
"""

import numpy as np

from .memory import buffer
from .threads import in_parallel


def is_depthwise(weight_shape, dilation, groups):
    """Has every channel one kernel, without gaps?"""
    return groups > 1 and weight_shape[:2] == (groups, 1) and tuple(dilation) == (1, 1)


def output(x, weight, size, stride, padding):
    (N, C, _, _), taps = x.shape, taps_of(weight)
    out = np.empty((N, *size, C), x.dtype)
    correlate(x.transpose(0, 2, 3, 1), taps, stride, padding, out)
    return out.transpose(0, 3, 1, 2)


def input_gradient(grad, weight, input_shape, stride, padding):
    (N, C, H, W), taps = input_shape, taps_of(weight)
    out = np.zeros((N, H, W, C), grad.dtype)
    for a in range(min(stride[0], len(taps))):  # taps a, a + s, a + 2 s, ... meet the same pixels
        for b in range(min(stride[1], taps.shape[1])):
            some = taps[a :: stride[0], b :: stride[1]]
            # Pixel y meets tap t if y + padding - t is a multiple of the stride
            first, before = zip(*map(class_of, (a, b), some.shape, stride, padding))
            pixels = out[:, first[0] :: stride[0], first[1] :: stride[1]]
            correlate(grad.transpose(0, 2, 3, 1), some[::-1, ::-1], (1, 1), before, pixels)
    return out.transpose(0, 3, 1, 2)


def weight_gradient(x, grad, weight_shape, stride, padding):
    C, _, kh, kw = weight_shape
    pixels, grad = x.transpose(0, 2, 3, 1), np.ascontiguousarray(grad.transpose(0, 2, 3, 1))
    sums = np.empty((len(grad), kh, kw, C), x.dtype)  # one for each image, added up in order

    def one_image(n):
        window = windows(pixels[n], (kh, kw), grad.shape[1:3], stride, padding)
        some = np.einsum("ijabk,ijk->abk", window, grad[n].reshape(*window.shape[:2], -1))
        some.reshape(kh, kw, -1, C).sum(2, out=sums[n])

    in_parallel(one_image, range(len(grad)), grad.size)
    total = sums.sum(0, dtype=np.float64).astype(x.dtype)
    return total.transpose(2, 0, 1).reshape(weight_shape)


def class_of(tap, count, stride, padding):
    """Along one axis: the first pixel that meets `tap`, and the zeros in front for `count` taps."""
    first = (tap - padding) % stride
    return first, count - 1 - (first + padding - tap) // stride


def taps_of(weight):
    """(C, 1, kh, kw) -> (kh, kw, C)."""
    return weight[:, 0].transpose(1, 2, 0)


def correlate(pixels, taps, stride, before, out):
    """out (N, h, w, C) = the sums above over images (N, H, W, C), with `before` zeros in front."""
    N, h, w, C = out.shape
    kernel = taps.shape[:2]
    repeated = np.tile(np.ascontiguousarray(taps), (1, 1, w if stride[1] == 1 else 1))

    def one_image(n):
        window = windows(pixels[n], kernel, (h, w), stride, before)
        whole = out[n].flags.c_contiguous
        some = out[n] if whole else buffer((h, w, C), out.dtype, "class")
        np.einsum("ijabk,abk->ijk", window, repeated, out=some.reshape(*window.shape[:2], -1))
        if not whole:
            out[n] = some

    in_parallel(one_image, range(N) if out.size else (), out.size)


def windows(pixels, kernel, size, stride, before):
    """One image (H, W, C) as windows (h, 1, kh, kw, w*C) at stride 1, else (h, w, kh, kw, C)."""
    (kh, kw), (h, w), C = kernel, size, pixels.shape[2]
    image = frame(pixels, before, [(n - 1) * s + k for n, s, k in zip(size, stride, kernel)])
    run = w if stride[1] == 1 else 1
    sH, sW, sC = image.strides
    return np.lib.stride_tricks.as_strided(
        image, (h, w // run, kh, kw, run * C), (stride[0] * sH, stride[1] * sW, sH, sW, sC)
    )


def frame(pixels, before, size):
    """The image (H, W, C) with zeros in front, and as many after it as `size` takes."""
    H, W, C = pixels.shape
    fits = tuple(before) == (0, 0) and size[0] <= H and size[1] <= W
    if fits and pixels.strides[1:] == (C * pixels.itemsize, pixels.itemsize):
        return pixels
    image = buffer((*size, C), pixels.dtype, "depthwise frame")
    image[...] = 0
    # Where the image begins and ends in the frame; it is cut off where `before` is negative
    axes = zip(before, (H, W), size)
    inside = tuple(slice(max(0, b), max(0, b, min(m, b + n))) for b, n, m in axes)
    image[inside] = pixels[tuple(slice(i.start - b, i.stop - b) for i, b in zip(inside, before))]
    return image
