"""Choosing between values: which of two, place by place, and the limits of a range.

What is chosen is passed on unchanged, so its gradient is the gradient where it was chosen, and
zero where it was not.
"""

from ..autograd import Function
from ..backend import dtypes
from .arithmetic import check_broadcast, neg, operands, python_number, with_number
from .checks import check_tensor


class Maximum(Function):
    """The larger of a and b; where they are equal, each gets half the gradient."""

    save_inputs = (0, 1)

    def forward(self, a, b):
        return self.backend.xp.maximum(a, b)

    def backward(self, grad):
        a, b = self.saved_inputs()
        whole = 1 - 0.5 * (a == b).to(grad.dtype)  # of a NaN, too: neither side is less
        return grad * (whole - (a < b).to(grad.dtype)), grad * (whole - (b < a).to(grad.dtype))


class Where(Function):
    """a where the condition holds, b elsewhere: each gets the gradient of its own places."""

    save_inputs = (0,)

    def forward(self, condition, a, b):
        return self.backend.xp.where(condition, a, b)

    def backward(self, grad):
        (condition,) = self.saved_inputs()
        by_a, by_b = self.needs_input_grad[1:]
        return None, where(condition, grad, 0.0) if by_a else None, where(condition, 0.0, grad) if by_b else None


class Clamp(Function):
    """x limited to [low, high]; outside the limits nothing depends on x. If low > high, high wins."""

    save_inputs = (0,)

    def __init__(self, low, high):
        self.low, self.high = low, high

    def forward(self, x):
        return self.backend.xp.clip(x, self.low, self.high)

    def backward(self, grad):
        (x,) = self.saved_inputs()
        inside = x == x
        if self.low is not None:
            inside = inside & (x >= self.low)
        if self.high is not None:
            inside = inside & (x <= self.high)
        return grad * inside.to(grad.dtype)


# What users call


def maximum(input, other):
    """The larger of the two, element by element; at ties each gets half the gradient."""
    return larger("maximum", input, other)


def larger(name, input, other):
    """`maximum`, under the name of what was called."""
    check_tensor(name, input)
    check_tensor(name, other, "other")
    return Maximum()(*operands(name, input, other))


def minimum(input, other):
    """The smaller of the two, element by element."""
    return smaller("minimum", input, other)


def smaller(name, input, other):
    """`minimum`, under the name of what was called."""
    check_tensor(name, input)
    check_tensor(name, other, "other")
    a, b = operands(name, input, other)
    return neg(Maximum()(neg(a), neg(b))) if a.dtype.kind == "f" else where(a < b, a, b)


def where(condition, input=None, other=None):
    """input where condition is true, other elsewhere; all three are broadcast.

    where(condition) alone is `nonzero(condition, as_tuple=True)`.

    >>> import tinygrad_cv as tg
    >>> x = tg.tensor([-1.0, 2.0])
    >>> tg.where(x > 0, x, 0.1 * x)
    tensor([-0.1000,  2.0000])
    """
    check_tensor("where", condition, "condition")
    if input is None and other is None:
        return condition.nonzero(as_tuple=True)
    if condition.dtype == dtypes.uint8:  # PyTorch's bool of old
        condition = condition.bool()
    if condition.dtype.kind != "b":
        raise RuntimeError(f"where: the condition must be a bool tensor, got {condition.dtype}; compare, e.g. x > 0")
    if not hasattr(input, "grad_fn") and not hasattr(other, "grad_fn"):
        input = condition.new_tensor(python_number("where", input))
    a, b = operands("where", input, other)
    for x in (a, b):
        if hasattr(x, "grad_fn"):
            check_broadcast("where", condition.shape, x.shape)
    # NumPy's `where` takes Python numbers for float64: give it the dtype.
    a, b = (x if hasattr(x, "grad_fn") else (b if x is a else a).new_tensor(x) for x in (a, b))
    return Where()(condition, a, b)


def clamp(input, min=None, max=None):
    """input limited to [min, max]; either limit may be None, not both.

    >>> import tinygrad_cv as tg
    >>> tg.clamp(tg.tensor([-2.0, 0.5, 3.0]), min=-1, max=1)
    tensor([-1.0000,  0.5000,  1.0000])
    """
    check_tensor("clamp", input)
    if min is None and max is None:
        raise RuntimeError("clamp: at least one of min and max must be given")
    if hasattr(min, "grad_fn") or hasattr(max, "grad_fn"):
        for what, limit in ("min", min), ("max", max):
            if limit is not None:
                check_tensor("clamp", limit, what)
        # x != x holds for NaN alone: a limit that is NaN makes the result NaN, and no gradient passes one
        unknown = input != input
        for limit in (min, max):
            unknown = unknown if limit is None else unknown | (limit != limit)
        y = input if min is None else where(input < min, min, input)
        y = y if max is None else where(y > max, max, y)
        return where(unknown, float("nan"), y) if y.dtype.kind == "f" else y
    low, high = (None if limit is None else python_number("clamp", limit) for limit in (min, max))
    for limit in (low, high):
        if limit is not None:
            input, _ = with_number("clamp", input, limit)
    return Clamp(low, high)(input)


def clamp_min(input, min):
    """input, or min where that is larger."""
    return clamp(input, min=min)


def clamp_max(input, max):
    """input, or max where that is smaller."""
    return clamp(input, max=max)
