"""Convolution in fewer multiplications: 9 instead of 16 for DCGAN's 4x4 kernels of stride 2, and
16 instead of 36 for 3x3 kernels of stride 1 (Winograd 1980; Lavin and Gray 2016 for networks).

Two neighbouring outputs y0, y1 of a kernel (g0, g1) of two over three inputs d0, d1, d2,

    y0 = d0 g0 + d1 g1        y1 = d1 g0 + d2 g1

have four products, but three are enough (multiply it out):

    m0 = (d0 - d1) g0         y0 = m0 + m1
    m1 =  d1 (g0 + g1)        y1 = m1 + m2
    m2 = (d2 - d1) g1

As a trilinear form (see ops/conv.py), with y weighted by an output-side z, this reads

    sum over m of  (B d)_m * (G g)_m * (A z)_m

with three small matrices B, G and A: TWO below. Leaving out one factor gives its derivative: the
output A'((B d)(G g)), the input's gradient B'((A z)(G g)), the weight's G'((B d)(A z)), where ' is
the transpose. A kernel of three has such matrices, too: THREE, with 4 products instead of 6.

An image is cut into tiles of 2x2 outputs, and everything is done along its rows, then along its
columns: 3 * 3 or 4 * 4 products a tile. What was a number above is here a vector of channels, so
each of these is one matrix product over all tiles. And a kernel of 4x4 with stride 2 is one of 2x2
with stride 1, once each 2x2 block of pixels is taken for one pixel of four times the channels.

The additions cost memory traffic: it pays from some channels on (`form`), and only in the cache,
a few images at a time. Rounding errors about double. What it brings: docs/benchmarks.md.
"""

import math

import numpy as np

OUTPUTS = 2  # outputs of a tile along each axis
FEWEST = 16  # channels, of input and output, that repay the additions
PAYS = 1.5  # times fewer products, at least


