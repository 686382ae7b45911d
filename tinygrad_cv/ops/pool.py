"""Pooling: one number for each window of the image.

Max pooling is indexing: find out where in each window the maximum stands, then read it there.
So its gradient goes to exactly that place, and nothing new has to be differentiated.
Average pooling is a convolution with a constant kernel, 1/(kh kw) everywhere, on each channel.
Adaptive pooling cuts an axis of H pixels into h nearly equal parts and averages each, axis by axis.
"""

from ..autograd import Function
from ..autograd.grad_mode import is_grad_enabled
from ..backend import dtypes, output_size
from .arithmetic import div
from .checks import check_floating, check_numeric, check_tensor, flag, pair
from .conv import conv2d
from .index import Scatter, pad
from .join import cat
from .reduce import ValuesIndices
from .shape import reshape


class WindowArgmax(Function):
    """For each window the flat position (row * W + column) of its maximum: (N, C, h, w)."""

    differentiable = False

    def __init__(self, window, size):
        self.window, self.size = window, size

    def forward(self, x):
        return self.backend.window_argmax(x, *self.window, self.size)


class MaxPool2d(Function):
    """The maximum of each window; its gradient goes to the place where it stands."""

    save_inputs, save_output = (0,), True

    def __init__(self, window, size):
        self.window, self.size = window, size

    def forward(self, x):
        return self.backend.max_pool2d(x, self.window, self.size)

    def backward(self, grad):
        (x,), y = self.saved_inputs(), self.saved_output()
        if is_grad_enabled():
            return Scatter(_index(x, WindowArgmax(self.window, self.size)(x)), x.shape)(grad)
        return grad.wrap(self.backend.max_pool2d_grad(grad.array, x.array, y.array, self.window))


def _index(x, places):
    """Flat positions in each image and channel as an index into x (N, C, H, W)."""
    xp, places, (N, C, _, W) = x.backend.xp, places.array, x.shape
    return xp.arange(N).reshape(-1, 1, 1, 1), xp.arange(C).reshape(1, -1, 1, 1), places // W, places % W


def _images(name, input):
    if len(input.shape) not in (3, 4):
        raise RuntimeError(f"{name}: expected input (N, C, H, W) or (C, H, W), got shape {tuple(input.shape)}")
    if 0 in input.shape[-3:]:
        raise RuntimeError(f"{name}: images must have channels and pixels, got shape {tuple(input.shape)}")
    return input if len(input.shape) == 4 else input.unsqueeze(0)


def pooled_size(name, size, kernel, stride, padding, dilation, ceil_mode):
    """How many windows fit along an axis; ceil_mode lets the last one hang over the end."""
    if 2 * padding > kernel:
        raise RuntimeError(f"{name}: padding must be at most half of the kernel size, got {padding} and {kernel}")
    over = stride - 1 if ceil_mode else 0
    count = output_size(size + over, kernel, stride, padding, dilation)
    if ceil_mode and (count - 1) * stride >= size + padding:
        count -= 1  # a window must begin inside the image or its left padding
    if count < 1:
        raise RuntimeError(f"{name}: the window of {kernel} (dilation {dilation}) is larger than the image, {size} + 2 * {padding}")
    return count


def max_pool2d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """The maximum of every window of input (N, C, H, W) or (C, H, W); stride defaults to kernel_size.

    Padding counts as minus infinity. At ties the first place gets the gradient.

    >>> import tinygrad_cv as tg
    >>> tg.nn.functional.max_pool2d(tg.arange(16.).reshape(1, 1, 4, 4), 2)
    tensor([[[[ 5.,  7.],
              [13., 15.]]]])
    """
    name = "max_pool2d"
    check_numeric(name, input)
    x = _images(name, input)
    flag(name, ceil_mode, "ceil_mode")
    kernel = pair(name, kernel_size, "kernel_size", 1)
    stride = kernel if stride is None or isinstance(stride, tuple) and not stride else pair(name, stride, "stride", 1)
    padding, dilation = pair(name, padding, "padding"), pair(name, dilation, "dilation", 1)
    window = kernel, stride, padding, dilation
    size = tuple(pooled_size(name, *args, ceil_mode) for args in zip(x.shape[2:], *window))
    y = MaxPool2d(window, size)(x)
    y = y.squeeze(0) if len(input.shape) == 3 else y
    if not return_indices:
        return y
    places = WindowArgmax(window, size)(x)
    return ValuesIndices((y, places.squeeze(0) if len(input.shape) == 3 else places))


