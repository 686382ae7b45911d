"""Arithmetic: operations on two tensors, element by element.

For y = f(a, b) the chain rule, element by element, is a product with each partial derivative:
dL/da = dL/dy * df/da. Each class below is that one line, twice. Operands of different shapes are
broadcast as in NumPy, and the engine sums their gradients (`unbroadcast` in autograd/engine.py).
Either operand may be a Python number, which never changes a dtype within its kind (see dtypes.py)
and has no gradient.
"""

from .. import dtypes
from ..arrays import is_array, namespace
from ..autograd import Function
from ..checks import (
    check_broadcast, check_numeric, check_same_dtype, check_tensor, is_tensor, number, stored,
    takes,
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
    """a / b rounded down, or towards zero: constant between its jumps, so both gradients are 0."""

    def forward(self, a, b, towards_zero):
        floor = a // b
        if not towards_zero:
            return floor
        if floor.dtype.kind == "f":
            return namespace(a if is_array(a) else b).trunc(a / b)
        return floor + ((floor < 0) & (floor * b != a))  # a quotient of floats would lose digits

    def backward(self, grad):
        return grad * 0, grad * 0, None


class Remainder(Function):
    """y = a - b floor(a / b), which has the sign of b; dy/da = 1, dy/db = -floor(a / b)."""

    saves = (0, 1)

    def forward(self, a, b):
        return a % b

    def backward(self, grad):
        a, b = self.saved()
        return grad, -grad * (a // b) if self.needs_input_grad[1] else None


class Neg(Function):
    """y = -x."""

    on_arrays = True

    def forward(self, x):
        return -x

    def backward(self, grad):
        return -grad


class Cast(Function):
    """The same numbers in another dtype; the gradient returns in the dtype of the input."""

    def __init__(self, dtype): self.dtype = dtype

    def forward(self, x):
        self.before = x.dtype
        return x.astype(self.dtype)

    def backward(self, grad):
        return cast(grad, self.before)


# Operands


def operands(name, a, b):
    """Two operands, a Tensor and another or a number, brought to one dtype that holds both."""
    if not is_tensor(b):
        return with_number(name, a, number(name, b))
    if not is_tensor(a):
        return with_number(name, b, number(name, a))[::-1]
    if a.array.dtype is not b.array.dtype:
        dtype = dtypes.result_dtype(a.dtype, a.shape == (), b.dtype, b.shape == ())
        for x in a, b:
            if x.shape == () and dtype.kind in "iu":  # it doesn't count, but it must fit
                stored(name, x.item(), dtype)
        a, b = cast(a, dtype), cast(b, dtype)
    if a.array.shape != b.array.shape:
        check_broadcast(name, a.shape, b.shape)
    return a, b


def with_number(name, x, value):
    """A Tensor and a number, brought to one kind; the number must fit into an integer tensor."""
    check_tensor(name, x)
    if x.array.dtype.kind != "f":
        of_number = dtypes.dtype_of_number(value)
        if dtypes.kind(of_number) > dtypes.kind(x.dtype):
            x = cast(x, of_number)
        if x.array.dtype.kind != "f":
            return x, stored(name, value, x.dtype)
    return x, float(value)


# What users call


def add(input, other, *, alpha=1):
    """input + alpha * other, broadcast."""
    return Add()(*operands("add", input, _scaled("add", input, other, alpha)))


def sub(input, other, *, alpha=1):
    """input - alpha * other, broadcast."""
    for x in input, other:
        if is_tensor(x):
            check_numeric("sub", x)
    return Sub()(*operands("sub", input, _scaled("sub", input, other, alpha)))


def _scaled(name, input, other, alpha):
    if alpha.__class__ is int and alpha == 1:
        return other
    alpha, (a, b) = number(name, alpha), operands(name, input, other)
    if isinstance(alpha, float) and (a if is_tensor(a) else b).dtype.kind != "f":
        raise RuntimeError(f"{name}: alpha must be an integer for integer tensors, got {alpha}")
    return other * alpha


def mul(input, other):
    """input * other, broadcast."""
    return Mul()(*operands("mul", input, other))


def div(input, other, *, rounding_mode=None):
    """input / other as floats; or rounded to whole numbers, down ("floor") or to 0 ("trunc")."""
    if rounding_mode in ("floor", "trunc"):
        return RoundedDivide()(*_divisible("div", input, other), rounding_mode == "trunc")
    if rounding_mode is not None:
        raise RuntimeError(f"div: rounding_mode is 'floor', 'trunc' or None, not {rounding_mode!r}")
    return Div()(*operands("div", floating(input, other), floating(other, input)))


def floating(x, other=None):
    """An integer or bool tensor as one of other's floating dtype, or of the default one."""
    if is_tensor(x) and x.array.dtype.kind != "f":
        has_dtype = is_tensor(other) and other.dtype.kind == "f"
        return cast(x, other.dtype if has_dtype else dtypes.get_default_dtype())
    return x


def floor_divide(input, other):
    """floor(input / other); integers stay integers, and an integer zero as divisor is refused."""
    return RoundedDivide()(*_divisible("floor_divide", input, other), False)


def remainder(input, other):
    """input - other * floor(input / other), which has the sign of `other`."""
    return Remainder()(*_divisible("remainder", input, other))


def _divisible(name, input, other):
    a, b = operands(name, input, other)
    tensor = a if is_tensor(a) else b
    check_numeric(name, tensor)
    if tensor.dtype.kind != "f" and (bool((b == 0).any()) if is_tensor(b) else b == 0):
        raise RuntimeError(f"{name}: integer division by zero")
    return a, b


@takes("input ...", "end ...")
def lerp(input, end, weight):
    """input + weight * (end - input): on the line from input (weight 0) to end (weight 1)."""
    if is_tensor(weight):
        check_same_dtype("lerp", input, "weight", weight)
    return add(input, mul(weight, sub(end, input)))


def neg(input):
    """-input, for numbers: the opposite of a bool is ~input."""
    check_numeric("neg", input)
    return Neg()(input)


def cast(input, dtype):
    """The same values in another dtype; a cast to integers cuts the gradient."""
    if input.array.dtype == dtype:
        return input
    return Cast(dtype)(input if dtype.kind == "f" else input.detach())
