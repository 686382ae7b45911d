"""Convolution on a CPU: every processor takes whole images through all steps.

The plain kernels (convolution.py) copy all patches into one huge matrix, multiply, and copy back:
each step streams tens of megabytes from memory, and only the product uses all processors. Here
each processor takes a few images, as many as the cache holds, pads them, copies their patches,
multiplies (BLAS keeps to one thread: blas.py), and goes on to the next few, in memory that it uses
again: memory fresh from the operating system costs a page fault every 4 KB. All processors read
one weight; in its gradient, each has a sum of its own, and these are added at the end.

Three ways, by the kernel:
    1x1, stride 1          the image is its own matrix of patches: a bare product, no copy
    4x4 / 2 and 3x3 / 1    fewer multiplications (toom_cook.py), if there are channels enough
    any other              columns, as in convolution.py; but the gradient by the input goes through the
                           kernel run by run, each added to the image while its products are in the cache
"""

import math

import numpy as np

from . import toom_cook
from .base import Backend
from .convolution import output_size
from .numpy_tiles import Tiling
from .padding import crop, pad
from .threads import buffer, in_parallel, portions, shares

COLUMNS = 1 << 20  # numbers of columns that a processor works on at a time
RUNS = 1 << 19  # and numbers of products of one run
SHORT = 16  # numbers that are too few for a run


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
        if groups > 1:
            return super().conv2d_input(grad, weight, shape, stride, padding, dilation, groups)
        (N, C, H, W), (O, h, w), kernel = shape, grad.shape[1:], weight.shape[2:]
        form = toom_cook.form(kernel, stride, dilation, (O, C), (h, w))
        if form:
            return Tiling(form, (h, w), (O, C), padding, grad.dtype).conv2d_input(grad, weight, shape)
        rows, out = self.rows(grad), np.empty((N, H, W, C), grad.dtype)  # rows: (N*h*w, O)
        runs = list(self.runs(weight.transpose(2, 3, 0, 1), stride, dilation))

        def some_images(images):
            some = rows[images.start * h * w : images.stop * h * w]
            if is_pointwise(kernel, stride, padding):
                np.matmul(some, runs[0][2], out=out[images].reshape(-1, C))
                return
            image = buffer((images.stop - images.start, H + 2 * padding[0], W + 2 * padding[1], C), grad.dtype, "image")
            image[...] = 0
            for a, b, matrix in runs:
                product = np.matmul(some, matrix, out=buffer((len(some), matrix.shape[1]), grad.dtype, "run"))
                place = self.windows(image[:, a:, b:], (1, matrix.shape[1] // C), (h, w), stride, dilation, 1)[0]
                place += product.reshape(place.shape)
            crop(image, out[images], padding)

        in_parallel(some_images, portions(N, RUNS // max(1, h * w * runs[0][2].shape[1])), out.size)
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
        """Images (k, H, W, C) -> their patches (k*h*w, kh*kw*C): for 1x1 kernels a view, else in a buffer.

        What is copied at once is a run of kw*C numbers. Where that is short, the transpose is stored,
        (kh*kw*C, k*h*w), and copied in runs of w numbers; to a product it makes no difference.
        """
        if is_pointwise(kernel, stride, padding):
            return pixels.reshape(-1, pixels.shape[3])
        k, H, W, C = pixels.shape
        image = pad(pixels, (H + 2 * padding[0], W + 2 * padding[1]), padding)
        windows = self.windows(image, kernel, size, stride, dilation, 1)[0]  # (k, h, w, kh, kw, C)
        short = kernel[1] * C < SHORT
        if short:
            windows = windows.transpose(3, 4, 5, 0, 1, 2)
        columns = buffer(windows.shape, pixels.dtype, "columns")
        columns[...] = windows
        columns = columns.reshape(math.prod(windows.shape[:3]), -1)
        return columns.T if short else columns

    def runs(self, weight, stride, dilation):
        """The kernel (kh, kw, O, C) in runs of `stride` neighbours in a row: their place, and a matrix (O, run*C).

        What one run adds to an image is contiguous for each output and can't meet itself, so that it
        is one array operation.
        """
        kh, kw, O, _ = weight.shape
        together = stride[1] if dilation[1] == 1 else 1
        for a in range(kh):
            for b in range(0, kw, together):
                matrix = weight[a, b : b + together].transpose(1, 0, 2)  # (O, run, C)
                yield a * dilation[0], b * dilation[1], np.ascontiguousarray(matrix).reshape(O, -1)


def is_pointwise(kernel, stride, padding):
    return (*kernel, *stride, *padding) == (1, 1, 1, 1, 0, 0)
