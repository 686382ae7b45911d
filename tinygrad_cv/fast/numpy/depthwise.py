"""Depthwise convolution on a CPU: every channel has a kernel of its own and sees no other channel.

There is no matrix product in it. An output is a sum of kh*kw products, and no number is used often
enough to pay for a copy into patches. What is left is to read memory once, and to keep the
processor's vector unit busy:

    out[i, j, k] = sum over a, b of  window[i, j, a, b, k] * taps[a, b, k]

`window` is a view of the image, and einsum makes one long multiply-and-add of each run over k.
Channels-last, that is the C numbers of a pixel. At stride 1 the pixels of a row lie next to each
other as well: with the taps repeated for each of them, k runs over the w*C numbers of a whole row.
Each thread takes whole images.

The input's gradient is such a sum, too, of stride 1 and with the taps in reverse order.
"""

import numpy as np

from .images import framed
from .threads import in_parallel


def is_depthwise(weight_shape, dilation, groups):
    """Has every channel one kernel, without gaps?"""
    return groups > 1 and weight_shape[:2] == (groups, 1) and tuple(dilation) == (1, 1)


def output(x, weight, size, stride, padding):
    pixels, taps = x.transpose(0, 2, 3, 1), weight[:, 0].transpose(1, 2, 0)  # (kh, kw, C)
    taps = np.tile(np.ascontiguousarray(taps), (1, 1, size[1] if stride[1] == 1 else 1))
    out = np.empty((len(x), *size, x.shape[1]), x.dtype)

    def one_image(n):
        window = windows(pixels[n : n + 1], weight.shape[2:], size, stride, padding)
        np.einsum("ijabk,abk->ijk", window, taps, out=out[n].reshape(*window.shape[:2], -1))

    in_parallel(one_image, range(len(x)) if out.size else (), out.size)
    return out.transpose(0, 3, 1, 2)


def input_gradient(grad, weight, input_shape, stride, padding):
    (kh, kw), size = weight.shape[2:], [(n - 1) * s + 1 for n, s in zip(grad.shape[2:], stride)]
    if tuple(stride) != (1, 1):  # zeros between its pixels
        apart = np.zeros((len(grad), *size, grad.shape[1]), grad.dtype).transpose(0, 3, 1, 2)
        apart[:, :, :: stride[0], :: stride[1]] = grad
        grad = apart
    before = kh - 1 - padding[0], kw - 1 - padding[1]
    return output(grad, weight[:, :, ::-1, ::-1], input_shape[2:], (1, 1), before)


def weight_gradient(x, grad, weight_shape, stride, padding):
    C, _, kh, kw = weight_shape
    pixels, grad = x.transpose(0, 2, 3, 1), np.ascontiguousarray(grad.transpose(0, 2, 3, 1))
    sums = np.empty((len(grad), kh, kw, C), x.dtype)  # one for each image, added up in order

    def one_image(n):
        window = windows(pixels[n : n + 1], (kh, kw), grad.shape[1:3], stride, padding)
        some = np.einsum("ijabk,ijk->abk", window, grad[n].reshape(*window.shape[:2], -1))
        some.reshape(kh, kw, -1, C).sum(2, out=sums[n])

    in_parallel(one_image, range(len(grad)), grad.size)
    total = sums.sum(0, dtype=np.float64).astype(x.dtype)
    return total.transpose(2, 0, 1).reshape(weight_shape)


def windows(image, kernel, size, stride, padding):
    """An image (1, H, W, C) as windows (h, 1, kh, kw, w*C) at stride 1, else (h, w, kh, kw, C)."""
    (kh, kw), (h, w), C = kernel, size, image.shape[3]
    seen = [(n - 1) * s + k for n, s, k in zip(size, stride, kernel)]
    (frame,) = framed(image, (-padding[0], -padding[1]), seen)
    run = w if stride[1] == 1 else 1
    sH, sW, sC = frame.strides
    return np.lib.stride_tricks.as_strided(
        frame, (h, w // run, kh, kw, run * C), (stride[0] * sH, stride[1] * sW, sH, sW, sC)
    )
