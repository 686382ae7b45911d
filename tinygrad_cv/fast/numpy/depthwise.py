"""Depthwise convolution: every channel has a kernel of its own, and sees no other channel.

An output is a sum of kh*kw products, and no number is used often enough to pay for a copy into
patches. What is left is to read memory once, and to keep the processor's vector unit busy:

    out[i, j, k] = sum over a, b of  window[i, j, a, b, k] * taps[a, b, k]

`window` is a view of the image, and einsum makes one long multiply-and-add of each run over k. That
is the C numbers of a pixel; at stride 1 the pixels of a row lie side by side as well, and with the
taps repeated for each of them k runs over the w*C numbers of a whole row.
"""

import numpy as np

from ...ops.conv import conv2d_input, conv2d_output, conv2d_weight, output_size
from .images import framed, windows_of
from .memory import empty
from .threads import in_parallel


def applies(weight_shape, dilation, groups):
    """Has every channel one kernel, without gaps? Other groups are left to the plain kernels."""
    return weight_shape[:2] == (groups, 1) and tuple(dilation) == (1, 1)


def output(x, weight, stride, padding, dilation, groups):
    if not applies(weight.shape, dilation, groups):
        return conv2d_output.dispatch(object)(x, weight, stride, padding, dilation, groups)
    taps, start = weight[:, 0].transpose(1, 2, 0), [-p for p in padding]  # (kh, kw, C)
    size = tuple(map(output_size, x.shape[2:], taps.shape, stride, padding, dilation))
    return correlate(x.transpose(0, 2, 3, 1), taps, size, stride, start)


def input(grad, weight, input_shape, stride, padding, dilation, groups):
    """A correlation of grad, its pixels `stride` apart, with the taps in reverse order."""
    if not applies(weight.shape, dilation, groups):
        plain = conv2d_input.dispatch(object)
        return plain(grad, weight, input_shape, stride, padding, dilation, groups)
    (N, C, *size), taps = grad.shape, weight[:, 0, ::-1, ::-1].transpose(1, 2, 0)
    apart = np.zeros((N, *((n - 1) * s + 1 for n, s in zip(size, stride)), C), grad.dtype)
    apart[:, :: stride[0], :: stride[1]] = grad.transpose(0, 2, 3, 1)
    start = [p - (k - 1) for p, k in zip(padding, taps.shape)]
    return correlate(apart, taps, input_shape[2:], (1, 1), start)


def weight(x, grad, weight_shape, stride, padding, dilation, groups):
    if not applies(weight_shape, dilation, groups):
        plain = conv2d_weight.dispatch(object)
        return plain(x, grad, weight_shape, stride, padding, dilation, groups)
    C, _, *kernel = weight_shape
    pixels, grad = x.transpose(0, 2, 3, 1), np.ascontiguousarray(grad.transpose(0, 2, 3, 1))
    sums = np.zeros((len(grad), *kernel, C), x.dtype)  # one for each image, added in their order

    def one_image(n):
        window = windows(pixels[n : n + 1], kernel, grad.shape[1:3], stride, [-p for p in padding])
        some = np.einsum("ijabk,ijk->abk", window, grad[n].reshape(*window.shape[:2], -1))
        some.reshape(*kernel, -1, C).sum(2, out=sums[n])

    in_parallel(one_image, range(len(grad)), grad.size)
    return sums.sum(0, np.float64).astype(x.dtype).transpose(2, 0, 1).reshape(weight_shape)


def correlate(pixels, taps, size, stride, start):
    """The sums above over windows of images that begin at pixel `start`: (N, C, *size)."""
    out = empty((len(pixels), *size, pixels.shape[3]), pixels.dtype)
    repeated = np.tile(taps, (1, 1, size[1] if stride[1] == 1 else 1))

    def one_image(n):
        window = windows(pixels[n : n + 1], taps.shape[:2], size, stride, start)
        np.einsum("ijabk,abk->ijk", window, repeated, out=out[n].reshape(*window.shape[:2], -1))

    in_parallel(one_image, range(len(out)), out.size)
    return out.transpose(0, 3, 1, 2)


def windows(image, kernel, size, stride, start):
    """One image as windows (h, 1, kh, kw, w*C) at stride 1, (h, w, kh, kw, C) at others."""
    frame = framed(image, start, [(n - 1) * s + k for n, s, k in zip(size, stride, kernel)])
    if stride[1] == 1:  # a row of w*C numbers begins at each column of the kernel
        run, number = size[1] * frame.shape[3], frame.strides[3]
        shape, strides = (*frame.shape[:3], run), (*frame.strides[:3], number)
        frame = np.lib.stride_tricks.as_strided(frame, shape, strides)
        size = size[0], 1
    return windows_of(frame, kernel, size, stride, (1, 1))[0]
