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
    any other              columns, as in convolution.py
"""

import numpy as np

from . import toom_cook
from .base import Backend
from .convolution import output_size
from .numpy_tiles import Tiling
from .padding import crop, pad
from .threads import buffer, in_parallel, portions, shares

COLUMNS = 1 << 20  # numbers of columns that a processor works on at a time


class NumpyConvolution(Backend):
    def conv2d(self, x, weight, stride, padding, dilation, groups):
        if groups > 1:
            return super().conv2d(x, weight, stride, padding, dilation, groups)
        (N, C, H, W), (O, _, *kernel) = x.shape, weight.shape
        size = h, w = tuple(output_size(*a) for a in zip((H, W), kernel, stride, padding, dilation))
        form = toom_cook.form(kernel, stride, dilation, (O, C))
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
        form = toom_cook.form(kernel, stride, dilation, (O, C))
        if form:
            return Tiling(form, (h, w), (O, C), padding, grad.dtype).conv2d_input(grad, weight, shape)
        rows, matrix = self.rows(grad), self.weight_matrix(weight, 1)[0]  # (N*h*w, O), (O, kh*kw*C)
        out = np.empty((N, H, W, C), grad.dtype)

        def some_images(images):
            some = rows[images.start * h * w : images.stop * h * w]
            if is_pointwise(kernel, stride, padding):
                np.matmul(some, matrix, out=out[images].reshape(-1, C))
                return
            columns = np.matmul(some, matrix, out=buffer((len(some), matrix.shape[1]), grad.dtype, "columns"))
            image = buffer((images.stop - images.start, H + 2 * padding[0], W + 2 * padding[1], C), grad.dtype, "image")
            image[...] = 0
            self.col2im(columns, image, kernel, (h, w), stride, dilation, 1)
            crop(image, out[images], padding)

        in_parallel(some_images, portions(N, COLUMNS // max(1, h * w * matrix.shape[1])), out.size)
        return out.transpose(0, 3, 1, 2)

    def conv2d_weight(self, x, grad, shape, stride, padding, dilation, groups):
        if groups > 1:
            return super().conv2d_weight(x, grad, shape, stride, padding, dilation, groups)
        (O, C, *kernel), (N, _, h, w) = shape, grad.shape
        form = toom_cook.form(kernel, stride, dilation, (O, C))
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
        """Images (k, H, W, C) -> their patches (k*h*w, kh*kw*C): for 1x1 kernels a view, else in a buffer."""
        if is_pointwise(kernel, stride, padding):
            return pixels.reshape(-1, pixels.shape[3])
        k, H, W, C = pixels.shape
        image = pad(pixels, (H + 2 * padding[0], W + 2 * padding[1]), padding)
        windows = self.windows(image, kernel, size, stride, dilation, 1)
        columns = buffer(windows.shape, pixels.dtype, "columns")
        columns[...] = windows
        return columns.reshape(k * size[0] * size[1], kernel[0] * kernel[1] * C)

    def col2im(self, columns, image, kernel, size, stride, dilation, groups):
        """Whole runs of `stride` neighbouring taps at a time: a run can't meet itself in the image,
        and is one contiguous piece of it."""
        if groups > 1 or dilation != (1, 1):
            return super().col2im(columns, image, kernel, size, stride, dilation, groups)
        N, Hp, Wp, C = image.shape
        (kh, kw), (h, w) = kernel, size
        taps = columns.reshape(N, h, w, kh, kw, C)
        sN, sH, sW, sC = image.strides
        for a in range(kh):
            for b in range(0, kw, stride[1]):
                run = min(stride[1], kw - b)
                place = np.lib.stride_tricks.as_strided(
                    image[:, a:, b:], (N, h, w, run, C), (sN, stride[0] * sH, stride[1] * sW, sW, sC)
                )
                place += taps[:, :, :, a, b : b + run]


def is_pointwise(kernel, stride, padding):
    return (*kernel, *stride, *padding) == (1, 1, 1, 1, 0, 0)
