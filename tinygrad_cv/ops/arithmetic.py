"""Arithmetic: operations on two tensors, element by element.

For y = f(a, b) the chain rule, element by element, is a product with each partial derivative:
dL/da = dL/dy * df/da. Each class below is that one line, twice. Operands of different shapes are
broadcast as in NumPy; what that means for their gradients is the engine's business (see
`unbroadcast` in autograd/engine.py). Either operand may be a Python number, which never changes
a dtype within its kind (see dtypes.py) and has no gradient.
"""

from .. import dtypes
from ..arrays import is_array, namespace
from ..autograd import Function
from ..checks import (
    check_broadcast, check_same_dtype, check_tensor, is_tensor, python_number, stored, takes,
)


class Add(Function):
    """y = a + b; both gradients are the gradient of y."""

    on_arrays = True

    def forward(self, a, b):
        return a + b

    def backward(self, grad):
        return grad, grad


class Sub(Function):
    """y = a - b; dy/da = 1, dy/db = -1."""

    on_arrays = True

    def forward(self, a, b):
        return a - b

    def backward(self, grad):
        return grad, -grad if self.needs_input_grad[1] else None


class Mul(Function):
    """y = a b; dy/da = b, dy/db = a."""

    saves = (0, 1)
    bilinear = on_arrays = True

    def forward(self, a, b):
        return a * b

    def backward(self, grad):
        a, b = self.saved()
        needs_a, needs_b = self.needs_input_grad
        return grad * b if needs_a else None, grad * a if needs_b else None


class Div(Function):
    """y = a / b; dy/da = 1 / b, dy/db = -a / b^2."""

    saves = (0, 1)
    on_arrays = True

    def forward(self, a, b):
        return a / b

    def backward(self, grad):
        a, b = self.saved()
        needs_a, needs_b = self.needs_input_grad
        return grad / b if needs_a else None, -grad * ((a / b) / b) if needs_b else None


class RoundedDivide(Function):
    """a / b rounded down (floor) or towards zero (trunc): constant between jumps, so dy = 0."""

    def __init__(self, mode):
        self.mode = mode

    def forward(self, a, b):
        floor, x = a // b, a if is_array(a) else b
        if self.mode == "floor":
            return floor
        if x.dtype.kind == "f":
            return namespace(x).trunc(a / b)
        return floor + ((floor < 0) & (floor * b != a))  # a quotient of floats would lose digits

    def backward(self, grad):
        return grad * 0, grad * 0


class Remainder(Function):
    """y = a - b floor(a / b), which has the sign of b; dy/da = 1, dy/db = -floor(a / b)."""

    saves = (0, 1)

    def forward(self, a, b):
        return a % b

    def backward(self, grad):
        a, b = self.saved()
        return grad, -grad * RoundedDivide("floor")(a, b) if self.needs_input_grad[1] else None


class Neg(Function):
    """y = -x."""

    on_arrays = True

    def forward(self, x):
        return -x

    def backward(self, grad):
        return -grad


class Cast(Function):
    """The same numbers in another dtype; the gradient returns in the dtype of the input."""

    def __init__(self, dtype):
        self.dtype = dtype

    def forward(self, x):
        self.before = x.dtype
        return x.astype(self.dtype)

    def backward(self, grad):
        return cast(grad, self.before)


# Operands


def operands(name, a, b):
    """Two operands brought to one dtype; at least one is a Tensor, the other may be a number."""
    if not is_tensor(b):
        return with_number(name, a, python_number(name, b))
    if not is_tensor(a):
        return with_number(name, b, python_number(name, a))[::-1]
    if a.array.dtype is not b.array.dtype:
        dtype = dtypes.result_dtype(a.dtype, a.shape == (), b.dtype, b.shape == ())
        a, b = exact(name, a, dtype), exact(name, b, dtype)
    if a.array.shape != b.array.shape:
        check_broadcast(name, a.shape, b.shape)
    return a, b


