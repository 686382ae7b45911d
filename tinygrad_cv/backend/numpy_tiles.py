"""The three directions of a convolution by toom_cook.py: transform two sides, multiply, transform back.

A transform is one copy and one matrix product. The copy brings the first pixels of all tiles together,
then all second ones, and so on, a row of memory for each place in a tile; the product with one of
toom_cook's matrices makes all sums of them at once:

    (sums, places)  @  (places, tiles * channels)  =  (sums, tiles * channels)

Most numbers in that matrix are 0, 1 or -1, and additions alone would need fewer operations. But
BLAS adds in registers and in one call, where NumPy reads and writes the cache for each addition, and the
threads wait for their turn in Python between them: so it took a fifth longer for 3x3 kernels.

Each processor takes a few tiles through all three steps, so that what one step writes is still in
the cache when the next one reads it. Two things are shared: the transformed weight, which is made
first, each processor its part of the output channels; and the weight's gradient, of which each
processor has a sum of its own, over its images. More numbers: docs/benchmarks.md.
"""

import itertools

import numpy as np

from .padding import crop, pad
from .threads import buffer, cut, in_parallel, portions, shares
from .toom_cook import OUTPUTS

TILES = 256  # tiles that a processor works on at a time: the rows of its products


class Tiling:
    """One convolution in tiles. Pixels are (N, H, W, C), x and gradients as NCHW-shaped as everywhere.

    Shapes: t*t products a tile; s is the stride, and s*s*C what is one pixel's channels to the products.
    """

    def __init__(self, form, size, channels, padding, dtype):
        self.form, self.padding, self.dtype, (self.h, self.w), (self.O, self.C) = form, padding, dtype, size, channels
        self.inner = form.stride**2 * self.C
        self.rows, self.columns = (-(-n // OUTPUTS) for n in size)  # of tiles
        self.whole = OUTPUTS * self.rows, OUTPUTS * self.columns  # outputs, with those that stand out
        self.seen = [form.stride * (n + form.taps - 1) for n in self.whole]  # rows and columns of the padded image
        self.inputs, self.weights, self.outputs = (m.astype(dtype) for m in (form.inputs, form.weights, form.outputs))

    def conv2d(self, x, weight):
        pixels, g = x.transpose(0, 2, 3, 1), self.transformed_weight(weight)
        out = np.empty((len(x), self.h, self.w, self.O), self.dtype)

        def some_images(images):
            image, whole = pad(pixels[images], self.seen, self.padding), self.whole_tiles(out[images])
            for band in self.bands():
                d = self.transformed_input(image, band)
                m = np.matmul(d, g.transpose(0, 2, 1), out=self.memory(d.shape[1], self.O, "products"))
                tiles = self.output_tiles(whole, band)
                tiles[...] = transform(self.outputs.T, m, "sums").reshape(tiles.shape)
            if whole.shape != out[images].shape:
                crop(whole, out[images], (0, 0))

        in_parallel(some_images, self.some_images(len(x)), x.size)
        return out.transpose(0, 3, 1, 2)

    def conv2d_input(self, grad, weight, shape):
        (N, C, H, W), g = shape, self.transformed_weight(weight)
        grads, out = grad.transpose(0, 2, 3, 1), np.empty((N, H, W, C), self.dtype)

        def some_images(images):
            whole, image = self.filled_tiles(grads[images]), buffer((len(out[images]), *self.seen, C), self.dtype, "image")
            image[...] = 0
            for band in self.bands():
                z = self.transformed_output(whole, band)
                m = np.matmul(z, g, out=self.memory(z.shape[1], self.inner, "products"))
                tiles = self.input_tiles(image, band)
                places = transform(self.inputs.T, m, "sums").reshape(tiles.shape)
                # The last places of a tile are the first ones of the next tile: one after the other
                for a, b in itertools.product((slice(OUTPUTS), slice(OUTPUTS, None)), repeat=2):
                    tiles[a, b] += places[a, b]
            crop(image, out[images], self.padding)

        in_parallel(some_images, self.some_images(N), out.size)
        return out.transpose(0, 3, 1, 2)

    def conv2d_weight(self, x, grad, shape):
        pixels, grads = x.transpose(0, 2, 3, 1), grad.transpose(0, 2, 3, 1)
        parts = shares(self.some_images(len(x)))
        sums = [self.memory(self.O, self.inner, ("sum", i)) for i in range(len(parts))]

        def add_up(i):
            first = True
            for images in parts[i]:
                image, whole = pad(pixels[images], self.seen, self.padding), self.filled_tiles(grads[images])
                for band in self.bands():
                    z, d = self.transformed_output(whole, band).transpose(0, 2, 1), self.transformed_input(image, band)
                    if first:
                        np.matmul(z, d, out=sums[i])
                    else:
                        for total, left, right in zip(sums[i], z, d):
                            total += left @ right
                    first = False
            if first:
                sums[i][...] = 0

        in_parallel(add_up, range(len(parts)), x.size)
        O, C, kh, kw = shape
        out = np.empty((O, kh, kw, C), self.dtype)

        def finish(some):
            for more in sums[1:]:
                sums[0][:, some] += more[:, some]
            taps = self.taps(out[some])
            taps[...] = transform(self.weights.T, sums[0][:, some], "taps").reshape(taps.shape)

        in_parallel(finish, self.halves(), sums[0].size)
        return out.transpose(0, 3, 1, 2)

    # The transforms, and where the numbers stand

    def transformed_weight(self, weight):
        """(O, C, kh, kw) -> (t*t, O, s*s*C)"""
        g = self.memory(self.O, self.inner, "weight")

        def some_channels(some):
            taps = self.taps(weight[some].transpose(0, 2, 3, 1))
            np.matmul(self.weights, gathered(taps), out=g[:, some].reshape(len(g), -1))

        in_parallel(some_channels, self.halves(), g.size)
        return g

    def transformed_input(self, image, band):
        """Padded pixels (k, H, W, C) -> (t*t, tiles, s*s*C)"""
        return transform(self.inputs, gathered(self.input_tiles(image, band)), "inputs").reshape(len(self.inputs), -1, self.inner)

    def transformed_output(self, whole, band):
        """Gradients (k, h, w, O) -> (t*t, tiles, O)"""
        return transform(self.outputs, gathered(self.output_tiles(whole, band)), "outputs").reshape(len(self.outputs), -1, self.O)

    def input_tiles(self, image, band):
        return tiles_of(image, self.form.products, self.form.stride, band, self.columns)

    def output_tiles(self, whole, band):
        return tiles_of(whole, OUTPUTS, 1, band, self.columns)

    def taps(self, weight):
        """Weights (O, kh, kw, C) as (r, r, O, s, s, C), a view: row s*p + a of a kernel is row a of tap p."""
        s, r, (O, _, _, C) = self.form.stride, self.form.taps, weight.shape
        return weight.reshape(O, r, s, r, s, C).transpose(1, 3, 0, 2, 4, 5)

    def whole_tiles(self, outputs):
        """Memory for the outputs (k, h, w, O) of whole tiles: their own, unless the last tiles stand out."""
        shape = (len(outputs), *self.whole, self.O)
        return outputs if outputs.shape == shape else buffer(shape, self.dtype, "whole")

    def filled_tiles(self, grads):
        """The same with gradients in it; those of outputs that nobody asked for are 0."""
        whole = self.whole_tiles(grads)
        if whole is not grads:
            whole[:, self.h :], whole[:, :, self.w :] = 0, 0
            whole[:, : self.h, : self.w] = grads
        return whole

    def memory(self, rows, channels, use):
        """A matrix for each product of a tile."""
        return buffer((self.form.products**2, rows, channels), self.dtype, use)

    # What is done at a time

    def some_images(self, N):
        return portions(N, TILES // (self.rows * self.columns))

    def bands(self):
        """Rows of tiles; several bands for images of more tiles than are worked on at a time."""
        return cut(self.rows, min(self.rows, -(-self.rows * self.columns // TILES)))

    def halves(self):
        """The output channels, in two parts however many processors there are."""
        return cut(self.O, 2)


def tiles_of(pixels, places, s, band, columns):
    """A band of tiles in images (k, H, W, C): a view (places, places, k, rows, columns, s, s*C).

    A place is a block of s x s pixels, and a tile begins 2 places after the one before it: with more, they overlap.
    """
    (k, _, _, C), (image, row, column, number) = pixels.shape, pixels.strides
    return np.lib.stride_tricks.as_strided(
        pixels[:, OUTPUTS * s * band.start :],
        (places, places, k, band.stop - band.start, columns, s, s * C),
        (s * row, s * column, image, OUTPUTS * s * row, OUTPUTS * s * column, row, number),
    )


def gathered(tiles):
    """Tiles (places, places, ...) -> a row for each place, in memory one after the other."""
    rows = buffer(tiles.shape, tiles.dtype, "gathered")
    rows[...] = tiles
    return rows.reshape(tiles.shape[0] * tiles.shape[1], -1)


def transform(matrix, rows, use):
    """matrix (sums, places) by rows (places, ...) -> (sums, all the rest)"""
    rows = rows.reshape(len(rows), -1)
    return np.matmul(matrix, rows, out=buffer((len(matrix), rows.shape[1]), rows.dtype, use))
