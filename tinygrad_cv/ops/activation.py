"""Activations: the bends between linear layers, without which a network is only one matrix.

Each is a function of one variable, y = f(x), so dL/dx = dL/dy f'(x). ReLU, tanh and sigmoid save
their *output*, from which f' follows: the next layer saves the same array, so no memory is spent.

e^x overflows for large x. So every formula here is written such that *the exponent is never
positive*: the sigmoid of a negative x is e^x / (1 + e^x), and softmax subtracts the largest x.
"""

import math

from ..arrays import kernel, namespace
from ..autograd import Function
from ..autograd.function import OUTPUT
from ..checks import check_floating, check_tensor, flag, number, one_dim, takes, warn
from ..dtypes import as_dtype
from ..random import default_generator
from .arithmetic import cast, floating
from .choice import limited, where
from .pointwise import exp, expm1, log1p
from .reduce import amax


@kernel
def rectify(x, slope):
    """x where x > 0, slope * x elsewhere."""
    xp = namespace(x)
    if slope == 0:
        return xp.maximum(x, 0)  # 0 * -inf would be NaN
    return xp.where(x > 0, x, slope * x)


@kernel
def rectify_grad(grad, y, slope):
    """grad where y > 0, slope * grad elsewhere; a ReLU passes on the gradient of a NaN."""
    xp = namespace(grad)
    if slope == 0:
        return xp.where(y <= 0, 0, grad)
    return xp.where(y > 0, grad, slope * grad)


@kernel
def logistic(x):
    """1 / (1 + e^-x) where x >= 0, and the same as e^x / (1 + e^x) where x < 0."""
    xp = namespace(x)
    return xp.exp(xp.minimum(x, 0)) / (1 + xp.exp(-xp.absolute(x)))


@kernel
def error_function(x):
    """erf x = 2/sqrt(pi) times the integral of e^-t^2 from 0 to x, by its series

        2x/sqrt(pi) e^-x^2 (1 + 2x^2/3 (1 + 2x^2/5 (1 + 2x^2/7 (...))))

    All terms are positive, so no digit is lost. From |x| = 6 on the value rounds to -1 or 1.
    """
    xp, dtype = namespace(x), x.dtype
    x = xp.clip(x.astype("float64"), -6, 6)
    series = xp.ones_like(x)
    for odd in range(201, 1, -2):
        series = 1 + 2 * x * x / odd * series
    y = 2 / math.sqrt(math.pi) * x * xp.exp(-x * x) * series
    return xp.where(xp.absolute(x) < 6, y, xp.sign(x)).astype(dtype)


class LeakyReLU(Function):
    """y = x where x > 0, slope * x elsewhere; y' is 1 or slope. ReLU has slope 0.

    With a slope >= 0, y > 0 exactly where x > 0: the output tells which of the two it was.
    """

    saves = (OUTPUT,)

    def __init__(self, slope):
        self.slope = slope

    def forward(self, x):
        return rectify(x, self.slope)

    def backward(self, grad):
        (y,) = self.saved()
        return LeakyReLUGrad(self.slope)(grad, y.detach())


class LeakyReLUGrad(LeakyReLU):
    """grad where y > 0, slope * grad elsewhere: linear in grad, and constant in y."""

    saves = (1,)

    def forward(self, grad, y):
        return rectify_grad(grad, y, self.slope)


class ReLU6(Function):
    """y = min(max(0, x), 6); y' is 1 between the limits, 0 at them and beyond."""

    saves = (OUTPUT,)

    def forward(self, x):
        return limited(x, 0, 6)

    def backward(self, grad):
        y = self.saved()[0].detach()
        return where((y <= 0) | (y >= 6), 0.0, grad)  # NaN passes: hidden, it would be missed


class Tanh(Function):
    """y = tanh x; y' = 1 - y^2."""

    saves = (OUTPUT,)
    on_arrays = True

    def forward(self, x):
        return namespace(x).tanh(x)

    def backward(self, grad):
        (y,) = self.saved()
        return grad * (1 - y * y)


class Sigmoid(Function):
    """y = 1 / (1 + e^-x); y' = y (1 - y)."""

    saves = (OUTPUT,)
    on_arrays = True

    def forward(self, x):
        return logistic(x)

    def backward(self, grad):
        (y,) = self.saved()
        return grad * (y * (1 - y))


class Erf(Function):
    """y = erf x; y' = 2/sqrt(pi) e^-x^2."""

    saves = (0,)

    def forward(self, x):
        return error_function(x)

    def backward(self, grad):
        (x,) = self.saved()
        return grad * (2 / math.sqrt(math.pi)) * exp(-x * x)


class LogSoftmax(Function):
    """y = x - log sum exp(x) over dims; dL/dx = dL/dy - exp(y) sum(dL/dy)."""

    saves = (OUTPUT,)

    def __init__(self, dims):
        self.dims = dims

    def forward(self, x):
        xp, x = namespace(x), x - x.max(self.dims, keepdims=True)
        return x - xp.log(xp.exp(x).sum(self.dims, keepdims=True))

    def backward(self, grad):
        (y,) = self.saved()
        return grad - exp(y) * grad.sum(self.dims, keepdim=True)


# What users call. `inplace` is accepted and has no effect: the result is always a new tensor.


@takes("input (...): numeric")
def relu(input, inplace=False):
    """max(0, x).

    >>> import tinygrad_cv as tg
    >>> tg.relu(tg.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """
    return LeakyReLU(0)(input)


