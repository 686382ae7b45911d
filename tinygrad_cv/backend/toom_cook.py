"""DCGAN's convolution, 4x4 with stride 2, in 9 multiplications where there seem to be 16.

Two steps (Winograd 1980; Lavin and Gray 2016 for convolutional networks):

1. Stride 2 becomes stride 1. Cut the padded image into 2x2 blocks and stack each block's four
   pixels as channels: a *phase image* of half the size and 4C channels. A 4x4 kernel with
   stride 2 on the image is a 2x2 kernel with stride 1 on the phase image.

2. Two neighbouring outputs y0, y1 of a kernel (g0, g1) of two over three inputs d0, d1, d2,

       y0 = d0 g0 + d1 g1        y1 = d1 g0 + d2 g1

   have four products, but three are enough:

       m0 = (d0 - d1) g0         y0 = m0 + m1
       m1 =  d1 (g0 + g1)        y1 = m1 + m2
       m2 = (d2 - d1) g1

   (multiply it out). Done along rows and along columns, a tile of 2x2 outputs needs 3 * 3 = 9
   products instead of 4 * 4 = 16. What was a number above is here a vector of channels, so
   each of the 9 is one matrix product over all tiles.

As a trilinear form (see ops/conv.py), with y weighted by an output-side z, the same three
lines read

    sum over m of  B(d)_m * A(g)_m * A(z)_m     B(d) = (d0 - d1, d1, d2 - d1)
                                                A(g) = (g0, g0 + g1, g1)

Leaving out one factor gives its derivative: the output A'(B(d) A(g)), the input's gradient
B'(A(z) A(g)) and the weight's A'(B(d) A(z)), where ' is the transpose. The additions cost
memory traffic, so a few images at a time are worked on, in the cache. Against im2col, batch 64
at 64 -> 128 channels on 32x32: see docs/benchmarks.md. Rounding errors about double.
"""

import numpy as np


def applies(kernel, stride, dilation, groups, size, channels):
    """Is this the case that the file is about, and are there channels enough to repay the additions?"""
    return (
        kernel == (4, 4) and stride == (2, 2) and dilation == (1, 1) and groups == 1
        and size[0] % 2 == 0 and size[1] % 2 == 0 and min(channels) >= 16
    )


# Shapes: k images, h x w outputs, P = k * h/2 * w/2 tiles, C input channels, O output channels.
# A phase image is (k, h + 1, w + 1, 2, 2, C): a view of the padded image (k, 2h + 2, 2w + 2, C).


def phases(image, h, w):
    """The 2x2 blocks of the part of an image that h x w outputs see, stacked as channels: a view."""
    k, _, _, C = image.shape
    seen = image[:, : 2 * h + 2, : 2 * w + 2]
    return seen.reshape(k, h + 1, 2, w + 1, 2, C).transpose(0, 1, 3, 2, 4, 5)


def transform_weight(weight, out):
    """A along both axes: weight (O, C, 4, 4) -> out (9, O, 4C)."""
    O, C = weight.shape[:2]
    g = weight.transpose(0, 2, 3, 1).reshape(O, 2, 2, 2, 2, C)  # kernel row 2p + a: (O, p, a, q, b, C)
    g = g.transpose(1, 3, 0, 2, 4, 5)  # (p, q, O, a, b, C)
    rows = out.reshape(3, 3, O, 2, 2, C)
    for q in (0, 1):
        rows[0, 2 * q], rows[2, 2 * q] = g[0, q], g[1, q]
    np.add(rows[0, ::2], rows[2, ::2], out=rows[1, ::2])
    np.add(rows[:, 0], rows[:, 2], out=rows[:, 1])
    return out


def untransform_weight(products, shape):
    """A' along both axes: (9, O, 4C) -> the gradient of `shape` (O, C, 4, 4), stored channels-last."""
    O, C = shape[:2]
    m = products.reshape(3, 3, O, 2, 2, C)
    rows = m[0] + m[1], m[1] + m[2]  # p
    out = np.empty((O, 2, 2, 2, 2, C), products.dtype)  # (O, p, a, q, b, C)
    for p in (0, 1):
        for q in (0, 1):
            np.add(rows[p][q], rows[p][q + 1], out=out[:, p, :, q])
    return out.reshape(O, 4, 4, C).transpose(0, 3, 1, 2)


def transform_input(phase, out, buffer):
    """B along both axes: a phase image -> out (3, 3, k, h/2, w/2, 4C)."""
    k, h, w, C = phase.shape[0], phase.shape[1] - 1, phase.shape[2] - 1, phase.shape[5]
    rows = buffer((2, k, h // 2, w + 1, 2, 2, C), phase.dtype, "rows")
    d0, d1, d2 = phase[:, 0:-1:2], phase[:, 1::2], phase[:, 2::2]
    np.subtract(d0, d1, out=rows[0])
    np.subtract(d2, d1, out=rows[1])
    for row, to in zip((rows[0], d1, rows[1]), out.reshape(*out.shape[:5], 2, 2, C)):
        d0, middle, d2 = row[:, :, 0:-1:2], row[:, :, 1::2], row[:, :, 2::2]
        np.subtract(d0, middle, out=to[0])
        to[1] = middle
        np.subtract(d2, middle, out=to[2])


def untransform_input(products, phase, buffer):
    """B' along both axes: (3, 3, k, h/2, w/2, 4C) -> into a phase image. Tiles share a pixel, and add."""
    k, h, w, C = phase.shape[0], phase.shape[1] - 1, phase.shape[2] - 1, phase.shape[5]
    rows = buffer((3, k, h // 2, w + 1, 2, 2, C), phase.dtype, "rows")
    for (m0, m1, m2), to in zip(products.reshape(*products.shape[:5], 2, 2, C), rows):
        overlap(m0, m1, m2, to, (slice(None), slice(None)))
    overlap(*rows, phase, (slice(None),))


def overlap(m0, m1, m2, to, before):
    """B' along the axis after `before`: d0 = m0, d1 = m1 - m0 - m2, d2 = m2; d2 is the next tile's d0."""
    even, odd, last = (*before, slice(0, -1, 2)), (*before, slice(1, None, 2)), (*before, slice(-1, None))
    np.subtract(m1, m0, out=to[odd])
    to[odd] -= m2
    to[even] = m0
    to[last] = 0
    to[(*before, slice(2, None, 2))] += m2


def transform_output(grad, out):
    """A along both axes: grad (k, h, w, O) -> out (3, 3, k, h/2, w/2, O)."""
    k, h, w, O = grad.shape
    z = grad.reshape(k, h // 2, 2, w // 2, 2, O)
    for i in (0, 1):
        out[2 * i, 0], out[2 * i, 2] = z[:, :, i, :, 0], z[:, :, i, :, 1]
    np.add(out[0, ::2], out[2, ::2], out=out[1, ::2])
    np.add(out[:, 0], out[:, 2], out=out[:, 1])


def untransform_output(products, out):
    """A' along both axes: (3, 3, k, h/2, w/2, O) -> into out (k, h, w, O)."""
    k, h, w, O = out.shape
    y = out.reshape(k, h // 2, 2, w // 2, 2, O)
    for i in (0, 1):
        row = products[i] + products[i + 1]  # (3, k, h/2, w/2, O)
        for j in (0, 1):
            np.add(row[j], row[j + 1], out=y[:, :, i, :, j])