def with_number(name, x, number):
    """A Tensor and a number, brought to one kind; the number must fit into an integer tensor."""
    check_tensor(name, x)
    of_number = dtypes.dtype_of_number(number)
    if dtypes.kind(of_number) > dtypes.kind(x.dtype):
        return cast(x, of_number), number
    if x.array.dtype.kind == "f":
        return x, float(number)
    return x, stored(name, number, x.dtype)


def exact(name, x, dtype):
    """cast(x, dtype), but a 0-d integer that the smaller `dtype` can't hold is refused."""
    if x.shape == () and dtype.kind in "iu" and x.dtype != dtype:
        stored(name, x.item(), dtype)
    return cast(x, dtype)


# What users call


def add(input, other, *, alpha=1):
    """input + alpha * other, broadcast."""
    return Add()(*operands("add", input, _scaled("add", input, other, alpha)))


def sub(input, other, *, alpha=1):
    """input - alpha * other, broadcast."""
    for x in input, other:
        if is_tensor(x) and x.dtype == dtypes.bool_:
            raise RuntimeError(
                "sub: bool tensors can't be subtracted; use ^ or logical_not(), or .float() first"
            )
    return Sub()(*operands("sub", input, _scaled("sub", input, other, alpha)))


def _scaled(name, input, other, alpha):
    if alpha.__class__ is int and alpha == 1:
        return other
    alpha, (a, b) = python_number(name, alpha), operands(name, input, other)
    if isinstance(alpha, float) and (a if is_tensor(a) else b).dtype.kind != "f":
        raise RuntimeError(f"{name}: alpha must be an integer for integer tensors, got {alpha}")
    return other * alpha


def mul(input, other):
    """input * other, broadcast."""
    return Mul()(*operands("mul", input, other))


def div(input, other, *, rounding_mode=None):
    """input / other, broadcast; integers become floats first. rounding_mode: "floor" or "trunc".

    >>> import tinygrad_cv as tg
    >>> tg.div(tg.tensor([1, 2]), 2)
    tensor([0.5000, 1.0000])
    """
    if rounding_mode in ("floor", "trunc"):
        return RoundedDivide(rounding_mode)(*_whole_division("div", input, other))
    if rounding_mode is not None:
        raise RuntimeError(
            f"div: rounding_mode must be None, 'floor' or 'trunc', got {rounding_mode!r}"
        )
    return Div()(*operands("div", floating(input), floating(other)))


def floating(x):
    """An integer or bool tensor as one of the default floating dtype; anything else as it is."""
    if is_tensor(x) and x.array.dtype.kind != "f":
        return cast(x, dtypes.get_default_dtype())
    return x


def floor_divide(input, other):
    """floor(input / other); integers stay integers, and an integer zero as divisor is refused."""
    return div(input, other, rounding_mode="floor")


def remainder(input, other):
    """input - other * floor(input / other), which has the sign of `other`."""
    return Remainder()(*_whole_division("remainder", input, other))


def _whole_division(name, input, other):
    a, b = operands(name, input, other)
    tensor = a if is_tensor(a) else b
    if tensor.dtype.kind != "f" and (bool((b == 0).any()) if is_tensor(b) else b == 0):
        raise RuntimeError(f"{name}: integer division by zero")
    return a, b


@takes("input ...", "end ...")
def lerp(input, end, weight):
    """input + weight * (end - input): on the line from input (weight 0) to end (weight 1)."""
    if is_tensor(weight):
        check_same_dtype("lerp", input, "weight", weight)
    return add(input, mul(weight, sub(end, input)))


def reciprocal(input):
    """1 / input."""
    return div(1, input)


def neg(input):
    """-input."""
    check_tensor("neg", input)
    if input.dtype == dtypes.bool_:
        raise RuntimeError("neg: a bool tensor has no negative; use logical_not() or ~")
    return Neg()(input)


def cast(input, dtype):
    """The same values in another dtype; a cast to integers cuts the gradient."""
    if input.array.dtype is dtype or input.array.dtype == dtype:
        return input
    return Cast(dtype)(input if dtype.kind == "f" else input.detach())
