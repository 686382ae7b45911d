"""Powers: a^b has two derivatives, by the base and by the exponent."""

import numbers

from ..autograd import Function
from .arithmetic import mul, operands
from .checks import check_numeric, check_tensor
from .choice import where
from .pointwise import log


class Pow(Function):
    """y = a^b; dy/da = b a^(b-1), dy/db = a^b log a (0 at a = 0 <= b)."""

    save_inputs = (0, 1)

    def forward(self, a, b):
        return 1 / self.backend.xp.sqrt(a) if b.__class__ is float and b == -0.5 else a**b  # (-inf)^-0.5 is NaN

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
            a = a if hasattr(a, "grad_fn") else b.new_ones(b.shape) * a
            by_b = grad * (a**b * log(where((a == 0) & (b >= 0), 1.0, a)))
        return by_a, by_b


# What users call


def pow(input, exponent):
    """input^exponent, broadcast. Of integers to negative powers, which are fractions, 0 is left (or +-1)."""
    a, b = operands("pow", input, exponent)
    if isinstance(b, int) and b < 0:
        raise RuntimeError(f"pow: integers to the negative power {b} are not integers; use .float() first")
    if hasattr(b, "grad_fn") and b.dtype.kind != "f":
        check_numeric("pow", b)
        return where((b < 0) & (a * a != 1), 0, Pow()(a, b.abs()))
    return Pow()(a, b)


def square(input):
    """input * input; bools become int64."""
    check_tensor("square", input)
    input = input.long() if input.dtype.kind == "b" else input
    return mul(input, input)
