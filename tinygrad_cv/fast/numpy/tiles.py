"""The three directions of a convolution by toom_cook.py: transform two sides, multiply, transform
back.

A transform is one copy and one matrix product. The copy brings the first pixels of all tiles
together, then all second ones, and so on: one row of memory for each place in a tile. The product
with one of toom_cook's matrices makes all sums of them at once:

    (sums, places)  @  (places, tiles * channels)  =  (sums, tiles * channels)

Most numbers in that matrix are 0, 1 or -1, and additions alone would need fewer operations. But
BLAS adds in registers, where NumPy reads and writes the cache for each addition.

Each thread takes a few tiles through all steps, so that what one step writes is still in the cache
when the next one reads it. t is the number of places of a tile along an axis, r that of taps, s
the stride; the channels of one place are the s*s*C numbers of a block of s x s pixels.
"""

import itertools

import numpy as np

from .frames import divide, framed
from .memory import buffer, empty
from .threads import in_parallel, portions, shares
from .toom_cook import OUTPUTS

TILES = 256  # tiles that a thread works on at a time: the rows of its products


class Tiling:
    """One convolution in tiles. x and gradients are NCHW-shaped, as everywhere."""

    def __init__(self, form, weight_shape, padding, dtype):
        self.O, self.C, self.padding, self.dtype = *weight_shape[:2], padding, dtype
        self.s, self.t, self.r = form.stride, form.products, form.taps
        self.B, self.G, self.A = (matrix.astype(dtype) for matrix in (form.B, form.G, form.A))

    def output(self, x, weight, size):
        s, r = self.s, self.r
        out = empty((len(x), *size, self.O), self.dtype)
        taps = weight.reshape(self.O, self.C, r, s, r, s).transpose(2, 4, 0, 3, 5, 1)
        factor = self.transformed_weight(taps).reshape(self.t**2, self.O, -1).transpose(0, 2, 1)
        start = [-p for p in self.padding]
        self.correlate(x.transpose(0, 2, 3, 1), s, start, factor, out)
        return out.transpose(0, 3, 1, 2)

    def input(self, grad, weight, input_shape):
        """The pixels fall into s*s classes. Each meets every s-th tap only, so its gradient is a
        convolution of stride 1 with those taps, in reverse order."""
        N, C, H, W = input_shape
        out, s = empty((N, H, W, C), self.dtype), self.s
        for a, b in itertools.product(range(s), repeat=2):
            # Pixel y meets tap a + s*u of output x where y + padding = a + s * (x + u)
            first = [(tap - p) % s for tap, p in zip((a, b), self.padding)]
            start = [
                (y + p - tap) // s - (self.r - 1)
                for y, p, tap in zip(first, self.padding, (a, b))
            ]
            taps = weight[:, :, a::s, b::s].transpose(2, 3, 0, 1)[::-1, ::-1]  # (r, r, O, C)
            pixels = out[:, first[0] :: s, first[1] :: s]
            self.correlate(grad, 1, start, self.transformed_weight(taps), pixels)
        return out.transpose(0, 3, 1, 2)

    def weight(self, x, grad):
        x, grad = x.transpose(0, 2, 3, 1), grad.transpose(0, 2, 3, 1)
        s, r, (N, h, w, O), shape = self.s, self.r, grad.shape, (self.t**2, self.O, self.s**2 * self.C)
        tiles = -(-h // OUTPUTS), -(-w // OUTPUTS)
        parts = shares(divide(N, tiles[0], TILES // tiles[1]))
        sums = [buffer(shape, self.dtype, ("sum", i)) for i in range(len(parts))]

        def add_up(i):
            sums[i][...] = 0
            for part in parts[i]:
                d = self.inputs(x, s, [-p for p in self.padding], part, tiles[1])
                z = self.gathered(grad, OUTPUTS, OUTPUTS, 1, (0, 0), part, tiles[1])
                z = transform(self.A, z, "outputs").reshape(len(d), -1, O)
                for total, left, right in zip(sums[i], z.transpose(0, 2, 1), d):
                    total += left @ right

        in_parallel(add_up, range(len(parts)), x.size)
        out = empty((O, r, s, r, s, self.C), self.dtype)

        def finish(some):
            for more in sums[1:]:
                sums[0][:, some] += more[:, some]
            taps = transform(self.G.T, sums[0][:, some], "taps")
            taps = taps.reshape(r, r, -1, s, s, self.C)
            out[some] = taps.transpose(2, 0, 3, 1, 4, 5)

        in_parallel(finish, portions(O, O), sums[0].size)
        return out.reshape(O, r * s, r * s, self.C).transpose(0, 3, 1, 2)

    def correlate(self, pixels, s, start, factor, out):
        """out (N, h, w, channels) = the sums over windows of images that begin at pixel `start`,
        with the transformed weight `factor` (t*t, s*s*C, channels)."""
        tiles = [-(-n // OUTPUTS) for n in out.shape[1:3]]

        def piece(part):
            d = self.inputs(pixels, s, start, part, tiles[1])
            m = buffer((len(d), d.shape[1], out.shape[3]), self.dtype, "products")
            y = transform(self.A.T, np.matmul(d, factor, out=m), "sums")
            images, rows = part
            some = out[images, OUTPUTS * (rows.start or 0) : OUTPUTS * rows.stop]
            y = y.reshape(OUTPUTS, OUTPUTS, len(some), -1, tiles[1], out.shape[3])
            for i, j in itertools.product(range(OUTPUTS), repeat=2):
                into = some[:, i::OUTPUTS, j::OUTPUTS]
                into[...] = y[i, j, :, : into.shape[1], : into.shape[2]]  # others stand out

        in_parallel(piece, divide(len(out), tiles[0], TILES // tiles[1]), out.size)

    def inputs(self, pixels, s, start, part, columns):
        """The transformed tiles of a piece of the images: (t*t, tiles, s*s*C)"""
        rows = self.gathered(pixels, self.t, OUTPUTS, s, start, part, columns)
        return transform(self.B, rows, "inputs").reshape(self.t**2, -1, s * s * pixels.shape[3])

    def gathered(self, pixels, places, step, s, start, part, columns):
        images, rows = part
        first, count = rows.start or 0, rows.stop - (rows.start or 0)
        size = [s * (step * (n - 1) + places) for n in (count, columns)]
        frame = framed(pixels[images], (start[0] + s * step * first, start[1]), size)
        image, row, column, number = frame.strides
        tiles = np.lib.stride_tricks.as_strided(
            frame,
            (places, places, len(frame), count, columns, s, s * frame.shape[3]),
            (s * row, s * column, image, step * s * row, step * s * column, row, number),
        )
        out = buffer(tiles.shape, self.dtype, "gathered")
        out[...] = tiles
        return out.reshape(places * places, -1)

    def transformed_weight(self, taps):
        """taps (r, r, O, ...) -> (t*t, O, ...)"""
        out = buffer((self.t**2, *taps.shape[2:]), self.dtype, "weight")

        def some_channels(some):
            rows = buffer(taps[:, :, some].shape, self.dtype, "gathered")
            rows[...] = taps[:, :, some]
            rows = rows.reshape(self.r**2, -1)
            np.matmul(self.G, rows, out=out[:, some].reshape(len(out), -1))

        in_parallel(some_channels, portions(self.O, self.O), out.size)
        return out


def transform(matrix, rows, use):
    """matrix (sums, places) by rows (places, ...) -> (sums, all the rest)"""
    rows = rows.reshape(len(rows), -1)
    return np.matmul(matrix, rows, out=buffer((len(matrix), rows.shape[1]), rows.dtype, use))
