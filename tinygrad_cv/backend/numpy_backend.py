"""The NumPy backend: the plain kernels, walked in blocks that stay in the cache.

A CPU core computes far faster than memory delivers. A chain of NumPy operations over a large
array streams it from memory once for each operation. Cut into blocks of 64 Ki elements (256 KB:
they fit a core's L2 cache), with all steps done on one block before the next, the same chain
reads and writes memory once. Nothing else distinguishes these kernels from those in base.py.

The convolution's columns (convolution.py) are treated alike: instead of one huge matrix, 16 MB
at a time are copied, multiplied while the caches still hold them, and overwritten by the next,
in a buffer that is kept: memory fresh from the operating system costs a page fault every 4 KB.
"""

import math
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from . import toom_cook
from .base import Backend
from .convolution import output_size
from .device import Device
from .numpy_pooling import NumpyPooling

BLOCK = 1 << 16  # elements in a block of elementwise work
COLUMNS = 1 << 22  # elements of im2col's columns at a time


class NumpyBackend(NumpyPooling, Backend):
    def __init__(self):
        super().__init__(np, Device("cpu"), np.ndarray)
        self.workspace = threading.local()

    def to_numpy(self, array):
        return array

    def quiet(self):
        return np.errstate(all="ignore")

    def erf(self, x):
        return np.vectorize(math.erf, otypes=[x.dtype])(x) if x.size else x.copy()

    # Activations

    def leaky_relu(self, x, slope):
        if not 0 < slope <= 1 or x.size < BLOCK:
            return super().leaky_relu(x, slope)
        out = np.empty_like(x)
        for x_block, out_block in blocks(x, out):
            np.multiply(x_block, slope, out=out_block)
            np.maximum(x_block, out_block, out=out_block)  # slope <= 1: the larger one is the right one
        return out

    def leaky_relu_grad(self, grad, y, slope):
        if y.size < BLOCK:
            return super().leaky_relu_grad(grad, y, slope)
        out = np.empty_like(y)
        rise = y.dtype.type(1) - y.dtype.type(slope)  # rise + slope rounds to exactly 1
        for y_block, grad_block, out_block in blocks(y, same_layout(grad, y), out):
            np.greater(y_block, 0, out=out_block)  # 1 or 0
            out_block *= rise
            out_block += slope  # 1 or slope: arithmetic is several times faster than a choice
            out_block *= grad_block
        return out

    # Batch norm. Channel sums by a product with ones: several times faster than .sum(0).

    def batch_norm_stats(self, x):
        rows = self.rows(x)
        mean = sum_blocks(rows, lambda block, ones: ones @ block) / len(rows)
        mean = mean.astype(x.dtype)

        def squares(block, ones):
            centred = block - mean
            return np.einsum("rc,rc->c", centred, centred)

        return mean, (sum_blocks(rows, squares) / len(rows)).astype(x.dtype)

    def batch_norm_apply(self, x, scale, shift):
        rows = self.rows(x)
        out = np.empty_like(rows)
        for block in row_blocks(rows):
            np.multiply(rows[block], scale, out=out[block])
            out[block] += shift
        return self.from_rows(out, x.shape)

    def batch_norm_grad(self, grad, x, mean, rstd, weight):
        g, rows = self.rows(grad), self.rows(x)
        count, dtype = len(rows), x.dtype
        by_bias = sum_blocks(g, lambda block, ones: ones @ block)
        by_weight = 0
        for block in row_blocks(rows):
            by_weight = by_weight + np.einsum("rc,rc->c", g[block], rows[block] - mean, dtype=np.float64)
        by_weight = by_weight * rstd
        # weight rstd (g - <g> - n <g n>), gathered by what it multiplies: g, x - mean, and 1
        of_grad = weight * rstd
        of_centred = (-of_grad * rstd * by_weight / count).astype(dtype)
        constant = (-of_grad * by_bias / count).astype(dtype)
        out = np.empty_like(rows)
        for block in row_blocks(rows):
            centred = rows[block] - mean
            centred *= of_centred
            centred += constant
            np.multiply(g[block], of_grad, out=out[block])
            out[block] += centred
        return self.from_rows(out, x.shape), by_weight.astype(dtype), by_bias.astype(dtype)

    # Convolution, some images at a time

    def conv2d(self, x, weight, stride, padding, dilation, groups):
        if groups > 1:
            return super().conv2d(x, weight, stride, padding, dilation, groups)
        (N, C, H, W), (O, _, kh, kw) = x.shape, weight.shape
        size = h, w = [output_size(*a) for a in zip((H, W), (kh, kw), stride, padding, dilation)]
        image = self.pad_channels_last(x, padding)
        if toom_cook.applies((kh, kw), stride, dilation, groups, size, (C, O)):
            return self.conv2d_in_tiles(image, weight, h, w)
        matrix = self.weight_matrix(weight, 1)[0].T  # (kh*kw*C, O)
        out = np.empty((N * h * w, O), np.result_type(x, weight))
        for images in self.some_images(N, h * w * kh * kw * C):
            columns = self.im2col(image[images], (kh, kw), size, stride, dilation, 1)[0]
            np.matmul(columns, matrix, out=out[images.start * h * w : images.stop * h * w])
        return out.reshape(N, h, w, O).transpose(0, 3, 1, 2)

    def conv2d_input(self, grad, weight, shape, stride, padding, dilation, groups):
        if groups > 1:
            return super().conv2d_input(grad, weight, shape, stride, padding, dilation, groups)
        (N, C, H, W), (ph, pw), (h, w), kernel = shape, padding, grad.shape[2:], weight.shape[2:]
        image = np.zeros((N, H + 2 * ph, W + 2 * pw, C), grad.dtype)
        rows = self.rows(grad)  # (N*h*w, O)
        if toom_cook.applies(kernel, stride, dilation, groups, (h, w), weight.shape[:2]):
            self.conv2d_input_in_tiles(rows.reshape(N, h, w, grad.shape[1]), weight, image)
        else:
            matrix = self.weight_matrix(weight, 1)[0]  # (O, kh*kw*C)
            for images in self.some_images(N, h * w * matrix.shape[1]):
                some = rows[images.start * h * w : images.stop * h * w]
                columns = self.buffer((len(some), matrix.shape[1]), grad.dtype)
                np.matmul(some, matrix, out=columns)
                self.col2im(columns, image[images], kernel, (h, w), stride, dilation, 1)
        return image[:, ph : ph + H, pw : pw + W].transpose(0, 3, 1, 2)

    def conv2d_weight(self, x, grad, shape, stride, padding, dilation, groups):
        if groups > 1:
            return super().conv2d_weight(x, grad, shape, stride, padding, dilation, groups)
        (O, C, kh, kw), (N, _, h, w) = shape, grad.shape
        image, rows = self.pad_channels_last(x, padding), self.rows(grad)
        if N and toom_cook.applies((kh, kw), stride, dilation, groups, (h, w), (O, C)):
            return self.conv2d_weight_in_tiles(image, rows.reshape(N, h, w, O), shape)
        out = np.zeros((O, kh * kw * C), x.dtype)
        for images in self.some_images(N, h * w * kh * kw * C):
            columns = self.im2col(image[images], (kh, kw), (h, w), stride, dilation, 1)[0]
            out += rows[images.start * h * w : images.stop * h * w].T @ columns
        return out.reshape(O, kh, kw, C).transpose(0, 3, 1, 2)

    # The same by toom_cook.py: transform two sides, nine products, transform back

    def conv2d_in_tiles(self, image, weight, h, w):
        (N, _, _, C), O = image.shape, weight.shape[0]
        phases = toom_cook.phases(image, h, w)
        g = toom_cook.transform_weight(weight, self.buffer((9, O, 4 * C), weight.dtype, "weight"))
        out = np.empty((N, h, w, O), image.dtype)
        for some in self.some_images(N, 9 * h * w * C):
            d = self.tiles(some, (h, w), 4 * C, image.dtype, "input")
            self.each(some, lambda n, k: toom_cook.transform_input(phases[n], d[:, :, k], self.buffer))
            m = self.tiles(some, (h, w), O, image.dtype, "products")
            np.matmul(d.reshape(9, -1, 4 * C), g.transpose(0, 2, 1), out=m.reshape(9, -1, O))
            self.each(some, lambda n, k: toom_cook.untransform_output(m[:, :, k], out[n]))
        return out.transpose(0, 3, 1, 2)

    def conv2d_input_in_tiles(self, grad, weight, image):
        (N, h, w, O), C = grad.shape, image.shape[3]
        g = toom_cook.transform_weight(weight, self.buffer((9, O, 4 * C), weight.dtype, "weight"))
        phases = toom_cook.phases(image, h, w)
        for some in self.some_images(N, 9 * h * w * C):
            z = self.tiles(some, (h, w), O, grad.dtype, "output")
            self.each(some, lambda n, k: toom_cook.transform_output(grad[n], z[:, :, k]))
            m = self.tiles(some, (h, w), 4 * C, grad.dtype, "products")
            np.matmul(z.reshape(9, -1, O), g, out=m.reshape(9, -1, 4 * C))
            self.each(some, lambda n, k: toom_cook.untransform_input(m[:, :, k], phases[n], self.buffer))

    def conv2d_weight_in_tiles(self, image, grad, shape):
        (N, h, w, O), C = grad.shape, shape[1]
        phases = toom_cook.phases(image, h, w)
        total = self.buffer((9, O, 4 * C), grad.dtype, "weight")
        more = self.buffer((9, O, 4 * C), grad.dtype, "products")
        for some in self.some_images(N, 9 * h * w * C):
            d = self.tiles(some, (h, w), 4 * C, image.dtype, "input")
            z = self.tiles(some, (h, w), O, grad.dtype, "output")
            self.each(some, lambda n, k: toom_cook.transform_input(phases[n], d[:, :, k], self.buffer))
            self.each(some, lambda n, k: toom_cook.transform_output(grad[n], z[:, :, k]))
            out = more if some.start else total
            np.matmul(z.reshape(9, -1, O).transpose(0, 2, 1), d.reshape(9, -1, 4 * C), out=out)
            if some.start:
                total += more
        return toom_cook.untransform_weight(total, shape)

    def tiles(self, images, size, channels, dtype, use):
        """Memory for nine numbers per tile of 2x2 outputs and channel."""
        shape = (3, 3, images.stop - images.start, size[0] // 2, size[1] // 2, channels)
        return self.buffer(shape, dtype, use)

    def each(self, images, function):
        """function(slice in the batch, slice in `images`) for small pieces of `images`, on all processors."""
        pieces = [slice(n, min(n + 2, images.stop)) for n in range(images.start, images.stop, 2)]
        work = lambda n: function(n, slice(n.start - images.start, n.stop - images.start))
        in_parallel(work, pieces, BLOCK)

    def im2col(self, image, kernel, size, stride, dilation, groups):
        N, Hp, Wp, C = image.shape
        (kh, kw), (h, w) = kernel, size
        columns = self.buffer((groups, N, h, w, kh, kw, C // groups), image.dtype)
        np.copyto(columns, self.windows(image, kernel, size, stride, dilation, groups))
        return columns.reshape(groups, N * h * w, kh * kw * (C // groups))

    def col2im(self, columns, image, kernel, size, stride, dilation, groups):
        """Whole runs of `stride` neighbouring taps at a time: a run can't meet itself in the image,
        and is one contiguous piece of it. A few images at a time, by all processors."""
        if groups > 1 or dilation != (1, 1):
            return super().col2im(columns, image, kernel, size, stride, dilation, groups)
        N, Hp, Wp, C = image.shape
        (kh, kw), (h, w) = kernel, size
        taps = columns.reshape(N, h, w, kh, kw, C)
        sN, sH, sW, sC = image.strides

        def add(images):
            some = image[images]
            for a in range(kh):
                for b in range(0, kw, stride[1]):
                    run = min(stride[1], kw - b)
                    place = np.lib.stride_tricks.as_strided(
                        some[:, a:, b:], (len(some), h, w, run, C), (sN, stride[0] * sH, stride[1] * sW, sW, sC)
                    )
                    place += taps[images, :, :, a, b : b + run]

        each = max(1, BLOCK // max(1, Hp * Wp * C))
        in_parallel(add, [slice(n, min(n + each, N)) for n in range(0, N, each)], image.size)

    def some_images(self, N, elements):
        """Slices of a batch, of as many images as have COLUMNS elements of columns."""
        each = max(1, COLUMNS // max(1, elements))
        return [slice(n, min(n + each, N)) for n in range(0, N, each)]

    def buffer(self, shape, dtype, use="columns"):
        """Memory for one use, the same each time, for each thread and dtype."""
        size, kept = math.prod(shape), self.workspace.__dict__
        if (use, dtype) not in kept or kept[use, dtype].size < size:
            kept[use, dtype] = np.empty(size, dtype)
        return kept[use, dtype][:size].reshape(shape)


def same_layout(x, like):
    """x itself if its memory is ordered as that of `like`, else a copy that is."""
    if x.strides == like.strides and x.dtype == like.dtype:
        return x
    out = np.empty_like(like, dtype=x.dtype)
    out[...] = x
    return out


def blocks(*arrays):
    """Blocks of arrays of one dense layout, as 1-d views that walk along memory."""
    order = np.argsort([-abs(s) for s in arrays[0].strides], kind="stable")
    flat = [a.transpose(order).reshape(-1) for a in arrays]
    for start in range(0, arrays[0].size, BLOCK):
        yield [a[start : start + BLOCK] for a in flat]


def row_blocks(rows):
    """Slices of a matrix's rows, of about BLOCK elements each."""
    each = max(1, BLOCK // max(1, rows.shape[1]))
    return [slice(i, min(i + each, len(rows))) for i in range(0, len(rows), each)]


def sum_blocks(rows, function):
    """The sum of function(block, ones) over blocks of rows, added up in float64."""
    total = np.zeros(rows.shape[1])
    for block in row_blocks(rows):
        part = rows[block]
        total += function(part, np.ones(len(part), rows.dtype))
    return total


PROCESSORS = os.cpu_count() or 1
_pool = ThreadPoolExecutor(max(1, PROCESSORS - 1))


def in_parallel(function, pieces, elements):
    """function(piece) for every piece, on all processors if there is enough to do.

    Each processor gets one share of the pieces and works through it; this thread takes the first.
    """
    shares = [pieces[i::PROCESSORS] for i in range(PROCESSORS)] if elements >= BLOCK else [pieces]

    def work(share):
        for piece in share:
            function(piece)

    others = [_pool.submit(work, share) for share in shares[1:] if share]
    work(shares[0])
    for other in others:
        other.result()
