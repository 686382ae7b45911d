"""Comparisons and logic: the answers are bool tensors, and have no gradient.

Bools and integers are compared exactly, whatever their dtypes, because no dtype has to hold both
sides: 300 can't be stored in a uint8 tensor, but x < 300 is true for all of its elements.
"""

import math

from ..arrays import namespace
from ..autograd import Function
from ..checks import check_broadcast, check_tensor, is_tensor, number, takes
from .arithmetic import mul, operands


class Compare(Function):
    """A comparison or a logical operation, by its name in NumPy."""

    differentiable = False

    def __init__(self, function): self.function = function

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
    if b == b and not -(2**63) <= b < 2**63:  # beyond everything that int64 can hold
        b = math.copysign(math.inf, b)
    return a.long(), b


def _bits(name, a, b):
    a, b = operands(name, a, b)
    if "f" in [x.dtype.kind for x in (a, b) if is_tensor(x)]:
        raise RuntimeError(f"{name}: needs bools or integers, not floats; compare first: x > 0")
    return (a, b) if is_tensor(a) else (b, a)  # the order makes no difference


# What users call


def binary(name, function, prepare, doc):
    """The public function of a Compare with two operands."""

    def call(input, other):
        return Compare(function)(*prepare(name, input, other))

    call.__name__, call.__qualname__, call.__doc__ = name, name, doc
    return call


eq = binary("eq", "equal", _compared, "input == other, element by element.")
ne = binary("ne", "not_equal", _compared, "input != other, element by element.")
lt = binary("lt", "less", _compared, "input < other, element by element.")
le = binary("le", "less_equal", _compared, "input <= other, element by element.")
gt = binary("gt", "greater", _compared, "input > other, element by element.")
ge = binary("ge", "greater_equal", _compared, "input >= other, element by element.")
bitwise_and = binary("bitwise_and", "bitwise_and", _bits, "input & other, for bools or integers.")
bitwise_or = binary("bitwise_or", "bitwise_or", _bits, "input | other, for bools or integers.")
bitwise_xor = binary("bitwise_xor", "bitwise_xor", _bits, "input ^ other, for bools or integers.")


def bitwise_not(input):
    """~input, for bools or integers."""
    return Compare("invert")(_bits("bitwise_not", input, False)[0])


@takes("input ...: any", "other ...: any")
def equal(input, other):
    """True (a Python bool) if both tensors have the same shape and equal values."""
    return input.shape == other.shape and bool(eq(input, other).all())


@takes("input ...: any")
def isnan(input):
    """True where input is not a number: the only value that differs from itself."""
    return ne(input, input)


@takes("input ...: any")
def isfinite(input):
    """True where input is neither infinite nor NaN."""
    return eq(mul(input, 0), 0)  # inf * 0 is NaN


@takes("input ...: any", "other ...: any")
def allclose(input, other, rtol=1e-5, atol=1e-8, equal_nan=False):
    """|input - other| <= atol + rtol |other| everywhere, or equal, or (equal_nan) both NaN.

    The answer is a Python bool. Integers are compared in int64, so that no digit is lost.
    """
    same = eq(input, other)
    same = same | isnan(input) & isnan(other) if equal_nan else same
    floats = "f" in (input.dtype.kind, other.dtype.kind)
    a, b = (x.double() if floats else x.long() for x in (input.detach(), other.detach()))
    error, b = (a - b).double().abs(), b.double()
    return bool((same | isfinite(error) & (error <= atol + rtol * b.abs())).all())
