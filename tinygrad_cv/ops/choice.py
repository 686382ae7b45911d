"""Choosing between values, element by element: which of two, and the limits of a range.

What is chosen is passed on unchanged. So the gradient goes to the value that was chosen, and the
other one gets zero.
"""

from .. import dtypes
from ..arrays import kernel, namespace
from ..autograd import Function
from ..checks import check_broadcast, check_kind, check_tensor, is_tensor, number, takes
from .arithmetic import operands


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


@kernel
def limited(x, low, high):
    """min(max(x, low), high); either limit may be None."""
    return namespace(x).clip(x, low, high)


# What users call


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