def avg_pool2d(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None):
    """The mean of every window of input (N, C, H, W) or (C, H, W); stride defaults to kernel_size.

    What ceil_mode lets hang over the padded image never counts; the padding counts if count_include_pad.
    """
    name = "avg_pool2d"
    check_tensor(name, input)
    if input.dtype == dtypes.int64:  # of the integers PyTorch has it for these, rounded towards zero
        options = kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
        return avg_pool2d(input.double(), *options).long()
    check_floating(name, input)
    x = _images(name, input)
    flag(name, ceil_mode, "ceil_mode")
    flag(name, count_include_pad, "count_include_pad")
    kernel = kh, kw = pair(name, kernel_size, "kernel_size", 1)
    stride = kernel if stride is None or isinstance(stride, tuple) and not stride else pair(name, stride, "stride", 1)
    padding = pair(name, padding, "padding")
    N, C, H, W = x.shape
    size = [pooled_size(name, *args, 1, ceil_mode) for args in zip((H, W), kernel, stride, padding)]
    # How far the last windows hang over the padded image
    below, right = (
        max(0, (m - 1) * s + k - n - 2 * p) for m, n, k, s, p in zip(size, (H, W), kernel, stride, padding)
    )
    if divisor_override == 0:
        raise RuntimeError("avg_pool2d: divisor_override must not be zero")
    ones = x.new_ones(1, 1, kh, kw)

    def window_sums(image, padding):
        return conv2d(pad(image, (0, right, 0, below)) if right or below else image, ones, None, stride, padding)

    sums = window_sums(reshape(x, (N * C, 1, H, W)), padding)
    if divisor_override or (count_include_pad and not right and not below):
        y = sums / (divisor_override or kh * kw)
    elif count_include_pad:
        y = div(sums, window_sums(x.new_ones(1, 1, H + 2 * padding[0], W + 2 * padding[1]), 0))
    else:
        y = div(sums, window_sums(x.new_ones(1, 1, H, W), padding))
    y = reshape(y, (N, C, *y.shape[2:]))
    return y if len(input.shape) == 4 else y.squeeze(0)


def adaptive_avg_pool2d(input, output_size):
    """Means over h x w nearly equal parts of each image; output_size is an int or a pair, None keeps a size."""
    name = "adaptive_avg_pool2d"
    check_floating(name, input)
    if len(input.shape) < 3:
        raise ValueError(f"{name}: expected input (N, C, H, W) or (C, H, W), got shape {tuple(input.shape)}")
    x = input if input.numel() and len(input.shape) == 4 else _images(name, input)
    if output_size is None:
        raise TypeError(f"{name}: output_size must be an integer or a pair, got None")
    wanted = output_size if isinstance(output_size, (tuple, list)) else (output_size, output_size)
    if len(wanted) != 2:
        raise RuntimeError(f"{name}: output_size must be an integer or a pair, got {output_size!r}")
    size = pair(name, tuple(n if w is None else w for w, n in zip(wanted, x.shape[2:])), "output_size", 0)
    if size == (1, 1):
        return input.mean((-2, -1), keepdim=True)
    y = mean_of_parts(mean_of_parts(x, 3, size[1]), 2, size[0])
    return y if len(input.shape) == 4 else y.squeeze(0)


def mean_of_parts(x, dim, count):
    """Along an axis of n pixels, the means of `count` parts: from floor(i n / count) to ceil((i + 1) n / count)."""
    n = x.shape[dim]
    if count == 0:
        return x.narrow(dim, 0, 0)
    parts = [(i * n // count, -(-(i + 1) * n // count)) for i in range(count)]
    return cat([x.narrow(dim, start, end - start).mean(dim, keepdim=True) for start, end in parts], dim)
