"""The three directions of a convolution by toom_cook.py: transform two sides, multiply, transform
back.

A transform is one copy and one matrix product. The copy brings the first pixels of all tiles
together, then all second ones, and so on, one row of memory for each place in a tile; the product
with one of toom_cook's matrices makes all sums of them at once:

    (sums, places)  @  (places, tiles * channels)  =  (sums, tiles * channels)

Each thread takes a few tiles through all three steps, so that what one step writes is still in the
cache when the next one reads it. Two things are shared: the transformed weight, which is made
first, and the weight's gradient, of which each thread has a sum of its own.
"""

import functools

import numpy as np

from .images import framed
from .memory import empty
from .products import multiply
from .threads import cut, in_parallel, portions, shares
from .toom_cook import OUTPUTS

COLUMNS = 512  # numbers in a row that a transform works on at a time
TILES = 256    # tiles of several images that a thread works on at a time: the rows of its products
BAND = 128     # tiles of one image, if it has more than these


class Tiling:
    """One convolution in tiles. Pixels are (N, H, W, C); t*t products for a tile; s is the stride,
    and the s*s*C numbers of a block of pixels are one pixel's channels to the products."""

    def __init__(self, form, size, channels, padding, dtype):
        self.form, self.dtype, self.begin = form, dtype, [-p for p in padding]
        (self.h, self.w), (self.O, self.C) = size, channels
        self.inner = form.s**2 * self.C
        self.rows, self.columns = (-(-n // OUTPUTS) for n in size)  # of tiles
        self.whole = OUTPUTS * self.rows, OUTPUTS * self.columns    # with outputs that stand out
        self.seen = [form.s * (n + form.r - 1) for n in self.whole]  # the padded image
        self.B, self.G, self.A = (for_both_axes(m, dtype) for m in (form.B, form.G, form.A))

    def output(self, x, weight):
        pixels, g = x.transpose(0, 2, 3, 1), self.transformed_weight(weight).transpose(0, 2, 1)
        out = empty((len(x), self.h, self.w, self.O), self.dtype)

        def some_images(images):
            image = framed(pixels[images], self.begin, self.seen)
            whole = self.whole_tiles(out[images])
            for band in self.bands():
                d = self.transformed_input(image, band)
                m = np.empty((len(d), d.shape[1], self.O), self.dtype)
                multiply(d, g, m)
                tiles = self.output_tiles(whole, band)
                tiles[...] = transformed(self.A.T, m).reshape(tiles.shape)
            if whole.shape != out[images].shape:
                out[images] = whole[:, : self.h, : self.w]

        in_parallel(some_images, self.some_images(len(x)), x.size)
        return out.transpose(0, 3, 1, 2)

    def input(self, grad, weight, input_shape):
        (N, C, H, W), g = input_shape, self.transformed_weight(weight)
        top, left = (-b for b in self.begin)
        grads, out = grad.transpose(0, 2, 3, 1), empty((N, H, W, C), self.dtype)

        def some_images(images):
            whole = self.filled_tiles(grads[images])
            image = np.empty((len(whole), *self.seen, C), self.dtype)
            bottom, right = (self.form.s * n for n in self.whole)
            image[:, bottom:], image[:, :, right:] = 0, 0
            for band in reversed(self.bands()):
                z = self.transformed_output(whole, band)
                m = np.empty((len(z), z.shape[1], self.inner), self.dtype)
                multiply(z, g, m)
                tiles = self.input_tiles(image, band)
                places = transformed(self.B.T, m).reshape(tiles.shape)
                # A tile's last places are the first of the tile after it, which is there already
                own, next = slice(OUTPUTS), slice(OUTPUTS, None)
                tiles[own, own] = places[own, own]
                for a, b in (own, next), (next, own), (next, next):
                    tiles[a, b] += places[a, b]
            inside, some = image[:, top : top + H, left : left + W], out[images]
            height, width = inside.shape[1:3]  # of the image that any output sees
            some[:, height:], some[:, :height, width:] = 0, 0
            some[:, :height, :width] = inside

        in_parallel(some_images, self.some_images(N), out.size)
        return out.transpose(0, 3, 1, 2)

    def weight(self, x, grad, weight_shape):
        pixels, grads = x.transpose(0, 2, 3, 1), grad.transpose(0, 2, 3, 1)
        parts = shares(self.some_images(len(x)))
        sums = empty((len(parts), self.form.t**2, self.O, self.inner), self.dtype)

        def add_up(i):
            product, first = np.empty((self.O, self.inner), self.dtype), True
            for images in parts[i]:
                image = framed(pixels[images], self.begin, self.seen)
                whole = self.filled_tiles(grads[images])
                for band in self.bands():
                    z = self.transformed_output(whole, band).transpose(0, 2, 1)
                    d = self.transformed_input(image, band)
                    for total, left, right in zip(sums[i], z, d):
                        multiply(left[None], right[None], (total if first else product)[None])
                        if not first:
                            total += product
                    first = False
            if first:
                sums[i][...] = 0

        in_parallel(add_up, range(len(parts)), x.size)
        O, C, kh, kw = weight_shape
        out = np.empty((O, kh, kw, C), self.dtype)

        def finish(some):
            for more in sums[1:]:
                sums[0][:, some] += more[:, some]
            taps = self.taps(out[some])
            taps[...] = transformed(self.G.T, sums[0][:, some]).reshape(taps.shape)

        in_parallel(finish, cut(O, 2), sums[0].size)
        return out.transpose(0, 3, 1, 2)

    # The transforms, and where the numbers stand

    def transformed_weight(self, weight):
        """(O, C, kh, kw) -> (t*t, O, s*s*C)"""
        g = empty((self.form.t**2, self.O, self.inner), self.dtype)

        def some_channels(some):
            taps = self.taps(weight[some].transpose(0, 2, 3, 1))
            transform(self.G, gathered(taps), g[:, some])

        in_parallel(some_channels, cut(self.O, 2), g.size)
        return g

    def transformed_input(self, image, band):
        """Padded pixels (k, H, W, C) -> (t*t, tiles, s*s*C)"""
        d = transformed(self.B, gathered(self.input_tiles(image, band)))
        return d.reshape(len(self.B), -1, self.inner)

    def transformed_output(self, whole, band):
        """Gradients (k, h, w, O) -> (t*t, tiles, O)"""
        z = transformed(self.A, gathered(self.output_tiles(whole, band)))
        return z.reshape(len(self.A), -1, self.O)

    def input_tiles(self, image, band):
        return tiles_of(image, self.form.t, self.form.s, band, self.columns)

    def output_tiles(self, whole, band):
        return tiles_of(whole, OUTPUTS, 1, band, self.columns)

    def taps(self, weight):
        """(O, kh, kw, C) as a view (r, r, O, s, s, C): row s*p + a of a kernel: row a of tap p."""
        s, r, (O, _, _, C) = self.form.s, self.form.r, weight.shape
        return weight.reshape(O, r, s, r, s, C).transpose(1, 3, 0, 2, 4, 5)

    def whole_tiles(self, outputs):
        """Memory for outputs (k, h, w, O) of whole tiles: their own, unless the last stand out."""
        shape = (len(outputs), *self.whole, self.O)
        return outputs if outputs.shape == shape else np.empty(shape, self.dtype)

    def filled_tiles(self, grads):
        """The same with gradients in it; those of outputs that nobody asked for are 0."""
        whole = self.whole_tiles(grads)
        if whole is not grads:
            whole[:, self.h :], whole[:, :, self.w :] = 0, 0
            whole[:, : self.h, : self.w] = grads
        return whole

    # What is done at a time

    def some_images(self, N):
        return portions(N, TILES // (self.rows * self.columns))

    def bands(self):
        """Rows of tiles; several bands for images of more tiles than are worked on at a time."""
        return cut(self.rows, min(self.rows, -(-self.rows * self.columns // BAND)))


@functools.lru_cache(16)
def for_both_axes(matrix, dtype):
    """One of toom_cook's matrices for the rows and the columns of a tile at once."""
    return np.kron(matrix, matrix).astype(dtype)


def tiles_of(pixels, places, s, band, columns):
    """A band of tiles in images (k, H, W, C): a view (places, places, k, rows, columns, s, s*C).

    A place is a block of s x s pixels, and a tile begins 2 places after the one before it: with
    more, they overlap.
    """
    (k, _, _, C), (image, row, column, number) = pixels.shape, pixels.strides
    return np.lib.stride_tricks.as_strided(
        pixels[:, OUTPUTS * s * band.start :],
        (places, places, k, band.stop - band.start, columns, s, s * C),
        (s * row, s * column, image, OUTPUTS * s * row, OUTPUTS * s * column, row, number),
    )


def gathered(tiles):
    """Tiles (places, places, ...) -> one row for each place, in memory one after the other."""
    rows = np.empty(tiles.shape, tiles.dtype)
    rows[...] = tiles
    return rows.reshape(tiles.shape[0] * tiles.shape[1], -1)


def transform(matrix, rows, out):
    """out (sums, ...) = matrix (sums, places) by rows (places, ...), a few columns at a time.

    For so small a matrix BLAS would spend most of the time on packing (see products.multiply).
    """
    rows, out = rows.reshape(len(rows), -1), out.reshape(len(out), -1)
    whole = out.shape[1] - out.shape[1] % COLUMNS
    stack, stacked = (a[:, :whole].reshape(len(a), -1, COLUMNS).swapaxes(0, 1) for a in (rows, out))
    np.matmul(matrix, stack, out=stacked)
    if whole < out.shape[1]:
        np.matmul(matrix, rows[:, whole:], out=out[:, whole:])


def transformed(matrix, rows):
    """As transform, into a new array."""
    rows = rows.reshape(len(rows), -1)
    out = np.empty((len(matrix), rows.shape[1]), rows.dtype)
    transform(matrix, rows, out)
    return out
