"""Activations: the bends between linear layers, without which a network is one matrix.

Each is a function of one variable, y = f(x), with dL/dx = dL/dy f'(x). Those that training
spends time in (ReLU and its leaky kin, tanh, sigmoid) keep the *output*, from which f' follows:
the next layer keeps it too, so nothing extra is stored. The others are composed.
"""

import math
import warnings

from ..autograd import Function
from ..backend import default_generator
from .arithmetic import mul
from .checks import check_floating, check_numeric, check_same_dtype, check_tensor, flag, floating, number, one_dim
from .choice import clamp, where
from .pointwise import exp, expm1, log1p


class LeakyReLU(Function):
    """y = x where x > 0, slope * x elsewhere (slope >= 0; ReLU is slope 0)."""

    save_output = True

    def __init__(self, slope):
        self.slope = slope

    def forward(self, x):
        return self.backend.leaky_relu(x, self.slope)

    def backward(self, grad):
        return LeakyReLUGrad(self.slope)(grad, self.saved_output().detach())


class LeakyReLUGrad(Function):
    """grad where y > 0, slope * grad elsewhere. In y it is a step: its derivative by y is 0."""

    save_inputs = (1,)

    def __init__(self, slope):
        self.slope = slope

    def forward(self, grad, y):
        return self.backend.leaky_relu_grad(grad, y, self.slope)

    def backward(self, grad):
        return LeakyReLUGrad(self.slope)(grad, *self.saved_inputs()), None


class ReLU6(Function):
    """y = min(max(0, x), 6); y' = 1 between the limits, 0 at them and beyond."""

    save_output = True

    def forward(self, x):
        return self.backend.xp.clip(x, 0, 6)

    def backward(self, grad):
        y = self.saved_output().detach()
        return grad * ((y > 0) & (y < 6)).to(grad.dtype)


class Tanh(Function):
    """y = tanh x; y' = 1 - y^2."""

    on_arrays = True
    save_output = True

    def forward(self, x):
        return self.backend.xp.tanh(x)

    def backward(self, grad):
        y = self.saved_output()
        return grad * (1 - y * y)


class Sigmoid(Function):
    """y = 1 / (1 + e^-x); y' = y (1 - y)."""

    on_arrays = True
    save_output = True

    def forward(self, x):
        return self.backend.sigmoid(x)

    def backward(self, grad):
        y = self.saved_output()
        return grad * (y * (1 - y))


class SiLU(Function):
    """y = x s with s = sigmoid(x); y' = s (1 + x (1 - s)), in this order without overflow."""

    save_inputs = (0,)

    def forward(self, x):
        return x * self.backend.sigmoid(x)

    def backward(self, grad):
        (x,) = self.saved_inputs()
        s = sigmoid(x)
        return grad * (s * (1 + x * (1 - s)))


class Erf(Function):
    """The error function, 2/sqrt(pi) times the integral of e^-t^2 from 0 to x."""

    save_inputs = (0,)

    def forward(self, x):
        return self.backend.erf(x)

    def backward(self, grad):
        (x,) = self.saved_inputs()
        return grad * (2 / math.sqrt(math.pi)) * exp(-x * x)


class Softmax(Function):
    """y = exp(x) / sum exp(x) along dim; dL/dx = y (dL/dy - sum(dL/dy y)).

    The maximum is subtracted first: the quotient stays, and nothing overflows.
    """

    save_output = True

    def __init__(self, dim):
        self.dim = dim

    def forward(self, x):
        y = self.backend.xp.exp(x - x.max(self.dim, keepdims=True))
        return y / y.sum(self.dim, keepdims=True)

    def backward(self, grad):
        y = self.saved_output()
        return y * (grad - (grad * y).sum(self.dim, keepdim=True))


class LogSoftmax(Function):
    """y = x - log sum exp(x) along dim; dL/dx = dL/dy - exp(y) sum(dL/dy)."""

    save_output = True

    def __init__(self, dim):
        self.dim = dim

    def forward(self, x):
        xp = self.backend.xp
        shifted = x - x.max(self.dim, keepdims=True)
        return shifted - xp.log(xp.exp(shifted).sum(self.dim, keepdims=True))

    def backward(self, grad):
        return grad - exp(self.saved_output()) * grad.sum(self.dim, keepdim=True)


# What users call


def relu(input, inplace=False):
    """max(0, x). `inplace` is accepted and has no effect: the result is always a new tensor.

    >>> import tinygrad_cv as tg
    >>> tg.relu(tg.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """
    check_numeric("relu", input)
    return LeakyReLU(0)(input)


def relu6(input, inplace=False):
    """min(max(0, x), 6)."""
    check_numeric("relu6", input)
    return ReLU6()(input)


def leaky_relu(input, negative_slope=0.01, inplace=False):
    """x where x > 0, negative_slope * x elsewhere (Maas et al. 2013)."""
    check_floating("leaky_relu", input)
    if number("leaky_relu", negative_slope, "negative_slope") <= 0:  # the sign of the output no longer tells that of the input
        return where(input > 0, input, input * negative_slope)
    return LeakyReLU(float(negative_slope))(input)


