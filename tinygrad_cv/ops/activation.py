"""Activations: the bends between linear layers, without which a network is only one matrix.

Each is a function of one variable, y = f(x), so dL/dx = dL/dy f'(x). ReLU, tanh and sigmoid save
their *output*, from which f' follows: the next layer saves the same array, so no memory is spent.

e^x overflows for large x. So every formula here is written such that *the exponent is never
positive*: the sigmoid of a negative x is e^x / (1 + e^x), and softmax subtracts the largest x.
For the same reason a branch of `where` that may overflow gets 0 as its input where it isn't taken:
otherwise its gradient there, 0, would meet an infinite slope, and 0 * inf is NaN.
"""

import math

from ..arrays import kernel, namespace, to_numpy
from ..autograd import Function
from ..autograd.function import OUTPUT
from ..checks import check_floating, check_tensor, flag, is_tensor, number, one_dim, takes, warn
from ..dtypes import as_dtype
from ..random import default_generator
from .arithmetic import cast
from .comparison import where
from .pointwise import Curve, curve, exp, expm1
from .reduce import total


@kernel
def rectify(x, slope):
    """x where x > 0, slope * x elsewhere."""
    xp = namespace(x)
    if slope == 0:
        return xp.maximum(x, 0)  # 0 * -inf would be NaN
    return xp.where(x > 0, x, slope * x)


@kernel
def limited(x, low, high):
    """min(max(x, low), high)."""
    return namespace(x).clip(x, low, high)


@kernel
def rectify_grad(grad, y, slope):
    """grad where y > 0, slope * grad elsewhere; a ReLU passes on the gradient of a NaN. For arrays
    and for Tensors."""
    choose = where if is_tensor(grad) else namespace(grad).where
    if slope == 0:
        return choose(y <= 0, 0, grad)
    return choose(y > 0, grad, slope * grad)


@kernel
def logistic(x):
    """1 / (1 + e^-x) where x >= 0, and the same as e^x / (1 + e^x) where x < 0."""
    xp = namespace(x)
    return xp.exp(xp.minimum(x, 0)) / (1 + xp.exp(-xp.absolute(x)))


def log_logistic(x):
    """log s(x) for s(x) = 1 / (1 + e^-x): -log(1 + e^-x) where x >= 0, else x - log(1 + e^x)."""
    xp = namespace(x)
    return xp.minimum(x, 0) - xp.log1p(xp.exp(-xp.absolute(x)))  # both cases in one


@kernel
def error_function(x):
    """erf x, which is 2/sqrt(pi) times the integral of e^-t^2 from 0 to x. NumPy has none."""
    values = [math.erf(value) for value in to_numpy(x).ravel().tolist()]
    return namespace(x).asarray(values, x.dtype).reshape(x.shape)


class LeakyReLU(Function):
    """y = x where x > 0, slope * x elsewhere; y' is 1 or slope. ReLU has slope 0.

    With a slope >= 0, y > 0 exactly where x > 0: the output tells which of the two it was.
    """

    saves = (OUTPUT,)
    on_arrays = True

    def __init__(self, slope): self.slope = slope

    def forward(self, x):
        return rectify(x, self.slope)

    def backward(self, grad):
        (y,) = self.saved()
        return rectify_grad(grad, y, self.slope)


class LogSoftmax(Function):
    """y = x - log sum exp(x) over dims; dL/dx = dL/dy - exp(y) sum(dL/dy).

    Subtracting the largest x first does not change y, and then exp can't overflow.
    """

    saves = (OUTPUT,)

    def __init__(self, dims): self.dims = dims

    def forward(self, x):
        xp = namespace(x)
        x = x - x.max(self.dims, keepdims=True)
        return x - xp.log(total(xp.exp(x), self.dims, True))

    def backward(self, grad):
        (y,) = self.saved()
        return grad - exp(y) * grad.sum(self.dims, keepdim=True)


# What users call. `inplace` is accepted and has no effect: the result is always a new tensor.


sigmoid = curve("sigmoid", logistic, OUTPUT, lambda y: y * (1 - y), "1 / (1 + e^-x).")
tanh = curve("tanh", "tanh", OUTPUT, lambda y: 1 - y * y, "(e^x - e^-x) / (e^x + e^-x).")


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
    """y = min(max(0, x), 6); its slope is 1 between the limits, 0 at them and beyond."""
    # For a NaN both comparisons are false, and its gradient passes: it must be seen
    return Curve("ReLU6", lambda x: limited(x, 0, 6), OUTPUT, lambda y: (y > 0) == (y < 6))(input)


