"""Convolution on a CPU: each thread takes a few images, or a band of one, through all steps.

The plain kernels copy all patches into one huge matrix, multiply, and copy back: each step streams
tens of megabytes from memory, and only the product uses all processors. Here a thread works on as
many images as the cache holds: it pads them, copies their patches and multiplies. In the weight's
gradient each thread has a sum of its own; these are added at the end, in order. Some kernels go
other ways:

    one pixel, or the whole image      the image is its own matrix of patches: nothing is copied
    4x4 / 2 and 3x3 / 1                fewer multiplications (tiles.py), where toom_cook.py allows
    depthwise: one channel a group     no copy and no product (depthwise.py)
    other groups, which are rare       the plain kernel
"""

import math

import numpy as np

from ...ops.conv import conv2d_input, conv2d_output, conv2d_weight, output_size, weight_matrix
from . import depthwise
from .images import divide, framed, windows_of
from .memory import empty
from .products import fast_product, multiply
from .threads import in_parallel, portions, shares
from .tiles import Tiling
from .toom_cook import form_of

PATCHES = 1 << 19  # numbers of patches that a thread works on at a time
STRIPS = 1 << 20   # and numbers of strips
RUN = 1 << 10       # rows of patches in a product that sums over them
SHORT = 10         # numbers that are too few to be copied at a time


