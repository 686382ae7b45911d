"""Convolution on a CPU: every processor takes whole images through all steps.

The plain kernels (convolution.py) copy all patches into one huge matrix, multiply, and copy back:
each step streams tens of megabytes from memory, and only the product uses all processors. Here
each processor takes a few images, as many as the cache holds, pads them, copies their patches,
multiplies (BLAS keeps to one thread: blas.py), and goes on to the next few, in memory that it uses
again: memory fresh from the operating system costs a page fault every 4 KB. All processors read
one weight; in its gradient, each has a sum of its own, and these are added at the end.

Three ways, by the kernel:
    one pixel, or all      the image is its own matrix of patches: a bare product, no copy
    4x4 / 2 and 3x3 / 1    fewer multiplications (toom_cook.py), if there are channels enough
    any other              columns, as in convolution.py; but the gradient by the input in strips: a kw-th of
                           the numbers, and of the additions (see conv2d_input)
"""

import itertools
import math

import numpy as np

from . import toom_cook
from .base import Backend
from .convolution import is_its_own_columns, output_size
from .numpy_tiles import Tiling
from .padding import crop, pad
from .threads import buffer, in_parallel, portions, shares

COLUMNS = 1 << 19  # numbers of columns that a processor works on at a time
STRIPS = 1 << 20  # and numbers of strips
SHORT = 10  # numbers that are too few to be copied at a time
FEW = 8  # channels that are too few to be added at a time: then column by column, one channel after the other


