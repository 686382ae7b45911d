"""The three directions of a convolution by toom_cook.py: transform two sides, multiply, transform
back.

The matrices B and A hold 0, 1 and -1, so a transform is a few additions of whole arrays, first along
the rows of all tiles and then along their columns. Each thread takes a few tiles through all steps,
so that what one step writes is still in the cache when the next one reads it.
"""

import numpy as np

from .images import divide, framed
from .memory import buffer, empty
from .products import multiply
from .threads import in_parallel, portions, shares
from .toom_cook import OUTPUTS

TILES = 256  # tiles that a thread works on at a time: the rows of its products


class Tiling:
    """One convolution in tiles; s, t, r as in toom_cook.Form. Images are NCHW-shaped, as everywhere."""

    def __init__(self, form, weight_shape, padding, dtype):
        self.s, self.t, self.r, B, G, A = form
        self.B, self.A, self.sums = terms(B), terms(A), terms(zip(*A))
        self.G = np.kron(G, G).astype(dtype)
        self.O, self.C, self.padding, self.dtype = *weight_shape[:2], padding, dtype

    def output(self, x, weight, size):
        s, r = self.s, self.r
        taps = weight.reshape(self.O, self.C, r, s, r, s).transpose(2, 4, 0, 3, 5, 1)
        factor = self.transformed_weight(taps).transpose(0, 2, 1)  # (t*t, s*s*C, O)
        out = empty((len(x), *size, self.O), self.dtype)
        self.correlate(x.transpose(0, 2, 3, 1), s, [-p for p in self.padding], factor, out)
        return out.transpose(0, 3, 1, 2)

    def input(self, grad, weight, input_shape):
        """The pixels fall into s*s classes, each of which meets every s-th tap only. So the gradient
        of a class is a convolution of stride 1 with those taps, in reverse order."""
        (N, C, H, W), s = input_shape, self.s
        out = empty((N, H, W, C), self.dtype)
        for a, b in np.ndindex(s, s):
            # Pixel y meets tap a + s*u of output x where y + padding = a + s * (x + u)
            first = [(tap - p) % s for tap, p in zip((a, b), self.padding)]
            start = [(y + p - tap) // s - (self.r - 1) for y, p, tap in zip(first, self.padding, (a, b))]
            taps = weight[:, :, a::s, b::s].transpose(2, 3, 0, 1)[::-1, ::-1]  # (r, r, O, C)
            pixels = out[:, first[0] :: s, first[1] :: s]
            self.correlate(grad, 1, start, self.transformed_weight(taps), pixels)
        return out.transpose(0, 3, 1, 2)

    def weight(self, x, grad):
        pixels, grad = x.transpose(0, 2, 3, 1), grad.transpose(0, 2, 3, 1)
        (N, h, w, O), s, r, start = grad.shape, self.s, self.r, [-p for p in self.padding]
        rows, columns = (-(-n // OUTPUTS) for n in (h, w))
        parts = shares(divide(N, rows, TILES // columns))
        sums = [buffer((self.t**2, O, s * s * self.C), self.dtype, i) for i in range(len(parts))]

        def add_up(i):
            sums[i][...] = 0
            for part in parts[i]:
                d = transform(self.B, tiles(pixels, self.t, s, start, part, columns), "d")
                z = transform(self.A, tiles(grad, OUTPUTS, 1, (0, 0), part, columns), "z")
                for total, left, right in zip(sums[i], z.transpose(0, 2, 1), d):
                    total += left @ right

        in_parallel(add_up, range(len(parts)), x.size)
        out = empty((O, r, s, r, s, self.C), self.dtype)

        def finish(some):
            for more in sums[1:]:
                sums[0][:, some] += more[:, some]
            taps = self.G.T @ sums[0][:, some].reshape(self.t**2, -1)
            out[some] = taps.reshape(r, r, -1, s, s, self.C).transpose(2, 0, 3, 1, 4, 5)

        in_parallel(finish, portions(O, O), sums[0].size)
        return out.reshape(O, r * s, r * s, self.C).transpose(0, 3, 1, 2)

    def correlate(self, pixels, s, start, factor, out):
        """out (N, h, w, channels) = the sums over windows of images, the first of which begins at
        pixel `start`, with the transformed weight `factor` (t*t, s*s*C, channels)."""
        rows, columns = (-(-n // OUTPUTS) for n in out.shape[1:3])

        def piece(part):
            d = transform(self.B, tiles(pixels, self.t, s, start, part, columns), "d")
            m = buffer((len(d), d.shape[1], out.shape[3]), self.dtype, "m")
            multiply(d, factor, m)
            images, band = part
            some = out[images, OUTPUTS * band.start : OUTPUTS * band.stop]
            m = m.reshape(self.t, self.t, len(some), -1, columns, out.shape[3])
            half = buffer((OUTPUTS, *m.shape[1:]), self.dtype, "half")
            combine(self.sums, m, half)
            for i, j in np.ndindex(OUTPUTS, OUTPUTS):
                into = some[:, i::OUTPUTS, j::OUTPUTS]  # of the last tiles, some stand out
                combine(self.sums[j : j + 1], half[i, :, :, : into.shape[1], : into.shape[2]], [into])

        in_parallel(piece, divide(len(out), rows, TILES // columns), out.size)

    def transformed_weight(self, taps):
        """taps (r, r, O, ...) -> (t*t, O, all the rest)"""
        out = buffer((self.t**2, self.O, taps[0, 0, 0].size), self.dtype, "weight")

        def some_channels(some):
            rows = buffer(taps[:, :, some].shape, self.dtype, "taps")
            rows[...] = taps[:, :, some]
            np.matmul(self.G, rows.reshape(self.r**2, -1), out=out[:, some].reshape(self.t**2, -1))

        in_parallel(some_channels, portions(self.O, self.O), out.size)
        return out


def tiles(pixels, places, s, start, part, columns):
    """The tiles in a piece of the images, each place a block of s x s pixels: a view
    (places, places, k, rows, columns, s, s*C)."""
    images, band = part
    rows, step = band.stop - band.start, OUTPUTS * s
    size = [step * (n - 1) + s * places for n in (rows, columns)]
    frame = framed(pixels[images], (start[0] + step * band.start, start[1]), size)
    image, row, column, number = frame.strides
    shape = places, places, len(frame), rows, columns, s, s * frame.shape[3]
    strides = s * row, s * column, image, step * row, step * column, row, number
    return np.lib.stride_tricks.as_strided(frame, shape, strides)


def transform(terms, tiles, use):
    """The matrix along both axes of the tiles (places, places, ...) -> (sums, tiles, channels)"""
    n, (places, _, *rest) = len(terms), tiles.shape
    rows = buffer(tiles.shape, tiles.dtype, "rows")
    rows[...] = tiles  # additions are faster in memory without gaps
    half = buffer((n, places, *rest), tiles.dtype, "half")
    combine(terms, rows, half)
    out = buffer((n, n, *rest), tiles.dtype, use)
    combine(terms, half.swapaxes(0, 1), out.swapaxes(0, 1))
    return out.reshape(n * n, rest[0] * rest[1] * rest[2], -1)


def terms(matrix):
    """For each row of a matrix of 0, 1 and -1, its (sign, column), those with sign 1 first."""
    return [sorted(((v, j) for j, v in enumerate(row) if v), reverse=True) for row in matrix]


def combine(terms, arrays, outs):
    """outs[i] = the sum of the terms of row i: sign * arrays[column]."""
    for ((_, first), *others), out in zip(terms, outs):
        x = arrays[first]
        if not others:
            out[...] = x
        for sign, j in others:
            x = (np.add if sign > 0 else np.subtract)(x, arrays[j], out=out)