@conv2d_output.register(np.ndarray)
def fast_conv2d_output(x, weight, stride, padding, dilation, groups):
    (N, _, *image), (O, C, *kernel) = x.shape, weight.shape
    h, w = size = tuple(map(output_size, image, kernel, stride, padding, dilation))
    if depthwise.is_depthwise(weight.shape, dilation, groups):
        return depthwise.output(x, weight, size, stride, padding)
    if groups > 1:
        return conv2d_output.dispatch(object)(x, weight, stride, padding, dilation, groups)
    form = form_of(kernel, stride, dilation, (O, C), size)
    if form:
        y = Tiling(form, size, (O, C), padding, x.dtype).output(x, weight)
        if is_finite(y):
            return y
    pixels, matrix = x.transpose(0, 2, 3, 1), weight_matrix(weight, 1)[0].T  # (kh*kw*C, O)
    out = empty((N, h, w, O), x.dtype)

    def piece(part):
        windows = windows_in(pixels, part, kernel, w, stride, padding, dilation)
        multiply(patches_of(windows)[None], matrix[None], out[part].reshape(1, -1, O))

    in_parallel(piece, divide(N, h, PATCHES // max(1, w * len(matrix))), out.size)
    return out.transpose(0, 3, 1, 2)


@conv2d_weight.register(np.ndarray)
def fast_conv2d_weight(x, grad, weight_shape, stride, padding, dilation, groups):
    (O, C, *kernel), (N, _, h, w) = weight_shape, grad.shape
    if depthwise.is_depthwise(weight_shape, dilation, groups):
        return depthwise.weight_gradient(x, grad, weight_shape, stride, padding)
    if groups > 1:
        plain = conv2d_weight.dispatch(object)
        return plain(x, grad, weight_shape, stride, padding, dilation, groups)
    form = form_of(kernel, stride, dilation, (O, C), (h, w))
    if form:
        y = Tiling(form, (h, w), (O, C), padding, x.dtype).weight(x, grad, weight_shape)
        if is_finite(y):
            return y
    pixels, rows = x.transpose(0, 2, 3, 1), np.ascontiguousarray(grad.transpose(0, 2, 3, 1))
    length = math.prod(kernel) * C
    parts = shares(divide(N, h, PATCHES // max(1, w * length)))
    sums = np.zeros((len(parts), O, length), x.dtype)

    def add_up(i):
        for part in parts[i]:
            windows = windows_in(pixels, part, kernel, w, stride, padding, dilation)
            add_product(sums[i], rows[part].reshape(-1, O), patches_of(windows))

    in_parallel(add_up, range(len(parts)), x.size)
    return sums.sum(0).reshape(O, *kernel, C).transpose(0, 3, 1, 2)


def add_product(total, a, b):
    """total (M, N) += a^T @ b for a (n, M) and b (n, N), in runs of rows: up to twice as fast."""
    whole = len(a) - len(a) % RUN
    runs, others = (x[:whole].reshape(-1, RUN, x.shape[1]) for x in (a, b))
    total += np.matmul(runs.swapaxes(1, 2), others).sum(0)
    if whole < len(a):
        total += a[whole:].T @ b[whole:]


@conv2d_input.register(np.ndarray)
def fast_conv2d_input(grad, weight, input_shape, stride, padding, dilation, groups):
    (N, C, H, W), (O, h, w), (kh, kw) = input_shape, grad.shape[1:], weight.shape[2:]
    if depthwise.is_depthwise(weight.shape, dilation, groups):
        return depthwise.input_gradient(grad, weight, input_shape, stride, padding)
    if groups > 1 or dilation[1] > 1:
        plain = conv2d_input.dispatch(object)
        return plain(grad, weight, input_shape, stride, padding, dilation, groups)
    rows, matrix = np.ascontiguousarray(grad.transpose(0, 2, 3, 1)), weight_matrix(weight, 1)[0]
    if padding == (0, 0) and (H, W) in ((h, w), (kh, kw)):  # no pixel is in two patches
        out = fast_product(rows.reshape(-1, O), matrix)
        return out.reshape(N, H, W, C).transpose(0, 3, 1, 2)
    form = form_of((kh, kw), stride, dilation, (O, C), (h, w))
    if form:
        y = Tiling(form, (h, w), (O, C), padding, grad.dtype).input(grad, weight, input_shape)
        if is_finite(y):
            return y
    return by_columns(rows, weight, input_shape, stride, padding, dilation)


def is_finite(y):
    """Did tiles spread no infinity or NaN? (If they did, plain products put it in its place.)

    One in an image reaches all channels of its tile, and one in the weight all images. So the first
    channel and the first image show it, and for a weight's gradient both of its first two axes do.
    """
    return np.isfinite(y[:1].sum() + y[:, :1].sum())


def by_columns(rows, weight, input_shape, stride, padding, dilation):
    """The input's gradient, one column of the image at a time.

    The outputs that see column X are neighbours in their row. So one product adds up what a whole
    row of them sends there: to the kh pixels under the kernel, a strip. That needs a kw-th of the
    memory and of the additions that patches would need. Then the strips are added to the image.
    """
    (N, C, H, W), (h, w, O), kh = input_shape, rows.shape[1:], weight.shape[2]
    rows, out, strip = rows.reshape(N * h, w * O), empty((N, H, W, C), rows.dtype), kh * C
    senders = list(column_senders(weight, W, padding[1], stride[1], w))

    def some_images(images):
        some = rows[images.start * h : images.stop * h]
        strips = np.empty((len(some), W * strip), rows.dtype)
        for X, (first, matrix) in enumerate(senders):
            those = some[:, first * O : first * O + len(matrix)]
            np.matmul(those, matrix, out=strips[:, X * strip : (X + 1) * strip])
        frame = np.zeros((len(out[images]), H + 2 * padding[0], W, C), rows.dtype)
        windows = windows_of(frame, (kh, 1), (h, W), (stride[0], 1), (dilation[0], 1))
        strips = strips.reshape(windows.shape)
        for a in range(kh):  # strips of one row of the kernel don't overlap
            windows[:, :, :, a] += strips[:, :, :, a]
        out[images] = frame[:, padding[0] : padding[0] + H]

    in_parallel(some_images, portions(N, STRIPS // max(1, h * W * strip)), out.size)
    return out.transpose(0, 3, 1, 2)


def column_senders(weight, W, padding, stride, w):
    """For each column of the image, the first output that sees it and, for all that do, their part
    of the weight as a matrix (outputs * O, kh*C).

    Output x sees column X by column X + padding - stride * x of the kernel: the next output sees it
    `stride` kernel columns further left. So the kernel's columns are stored right to left, those
    that are `stride` apart together, and what is needed is a slice.
    """
    O, C, kh, kw = weight.shape
    columns = weight.transpose(3, 0, 2, 1)[::-1]  # (kw, O, kh, C), right to left
    apart = [np.ascontiguousarray(columns[i::stride]).reshape(-1, kh * C) for i in range(stride)]
    for X in range(padding, padding + W):
        first = max(0, -((kw - 1 - X) // stride))
        count = max(0, min(w, X // stride + 1) - first)
        start, group = divmod(kw - 1 - X + first * stride, stride)
        yield first, apart[group][start * O : (start + count) * O]


def windows_in(pixels, part, kernel, w, stride, padding, dilation):
    """What a piece (images, rows) of the outputs sees: a view (k, h, w, kh, kw, C)."""
    images, rows = part
    start, size = (rows.start * stride[0] - padding[0], -padding[1]), (rows.stop - rows.start, w)
    seen = [(n - 1) * s + (k - 1) * d + 1 for n, k, s, d in zip(size, kernel, stride, dilation)]
    return windows_of(framed(pixels[images], start, seen), kernel, size, stride, dilation)


def patches_of(windows):
    """Windows (k, h, w, kh, kw, C) -> their patches (k*h*w, kh*kw*C), a view or a copy.

    What is copied at once is a run of kw*C numbers. Where that is short, the transpose is stored,
    (kh*kw*C, k*h*w), and copied in runs of w numbers; to a product it makes no difference.
    """
    if windows.flags.c_contiguous:
        return windows.reshape(-1, math.prod(windows.shape[3:]))
    short = math.prod(windows.shape[4:]) < SHORT
    windows = windows.transpose(3, 4, 5, 0, 1, 2) if short else windows
    patches = np.empty(windows.shape, windows.dtype)
    patches[...] = windows
    patches = patches.reshape(math.prod(windows.shape[:3]), -1)
    return patches.T if short else patches
