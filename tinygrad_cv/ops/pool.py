"""Pooling: one number for each window of an image.

Max pooling is indexing: find out where in each window the maximum is, and read it there. So the
forward pass is a gather at these positions, the gradient is scattered back to the same positions,
and nothing new has to be differentiated.

Average pooling is a convolution of each channel with a kernel of ones, divided by the count.
Adaptive pooling cuts each axis into nearly equal parts and averages each part.

Axes: N images, C channels, H x W pixels, h x w windows. A window is (kernel size, stride, padding,
dilation), each a pair (vertical, horizontal). Faster kernels: fast/.
"""

from ..arrays import kernel, namespace
from ..autograd import Function
from ..autograd.function import OUTPUT
from ..checks import flag, integer, is_tensor, pair, takes
from ..dtypes import int64
from .conv import conv2d, output_size
from .index import Scatter, pad
from .join import cat


@kernel
def max_pool(x, window, size):
    """The maximum of each window: x (N, C, H, W) -> (N, C, h, w), gathered where it is."""
    return x[maxima(x, window, size)]


@kernel
def max_pool_grad(grad, x, y, window):
    """The transpose: grad (N, C, h, w), scattered to where the maxima y are in x (N, C, H, W).

    At ties the first of the equals gets it all: see window_argmax.
    """
    grad_x = namespace(x).zeros(x.shape, grad.dtype)
    namespace(x).add.at(grad_x, maxima(x, window, y.shape[2:]), grad)
    return grad_x


def maxima(x, window, size):
    """Where the maxima are, as an index into x (N, C, H, W) of arrays that make (N, C, h, w)."""
    xp, (N, C, _, W) = namespace(x), x.shape
    position = window_argmax(x, window, size)
    images, channels = xp.arange(N).reshape(-1, 1, 1, 1), xp.arange(C).reshape(-1, 1, 1)
    return images, channels, position // W, position % W


@kernel
def window_argmax(x, window, size):
    """For each window the flat position, row * W + column, of its maximum: (N, C, h, w).

    One pass over the image for each position in a window keeps the largest value so far. At ties
    the first position stays. A NaN beats any number, and of several the last stays (as in PyTorch).
    """
    xp, (H, W) = namespace(x), x.shape[2:]
    # For each axis n, kernel size, stride, padding, dilation, count -> (h, kh) and (w, kw)
    rows, columns = (pixels(xp, *axis) for axis in zip((H, W), *window, size))
    best, position = x[:, :, rows[:, :1], columns[:, 0]], rows[:, :1] * W + columns[:, 0]
    for a in range(rows.shape[1]):
        for b in range(columns.shape[1]):  # (0, 0) once more, which changes nothing
            row, column = rows[:, a : a + 1], columns[:, b]  # (h, 1), (w,)
            value = x[:, :, row, column]  # (N, C, h, w)
            larger = (value > best) | (value != value)
            best = xp.where(larger, value, best)
            position = xp.where(larger, row * W + column, position)
    return position


def pixels(xp, n, k, stride, padding, dilation, count):
    """The pixel at each of the k positions of each window along an axis of n pixels: (count, k).

    For a position in the padding it is the window's nearest pixel inside the image: a pixel that
    is met twice changes no maximum.
    """
    starts = xp.arange(count).reshape(-1, 1) * stride - padding
    pixel = starts + xp.arange(k) * dilation
    pixel = xp.where(pixel < 0, pixel % dilation, pixel)
    return xp.where(pixel < n, pixel, n - 1 - (n - 1 - pixel) % dilation)


class MaxPool2d(Function):
    """y = the maximum of each window; the gradient goes to where it is."""

    saves = (0, OUTPUT)  # the plain kernel needs only the shape of y, the fast one its values
    on_arrays = True

    def __init__(self, window, size): self.window, self.size = window, size

    def forward(self, x):
        return max_pool(x, self.window, self.size)

    def backward(self, grad):
        x, y = self.saved()
        if is_tensor(grad):  # to be differentiated again
            return Scatter(maxima(x.array, self.window, self.size), x.shape)(grad)
        return max_pool_grad(grad, x, y, self.window)


# What users call


@takes("input (N, C, H, W) or (C, H, W): numeric")
def max_pool2d(
    input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False
):
    """The maximum of each window; stride defaults to kernel_size. Padding is never the maximum.

    ceil_mode=True lets the last windows hang over the edge. return_indices=True returns a pair: the
    maxima, and the position row * W + column of each. At ties the first position gets the gradient.

    >>> import tinygrad_cv as tg
    >>> tg.nn.functional.max_pool2d(tg.arange(16.).reshape(1, 1, 4, 4), 2)
    tensor([[[[ 5.,  7.],
              [13., 15.]]]])
    """
    args = kernel_size, stride, padding, dilation, ceil_mode
    x, window, size = _windows("max_pool2d", input, *args)
    y = MaxPool2d(window, size)(x)
    y = y if input.ndim == 4 else y.squeeze(0)
    if not flag("max_pool2d", return_indices, "return_indices"):
        return y
    return y, y.new_tensor(window_argmax(x.array, window, size), dtype=int64).reshape(y.shape)