class NumpyConvolution(Backend):
    def conv2d(self, x, weight, stride, padding, dilation, groups):
        if groups > 1:
            return super().conv2d(x, weight, stride, padding, dilation, groups)
        (N, C, H, W), (O, _, *kernel) = x.shape, weight.shape
        size = h, w = tuple(output_size(*a) for a in zip((H, W), kernel, stride, padding, dilation))
        form = toom_cook.form(kernel, stride, dilation, (O, C), size)
        if form:
            return Tiling(form, size, (O, C), padding, x.dtype).conv2d(x, weight)
        pixels, matrix = x.transpose(0, 2, 3, 1), self.weight_matrix(weight, 1)[0].T  # (kh*kw*C, O)
        out = np.empty((N, h, w, O), x.dtype)

        def some_images(images):
            columns = self.columns(pixels[images], kernel, size, stride, padding, dilation)
            np.matmul(columns, matrix, out=out[images].reshape(-1, O))

        in_parallel(some_images, portions(N, COLUMNS // max(1, h * w * len(matrix))), out.size)
        return out.transpose(0, 3, 1, 2)

    def conv2d_input(self, grad, weight, shape, stride, padding, dilation, groups):
        """Strip (n, y, X) is what row y of grad sends to column X of the image: to the kh pixels under the kernel.

        The outputs that saw column X are neighbours in their row. So one product for each column, of all rows
        with the kernel columns that stood there, adds up what they send; then the strips are added to the image.
        """
        if groups > 1 or dilation[1] > 1:
            return super().conv2d_input(grad, weight, shape, stride, padding, dilation, groups)
        (N, C, H, W), (O, h, w), kernel = shape, grad.shape[1:], weight.shape[2:]
        if is_its_own_columns((H, W), kernel, (h, w), padding):
            return self.from_rows(self.dot(self.rows(grad), self.weight_matrix(weight, 1)[0]), shape)
        form = toom_cook.form(kernel, stride, dilation, (O, C), (h, w))
        if form:
            return Tiling(form, (h, w), (O, C), padding, grad.dtype).conv2d_input(grad, weight, shape)
        rows, out, strip = self.rows(grad).reshape(N * h, w * O), np.empty((N, H, W, C), grad.dtype), kernel[0] * C
        seen = list(self.seen(weight, W, padding[1], stride[1], w))

        def some_images(images):
            some = rows[images.start * h : images.stop * h]
            strips = buffer((len(some), W * strip), grad.dtype, "strips")
            for X, (first, matrix) in enumerate(seen):
                those = some[:, first * O : first * O + len(matrix)]
                np.matmul(those, matrix, out=strips[:, X * strip : (X + 1) * strip])
            image = buffer((images.stop - images.start, H + 2 * padding[0], W, C), grad.dtype, "image")
            image[...] = 0
            places = self.windows(image, (kernel[0], 1), (h, W), (stride[0], 1), (dilation[0], 1), 1)[0]
            strips = strips.reshape(places.shape)
            channels = range(C) if C < FEW else [slice(C)]
            for a, c in itertools.product(range(kernel[0]), channels):  # in one row of the kernel no strip meets another
                places[:, :, :, a, :, c] += strips[:, :, :, a, :, c]
            crop(image, out[images], (padding[0], 0))

        in_parallel(some_images, portions(N, STRIPS // max(1, h * W * strip)), out.size)
        return out.transpose(0, 3, 1, 2)

    def conv2d_weight(self, x, grad, shape, stride, padding, dilation, groups):
        if groups > 1:
            return super().conv2d_weight(x, grad, shape, stride, padding, dilation, groups)
        (O, C, *kernel), (N, _, h, w) = shape, grad.shape
        form = toom_cook.form(kernel, stride, dilation, (O, C), (h, w))
        if form:
            return Tiling(form, (h, w), (O, C), padding, x.dtype).conv2d_weight(x, grad, shape)
        pixels, rows = x.transpose(0, 2, 3, 1), self.rows(grad)
        parts = shares(portions(N, COLUMNS // max(1, h * w * kernel[0] * kernel[1] * C)))
        sums = [np.zeros((O, kernel[0] * kernel[1] * C), x.dtype) for _ in parts]

        def add_up(i):
            for images in parts[i]:
                columns = self.columns(pixels[images], kernel, (h, w), stride, padding, dilation)
                sums[i] += rows[images.start * h * w : images.stop * h * w].T @ columns

        in_parallel(add_up, range(len(parts)), x.size)
        for more in sums[1:]:
            sums[0] += more
        return sums[0].reshape(O, *kernel, C).transpose(0, 3, 1, 2)

    def columns(self, pixels, kernel, size, stride, padding, dilation):
        """Images (k, H, W, C) -> their patches (k*h*w, kh*kw*C): a view if they are just that, else in a buffer.

        What is copied at once is a run of kw*C numbers. Where that is short, the transpose is stored,
        (kh*kw*C, k*h*w), and copied in runs of w numbers; to a product it makes no difference.
        """
        k, H, W, C = pixels.shape
        if is_its_own_columns((H, W), kernel, size, padding):
            return pixels.reshape(k * math.prod(size), -1)
        image = pad(pixels, (H + 2 * padding[0], W + 2 * padding[1]), padding)
        windows = self.windows(image, kernel, size, stride, dilation, 1)[0]  # (k, h, w, kh, kw, C)
        short = kernel[1] * C < SHORT
        if short:
            windows = windows.transpose(3, 4, 5, 0, 1, 2)
        columns = buffer(windows.shape, pixels.dtype, "columns")
        columns[...] = windows
        columns = columns.reshape(math.prod(windows.shape[:3]), -1)
        return columns.T if short else columns

    def seen(self, weight, W, padding, stride, w):
        """For each column of the image the first output x that saw it, and for all that did the kernel's columns
        there: a matrix (those * O, kh*C), a view. While x counts up, the kernel's columns count down, by the stride.
        """
        O, C, kh, kw = weight.shape
        columns = weight.transpose(3, 0, 2, 1)[::-1]  # (kw, O, kh, C), the last first
        apart = [np.ascontiguousarray(columns[i::stride]).reshape(-1, kh * C) for i in range(stride)]
        for X in range(padding, padding + W):
            first = max(0, -((kw - 1 - X) // stride))
            count = max(0, min(w, X // stride + 1) - first)
            start, group = divmod(kw - 1 - X + first * stride, stride)
            yield first, apart[group][start * O : (start + count) * O]