def prelu(input, weight):
    """A leaky ReLU whose slope is learned: weight has 1 element, or one per channel (He et al. 2015)."""
    check_floating("prelu", input)
    check_tensor("prelu", weight, "weight")
    check_same_dtype("prelu", input, weight=weight)
    channels = input.shape[1] if len(input.shape) > 1 else 1
    if weight.numel() not in (1, channels) or len(weight.shape) > 1:
        raise RuntimeError(f"prelu: weight must hold 1 or {channels} values (the channels), got shape {tuple(weight.shape)}")
    weight = weight.reshape((-1,) + (1,) * max(len(input.shape) - 2, 0) if input.shape else ())
    below = where(input > 0, 0.0, input)  # no infinity times the zero of a gradient not taken
    return where(input > 0, input, weight * below)


def elu(input, alpha=1.0, inplace=False):
    """x where x > 0, alpha (e^x - 1) elsewhere (Clevert et al. 2016)."""
    check_floating("elu", input)
    number("elu", alpha, "alpha")
    return where(input > 0, input, alpha * expm1(clamp(input, max=0)))


def erf(input):
    """The error function: 2/sqrt(pi) times the integral of e^-t^2 from 0 to input."""
    check_tensor("erf", input)
    return Erf()(floating(input))


def gelu(input, *, approximate="none"):
    """x times the normal distribution function of x (Hendrycks and Gimpel 2016), or its tanh approximation."""
    check_floating("gelu", input)
    if approximate == "none":
        return 0.5 * input * (1 + Erf()(input * math.sqrt(0.5)))
    if approximate == "tanh":
        return 0.5 * input * (1 + tanh(math.sqrt(2 / math.pi) * (input + 0.044715 * input**3)))
    raise RuntimeError(f"gelu: approximate must be 'none' or 'tanh', got {approximate!r}")


def silu(input, inplace=False):
    """x sigmoid(x), also known as swish."""
    check_floating("silu", input)
    return SiLU()(input)


def softplus(input, beta=1.0, threshold=20.0):
    """log(1 + e^(beta x)) / beta, a smooth ReLU; beyond the threshold it is x to the last digit."""
    check_floating("softplus", input)
    number("softplus", beta, "beta")
    number("softplus", threshold, "threshold")
    scaled = input * beta
    return where(scaled > threshold, input, log1p(exp(clamp(scaled, max=threshold))) / beta)


def logsigmoid(input):
    """log sigmoid(x), without overflow: x - log(1 + e^x) below 0, -log(1 + e^-x) above."""
    check_floating("logsigmoid", input)
    below, above = clamp(input, max=0), clamp(input, min=0)
    return where(input < 0, below - log1p(exp(below)), -log1p(exp(-above)))


def tanh(input):
    """The hyperbolic tangent."""
    check_tensor("tanh", input)
    return Tanh()(input if input.dtype.kind == "f" else input.to(float))


def sigmoid(input):
    """1 / (1 + e^-x)."""
    check_tensor("sigmoid", input)
    return Sigmoid()(input if input.dtype.kind == "f" else input.to(float))


def softmax(input, dim=None, dtype=None):
    """exp(x) / sum exp(x) along `dim`.

    >>> import tinygrad_cv as tg
    >>> tg.softmax(tg.tensor([0.0, 0.0]), dim=0)
    tensor([0.5000, 0.5000])
    """
    return _along("softmax", Softmax, input, dim, dtype)


def log_softmax(input, dim=None, dtype=None):
    """log softmax(x) along `dim`, computed without the quotient, so that it never is log 0."""
    return _along("log_softmax", LogSoftmax, input, dim, dtype)


def _along(name, function, input, dim, dtype):
    check_tensor(name, input)
    if dim is None:
        dim = 0 if len(input.shape) in (0, 1, 3) else 1  # as PyTorch guesses
        warnings.warn(f"{name}: which dim adds up to one? Taking dim={dim}; pass dim= to be sure", stacklevel=3)
    if dtype is not None:
        input = input.to(dtype)
    check_floating(name, input)
    dim = one_dim(name, dim, len(input.shape))
    if not input.shape:
        return function(0)(input.reshape(1)).reshape(())
    return input * 1 if 0 in input.shape else function(dim)(input)


def dropout(input, p=0.5, training=True, inplace=False):
    """Zeros with probability p, the others scaled by 1 / (1 - p), so that the mean stays (Srivastava et al. 2014)."""
    return _drop("dropout", input, p, training, input.shape if hasattr(input, "shape") else ())


def dropout2d(input, p=0.5, training=True, inplace=False):
    """As `dropout`, but whole channels of (N, C, H, W) at a time."""
    check_tensor("dropout2d", input)
    if len(input.shape) not in (3, 4):
        raise RuntimeError(f"dropout2d: expected input (N, C, H, W), got shape {tuple(input.shape)}")
    return _drop("dropout2d", input, p, training, (*input.shape[:-2], 1, 1))


def _drop(name, input, p, training, shape):
    check_tensor(name, input)
    flag(name, training, "training")
    if not 0 <= number(name, p, "p") <= 1:
        raise ValueError(f"{name}: p must be a probability between 0 and 1, got {p}")
    if not training or p == 0:
        return input
    if p == 1:
        return input * 0
    check_floating(name, input)
    kept = default_generator.uniform(shape, input.dtype) >= p
    return mul(input, input.new_tensor(kept) / (1 - p))
