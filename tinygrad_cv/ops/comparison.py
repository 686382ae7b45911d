"""Comparisons and logic: the answers are bool tensors, and have no gradient."""

from ..autograd import Function
from .arithmetic import check_broadcast, operands
from .checks import check_same_dtype, check_tensor, flag, floating, number


class Compare(Function):
    """A comparison or a logical operation: the answer is bool and has no gradient."""

    differentiable = False

    def __init__(self, function):
        self.function = function

    def forward(self, *arrays):
        return getattr(self.backend.xp, self.function)(*arrays)


def _compare(name, function, input, other):
    check_tensor(name, input)
    return Compare(function)(*operands(name, input, other))


def _logical(name, input, other):
    check_tensor(name, other, "other")
    return _compare(name, name, input, other)


def eq(input, other):
    """input == other, element by element."""
    return _compare("eq", "equal", input, other)


def ne(input, other):
    """input != other, element by element."""
    return _compare("ne", "not_equal", input, other)


def lt(input, other):
    """input < other, element by element."""
    return _compare("lt", "less", input, other)


def le(input, other):
    """input <= other, element by element."""
    return _compare("le", "less_equal", input, other)


def gt(input, other):
    """input > other, element by element."""
    return _compare("gt", "greater", input, other)


def ge(input, other):
    """input >= other, element by element."""
    return _compare("ge", "greater_equal", input, other)


def logical_not(input):
    """True where input is zero or False."""
    check_tensor("logical_not", input)
    return Compare("logical_not")(input)


def logical_and(input, other):
    """True where both are nonzero."""
    return _logical("logical_and", input, other)


def logical_or(input, other):
    """True where one of them is nonzero."""
    return _logical("logical_or", input, other)


def logical_xor(input, other):
    """True where one of them is nonzero, and not both."""
    return _logical("logical_xor", input, other)


def isnan(input):
    """True where input is not a number."""
    check_tensor("isnan", input)
    return Compare("isnan")(input)


def isfinite(input):
    """True where input is neither infinite nor NaN."""
    check_tensor("isfinite", input)
    return Compare("isfinite")(input)


def isinf(input):
    """True where input is infinite."""
    check_tensor("isinf", input)
    return Compare("isinf")(input)


def bitwise_and(input, other):
    """input & other: logical for bools, bit by bit for integers."""
    return Compare("bitwise_and")(*_whole("bitwise_and", input, other))


def bitwise_or(input, other):
    """input | other: logical for bools, bit by bit for integers."""
    return Compare("bitwise_or")(*_whole("bitwise_or", input, other))


def bitwise_xor(input, other):
    """input ^ other: logical for bools, bit by bit for integers."""
    return Compare("bitwise_xor")(*_whole("bitwise_xor", input, other))


def bitwise_not(input):
    """~input: logical for bools, bit by bit for integers."""
    return Compare("invert")(*_whole("bitwise_not", input, False)[:1])


def bitwise_left_shift(input, other):
    """input << other: times 2^other, by moving the bits."""
    return Compare("left_shift")(*_shifted("bitwise_left_shift", input, other))


def bitwise_right_shift(input, other):
    """input >> other: divided by 2^other and rounded down, by moving the bits."""
    return Compare("right_shift")(*_shifted("bitwise_right_shift", input, other))


def _shifted(name, input, other):
    a, b = _whole(name, input, other)
    if any(hasattr(x, "grad_fn") and x.dtype.kind == "b" for x in (a, b)):
        raise NotImplementedError(f"{name}: not defined for bool; convert the input with .long()")
    return a, b


def _whole(name, input, other):
    a, b = operands(name, input, other)
    if any(hasattr(x, "grad_fn") and x.dtype.kind == "f" for x in (a, b)):
        raise RuntimeError(f"{name}: needs bools or integers, got floating point numbers; compare first, e.g. x > 0")
    return a, b


def equal(input, other):
    """True (a Python bool) if both tensors have one shape and equal values."""
    check_tensor("equal", input)
    check_tensor("equal", other, "other")
    return input.shape == other.shape and bool(eq(input, other).all())


def isclose(input, other, rtol=1e-5, atol=1e-8, equal_nan=False):
    """True where |input - other| <= atol + rtol |other|, both are the same infinity, or, with equal_nan, both NaN."""
    return _close("isclose", input, other, rtol, atol, equal_nan)


def allclose(input, other, rtol=1e-5, atol=1e-8, equal_nan=False):
    """True (a Python bool) if `isclose` is true everywhere."""
    return bool(_close("allclose", input, other, rtol, atol, equal_nan).all())


def _close(name, input, other, rtol, atol, equal_nan):
    check_tensor(name, input)
    check_tensor(name, other, "other")
    check_same_dtype(name, input, other=other)
    check_broadcast(name, input.shape, other.shape)
    for what, tolerance in ("rtol", rtol), ("atol", atol):
        if not number(name, tolerance, what) >= 0:
            raise RuntimeError(f"{name}: {what} must not be negative, got {tolerance}")
    a, b = floating(input.detach()), floating(other.detach())
    error = (a - b).abs()
    close = (a == b) | isfinite(error) & (error <= atol + rtol * b.abs())  # an infinite error is within no tolerance
    return close | isnan(a) & isnan(b) if flag(name, equal_nan, "equal_nan") else close
