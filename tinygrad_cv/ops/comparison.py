"""Comparisons and logic: the answers are bool tensors, and have no gradient.

Bools and integers are compared exactly, whatever their dtypes, because no dtype has to hold both
sides: 300 can't be stored in a uint8 tensor, but x < 300 is true for all of its elements.
"""

import math

from ..arrays import namespace
from ..autograd import Function
from ..checks import check_broadcast, check_tensor, is_tensor, number, takes
from .arithmetic import operands


class Compare(Function):
    """A comparison or a logical operation, by its name in NumPy."""

    differentiable = False

    def __init__(self, function):
        self.function = function

    def forward(self, x, *other):
        return getattr(namespace(x), self.function)(x, *other)


def _compared(name, a, b):
    """The operands of a comparison: floats of one dtype, or whole numbers as they are."""
    check_tensor(name, a)
    if a.array.dtype.kind == "f" or is_tensor(b) and b.array.dtype.kind == "f":
        return operands(name, a, b)
    if is_tensor(b):
        check_broadcast(name, a.shape, b.shape)
        return a, b
    b = number(name, b)
    b = int(b) if b == b // 1 else b  # 2.0 is compared as 2; 0.5, inf and NaN remain
    bits = 8 * a.dtype.itemsize - (a.dtype.kind == "i")
    low = -(2**bits) if a.dtype.kind == "i" else 0
    if low <= b < 2**bits or b != b:
        return a, b
    return a, math.inf if b > 0 else -math.inf  # beyond everything that `a` can hold


def _bits(name, a, b):
    a, b = operands(name, a, b)
    if "f" in [x.dtype.kind for x in (a, b) if is_tensor(x)]:
        raise RuntimeError(f"{name}: needs bools or integers, not floats; compare first: x > 0")
    return a, b


# What users call


def _binary(name, function, prepare, doc):
    def call(input, other):
        return Compare(function)(*prepare(name, input, other))

    call.__name__, call.__qualname__, call.__doc__ = name, name, doc
    return call


def _unary(name, doc):
    def call(input):
        check_tensor(name, input)
        return Compare(name)(input)

    call.__name__, call.__qualname__, call.__doc__ = name, name, doc
    return call


eq = _binary("eq", "equal", _compared, "input == other, element by element.")
ne = _binary("ne", "not_equal", _compared, "input != other, element by element.")
lt = _binary("lt", "less", _compared, "input < other, element by element.")
le = _binary("le", "less_equal", _compared, "input <= other, element by element.")
gt = _binary("gt", "greater", _compared, "input > other, element by element.")
ge = _binary("ge", "greater_equal", _compared, "input >= other, element by element.")
logical_and = _binary("logical_and", "logical_and", _compared, "True where both are nonzero.")
logical_or = _binary("logical_or", "logical_or", _compared, "True where one of them is nonzero.")
bitwise_and = _binary("bitwise_and", "bitwise_and", _bits, "input & other, for bools or integers.")
bitwise_or = _binary("bitwise_or", "bitwise_or", _bits, "input | other, for bools or integers.")
bitwise_xor = _binary("bitwise_xor", "bitwise_xor", _bits, "input ^ other, for bools or integers.")
logical_not = _unary("logical_not", "True where input is zero or False.")
isnan = _unary("isnan", "True where input is not a number.")
isfinite = _unary("isfinite", "True where input is neither infinite nor NaN.")
isinf = _unary("isinf", "True where input is infinite.")


def bitwise_not(input):
    """~input, for bools or integers."""
    return Compare("invert")(_bits("bitwise_not", input, False)[0])


@takes("input ...: any", "other ...: any")
def equal(input, other):
    """True (a Python bool) if both tensors have the same shape and equal values."""
    return input.shape == other.shape and bool(eq(input, other).all())


@takes("input ...: any", "other ...: any")
def isclose(input, other, rtol=1e-5, atol=1e-8, equal_nan=False):
    """|input - other| <= atol + rtol |other|, or the same infinity, or (equal_nan) both NaN."""
    same = eq(input, other)
    same = same | isnan(input) & isnan(other) if equal_nan else same
    a, b = input.detach(), other.detach()
    if "f" in (a.dtype.kind, b.dtype.kind):
        a, b = a.double(), b.double()
    else:  # exact, where float64 has no digits left
        a, b = a.long(), b.long()
    error, b = (a - b).double().abs(), b.double()
    return same | isfinite(error) & (error <= atol + rtol * b.abs())


def allclose(input, other, rtol=1e-5, atol=1e-8, equal_nan=False):
    """True (a Python bool) if `isclose` is true everywhere."""
    return bool(isclose(input, other, rtol, atol, equal_nan).all())
