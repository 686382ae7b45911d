"""Functions of one variable, element by element, and powers.

For y = f(x) the chain rule, element by element, is dL/dx = dL/dy f'(x). The list of functions
below is a formula sheet: each line gives f, by its name in NumPy, and its slope f', in terms of
the input x or, where that is simpler, of the output y. Only the one of them that the slope needs
is saved for backward. (activation.py has a sheet of its own, of the same kind.)

A slope is computed from Tensors, by operations that are differentiable themselves. So the second
derivative needs no formula: it is the derivative of the slope.
"""

from ..arrays import namespace
from ..autograd import Function
from ..autograd.function import OUTPUT
from ..checks import check_floating, check_numeric, check_tensor, integer, is_tensor
from .arithmetic import floating, mul, operands, reciprocal
from .choice import where
from .comparison import isnan


class Curve(Function):
    """y = f(x); dy/dx is slope(x) if `saved` is 0, or slope(y) if it is OUTPUT.

    `f` is a function of arrays, or the name of one in NumPy.
    """

    def __init__(self, title, f, saved, slope):
        self.title, self.f, self.saves, self.slope = title, f, (saved,), slope
        self.on_arrays = saved == OUTPUT  # those slopes need operators only

    def forward(self, x):
        return getattr(namespace(x), self.f)(x) if isinstance(self.f, str) else self.f(x)

    def backward(self, grad):
        return grad * self.slope(*self.saved())

    def name(self):
        return self.title


class Pow(Function):
    """y = a^b; dy/da = b a^(b-1), dy/db = a^b log a (and 0 at a = 0 <= b)."""

    saves = (0, 1)

    def forward(self, a, b):
        return a**b

    def backward(self, grad):
        a, b = self.saved()
        needs_a, needs_b = self.needs_input_grad
        grad_a = grad_b = None
        if needs_a and not is_tensor(b):
            grad_a = grad * (b * a ** (b - 1)) if b != 0 else grad * 0  # 0 * 0^-1 would be NaN
        elif needs_a:
            grad_a = grad * where(b == 0, 0.0, b * a ** (b - 1))
        if needs_b:
            a = a if is_tensor(a) else b.new_full((), a)
            grad_b = grad * (a**b * log(where((a == 0) & (b >= 0), 1.0, a)))
        return grad_a, grad_b


# What users call


def curve(function, saved, slope, doc):
    """The public function of a Curve. Integers and bools become floats first."""
    title = function.capitalize()

    def call(input):
        return Curve(title, function, saved, slope)(floating(input))

    call.__name__, call.__qualname__, call.__doc__ = function, function, doc
    return call


exp = curve("exp", OUTPUT, lambda y: y, "e^input.")
expm1 = curve("expm1", 0, lambda x: exp(x), "e^input - 1, exact where input is small.")
log = curve("log", 0, lambda x: 1 / x, "The natural logarithm; -inf at 0, NaN below.")
log1p = curve("log1p", 0, lambda x: 1 / (x + 1), "ln(1 + input), exact where input is small.")
sqrt = curve("sqrt", OUTPUT, lambda y: 0.5 / y, "The square root; NaN below 0.")
sin = curve("sin", 0, lambda x: cos(x), "The sine of input, in radians.")
cos = curve("cos", 0, lambda x: -sin(x), "The cosine of input, in radians.")


def rsqrt(input):
    """1 / sqrt(input)."""
    return reciprocal(sqrt(input))


def abs(input):
    """|input|; its gradient at 0 is 0."""
    check_numeric("abs", input)
    return Curve("Absolute", "absolute", 0, sign)(input)


def sign(input):
    """-1, 0 or 1, and 0 for a NaN. The gradient is zero."""
    check_tensor("sign", input)
    if input.dtype.kind == "b":
        return input.clone()
    return Curve("Sign", "sign", 0, lambda x: 0)(where(isnan(input), 0, input))


def steps(name, function, doc):
    """The public function of a Curve that is constant between its jumps. Integers stay."""

    def call(input):
        check_numeric(name, input)
        if input.dtype.kind != "f":
            return input.clone()
        return Curve(name.capitalize(), function, 0, lambda x: 0)(input)

    call.__name__, call.__qualname__, call.__doc__ = name, name, doc
    return call


floor = steps("floor", "floor", "The largest integer not above input. The gradient is zero.")
ceil = steps("ceil", "ceil", "The smallest integer not below input. The gradient is zero.")
_round = steps("round", "rint", "The nearest integer, halves to the even one.")


def round(input, *, decimals=0):
    """The nearest integer, halves to the even one; or the nearest number with so many decimals."""
    if decimals == 0:
        return _round(input)
    check_floating("round", input)
    scale = float(f"1e{integer('round', decimals, 'decimals')}")
    return _round(input * scale) / scale


def pow(input, exponent):
    """input^exponent, broadcast. An integer to a negative power is refused: it is a fraction."""
    a, b = operands("pow", input, exponent)
    tensor = a if is_tensor(a) else b
    check_numeric("pow", tensor)
    if tensor.dtype.kind != "f" and (bool((b < 0).any()) if is_tensor(b) else b < 0):
        raise RuntimeError("pow: integers to negative powers are fractions; use .float() first")
    return Pow()(a, b)


def square(input):
    """input * input; bools become integers first."""
    check_tensor("square", input)
    return mul(input, input.long() if input.dtype.kind == "b" else input)
