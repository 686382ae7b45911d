"""Convolution and transposed convolution: one trilinear form, read in three directions.

Take an input X, a weight W, and a third array G of the shape of the output, and multiply out

    T(X, W, G) = sum over all outputs of conv(X, W) * G

Every term of that sum is (one value of X) * (one value of W) * (one value of G), so T is
linear in each of the three. A function that is linear in three arguments has exactly three
partial derivatives, each bilinear in the other two:

    dT/dG = conv2d(X, W)             the output: what a Conv2d computes
    dT/dX = conv2d_input(G, W)       what a ConvTranspose2d computes
    dT/dW = conv2d_weight(X, G)      the gradient of the weight

If G is the gradient dL/dY, then T has the same derivatives by X and W as the loss has: the
second and third lines are conv2d's backward. But X, W and G play the same part in T, so the
gradients of *any* of the three are the other two: that is why the gradient of a convolution is
a transposed convolution, why the gradient of a transposed convolution is a convolution, and
why all of this can be differentiated again and again without a new formula.

A transposed convolution reads a Conv2d backward, from output to input. Its weight therefore
has the shape (in, out, kh, kw): the "output channels" of the convolution that it reads
backward are what comes in. And its size formula is the other one solved for n:

    conv2d             h = floor((n + 2p - d(k - 1) - 1) / s) + 1   (d = 1: floor((n - k + 2p + s) / s))
    conv_transpose2d   n = s(h - 1) + d(k - 1) + 1 - 2p + output_padding   (d = 1: k + s(h - 1) - 2p)

The floor loses up to s - 1 pixels; `output_padding` says how many of them to give back.
The kernels that do the work: backend/convolution.py. More: docs/convolution.md.
"""

from ..autograd import Function

from .checks import check_ndim, check_same_dtype, check_tensor, integer, pair
from .index import pad


class Geometry:
    """What all three directions share: stride, padding, dilation, groups, and the two shapes
    that can't be told from the other arguments (see the floor above)."""

    def __init__(self, stride, padding, dilation, groups, input_shape, weight_shape):
        self.args = (stride, padding, dilation, groups)
        self.input_shape, self.weight_shape = input_shape, weight_shape


class Conv2d(Function):
    """dT/dG: input (N, C, H, W), weight (O, C/groups, kh, kw) -> (N, O, h, w)."""

    new_gradients = True
    save_inputs = (0, 1)
    bilinear = True

    def __init__(self, geometry):
        self.geometry = geometry

    def forward(self, x, weight):
        return self.backend.conv2d(x, weight, *self.geometry.args)

    def backward(self, grad):
        x, weight = self.saved_inputs()
        by_x, by_weight = self.needs_input_grad
        return (
            Conv2dInput(self.geometry)(grad, weight) if by_x else None,
            Conv2dWeight(self.geometry)(x, grad) if by_weight else None,
        )


class Conv2dInput(Function):
    """dT/dX: grad (N, O, h, w), weight (O, C/groups, kh, kw) -> (N, C, H, W)."""

    new_gradients = True
    save_inputs = (0, 1)
    bilinear = True

    def __init__(self, geometry):
        self.geometry = geometry

    def forward(self, grad, weight):
        self.size = grad.shape[2:]
        return self.backend.conv2d_input(grad, weight, self.geometry.input_shape, *self.geometry.args)

    def backward(self, x):
        grad, weight = self.saved_inputs()
        by_grad, by_weight = self.needs_input_grad
        return (
            crop(Conv2d(self.geometry)(x, weight), self.size) if by_grad else None,
            Conv2dWeight(self.geometry)(x, grad) if by_weight else None,
        )


class Conv2dWeight(Function):
    """dT/dW: input (N, C, H, W), grad (N, O, h, w) -> (O, C/groups, kh, kw)."""

    save_inputs = (0, 1)
    bilinear = True

    def __init__(self, geometry):
        self.geometry = geometry

    def forward(self, x, grad):
        self.size = grad.shape[2:]
        return self.backend.conv2d_weight(x, grad, self.geometry.weight_shape, *self.geometry.args)

    def backward(self, weight):
        x, grad = self.saved_inputs()
        by_x, by_grad = self.needs_input_grad
        return (
            Conv2dInput(self.geometry)(grad, weight) if by_x else None,
            crop(Conv2d(self.geometry)(x, weight), self.size) if by_grad else None,
        )


class AddBias(Function):
    """y + bias, channel by channel, in the memory of y (N, C, H, W): nobody else has seen it yet."""

    def forward(self, y, bias):
        return self.backend.add_to_channels(y, bias)

    def backward(self, grad):
        return grad, grad.sum((0, 2, 3))


def crop(y, size):
    """y (N, O, h, w) without the places that output_padding adds where it reaches the stride."""
    return y if y.shape[2:] == size else y[:, :, : size[0], : size[1]]


# What users call


def conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Convolution (strictly: cross-correlation) of images with a bank of kernels.

    input (N, C, H, W) or (C, H, W), weight (O, C/groups, kh, kw), bias (O,) -> (N, O, h, w) with
    h = floor((H + 2 padding - dilation (kh - 1) - 1) / stride) + 1. stride, padding and dilation
    are an int or a pair (vertical, horizontal); padding may also be "valid" (none) or "same"
    (as much as keeps the size, at stride 1).

    >>> import tinygrad_cv as tg
    >>> x, w = tg.zeros(2, 3, 16, 16), tg.zeros(20, 3, 4, 4)
    >>> tg.nn.functional.conv2d(x, w, stride=2, padding=1).shape
    (2, 20, 8, 8)
    """
    name = "conv2d"
    x = _images(name, input, weight, bias)
    O, Cg, kh, kw = weight.shape
    stride, dilation = pair(name, stride, "stride", 1), pair(name, dilation, "dilation", 1)
    _check_groups(name, groups, x.shape[1], Cg, O, f"weight (O, C/groups, kh, kw) = {tuple(weight.shape)}")
    if isinstance(padding, str):
        x, padding = _pad_by_name(x, padding, (kh, kw), stride, dilation)
    padding = pair(name, padding, "padding")
    for size, k, p, d in zip(x.shape[2:], (kh, kw), padding, dilation):
        if size + 2 * p < d * (k - 1) + 1:
            raise RuntimeError(
                f"{name}: the kernel ({kh}, {kw}) with dilation {dilation} is larger than the padded input, "
                f"{tuple(x.shape[2:])} with padding {padding}"
            )
    y = Conv2d(Geometry(stride, padding, dilation, groups, x.shape, weight.shape))(x, weight)
    return _finish(name, y, bias, O, input)


def conv_transpose2d(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """Transposed convolution: what a convolution's backward does to gradients, done to images.

    input (N, C, h, w) or (C, h, w), weight (C, O/groups, kh, kw), bias (O,) -> (N, O, H, W) with
    H = stride (h - 1) + dilation (kh - 1) + 1 - 2 padding + output_padding. output_padding must
    be smaller than stride or dilation.

    >>> import tinygrad_cv as tg
    >>> x, w = tg.zeros(2, 3, 16, 16), tg.zeros(3, 20, 4, 4)
    >>> tg.nn.functional.conv_transpose2d(x, w, stride=2, padding=1).shape
    (2, 20, 32, 32)
    """
    name = "conv_transpose2d"
    x = _images(name, input, weight, bias)
    C, Og, kh, kw = weight.shape
    stride, dilation = pair(name, stride, "stride", 1), pair(name, dilation, "dilation", 1)
    padding, extra = pair(name, padding, "padding"), pair(name, output_padding, "output_padding")
    _check_groups(name, groups, x.shape[1], C // max(integer(name, groups, "groups"), 1), C, f"weight (C, O/groups, kh, kw) = {tuple(weight.shape)}")
    if any(e >= max(s, d) for e, s, d in zip(extra, stride, dilation)):
        raise RuntimeError(f"{name}: output_padding {extra} must be smaller than stride {stride} or dilation {dilation}")
    H, W = (
        s * (n - 1) + d * (k - 1) + 1 - 2 * p + e
        for n, k, s, p, d, e in zip(x.shape[2:], (kh, kw), stride, padding, dilation, extra)
    )
    if H < 1 or W < 1:
        raise RuntimeError(f"{name}: the output would have size ({H}, {W}); use less padding {padding} or more input")
    shape = (x.shape[0], Og * groups, H, W)
    y = Conv2dInput(Geometry(stride, padding, dilation, groups, shape, weight.shape))(x, weight)
    return _finish(name, y, bias, Og * groups, input)


def _images(name, input, weight, bias):
    """The input as a batch (N, C, H, W), everything's rank and dtype checked."""
    check_ndim(name, input, (3, 4), "(N, C, H, W) or (C, H, W)")
    check_ndim(name, weight, (4,), "of 4 dimensions", "weight")
    if 0 in weight.shape:
        raise RuntimeError(f"{name}: weight has no elements, its shape is {tuple(weight.shape)}")
    if bias is not None:
        check_tensor(name, bias, "bias")
    check_same_dtype(name, input, weight=weight, bias=bias)
    return input if len(input.shape) == 4 else input.unsqueeze(0)


def _check_groups(name, groups, channels, per_group, multiple, weight):
    if integer(name, groups, "groups") < 1 or multiple % groups:
        raise RuntimeError(f"{name}: groups must be positive and divide the channels, got groups={groups} and {weight}")
    if channels != per_group * groups:
        raise RuntimeError(
            f"{name}: {weight} with groups={groups} needs an input of {per_group * groups} channels, got {channels}"
        )


def _pad_by_name(x, padding, kernel, stride, dilation):
    if padding == "valid":
        return x, 0
    if padding != "same":
        raise RuntimeError(f"conv2d: padding must be an integer, a pair, 'valid' or 'same', got {padding!r}")
    if stride != (1, 1):
        raise RuntimeError(f"conv2d: padding='same' needs stride 1, got {stride}")
    (top, left), (odd_h, odd_w) = zip(*(divmod(d * (k - 1), 2) for d, k in zip(dilation, kernel)))
    # An even kernel needs one pixel more on one side: PyTorch puts it at the bottom and the right.
    return (pad(x, (0, odd_w, 0, odd_h)) if odd_h or odd_w else x), (top, left)


def _finish(name, y, bias, channels, input):
    """Add the bias, and give back an unbatched output for an unbatched input."""
    if bias is not None:
        if bias.shape != (channels,):
            raise RuntimeError(f"{name}: bias must have shape ({channels},), got {tuple(bias.shape)}")
        y = AddBias()(y, bias)
    return y if len(input.shape) == 4 else y.squeeze(0)
