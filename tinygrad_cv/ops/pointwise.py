"""Functions of one variable, element by element.

For y = f(x) the chain rule, element by element, is dL/dx = dL/dy * f'(x). Each class below is
that one line. Where f' is simplest in terms of y (exp, sqrt), backward keeps the output.
"""

import math

from ..autograd import Function
from .checks import check_numeric, check_tensor, floating


class Exp(Function):
    """y = e^x; y' = y."""

    save_output = True

    def forward(self, x):
        return self.backend.xp.exp(x)

    def backward(self, grad):
        return grad * self.saved_output()


class Expm1(Function):
    """y = e^x - 1, exact for small x; y' = y + 1."""

    save_output = True

    def forward(self, x):
        return self.backend.xp.expm1(x)

    def backward(self, grad):
        return grad * (self.saved_output() + 1)


class Log(Function):
    """y = log x, natural or to base 2 or 10; y' = 1 / (x ln base)."""

    save_inputs = (0,)

    def __init__(self, function="log", ln_base=1.0):
        self.function, self.ln_base = function, ln_base

    def forward(self, x):
        return getattr(self.backend.xp, self.function)(x)

    def backward(self, grad):
        (x,) = self.saved_inputs()
        return grad / (x * self.ln_base)


class Log1p(Function):
    """y = ln(1 + x), exact for small x; y' = 1 / (1 + x)."""

    save_inputs = (0,)

    def forward(self, x):
        return self.backend.xp.log1p(x)

    def backward(self, grad):
        (x,) = self.saved_inputs()
        return grad / (x + 1)


class Sqrt(Function):
    """y = x^(1/2); y' = 1 / (2 y)."""

    save_output = True

    def forward(self, x):
        return self.backend.xp.sqrt(x)

    def backward(self, grad):
        return grad / (2 * self.saved_output())


class Rsqrt(Function):
    """y = x^(-1/2); y' = -y^3 / 2."""

    save_output = True

    def forward(self, x):
        return 1 / self.backend.xp.sqrt(x)

    def backward(self, grad):
        return -0.5 * grad * self.saved_output() ** 3


class Abs(Function):
    """y = |x|; y' = sign x."""

    save_inputs = (0,)

    def forward(self, x):
        return self.backend.xp.absolute(x)

    def backward(self, grad):
        (x,) = self.saved_inputs()
        return grad * sign(x)


class Step(Function):
    """floor, ceil, trunc and round: constant between their jumps, so the gradient is zero."""

    def __init__(self, function):
        self.function = function

    def forward(self, x):
        return getattr(self.backend.xp, self.function)(x) if x.dtype.kind == "f" else x.copy()

    def backward(self, grad):
        return grad * 0


class Sign(Step):
    """-1, 0 or 1; 0 for NaN, too."""

    def __init__(self):
        super().__init__("sign")

    def forward(self, x):
        return (x > 0).astype(x.dtype) - (x < 0)


# What users call


def _of_floats(name, function):
    check_tensor(name, function)
    return floating(function)


def exp(input):
    """e^input."""
    return Exp()(_of_floats("exp", input))


def expm1(input):
    """e^input - 1, exact where input is small."""
    return Expm1()(_of_floats("expm1", input))


def log(input):
    """The natural logarithm; -inf at 0, NaN below."""
    return Log()(_of_floats("log", input))


def log2(input):
    """The logarithm to base 2."""
    return Log("log2", math.log(2))(_of_floats("log2", input))


def log10(input):
    """The logarithm to base 10."""
    return Log("log10", math.log(10))(_of_floats("log10", input))


def log1p(input):
    """ln(1 + input), exact where input is small."""
    return Log1p()(_of_floats("log1p", input))


def sqrt(input):
    """The square root; NaN below 0."""
    return Sqrt()(_of_floats("sqrt", input))


def rsqrt(input):
    """1 / sqrt(input)."""
    return Rsqrt()(_of_floats("rsqrt", input))


def abs(input):
    """|input|; its gradient at 0 is 0."""
    check_numeric("abs", input)
    return Abs()(input)


def sign(input):
    """-1, 0 or 1 (0 for NaN)."""
    check_tensor("sign", input)
    return input.clone() if input.dtype.kind == "b" else Sign()(input)


def floor(input):
    """The largest integer not above."""
    check_numeric("floor", input)
    return Step("floor")(input)


def ceil(input):
    """The smallest integer not below."""
    check_numeric("ceil", input)
    return Step("ceil")(input)


def trunc(input):
    """The nearest integer towards zero."""
    check_numeric("trunc", input)
    return Step("trunc")(input)


def round(input, *, decimals=0):
    """The nearest integer, halves to the even one; or the nearest number with so many decimals."""
    check_numeric("round", input)
    return Step("round")(input) if decimals == 0 else Step("round")(input * 10.0**decimals) / 10.0**decimals
