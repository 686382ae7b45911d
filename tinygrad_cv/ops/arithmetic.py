"""Arithmetic: operations on two tensors, element by element.

For y = f(a, b) the chain rule, element by element, is a product with each partial derivative:
dL/da = dL/dy * df/da. Each class below is that one line, twice. Operands of different shapes
are broadcast as in NumPy; what that means for their gradients is the engine's business (see
`unbroadcast` in autograd/engine.py). Either operand may be a Python number, which never
changes a dtype (see backend/dtypes.py) and has no gradient.
"""

import math
import numbers

from ..autograd import Function
from ..backend import dtypes
from .checks import check_numeric, check_tensor, floating, shown
from .pointwise import log

class Add(Function):
    """y = a + b; both gradients are the gradient."""

    on_arrays = True

    def forward(self, a, b):
        return a + b

    def backward(self, grad):
        return grad, grad


class Sub(Function):
    """y = a - b."""

    on_arrays = True

    def forward(self, a, b):
        try:
            return a - b
        except TypeError:
            raise RuntimeError("sub: two bool tensors can't be subtracted; use ^ or logical_not()") from None

    def backward(self, grad):
        return grad, -grad if self.needs_input_grad[1] else None


class Mul(Function):
    """y = a * b; each factor's gradient is the other factor."""

    on_arrays = True
    save_inputs = (0, 1)

    def forward(self, a, b):
        return a * b

    def backward(self, grad):
        a, b = self.saved_inputs()
        by_a, by_b = self.needs_input_grad
        return grad * b if by_a else None, grad * a if by_b else None


class Div(Function):
    """y = a / b; dy/da = 1 / b, dy/db = -a / b^2 = -y / b."""

    save_inputs = (0, 1)

    def forward(self, a, b):
        if b.__class__ is float and b:
            return a / b
        with self.backend.quiet():
            return a / b

    def backward(self, grad):
        a, b = self.saved_inputs()
        by_a, by_b = self.needs_input_grad
        return grad / b if by_a else None, -grad * ((a / b) / b) if by_b else None


class RoundedDivide(Function):
    """a / b rounded down (floor) or towards zero (trunc): steps, so the gradient is zero."""

    def __init__(self, mode):
        self.mode = mode

    def forward(self, a, b):
        with self.backend.quiet():
            floor = self.backend.xp.floor_divide(a, b)
            return floor if self.mode == "floor" else self.backend.xp.trunc(a / b).astype(floor.dtype)

    def backward(self, grad):
        return grad * 0, grad * 0