@takes("input (...): numeric")
def relu6(input, inplace=False):
    """min(max(0, x), 6)."""
    return ReLU6()(input)


@takes("input (...)")
def leaky_relu(input, negative_slope=0.01, inplace=False):
    """x where x > 0, negative_slope * x elsewhere (Maas et al. 2013)."""
    if number("leaky_relu", negative_slope, "negative_slope") <= 0:
        return where(input > 0, input, input * negative_slope)
    return LeakyReLU(float(negative_slope))(input)


@takes("input (...)", "weight (C) or ()")
def prelu(input, weight):
    """A leaky ReLU with learned slopes: weight (1,), or (C,) for C channels (He et al. 2015)."""
    channels = input.shape[1] if input.ndim > 1 else 1
    if weight.numel() not in (1, channels):
        raise RuntimeError(
            f"prelu: weight must have 1 element or one per channel ({channels}), got shape "
            f"{weight.shape}"
        )
    weight = weight.reshape((-1,) + (1,) * max(input.ndim - 2, 0) if input.ndim else ())
    below = where(input > 0, 0.0, input)  # an infinite x > 0 would meet its zero gradient: NaN
    return where(input > 0, input, weight * below)


@takes("input (...)")
def elu(input, alpha=1.0, inplace=False):
    """x where x > 0, alpha (e^x - 1) elsewhere (Clevert et al. 2016)."""
    below = where(input > 0, 0.0, input)
    return where(input > 0, input, number("elu", alpha, "alpha") * expm1(below))


@takes("input (...)")
def gelu(input, *, approximate="none"):
    """x P(X <= x) for a standard normal X (Hendrycks, Gimpel 2016), or its "tanh" approximation."""
    if approximate == "none":
        return 0.5 * input * (1 + Erf()(input * math.sqrt(0.5)))
    if approximate == "tanh":
        return 0.5 * input * (1 + tanh(math.sqrt(2 / math.pi) * (input + 0.044715 * input**3)))
    raise RuntimeError(f"gelu: approximate must be 'none' or 'tanh', got {approximate!r}")


@takes("input (...)")
def silu(input, inplace=False):
    """x sigmoid(x), also known as swish (Ramachandran et al. 2017)."""
    return input * sigmoid(input)


@takes("input (...)")
def softplus(input, beta=1.0, threshold=20.0):
    """log(1 + e^(beta x)) / beta, a smooth ReLU; beyond the threshold it is x to the last digit."""
    scaled = input * number("softplus", beta, "beta")
    linear = scaled > number("softplus", threshold, "threshold")
    return where(linear, input, -logsigmoid(-scaled) / beta)


@takes("input (...)")
def logsigmoid(input):
    """log sigmoid(x), which is -log(1 + e^-x) where x >= 0 and x - log(1 + e^x) where x < 0."""
    below, above = where(input < 0, input, 0.0), where(input < 0, 0.0, input)
    return where(input < 0, below - log1p(exp(below)), -log1p(exp(-above)))


@takes("input (...): any")
def tanh(input):
    """The hyperbolic tangent."""
    return Tanh()(floating(input))


@takes("input (...): any")
def sigmoid(input):
    """1 / (1 + e^-x)."""
    return Sigmoid()(floating(input))


def softmax(input, dim=None, dtype=None):
    """exp(x) / sum exp(x) along `dim`: positive numbers that add up to 1.

    >>> import tinygrad_cv as tg
    >>> tg.softmax(tg.tensor([0.0, 0.0]), dim=0)
    tensor([0.5000, 0.5000])
    """
    x, dims = _along("softmax", input, dim, dtype)
    y = exp(x - amax(x.detach(), dims, keepdim=True)) if x.numel() else exp(x)
    return y / y.sum(dims, keepdim=True)


def log_softmax(input, dim=None, dtype=None):
    """log softmax(x) along `dim`, computed without the quotient: it is never log 0."""
    x, dims = _along("log_softmax", input, dim, dtype)
    return LogSoftmax(dims)(x) if x.numel() else x * 1


def _along(name, input, dim, dtype):
    """The input in the dtype, and the dim as a tuple (of a 0-d input, an empty one)."""
    check_tensor(name, input)
    x = input if dtype is None else cast(input, as_dtype(dtype))
    check_floating(name, x)
    if dim is None:
        dim = 0 if x.ndim in (0, 1, 3) else 1  # as PyTorch guesses
        warn(f"{name}: which dim adds up to one? Taking dim={dim}; pass dim= to be sure")
    dim = one_dim(name, dim, x.ndim)
    return x, (dim,) if x.ndim else ()


@takes("input (...)")
def dropout(input, p=0.5, training=True, inplace=False):
    """Zeros with probability p, the rest over 1 - p: the mean stays (Srivastava et al. 2014)."""
    return _drop("dropout", input, p, training, input.shape)


@takes("input (N, C, H, W) or (N, C, L)")
def dropout2d(input, p=0.5, training=True, inplace=False):
    """As `dropout`, but each channel of an image is kept or zeroed as a whole."""
    return _drop("dropout2d", input, p, training, input.shape[:2] + (1,) * (input.ndim - 2))


def _drop(name, input, p, training, shape):
    if not 0 <= number(name, p, "p") <= 1:
        raise ValueError(f"{name}: p must be a probability between 0 and 1, got {p}")
    if not flag(name, training, "training") or p == 0:
        return input
    if p == 1:
        return input * 0
    kept = default_generator.uniform(shape, input.dtype) >= p
    return input * input.new_tensor(kept / (1 - p))