@takes("input (N, C, H, W) or (C, H, W)")
def avg_pool2d(
    input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True,
    divisor_override=None,
):
    """The mean of each window; stride defaults to kernel_size.

    The padding counts unless count_include_pad=False; what ceil_mode adds beyond it never does.
    divisor_override divides by another number.
    """
    name = "avg_pool2d"
    x, window, size = _windows(name, input, kernel_size, stride, padding, 1, ceil_mode)
    kernel_size, stride, padding, _ = window
    counted = padding if flag(name, count_include_pad, "count_include_pad") else (0, 0)
    if divisor_override is not None and integer(name, divisor_override, "divisor_override") == 0:
        raise RuntimeError(f"{name}: divisor_override must not be 0")
    N, C, H, W = x.shape
    axes = list(zip((H, W), kernel_size, stride, padding, size, counted))  # n, k, s, p, m, c below
    below, right = (max(0, (m - 1) * s + k - n - 2 * p) for n, k, s, p, m, _ in axes)
    x = pad(x.reshape(N * C, 1, H, W), (0, right, 0, below))  # what ceil_mode adds
    sums = conv2d(x, x.new_ones(1, 1, *kernel_size), None, stride, padding)
    rows, columns = (  # how many of a window's pixels lie in the image and the counted padding
        x.new_tensor([min(i * s - p + k, n + c) - max(i * s - p, -c) for i in range(m)])
        for n, k, s, p, m, c in axes
    )
    y = sums / (divisor_override or rows.unsqueeze(1) * columns)
    return y.reshape(*input.shape[:-2], *size)


def _windows(name, input, kernel_size, stride, padding, dilation, ceil_mode):
    """The images (N, C, H, W), the window, and how many windows there are along both axes.

    The window is (kernel_size, stride, padding, dilation), each of them a pair.
    """
    if 0 in input.shape[-3:]:
        raise RuntimeError(f"{name}: images must have channels and pixels, got {input.shape}")
    kernel_size = pair(name, kernel_size, "kernel_size", 1)
    if stride is None or isinstance(stride, tuple) and not stride:
        stride = kernel_size
    stride, padding = pair(name, stride, "stride", 1), pair(name, padding, "padding")
    window = kernel_size, stride, padding, pair(name, dilation, "dilation", 1)
    over, size = flag(name, ceil_mode, "ceil_mode"), []
    for n, k, s, p, d in zip(input.shape[-2:], *window):
        count = output_size(n + (s - 1 if over else 0), k, s, p, d)
        if over and (count - 1) * s >= n + p:
            count -= 1  # the last window would begin beyond the image
        if p > k // 2:  # all of a window could lie in the padding
            raise RuntimeError(f"{name}: padding {p} is more than half of the window of {k}")
        if count < 1 or p and d > n:  # all of it could lie in the padding on both sides
            window = f"a window of {k} with dilation {d} and padding {p}"
            raise RuntimeError(f"{name}: {window} does not fit into {n} pixels")
        size.append(count)
    return input if input.ndim == 4 else input.unsqueeze(0), window, tuple(size)


@takes("input (N, C, H, W) or (C, H, W)")
def adaptive_avg_pool2d(input, output_size):
    """Means over h x w nearly equal parts of each image; output_size is h or (h, w).

    Part i of the rows goes from floor(i H / h) to ceil((i + 1) H / h). None keeps a size.
    """
    name = "adaptive_avg_pool2d"
    if 0 in input.shape[-3:]:
        raise RuntimeError(f"{name}: images must have channels and pixels, got {input.shape}")
    if isinstance(output_size, (tuple, list)) and len(output_size) == 2:
        sizes = zip(output_size, input.shape[-2:])
        output_size = [n if size is None else size for size, n in sizes]
    output_size = pair(name, output_size, "output_size", 1)
    if output_size == (1, 1):
        return input.mean((-2, -1), keepdim=True)
    for dim, count in zip((-2, -1), output_size):
        n = input.shape[dim]
        parts = [(i * n // count, -(-(i + 1) * n // count)) for i in range(count)]
        means = [input.narrow(dim, a, b - a).mean(dim, keepdim=True) for a, b in parts]
        input = cat(means, dim)
    return input