class Remainder(Function):
    """a - b * floor(a / b), which has the sign of b."""

    save_inputs = (0, 1)

    def forward(self, a, b):
        with self.backend.quiet():
            return self.backend.xp.remainder(a, b)

    def backward(self, grad):
        a, b = self.saved_inputs()
        return grad, -grad * (a // b) if self.needs_input_grad[1] else None


class Neg(Function):
    """y = -x."""

    on_arrays = True

    def forward(self, x):
        return -x

    def backward(self, grad):
        return -grad


class Pow(Function):
    """y = a^b; dy/da = b a^(b-1), dy/db = a^b log a (0 where a = 0)."""

    save_inputs = (0, 1)

    def forward(self, a, b):
        with self.backend.quiet():
            return a**b

    def backward(self, grad):
        a, b = self.saved_inputs()
        by_a = by_b = None
        if self.needs_input_grad[0]:
            # b = 0 is a constant, and must not become 0 * 0^-1 = NaN at a = 0.
            if isinstance(b, numbers.Number):
                by_a = grad * (b * a ** (b - 1)) if b != 0 else grad * 0
            else:
                by_a = grad * where(b == 0, 0.0, b * a ** (b - 1))
        if self.needs_input_grad[1]:
            a = b * 0 + a  # a Tensor, if it was a number
            nonzero = where(a == 0, 1.0, a)
            by_b = grad * where(a == 0, where(b < 0, a.new_tensor(-math.inf), 0.0), a**b * log(nonzero))
        return by_a, by_b


class Maximum(Function):
    """The larger of a and b; where they are equal, each gets half the gradient."""

    save_inputs = (0, 1)

    def forward(self, a, b):
        return self.backend.xp.maximum(a, b)

    def backward(self, grad):
        a, b = self.saved_inputs()
        tie = (a == b) * 0.5
        return grad * ((a > b) + tie).to(grad.dtype), grad * ((a < b) + tie).to(grad.dtype)


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
    """x limited to [low, high]; outside the limits nothing depends on x."""

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


class Cast(Function):
    """The same numbers in another dtype; the gradient comes back in the dtype of the input."""

    def __init__(self, dtype):
        self.dtype = dtype

    def forward(self, x):
        self.before = x.dtype
        with self.backend.quiet():
            return x.astype(self.dtype)

    def backward(self, grad):
        return grad.to(self.before)


# What users call


def operands(name, a, b):
    """Two operands brought to one dtype; at least one is a Tensor, the other may be a number."""
    if not hasattr(b, "grad_fn"):
        return _with_number(name, a, python_number(name, b))
    if not hasattr(a, "grad_fn"):
        return _with_number(name, b, python_number(name, a))[::-1]
    if a.dtype is not b.dtype:
        dtype = dtypes.result_dtype(a.dtype, a.shape == (), b.dtype, b.shape == ())
        a, b = a.to(dtype), b.to(dtype)
    if a.shape != b.shape:
        check_broadcast(name, a.shape, b.shape)
    return a, b


def check_broadcast(name, a, b):
    """Refuse two shapes that don't go together, counted from the last axis."""
    for m, n in zip(reversed(a), reversed(b)):
        if m != n and m != 1 and n != 1:
            raise RuntimeError(
                f"{name}: shapes {a} and {b} can't be broadcast together: counted from "
                f"the last axis, sizes must be equal or 1, but {m} meets {n}"
            )


def python_number(name, x):
    """An int, float or bool from any kind of number, NumPy's included."""
    if x.__class__ in (int, float, bool):
        return x
    if isinstance(x, numbers.Integral):
        return int(x)
    if isinstance(x, numbers.Real):
        return float(x)
    raise TypeError(f"{name}: expected Tensors or numbers, got {shown(x)}; an array becomes a Tensor by from_numpy(...)")


def _with_number(name, x, number):
    if not hasattr(x, "grad_fn"):
        raise TypeError(f"{name}: expected a Tensor, got {shown(x)}")
    of_number = dtypes.dtype_of_number(number)
    if dtypes.kind(of_number) > dtypes.kind(x.dtype):
        x = x.to(of_number)
    elif x.dtype.kind == "f":
        number = float(number)
    elif x.dtype.kind != "b":
        number = dtypes.wrap(number, x.dtype)
    return x, number


def add(input, other, *, alpha=1):
    """input + alpha * other, broadcast."""
    return Add()(*operands("add", input, other if alpha == 1 else _scaled("add", input, other, alpha)))


def sub(input, other, *, alpha=1):
    """input - alpha * other, broadcast."""
    return Sub()(*operands("sub", input, other if alpha == 1 else _scaled("sub", input, other, alpha)))


def _scaled(name, input, other, alpha):
    a, b = operands(name, input, other)
    if isinstance(alpha, float) and (a if hasattr(a, "grad_fn") else b).dtype.kind != "f":
        raise RuntimeError(f"{name}: alpha must be an integer for integer tensors, got {alpha}")
    return other * alpha


def mul(input, other):
    """input * other, broadcast."""
    return Mul()(*operands("mul", input, other))


def div(input, other, *, rounding_mode=None):
    """input / other, broadcast; integers divide to floats. rounding_mode may be "floor" or "trunc".

    >>> import tinygrad_cv as tg
    >>> tg.div(tg.tensor([1, 2]), 2)
    tensor([0.5000, 1.0000])
    """
    if rounding_mode in ("floor", "trunc"):
        return RoundedDivide(rounding_mode)(*_checked_division("div", input, other))
    if rounding_mode is not None:
        raise RuntimeError(f"div: rounding_mode must be None, 'floor' or 'trunc', got {rounding_mode!r}")
    a, b = operands("div", input, other)
    if hasattr(a, "grad_fn"):
        a = floating(a)
    if hasattr(b, "grad_fn"):
        b = floating(b)
    return Div()(a, b)


def floor_divide(input, other):
    """floor(input / other); integers stay integers."""
    return RoundedDivide("floor")(*_checked_division("floor_divide", input, other))


def remainder(input, other):
    """input - other * floor(input / other), which has the sign of `other`."""
    return Remainder()(*_checked_division("remainder", input, other))


def _checked_division(name, input, other):
    a, b = operands(name, input, other)
    tensor = a if hasattr(a, "grad_fn") else b
    if tensor.dtype.kind != "f" and (b == 0 if isinstance(b, int) else bool((b == 0).any())):
        raise RuntimeError(f"{name}: integer division by zero")
    return a, b


def neg(input):
    """-input."""
    check_tensor("neg", input)
    if input.dtype.kind == "b":
        raise RuntimeError("neg: a bool tensor has no negative; use logical_not() or ~")
    return Neg()(input)


def pow(input, exponent):
    """input^exponent, broadcast. Of integers to negative powers, which are fractions, 0 is left (or +-1)."""
    a, b = operands("pow", input, exponent)
    if isinstance(b, int) and b < 0:
        raise RuntimeError(f"pow: integers to the negative power {b} are not integers; use .float() first")
    if hasattr(b, "grad_fn") and b.dtype.kind != "f":
        check_numeric("pow", b)
        return where((b < 0) & (a * a != 1), 0, Pow()(a, b.abs()))
    return Pow()(a, b)


def maximum(input, other):
    """The larger of the two, element by element; at ties each gets half the gradient."""
    check_tensor("maximum", input)
    check_tensor("maximum", other, "other")
    return Maximum()(*operands("maximum", input, other))


def minimum(input, other):
    """The smaller of the two, element by element."""
    check_tensor("minimum", input)
    check_tensor("minimum", other, "other")
    a, b = operands("minimum", input, other)
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
        input = input if min is None else where(input < min, min, input)
        return input if max is None else where(input > max, max, input)
    low, high = (None if limit is None else python_number("clamp", limit) for limit in (min, max))
    for limit in (low, high):
        if limit is not None:
            input, _ = _with_number("clamp", input, limit)
    if low is not None and high is not None and low > high:
        low = high  # as in PyTorch: the upper limit wins
    return Clamp(low, high)(input)


def cast(input, dtype):
    """The same values in another dtype; integers cut the gradient."""
    if input.dtype == dtype:
        return input
    if dtype.kind != "f":
        input = input.detach()
    return Cast(dtype)(input)


def square(input):
    """input * input; bools become int64."""
    check_tensor("square", input)
    input = input.long() if input.dtype.kind == "b" else input
    return mul(input, input)
