"""The driver of toom_cook.py: transform two sides, multiply, transform back, on all processors.

Each processor takes a few images through all three steps, so that what one step writes is still in
the cache when the next one reads it. Two things are shared: the transformed weight, which is made
first, each processor its part of the output channels; and the weight's gradient, of which each
processor has a sum of its own, over its images.

Before (transforms and products one after the other for the whole batch, BLAS on its own threads,
im2col for 3x3 kernels) and after: docs/benchmarks.md.
"""

import numpy as np

from .padding import crop, pad
from .threads import buffer, in_parallel, portions, shares
from .toom_cook import OUTPUTS

TILES = 512  # tiles that a processor works on at a time: the rows of its products
PIECE = 1 << 19  # numbers that are transformed at a time


class Tiling:
    """One convolution in tiles. Pixels are (N, H, W, C), x and gradients as NCHW-shaped as everywhere."""

    def __init__(self, form, size, channels, padding, dtype):
        self.form, self.padding, self.dtype = form, padding, dtype
        self.h, self.w = size
        self.O, self.C = channels
        self.size = -(-self.h // OUTPUTS), -(-self.w // OUTPUTS)  # tiles
        self.tiles = self.size[0] * self.size[1]
        self.inner = form.stride**2 * self.C  # what is one pixel's channels to the products

    def conv2d(self, x, weight):
        pixels, g = x.transpose(0, 2, 3, 1), self.transformed(weight)
        out = np.empty((len(x), self.h, self.w, self.O), self.dtype)

        def some_images(images):
            d = self.memory(images, self.inner, "inputs")
            for some, place in self.pieces(images):
                self.form.transform_input(self.padded(pixels[some]), d[:, :, place], buffer)
            m = self.memory(images, self.O, "products")
            np.matmul(matrices(d), matrices(g).transpose(0, 2, 1), out=matrices(m))
            for some, place in self.pieces(images):
                self.form.untransform_output(m[:, :, place], out[some], buffer)

        in_parallel(some_images, portions(len(x), TILES // self.tiles), x.size)
        return out.transpose(0, 3, 1, 2)

    def conv2d_input(self, grad, weight, shape):
        pixels, g = grad.transpose(0, 2, 3, 1), self.transformed(weight)
        N, C, H, W = shape
        out = np.empty((N, H, W, C), self.dtype)

        def some_images(images):
            z = self.memory(images, self.O, "outputs")
            for some, place in self.pieces(images):
                self.form.transform_output(pixels[some], z[:, :, place], buffer)
            m = self.memory(images, self.inner, "products")
            np.matmul(matrices(z), matrices(g), out=matrices(m))
            for some, place in self.pieces(images):
                image = buffer((some.stop - some.start, *map(self.form.seen, self.size), C), self.dtype, "image")
                self.form.untransform_input(m[:, :, place], image, buffer)
                crop(image, out[some], self.padding)

        in_parallel(some_images, portions(N, TILES // self.tiles), out.size)
        return out.transpose(0, 3, 1, 2)

    def conv2d_weight(self, x, grad, shape):
        pixels, grads = x.transpose(0, 2, 3, 1), grad.transpose(0, 2, 3, 1)
        parts = shares(portions(len(x), TILES // self.tiles))
        sums = [self.weights(("sum", i)) for i in range(len(parts))]

        def add_up(i):
            total = matrices(sums[i])
            if not parts[i]:
                total[...] = 0
            for images in parts[i]:
                d, z = self.memory(images, self.inner, "inputs"), self.memory(images, self.O, "outputs")
                for some, place in self.pieces(images):
                    self.form.transform_input(self.padded(pixels[some]), d[:, :, place], buffer)
                    self.form.transform_output(grads[some], z[:, :, place], buffer)
                left, right = matrices(z).transpose(0, 2, 1), matrices(d)
                if images is parts[i][0]:
                    np.matmul(left, right, out=total)
                else:
                    for product, l, r in zip(total, left, right):
                        product += l @ r

        in_parallel(add_up, range(len(parts)), x.size)
        O, C, kh, kw = shape
        out = np.empty((O, kh, kw, C), self.dtype)

        def finish(rows):
            total = sums[0][:, :, rows]
            for more in sums[1:]:
                total += more[:, :, rows]
            self.form.untransform_weight(total, out[rows])

        in_parallel(finish, self.halves(), sums[0].size)
        return out.transpose(0, 3, 1, 2)

    def transformed(self, weight):
        g = self.weights("weight")
        in_parallel(lambda rows: self.form.transform_weight(weight[rows], g[:, :, rows]), self.halves(), g.size)
        return g

    def weights(self, use):
        return buffer((self.form.products, self.form.products, self.O, self.inner), self.dtype, use)

    def halves(self):
        """The output channels, in two parts however many processors there are."""
        return [slice(0, self.O // 2), slice(self.O // 2, self.O)]

    def memory(self, images, channels, use):
        """For each product and tile of some images, a number for each channel."""
        t = self.form.products
        return buffer((t, t, images.stop - images.start, *self.size, channels), self.dtype, use)

    def pieces(self, images):
        """(slice of the batch, slice of `images`) for the images that are transformed at a time."""
        each = max(1, PIECE // (self.inner * self.tiles * OUTPUTS**2))
        for n in range(images.start, images.stop, each):
            end = min(n + each, images.stop)
            yield slice(n, end), slice(n - images.start, end - images.start)

    def padded(self, pixels):
        rows, columns = map(self.form.seen, self.size)
        return pad(pixels, (rows, columns), self.padding)


def matrices(tiles):
    """(t, t, ..., C) -> (t*t, everything between, C)"""
    return tiles.reshape(len(tiles) ** 2, -1, tiles.shape[-1])
