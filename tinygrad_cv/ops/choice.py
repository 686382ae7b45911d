"""Choosing between values, element by element: which of two, and the limits of a range.

What is chosen is passed on unchanged. So the gradient goes to the value that was chosen, and the
other one gets zero.
"""

from .. import dtypes
from ..arrays import kernel, namespace
from ..autograd import Function
from ..checks import check_broadcast, check_kind, check_tensor, is_tensor, python_number, takes
from .arithmetic import operands
from .comparison import gt, isnan, lt


class Maximum(Function):
    """The larger of a and b (minimum: the smaller); equal ones get half the gradient each."""

    saves = (0, 1)

    def __init__(self, function):
        self.function = function

    def forward(self, a, b):
        return getattr(namespace(a), self.function)(a, b)

    def backward(self, grad):
        a, b = self.saved()
        a_lost, b_lost = (a < b, b < a) if self.function == "maximum" else (b < a, a < b)
        shared = where(a == b, grad / 2, grad)
        return where(a_lost, 0.0, shared), where(b_lost, 0.0, shared)


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


class Clamp(Function):
    """x limited to [low, high], numbers or None; outside the limits nothing depends on x."""

    saves = (0,)

    def __init__(self, low, high):
        self.low, self.high = low, high

    def forward(self, x):
        return limited(x, self.low, self.high)

    def backward(self, grad):
        x = self.saved()[0].detach()
        above, below = self.low is None or x >= self.low, self.high is None or x <= self.high
        return where(above & below, grad, 0.0)


# What users call


@takes("input ...: any", "other ...: any")
def maximum(input, other):
    """The larger of two tensors, element by element."""
    return Maximum("maximum")(*operands("maximum", input, other))


@takes("input ...: any", "other ...: any")
def minimum(input, other):
    """The smaller of two tensors, element by element."""
    return Maximum("minimum")(*operands("minimum", input, other))


def where(condition, input, other):
    """input where condition is true, other elsewhere; all three are broadcast.

    >>> import tinygrad_cv as tg
    >>> x = tg.tensor([-1.0, 2.0])
    >>> tg.where(x > 0, x, 0.1 * x)
    tensor([-0.1000,  2.0000])
    """
    check_kind("where", condition, "bool", "condition")
    if not is_tensor(input) and not is_tensor(other):
        number = python_number("where", input)
        input = condition.new_full((), number, dtype=dtypes.dtype_of_number(number))
    a, b = operands("where", input, other)
    for x in (a, b):
        check_broadcast("where", condition.shape, x.shape if is_tensor(x) else ())
    return Where()(condition, a, b)


def clamp(input, min=None, max=None):
    """input limited to [min, max], which are numbers, tensors or None. If min > max, max wins."""
    check_tensor("clamp", input)
    if min is None and max is None:
        raise RuntimeError("clamp: at least one of min and max must be given")
    if not is_tensor(min) and not is_tensor(max):
        limits = []
        for limit in (min, max):
            if limit is not None:
                input, limit = operands("clamp", input, limit)
            limits.append(limit)
        return Clamp(*limits)(input)
    for limit, is_beyond in ((min, lt), (max, gt)):
        if limit is not None:
            input, limit = operands("clamp", input, limit)
            unknown = isnan(limit) if is_tensor(limit) else limit != limit
            input = where(is_beyond(input, limit) | unknown, limit, input)
    return input
