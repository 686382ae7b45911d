"""Comparing values, and choosing between them, element by element.

The answers of comparisons are bool tensors, and have no gradient. Bools and integers are compared
exactly, whatever their dtypes, because no dtype has to hold both sides: 300 can't be stored in a
uint8 tensor, but x < 300 is true for all of its elements.

What is chosen, by a condition or as the larger of two, is passed on unchanged. So the gradient goes
to the value that was chosen, and the other one gets zero.
"""

import math

from .. import dtypes
from ..arrays import namespace
from ..autograd import Function
from ..checks import check_broadcast, check_kind, check_tensor, is_tensor, number, takes
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


class Maximum(Function):
    """The larger of a and b (minimum: the smaller); equal ones get half the gradient each."""

    saves = (0, 1, 2)

    def forward(self, a, b, larger):
        return (namespace(a).maximum if larger else namespace(a).minimum)(a, b)

    def backward(self, grad):
        a, b, larger = self.saved()
        a_lost, b_lost = (a < b, b < a) if larger else (b < a, a < b)
        shared = where(a == b, grad / 2, grad)
        return where(a_lost, 0.0, shared), where(b_lost, 0.0, shared), None


class Limit(Maximum):
    """The same, but if a and b are equal, a gets all of the gradient; if one is a NaN, neither."""

    def backward(self, grad):
        a, b, larger = self.saved()
        a_won, b_won = (a >= b, a < b) if larger else (a <= b, a > b)
        return where(a_won, grad, 0.0), where(b_won, grad, 0.0), None


class Where(Function):
    """a where the condition holds, b elsewhere; each gets the gradient of its own elements."""

    saves = (0,)

    def forward(self, condition, a, b):
        return namespace(condition).where(condition, a, b)

    def backward(self, grad):
        (condition,) = self.saved()
        _, needs_a, needs_b = self.needs_input_grad
        grad_a = where(condition, grad, 0.0) if needs_a else None
        return None, grad_a, where(condition, 0.0, grad) if needs_b else None


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


@takes("input ...: any", "other ...: any")
def maximum(input, other):
    """The larger of two tensors, element by element."""
    return Maximum()(*operands("maximum", input, other), True)


@takes("input ...: any", "other ...: any")
def minimum(input, other):
    """The smaller of two tensors, element by element."""
    return Maximum()(*operands("minimum", input, other), False)


def where(condition, input, other):
    """input where condition is true, other elsewhere; all three are broadcast.

    >>> import tinygrad_cv as tg
    >>> x = tg.tensor([-1.0, 2.0])
    >>> tg.where(x > 0, x, 0.1 * x)
    tensor([-0.1000,  2.0000])
    """
    check_kind("where", condition, "bool", "condition")
    if not is_tensor(input) and not is_tensor(other):
        input = number("where", input)
        input = condition.new_full((), input, dtype=dtypes.dtype_of_number(input))
    a, b = operands("where", input, other)
    for x in (a, b):
        check_broadcast("where", condition.shape, x.shape if is_tensor(x) else ())
    return Where()(condition, a, b)


def clamp(input, min=None, max=None):
    """input limited to [min, max], which are numbers, tensors or None. If min > max, max wins."""
    check_tensor("clamp", input)
    if min is None and max is None:
        raise RuntimeError("clamp: at least one of min and max must be given")
    if min is not None:
        input = Limit()(*operands("clamp", input, min), True)
    if max is not None:
        input = Limit()(*operands("clamp", input, max), False)
    return input