@takes("input (...)")
def leaky_relu(input, negative_slope=0.01, inplace=False):
    """x where x > 0, negative_slope * x elsewhere (Maas et al. 2013)."""
    if number("leaky_relu", negative_slope, "negative_slope") <= 0:
        # A slope of 0 makes NaN of -inf, as in PyTorch; with one below 0, y hides the sign of x
        return where(input > 0, input, input * negative_slope)
    return LeakyReLU(float(negative_slope))(input)


@takes("input (...)", "weight (C) or ()")
def prelu(input, weight):
    """A leaky ReLU with learned slopes: weight (1,), or (C,) for C channels (He et al. 2015)."""
    channels = input.shape[1] if input.ndim > 1 else 1
    if weight.numel() not in (1, channels):
        raise RuntimeError(f"prelu: weight {weight.shape} must have 1 or {channels} elements")
    weight = weight.reshape((-1,) + (1,) * max(input.ndim - 2, 0) if input.ndim else ())
    return where(input > 0, input, weight * where(input > 0, 0.0, input))


@takes("input (...)")
def elu(input, alpha=1.0, inplace=False):
    """x where x > 0, alpha (e^x - 1) elsewhere (Clevert et al. 2016)."""
    below = number("elu", alpha, "alpha") * expm1(where(input > 0, 0.0, input))
    return where(input > 0, input, below)


@takes("input (...)")
def gelu(input, *, approximate="none"):
    """x P(X <= x) for a standard normal X (Hendrycks, Gimpel 2016), or its "tanh" approximation."""
    if approximate == "tanh":
        return 0.5 * input * (1 + tanh(math.sqrt(2 / math.pi) * (input + 0.044715 * input**3)))
    if approximate != "none":
        raise RuntimeError(f"gelu: approximate must be 'none' or 'tanh', got {approximate!r}")
    erf = Curve("Erf", error_function, 0, lambda x: 2 / math.sqrt(math.pi) * exp(-x * x))
    return 0.5 * input * (1 + erf(input * math.sqrt(0.5)))


@takes("input (...)")
def silu(input, inplace=False):
    """x sigmoid(x), also known as swish (Ramachandran et al. 2017)."""
    return input * sigmoid(input)


@takes("input (...)")
def logsigmoid(input):
    """log sigmoid(x); its slope is sigmoid(-x)."""
    return Curve("LogSigmoid", log_logistic, 0, lambda x: sigmoid(-x))(input)


@takes("input (...)")
def softplus(input, beta=1.0, threshold=20.0):
    """log(1 + e^(beta x)) / beta, a smooth ReLU; beyond the threshold it is x to the last digit."""
    scaled = input * number("softplus", beta, "beta")
    linear = scaled > number("softplus", threshold, "threshold")
    return where(linear, input, (0.0 - logsigmoid(-scaled)) / beta)


def softmax(input, dim=None, dtype=None):
    """exp(x) / sum exp(x) along `dim`: positive numbers that add up to 1; exp of log_softmax.

    >>> import tinygrad_cv as tg
    >>> tg.softmax(tg.tensor([0.0, 0.0]), dim=0)
    tensor([0.5000, 0.5000])
    """
    return exp(log_softmax(input, dim, dtype))


def log_softmax(input, dim=None, dtype=None):
    """log softmax(x) along `dim`, computed without the quotient: it is never log 0."""
    check_tensor("log_softmax", input)
    x = input if dtype is None else cast(input, as_dtype(dtype))
    check_floating("log_softmax", x)
    if dim is None:
        dim = 0 if x.ndim in (0, 1, 3) else 1  # as PyTorch guesses
        warn(f"log_softmax: which dim adds up to one? Taking dim={dim}; pass dim= to be sure")
    dim = one_dim("log_softmax", dim, x.ndim)
    return LogSoftmax((dim,) if x.ndim else ())(x) if x.numel() else x * 1


@takes("input (...)")
def dropout(input, p=0.5, training=True, inplace=False):
    """Zeros with probability p, the rest over 1 - p: the mean stays (Srivastava et al. 2014)."""
    if not 0 <= number("dropout", p, "p") <= 1:
        raise ValueError(f"dropout: p must be a probability between 0 and 1, got {p}")
    if not flag("dropout", training, "training") or p == 0:
        return input
    kept = default_generator.uniform(input.shape, input.dtype) >= p
    return input * input.new_tensor(kept / (1 - p or 1))  # p = 1 keeps nothing


@takes("input (N, C, H, W) or (N, C, L)")
def dropout2d(input, p=0.5, training=True, inplace=False):
    """As `dropout`, but each channel of an image is kept or zeroed as a whole."""
    ones = input.new_ones(*input.shape[:2], *(1,) * (input.ndim - 2))
    return input * dropout(ones, p, training)
