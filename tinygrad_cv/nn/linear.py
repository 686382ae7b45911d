"""Linear layers."""

from ..creation import empty
from ..ops.checks import flag, integer
from . import functional as F
from . import init
from .module import Module, refuse_input
from .parameter import Parameter


class Linear(Module):
    """y = x W^T + b: x (..., in_features) -> (..., out_features).

    `weight` is (out_features, in_features), `bias` (out_features,); both start uniform on
    +-1/sqrt(in_features).

    >>> import tinygrad_cv as tg
    >>> tg.nn.Linear(2, 3)(tg.zeros(5, 2)).shape
    (5, 3)
    """

    def __init__(self, in_features, out_features, bias=True, device=None, dtype=None):
        super().__init__()
        for what, value in dict(in_features=in_features, out_features=out_features).items():
            if integer("Linear", value, what) < 0:
                raise RuntimeError(f"Linear: {what} must not be negative, got {value}")
        flag("Linear", bias, "bias")
        self.in_features, self.out_features = in_features, out_features
        self.weight = Parameter(empty(out_features, in_features, device=device, dtype=dtype))
        bias = Parameter(empty(out_features, device=device, dtype=dtype)) if bias else None
        self.register_parameter("bias", bias)
        self.reset_parameters()

    def reset_parameters(self):
        """New random weights."""
        init.default_(self.weight, self.bias)

    def forward(self, input):
        try:
            return F.linear(input, self.weight, self.bias)
        except (RuntimeError, TypeError):
            if getattr(input, "shape", ())[-1:] != (self.in_features,):
                refuse_input(self, input, f"(..., {self.in_features})")
            raise

    def extra_repr(self):
        bias = self.bias is not None
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={bias}"


class Identity(Module):
    """Returns its input, whatever arguments it was made with."""

    def __init__(self, *args, **kwargs):
        super().__init__()

    def forward(self, input):
        return input
