"""Activations that are made of other operations: no formula for their gradients is needed.

    hardtanh(x)     x between -1 and 1, and these beyond
    hardsigmoid(x)  x / 6 + 1/2, but no less than 0 and no more than 1: a sigmoid of three straight pieces
    hardswish(x)    x hardsigmoid(x)
    mish(x)         x tanh(log(1 + e^x))                                      (Misra 2019)
    selu(x)         1.0507 elu(x, 1.6733): keeps mean 0 and variance 1        (Klambauer et al. 2017)
    softsign(x)     x / (1 + |x|)
    celu(x)         x above 0, a (e^(x/a) - 1) below: an elu of slope 1 at 0  (Barron 2017)
    threshold(x)    x where it is greater than a threshold, else a value
"""

from .activation import elu, softplus, tanh
from .checks import check_floating, check_numeric, floating, number
from .choice import clamp, where
from .pointwise import abs, expm1

SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805  # the fixed point of mean 0, variance 1


def hardtanh(input, min_val=-1.0, max_val=1.0, inplace=False):
    """input where it is between min_val and max_val, else the nearer of them; the gradient there is 0.

    >>> import tinygrad_cv as tg
    >>> tg.nn.functional.hardtanh(tg.tensor([-3.0, 0.5, 3.0]))
    tensor([-1.0000,  0.5000,  1.0000])
    """
    check_floating("hardtanh", input)
    low, high = number("hardtanh", min_val, "min_val"), number("hardtanh", max_val, "max_val")
    if low > high:
        raise ValueError(f"hardtanh: min_val must not be greater than max_val, got {low} and {high}")
    return where((input > low) & (input < high), input, clamp(input.detach(), low, high))


def hardsigmoid(input, inplace=False):
    """0 up to -3, 1 from 3 on, and the line input / 6 + 1/2 between them."""
    check_floating("hardsigmoid", input)
    return hardtanh(input, -3.0, 3.0) / 6 + 0.5


def hardswish(input, inplace=False):
    """input * hardsigmoid(input)."""
    check_floating("hardswish", input)
    return input * hardsigmoid(input)


def mish(input, inplace=False):
    """input * tanh(softplus(input))."""
    check_floating("mish", input)
    return input * tanh(softplus(input))


def selu(input, inplace=False):
    """scale * elu(input, alpha), for the two numbers that keep mean 0 and variance 1 through many layers."""
    check_floating("selu", input)
    return elu(input, SELU_ALPHA) * SELU_SCALE


def softsign(input):
    """input / (1 + |input|)."""
    check_numeric("softsign", input)
    input = floating(input)
    return input / (abs(input) + 1)


def celu(input, alpha=1.0, inplace=False):
    """input where it is positive, alpha (e^(input / alpha) - 1) elsewhere."""
    check_floating("celu", input)
    if number("celu", alpha, "alpha") == 0:
        raise RuntimeError("celu: alpha must not be 0")
    return where(input > 0, input, alpha * expm1(clamp(input, max=0) / alpha))


def threshold(input, threshold, value, inplace=False):
    """input where it is greater than the threshold, else the value; the gradient there is 0."""
    check_numeric("threshold", input)
    below = input <= number("threshold", threshold, "threshold")
    return where(below, input.new_tensor(number("threshold", value, "value")), input)
