"""Convolution on a CPU: each thread takes a few images, or a band of one, through all steps.

The plain kernels copy all patches into one huge matrix, multiply, and copy back: each step streams
tens of megabytes from memory, and only the product uses all processors. Here a thread works on as
many images as the cache holds: it pads them, copies their patches and multiplies, in memory that it
uses again. All threads read one weight. In the weight's gradient each has a sum of its own; the
sums are added at the end, in order.

Four ways, chosen by the kernel:
    one pixel, or the whole image      the image is its own matrix of patches: a bare product
    4x4 / 2 and 3x3 / 1                fewer multiplications (toom_cook.py), from 16 channels on
    one channel in each group          sums without a product (depthwise.py)
    any other                          patches, as in ops/conv.py, but the gradient with respect to
                                       the input in strips (see fast_conv2d_input)
"""

import math

import numpy as np

from ...ops.conv import conv2d_input, conv2d_output, conv2d_weight, output_size, weight_matrix
from . import depthwise, toom_cook
from .frames import divide, framed, windows_of
from .memory import buffer, empty
from .products import fast_product
from .threads import in_parallel, portions, shares
from .tiles import Tiling

PATCHES = 1 << 19  # numbers of patches that a thread works on at a time
STRIPS = 1 << 20   # and numbers of strips
SHORT = 10         # numbers that are too few to be copied at a time
NARROW = 8         # channels that are too few to be added at a time: then channel by channel


