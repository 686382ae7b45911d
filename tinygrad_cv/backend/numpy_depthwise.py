"""Depthwise convolution on a CPU: every channel has a kernel of its own, and sees no other channel.

There is no matrix product in it: an output is a sum of kh*kw products, and no number is used often
enough to pay for a copy into im2col's columns. What is left is to read memory once, and to keep the
processor's vector unit busy:

    out[i, j, k] = sum over a, b of  window[i, j, a, b, k] * taps[a, b, k]

`window` is a view of the image, nothing is copied, and einsum makes one long multiply-and-add of each run
over k. Channels-last, that is the C numbers of a pixel. At stride 1 the pixels of a row lie side
by side as well: with the taps repeated for each pixel of it, k runs over the w*C numbers of a whole
row. Each processor takes whole images.

All three directions of ops/conv.py are such sums. In the gradient by the input the taps are turned
round; at stride s its pixels fall into s*s classes, of which each meets every s-th tap only, and
is a convolution of stride 1 with those.

By a matrix product for each channel (convolution.py), the depthwise convolutions of EfficientNet-Lite0
took 2.2 s for 16 images; so they take 0.08 s. Gradients by their inputs: 4.3 and 0.11 s, by their
weights 2.0 and 0.08 s.
"""

import numpy as np

from .base import Backend
from .convolution import output_size
from .threads import buffer, in_parallel


class NumpyDepthwise(Backend):
    def conv2d(self, x, weight, stride, padding, dilation, groups):
        if not is_depthwise(weight, dilation, groups):
            return super().conv2d(x, weight, stride, padding, dilation, groups)
        (N, C, H, W), kernel = x.shape, weight.shape[2:]
        size = [output_size(*a) for a in zip((H, W), kernel, stride, padding, dilation)]
        out = np.empty((N, *size, C), x.dtype)
        correlate(x.transpose(0, 2, 3, 1), taps_of(weight), stride, padding, out)
        return out.transpose(0, 3, 1, 2)

    def conv2d_input(self, grad, weight, shape, stride, padding, dilation, groups):
        if not is_depthwise(weight, dilation, groups):
            return super().conv2d_input(grad, weight, shape, stride, padding, dilation, groups)
        (N, C, H, W), taps = shape, taps_of(weight)
        out = np.zeros((N, H, W, C), grad.dtype)
        for a in range(min(stride[0], len(taps))):  # taps a, a + s, a + 2 s, ... meet the same pixels
            for b in range(min(stride[1], taps.shape[1])):
                some = taps[a :: stride[0], b :: stride[1]]
                # Pixel y meets tap t if y + padding - t is a multiple of the stride
                first, before = zip(*map(class_of, (a, b), some.shape, stride, padding))
                pixels = out[:, first[0] :: stride[0], first[1] :: stride[1]]
                correlate(grad.transpose(0, 2, 3, 1), some[::-1, ::-1], (1, 1), before, pixels)
        return out.transpose(0, 3, 1, 2)

    def conv2d_weight(self, x, grad, shape, stride, padding, dilation, groups):
        if not is_depthwise(grad, dilation, groups, shape):
            return super().conv2d_weight(x, grad, shape, stride, padding, dilation, groups)
        C, _, kh, kw = shape
        pixels, grad = x.transpose(0, 2, 3, 1), np.ascontiguousarray(grad.transpose(0, 2, 3, 1))
        sums = np.empty((len(grad), kh, kw, C), x.dtype)  # one for each image, added up in their order

        def one_image(n):
            window = windows(pixels[n], (kh, kw), grad.shape[1:3], stride, padding)
            some = np.einsum("ijabk,ijk->abk", window, grad[n].reshape(*window.shape[:2], -1))
            some.reshape(kh, kw, -1, C).sum(2, out=sums[n])

        in_parallel(one_image, range(len(grad)), grad.size)
        return sums.sum(0, dtype=np.float64).astype(x.dtype).transpose(2, 0, 1).reshape(shape)


def is_depthwise(weight, dilation, groups, shape=None):
    """Has every channel one kernel, without gaps?"""
    return groups > 1 and (shape or weight.shape)[:2] == (groups, 1) and tuple(dilation) == (1, 1)


def class_of(tap, count, stride, padding):
    """Along one axis: the first pixel that meets `tap`, and the zeros before it for `count` taps."""
    first = (tap - padding) % stride
    return first, count - 1 - (first + padding - tap) // stride


def taps_of(weight):
    """(C, 1, kh, kw) -> (kh, kw, C)."""
    return weight[:, 0].transpose(1, 2, 0)


def correlate(pixels, taps, stride, before, out):
    """out (N, h, w, C) = the sums above over images (N, H, W, C), with `before` zeros above and left."""
    N, h, w, C = out.shape
    kernel = taps.shape[:2]
    repeated = np.tile(np.ascontiguousarray(taps), (1, 1, w if stride[1] == 1 else 1))

    def one_image(n):
        window = windows(pixels[n], kernel, (h, w), stride, before)
        whole = out[n].flags.c_contiguous
        some = out[n] if whole else buffer((h, w, C), out.dtype, "class of pixels")
        np.einsum("ijabk,abk->ijk", window, repeated, out=some.reshape(*window.shape[:2], -1))
        if not whole:
            out[n] = some

    in_parallel(one_image, range(N) if out.size else (), out.size)


def windows(pixels, kernel, size, stride, before):
    """One image (H, W, C) as windows (h, 1, kh, kw, w*C) at stride 1, (h, w, kh, kw, C) at others."""
    (kh, kw), (h, w), C = kernel, size, pixels.shape[2]
    image = frame(pixels, before, [(n - 1) * s + k for n, s, k in zip(size, stride, kernel)])
    run = w if stride[1] == 1 else 1
    sH, sW, sC = image.strides
    return np.lib.stride_tricks.as_strided(
        image, (h, w // run, kh, kw, run * C), (stride[0] * sH, stride[1] * sW, sH, sW, sC)
    )


def frame(pixels, before, size):
    """The image (H, W, C) with zeros above and on the left, and after it as many as `size` has room for."""
    H, W, C = pixels.shape
    fits = tuple(before) == (0, 0) and size[0] <= H and size[1] <= W
    if fits and pixels.strides[1:] == (C * pixels.itemsize, pixels.itemsize):
        return pixels
    image = buffer((*size, C), pixels.dtype, "frame")
    image[...] = 0
    # Where the image begins and ends in the frame; it is cut off where `before` is negative
    rows, columns = (slice(max(0, b), max(0, b, min(m, b + n))) for b, n, m in zip(before, (H, W), size))
    image[rows, columns] = pixels[
        rows.start - before[0] : rows.stop - before[0], columns.start - before[1] : columns.stop - before[1]
    ]
    return image