def form(kernel, stride, dilation, channels, size):
    """The Form for a convolution, or None if the plain way is the better one."""
    form = FORMS.get((*kernel, *stride))
    if form is None or dilation != (1, 1) or min(channels) < FEWEST:
        return None
    tiles = math.prod(-(-n // OUTPUTS) for n in size)  # the last ones may stand out: wasted products
    plain = math.prod(size) * math.prod(kernel)
    return form if plain >= PAYS * tiles * (form.products * form.stride) ** 2 else None


def combine(factors, parts, out):
    """out = the sum of factor * part, the factors being 1, 0 and -1, and one of them 1; returns out."""
    terms = [part for factor, part in zip(factors, parts) if factor == 1]
    minus = [part for factor, part in zip(factors, parts) if factor == -1]
    total = terms[0]
    for part in terms[1:]:
        total = np.add(total, part, out=out)
    for part in minus:
        total = np.subtract(total, part, out=out)
    if total is not out:
        out[...] = total
    return out


def combined(factors, parts, out):
    """The same, but nothing is copied where it is only one of the parts."""
    return parts[factors.index(1)] if sum(map(abs, factors)) == 1 else combine(factors, parts, out)


def every_second(first, count):
    """The places first, first + 2, ... : `count` of them, one a tile."""
    return slice(first, first + OUTPUTS * (count - 1) + 1, OUTPUTS)


# Shapes: k images of C channels, th x tw tiles, h x w outputs of O channels, t x t products a tile.
# s is the stride; an input image has s * (2 th + r - 1) rows, where r is the kernel's size / s.


class Form:
    """The three matrices: inputs B (t, t), weights G (t, r), outputs A (t, 2). G's rows are in `halves` halved."""

    def __init__(self, stride, inputs, weights, outputs, halves=()):
        self.stride, self.inputs, self.weights, self.outputs = stride, inputs, weights, outputs
        self.products, self.taps = len(weights), len(weights[0])
        self.scale = [0.5 if i in halves else 1.0 for i in range(self.products)]

    def seen(self, tiles):
        """How many rows (or columns) of the padded image so many tiles see."""
        return self.stride * (OUTPUTS * tiles + self.taps - 1)

    def transform_weight(self, weight, out):
        """G along both axes: weight (O, C, kh, kw) -> out (t, t, O, s*s*C)."""
        s, r, t, (O, C) = self.stride, self.taps, self.products, weight.shape[:2]
        # kernel row s * p + a: (O, p, a, q, b, C) -> (p, q, O, a, b, C)
        g = weight.transpose(0, 2, 3, 1).reshape(O, r, s, r, s, C).transpose(1, 3, 0, 2, 4, 5)
        out, rows = out.reshape(t, t, O, s, s, C), np.empty((r, O, s, s, C), weight.dtype)
        for i, row in enumerate(self.weights):
            parts = combined(row, g, rows)
            for l, column in enumerate(self.weights):
                combine(column, parts, out[i, l])
                if self.scale[i] * self.scale[l] != 1:
                    out[i, l] *= self.scale[i] * self.scale[l]

    def untransform_weight(self, products, out):
        """G' along both axes: products (t, t, O, s*s*C), overwritten -> out (O, kh, kw, C)."""
        s, r, t, (O, C) = self.stride, self.taps, self.products, (out.shape[0], out.shape[3])
        m = products.reshape(t, t, O, s, s, C)
        for i in range(t):
            for l in range(t):
                if self.scale[i] * self.scale[l] != 1:
                    m[i, l] *= self.scale[i] * self.scale[l]
        to = out.reshape(O, r, s, r, s, C).transpose(1, 3, 0, 2, 4, 5)  # (p, q, O, a, b, C)
        rows = np.empty(m.shape[1:], m.dtype)
        for p, row in enumerate(zip(*self.weights)):
            combine(row, m, rows)
            for q, column in enumerate(zip(*self.weights)):
                combine(column, rows, to[p, q])

    def transform_input(self, image, out, buffer):
        """B along both axes: image (k, H, W, C) -> out (t, t, k, th, tw, s*s*C)."""
        s, (k, _, W, C), (th, tw) = self.stride, image.shape, out.shape[3:5]
        lines = image.reshape(k, -1, s, W // s, s * C)  # (k, row, s, column, s*C)
        parts = [lines[:, every_second(j, th)] for j in range(self.products)]
        line = buffer((k, th, s, W // s, s * C), image.dtype, "line")
        out = out.reshape(*out.shape[:5], s, s * C)
        for row, to in zip(self.inputs, out):
            columns = combined(row, parts, line).transpose(0, 1, 3, 2, 4)  # (k, th, column, s, s*C)
            columns = [columns[:, :, every_second(j, tw)] for j in range(self.products)]
            for column, tiles in zip(self.inputs, to):
                combine(column, columns, tiles)

    def untransform_input(self, products, image, buffer):
        """B' along both axes: products (t, t, k, th, tw, s*s*C) -> image (k, H, W, C)."""
        s, (k, _, W, C), th = self.stride, image.shape, products.shape[3]
        lines = buffer((self.products, k, th, s, W // s, s * C), image.dtype, "line")
        m = products.reshape(*products.shape[:5], s, s * C).transpose(0, 1, 4, 2, 3, 5, 6)
        for tiles, line in zip(m, lines):  # (t, tw, k, th, s, s*C), (k, th, s, column, s*C)
            self.overlap(tiles, line.transpose(3, 0, 1, 2, 4))
        to = image.reshape(k, -1, s, W // s, s * C).transpose(1, 0, 2, 3, 4)
        self.overlap(lines.transpose(0, 2, 1, 3, 4, 5), to)

    def overlap(self, m, to):
        """B' along the first axis of `to`; m (t, tiles, ...). A tile's last places are the next one's first."""
        tiles, by_place = m.shape[1], list(zip(*self.inputs))
        for j in range(OUTPUTS):
            place, own, before = to[j::OUTPUTS], by_place[j], by_place[j + OUTPUTS : j + OUTPUTS + 1]
            if not before:
                combine(own, m, place)
                continue
            combine(own, m[:, 0], place[0])
            combine(own + before[0], [*m[:, 1:], *m[:, :-1]], place[1:tiles])
            combine(before[0], m[:, -1], place[tiles])

    def transform_output(self, grad, out, buffer):
        """A along both axes: grad (k, h, w, O) -> out (t, t, k, th, tw, O)."""
        (k, h, w, O), (th, tw) = grad.shape, out.shape[3:5]
        if (h, w) != (OUTPUTS * th, OUTPUTS * tw):  # the last tiles stand out: outputs that nobody asked for
            grad, whole = buffer((k, OUTPUTS * th, OUTPUTS * tw, O), grad.dtype, "whole tiles"), grad
            grad[:, h:], grad[:, :, w:] = 0, 0
            grad[:, :h, :w] = whole
        parts = [grad[:, a::OUTPUTS] for a in range(OUTPUTS)]
        line = buffer(parts[0].shape, grad.dtype, "line")
        for row, to in zip(self.outputs, out):
            columns = combined(row, parts, line)
            columns = [columns[:, :, b::OUTPUTS] for b in range(OUTPUTS)]
            for column, tiles in zip(self.outputs, to):
                combine(column, columns, tiles)

    def untransform_output(self, products, out, buffer):
        """A' along both axes: products (t, t, k, th, tw, O) -> out (k, h, w, O)."""
        line = buffer(products.shape[1:], products.dtype, "line")
        for a, row in enumerate(zip(*self.outputs)):
            to = out[:, a::OUTPUTS]
            combine(row, products, line)
            for b, column in enumerate(zip(*self.outputs)):
                part = to[:, :, b::OUTPUTS]
                combine(column, line[:, :, : part.shape[1], : part.shape[2]], part)


TWO = [[1, -1, 0], [0, 1, 0], [0, -1, 1]], [[1, 0], [1, 1], [0, 1]], [[1, 0], [1, 1], [0, 1]]
THREE = (
    [[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, -1, 0, 1]],
    [[1, 0, 0], [1, 1, 1], [1, -1, 1], [0, 0, 1]],
    [[1, 0], [1, 1], [1, -1], [0, 1]],
)
FORMS = {(4, 4, 2, 2): Form(2, *TWO), (3, 3, 1, 1): Form(1, *THREE, halves=(1, 2))}
