"""Arithmetic: operations on two tensors, element by element.

For y = f(a, b) the chain rule, element by element, is a product with each partial derivative:
dL/da = dL/dy * df/da. Each class below is that one line, twice. Operands of different shapes
are broadcast as in NumPy; what that means for their gradients is the engine's business (see
`unbroadcast` in autograd/engine.py). Either operand may be a Python number, which never
changes a dtype (see backend/dtypes.py) and has no gradient.
"""

import numbers

from ..autograd import Function
from ..backend import dtypes
from .checks import check_floating, check_same_dtype, check_tensor, floating, shown


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
        return a - b

    def backward(self, grad):
        return grad, -grad if self.needs_input_grad[1] else None


class Mul(Function):
    """y = a * b; each factor's gradient is the other factor."""

    on_arrays = True
    save_inputs = (0, 1)
    bilinear = True

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
        floor = self.backend.xp.floor_divide(a, b)
        return floor if self.mode == "floor" else self.backend.xp.trunc(a / b).astype(floor.dtype)

    def backward(self, grad):
        return grad * 0, grad * 0


class FloorDivide(RoundedDivide):
    """As an operation of its own it has no derivative, as in PyTorch; div(..., rounding_mode="floor") has zeros."""

    def backward(self, grad):
        raise RuntimeError(
            "floor_divide: derivative for floor_divide is not implemented; for zeros use div(a, b, rounding_mode='floor')"
        )


class Remainder(Function):
    """a - b * floor(a / b), which has the sign of b."""

    save_inputs = (0, 1)

    def forward(self, a, b):
        return self.backend.xp.remainder(a, b)

    def backward(self, grad):
        a, b = self.saved_inputs()
        return grad, -grad * RoundedDivide("floor")(a, b) if self.needs_input_grad[1] else None


class Fmod(Function):
    """a - b * trunc(a / b), which has the sign of a."""

    save_inputs = (0, 1)

    def forward(self, a, b):
        return self.backend.xp.fmod(a, b)

    def backward(self, grad):
        a, b = self.saved_inputs()
        return grad, -grad * RoundedDivide("trunc")(a, b) if self.needs_input_grad[1] else None


class Neg(Function):
    """y = -x."""

    on_arrays = True

    def forward(self, x):
        return -x

    def backward(self, grad):
        return -grad


class Cast(Function):
    """The same numbers in another dtype; the gradient comes back in the dtype of the input."""

    def __init__(self, dtype):
        self.dtype = dtype

    def forward(self, x):
        self.before = x.dtype
        return x.astype(self.dtype)

    def backward(self, grad):
        return grad.to(self.before)


# What users call


def operands(name, a, b):
    """Two operands brought to one dtype; at least one is a Tensor, the other may be a number."""
    if not hasattr(b, "grad_fn"):
        return with_number(name, a, python_number(name, b))
    if not hasattr(a, "grad_fn"):
        return with_number(name, b, python_number(name, a))[::-1]
    if a.dtype is not b.dtype:
        dtype = dtypes.result_dtype(a.dtype, a.shape == (), b.dtype, b.shape == ())
        a, b = a.to(dtype), b.to(dtype)
    if a.shape != b.shape:
        check_broadcast(name, a.shape, b.shape)
    return a, b


def check_broadcast(name, a, b, error=RuntimeError):
    """Refuse two shapes that don't go together, counted from the last axis."""
    for m, n in zip(reversed(a), reversed(b)):
        if m != n and m != 1 and n != 1:
            raise error(
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


def with_number(name, x, number):
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
    return Add()(*operands("add", input, other if alpha.__class__ is int and alpha == 1 else _scaled("add", input, other, alpha)))


def sub(input, other, *, alpha=1):
    """input - alpha * other, broadcast."""
    for x in input, other:
        if getattr(x, "dtype", None) == dtypes.bool_:
            raise RuntimeError("sub: bool tensors can't be subtracted; use ^ or logical_not(), or convert with .float()")
    return Sub()(*operands("sub", input, other if alpha.__class__ is int and alpha == 1 else _scaled("sub", input, other, alpha)))


def _scaled(name, input, other, alpha):
    alpha = python_number(name, alpha)
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


def reciprocal(input):
    """1 / input."""
    check_tensor("reciprocal", input)
    return div(1, input)


def lerp(input, end, weight):
    """input + weight * (end - input): on the line from input (weight 0) to end (weight 1)."""
    check_tensor("lerp", input)
    check_tensor("lerp", end, "end")
    check_same_dtype("lerp", input, end=end, weight=weight if hasattr(weight, "grad_fn") else None)
    check_floating("lerp", input)
    check_broadcast("lerp", input.shape, end.shape)
    weight, way = operands("lerp", weight, sub(end, input))
    return add(input, mul(weight, way))


def floor_divide(input, other):
    """floor(input / other); integers stay integers."""
    return FloorDivide("floor")(*_checked_division("floor_divide", input, other))


def remainder(input, other):
    """input - other * floor(input / other), which has the sign of `other`."""
    return Remainder()(*_checked_division("remainder", input, other))


def fmod(input, other):
    """input - other * trunc(input / other), which has the sign of `input`."""
    return Fmod()(*_checked_division("fmod", input, other))


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


def cast(input, dtype):
    """The same values in another dtype; integers cut the gradient."""
    if input.dtype == dtype:
        return input
    if dtype.kind != "f":
        input = input.detach()
    return Cast(dtype)(input)
