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
from .arithmetic import floating, mul, operands
from .comparison import where


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


def floats(name, x):
    check_tensor(name, x)
    return floating(x)


def numeric(name, x):
    check_numeric(name, x)
    return x


def curve(name, f, saved, slope, doc, prepare=floats):
    """The public function of a Curve. `prepare` makes floats of integers, or refuses bools."""
    title = name.capitalize()

    def call(input):
        return Curve(title, f, saved, slope)(prepare(name, input))

    call.__name__, call.__qualname__, call.__doc__ = name, name, doc
    return call


def flat(x):
    """The slope of a function that is constant between its jumps."""
    return 0


def signum(x):
    """-1, 0 or 1; a bool is its own sign."""
    return x.copy() if x.dtype.kind == "b" else (x > 0).astype(x.dtype) - (x < 0)


def whole(function):
    """NumPy's rounding function for floats; integers are whole already."""
    return lambda x: getattr(namespace(x), function)(x) if x.dtype.kind == "f" else x.copy()


# What users call


exp = curve("exp", "exp", OUTPUT, lambda y: y, "e^input.")
expm1 = curve("expm1", "expm1", 0, lambda x: exp(x), "e^input - 1, exact where input is small.")
log = curve("log", "log", 0, lambda x: 1 / x, "The natural logarithm; -inf at 0, NaN below.")
log1p = curve("log1p", "log1p", 0, lambda x: 1 / (x + 1), "ln(1 + input), exact for small input.")
sqrt = curve("sqrt", "sqrt", OUTPUT, lambda y: 0.5 / y, "The square root; NaN below 0.")
sin = curve("sin", "sin", 0, lambda x: cos(x), "The sine of input, in radians.")
cos = curve("cos", "cos", 0, lambda x: -sin(x), "The cosine of input, in radians.")
abs = curve("abs", "absolute", 0, lambda x: sign(x), "|input|; its gradient at 0 is 0.", numeric)
floor = curve("floor", whole("floor"), 0, flat, "The largest integer not above input.", numeric)
ceil = curve("ceil", whole("ceil"), 0, flat, "The smallest integer not below input.", numeric)
sign = curve("sign", signum, 0, flat, "-1, 0 or 1, and 0 for a NaN.", lambda name, x: x)
_round = curve("round", whole("rint"), 0, flat, "The nearest integer, halves to even.", numeric)


def round(input, *, decimals=0):
    """The nearest integer, halves to the even one; or the nearest number with so many decimals."""
    if decimals == 0:
        return _round(input)
    check_floating("round", input)
    scale = float(f"1e{integer('round', decimals, 'decimals')}")
    return _round(input * scale) / scale


def rsqrt(input):
    """1 / sqrt(input)."""
    return 1 / sqrt(input)


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