@conv2d_output.register(np.ndarray)
def fast_conv2d_output(x, weight, stride, padding, dilation, groups):
    (N, C, H, W), (O, _, *kernel) = x.shape, weight.shape
    h, w = size = tuple(map(output_size, (H, W), kernel, stride, padding, dilation))
    if depthwise.applies(weight.shape, dilation, groups):
        return depthwise.output(x, weight, size, stride, padding)
    if groups > 1 or not N * C * O * h * w:
        return conv2d_output.dispatch(object)(x, weight, stride, padding, dilation, groups)
    form = toom_cook.form(kernel, stride, dilation, (O, C), size)
    if form:
        return Tiling(form, weight.shape, padding, x.dtype).output(x, weight, size)
    pixels, matrix = x.transpose(0, 2, 3, 1), weight_matrix(weight, 1)[0].T  # (kh*kw*C, O)
    out = empty((N, h, w, O), x.dtype)

    def piece(part):
        patches = patches_of(pixels, part, kernel, w, stride, padding, dilation)
        np.matmul(patches, matrix, out=out[part].reshape(-1, O))

    in_parallel(piece, divide(N, h, PATCHES // (w * len(matrix))), out.size)
    return out.transpose(0, 3, 1, 2)


@conv2d_weight.register(np.ndarray)
def fast_conv2d_weight(x, grad, weight_shape, stride, padding, dilation, groups):
    (O, C, *kernel), (N, _, h, w) = weight_shape, grad.shape
    if depthwise.applies(weight_shape, dilation, groups):
        return depthwise.weight(x, grad, weight_shape, stride, padding)
    if groups > 1 or not N * C * O * h * w:
        return conv2d_weight.dispatch(object)(x, grad, weight_shape, stride, padding, dilation, groups)
    form = toom_cook.form(kernel, stride, dilation, (O, C), (h, w))
    if form:
        return Tiling(form, weight_shape, padding, x.dtype).weight(x, grad)
    pixels, grad = x.transpose(0, 2, 3, 1), np.ascontiguousarray(grad.transpose(0, 2, 3, 1))
    length = math.prod(kernel) * C
    parts = shares(divide(N, h, PATCHES // (w * length)))
    sums = np.zeros((len(parts), O, length), x.dtype)

    def add_up(i):
        for part in parts[i]:
            patches = patches_of(pixels, part, kernel, w, stride, padding, dilation)
            sums[i] += grad[part].reshape(-1, O).T @ patches

    in_parallel(add_up, range(len(parts)), x.size)
    return sums.sum(0).reshape(O, *kernel, C).transpose(0, 3, 1, 2)


def patches_of(pixels, part, kernel, w, stride, padding, dilation):
    """A piece (images, rows) of the outputs -> the patches that they see, (k*h*w, kh*kw*C).

    A view if the image has them as they are, else in a buffer. What is copied at once is a run
    of kw*C numbers. Where that is short, the transpose is stored, (kh*kw*C, k*h*w), and copied in
    runs of w numbers; to a product it makes no difference.
    """
    images, rows = part
    h, C = rows.stop - (rows.start or 0), pixels.shape[3]
    first = (rows.start or 0) * stride[0] - padding[0]
    spans = [(n - 1) * s + (k - 1) * d + 1 for n, k, s, d in zip((h, w), kernel, stride, dilation)]
    frame = framed(pixels[images], (first, -padding[1]), spans)
    windows = windows_of(frame, kernel, (h, w), stride, dilation)  # (k, h, w, kh, kw, C)
    if windows.flags.c_contiguous:
        return windows.reshape(-1, math.prod(windows.shape[3:]))
    short = kernel[1] * C < SHORT
    if short:
        windows = windows.transpose(3, 4, 5, 0, 1, 2)
    patches = buffer(windows.shape, pixels.dtype, "patches")
    patches[...] = windows
    patches = patches.reshape(math.prod(windows.shape[:3]), -1)
    return patches.T if short else patches


@conv2d_input.register(np.ndarray)
def fast_conv2d_input(grad, weight, input_shape, stride, padding, dilation, groups):
    """Strip (n, y, X) is what row y of grad sends to column X of the image: kh pixels.

    The outputs that saw column X are neighbours in their row. So one product for each column
    adds up what they send, for all rows at once; then the strips are added to the image. That is
    a kw-th of the numbers and of the additions that the plain kernel has.
    """
    (N, C, H, W), (O, h, w), (kh, kw) = input_shape, grad.shape[1:], weight.shape[2:]
    if depthwise.applies(weight.shape, dilation, groups):
        return depthwise.input(grad, weight, input_shape, stride, padding)
    if groups > 1 or dilation[1] > 1 or not N * C * O * h * w:
        plain = conv2d_input.dispatch(object)
        return plain(grad, weight, input_shape, stride, padding, dilation, groups)
    rows = np.ascontiguousarray(grad.transpose(0, 2, 3, 1))  # (N, h, w, O)
    if padding == (0, 0) and (H, W) in ((h, w), (kh, kw)):  # each pixel sees one output: no sums
        image = fast_product(rows.reshape(-1, O), weight_matrix(weight, 1)[0])
        return image.reshape(N, H, W, C).transpose(0, 3, 1, 2)
    form = toom_cook.form((kh, kw), stride, dilation, (O, C), (h, w))
    if form:
        return Tiling(form, weight.shape, padding, grad.dtype).input(rows, weight, input_shape)
    out, strip = empty((N, H, W, C), grad.dtype), kh * C
    senders = list(senders_to_columns(weight, W, padding[1], stride[1], w))

    def some_images(images):
        some = rows[images].reshape(-1, w * O)
        strips = buffer((len(some), W, strip), grad.dtype, "strips")
        for X, (first, matrix) in enumerate(senders):
            np.matmul(some[:, first : first + len(matrix)], matrix, out=strips[:, X])
        strips = strips.reshape(-1, h, W, kh, C)
        image = buffer((len(strips), H + 2 * padding[0], W, C), grad.dtype, "image")
        image[...] = 0
        channels = range(C) if C < NARROW else [slice(C)]
        for a in range(kh):
            reached = slice(a * dilation[0], a * dilation[0] + (h - 1) * stride[0] + 1, stride[0])
            for c in channels:
                image[:, reached, :, c] += strips[:, :, :, a, c]
        out[images] = image[:, padding[0] : padding[0] + H]

    in_parallel(some_images, portions(N, STRIPS // (h * W * strip)), out.size)
    return out.transpose(0, 3, 1, 2)


def senders_to_columns(weight, W, padding, stride, w):
    """For each column X of the image, the outputs of a row that saw it: where the first of them
    begins in a row of grad, and a matrix (their numbers, kh*C) of what each sends to the column.

    Output x saw column X with the kernel's column X + padding - x * stride.
    """
    O, C, kh, kw = weight.shape
    columns = np.ascontiguousarray(weight.transpose(3, 0, 2, 1)).reshape(kw, O, kh * C)
    matrices = {}
    for X in range(padding, padding + W):
        outputs = range(max(0, -((kw - 1 - X) // stride)), min(w, X // stride + 1))
        used = tuple(X - x * stride for x in outputs)
        if used not in matrices:
            matrices[used] = columns[list(used)].reshape(-1, kh * C)
        yield outputs.start * O, matrices[used]
