"""Trigonometric and hyperbolic functions and their inverses; tanh stands in activation.py.

The derivative of an inverse is one over that of the function: x = tan y gives dy/dx = 1 / (1 + tan^2 y) =
1 / (1 + x^2). The tables have f' as a function of x for all of them.
"""

from ..autograd import Function
from .checks import check_tensor, floating
from .pointwise import rsqrt

DERIVATIVES = {
    "sin": lambda x: cos(x),
    "cos": lambda x: -sin(x),
    "tan": lambda x: 1 / cos(x) ** 2,
    "sinh": lambda x: cosh(x),
    "cosh": lambda x: sinh(x),
    "arcsin": lambda x: rsqrt(1 - x * x),
    "arccos": lambda x: -rsqrt(1 - x * x),
    "arctan": lambda x: 1 / (1 + x * x),
    "arcsinh": lambda x: rsqrt(x * x + 1),
    "arccosh": lambda x: rsqrt(x * x - 1),
    "arctanh": lambda x: 1 / (1 - x * x),
}


class Curve(Function):
    """y = f(x) by NumPy's name for f; y' from the table."""

    save_inputs = (0,)

    def __init__(self, function):
        self.function = function

    def forward(self, x):
        return getattr(self.backend.xp, self.function)(x)

    def backward(self, grad):
        (x,) = self.saved_inputs()
        return grad * DERIVATIVES[self.function](x)


def _curve(name, function, input):
    check_tensor(name, input)
    return Curve(function)(floating(input))


# What users call


def sin(input):
    """The sine of input, in radians."""
    return _curve("sin", "sin", input)


def cos(input):
    """The cosine of input, in radians."""
    return _curve("cos", "cos", input)


def tan(input):
    """The tangent of input, in radians."""
    return _curve("tan", "tan", input)


def sinh(input):
    """(e^x - e^-x) / 2."""
    return _curve("sinh", "sinh", input)


def cosh(input):
    """(e^x + e^-x) / 2."""
    return _curve("cosh", "cosh", input)


def asin(input):
    """The angle between -pi/2 and pi/2 whose sine is input; NaN beyond [-1, 1]."""
    return _curve("asin", "arcsin", input)


def acos(input):
    """The angle between 0 and pi whose cosine is input; NaN beyond [-1, 1]."""
    return _curve("acos", "arccos", input)


def atan(input):
    """The angle between -pi/2 and pi/2 whose tangent is input."""
    return _curve("atan", "arctan", input)


def asinh(input):
    """The number whose sinh is input."""
    return _curve("asinh", "arcsinh", input)


def acosh(input):
    """The number >= 0 whose cosh is input; NaN below 1."""
    return _curve("acosh", "arccosh", input)


def atanh(input):
    """The number whose tanh is input; infinite at -1 and 1, NaN beyond."""
    return _curve("atanh", "arctanh", input)
