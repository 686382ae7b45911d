"""Linear layers, and what all layers with a weight and a bias have in common."""

from ..checks import flag, integer
from ..creation import empty
from . import functional as F
from . import init
from .module import Module
from .parameter import Parameter


class Weighted(Module):
    """A layer with a weight and perhaps a bias; both start uniform on +-1/sqrt(fan_in)."""

    def __init__(self, weight, outputs, bias):
        super().__init__()
        self.weight = Parameter(weight)
        has_bias = flag(type(self).__name__, bias, "bias")
        self.register_parameter("bias", Parameter(weight.new_empty(outputs)) if has_bias else None)
        init.default_(self.weight, self.bias)


class Linear(Weighted):
    """y = x W^T + b: x (..., in_features) -> (..., out_features).

    `weight` is (out_features, in_features), `bias` (out_features,).

    >>> import tinygrad_cv as tg
    >>> tg.nn.Linear(2, 3)(tg.zeros(5, 2)).shape
    (5, 3)
    """

    def __init__(self, in_features, out_features, bias=True, device=None, dtype=None):
        m = integer("Linear", in_features, "in_features", 0)
        n = integer("Linear", out_features, "out_features", 0)
        super().__init__(empty(n, m, device=device, dtype=dtype), n, bias)
        self.in_features, self.out_features = m, n

    def forward(self, input): return F.linear(input, self.weight, self.bias)

    def extra_repr(self):
        bias = self.bias is not None
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={bias}"


class Identity(Module):
    """Returns its input, whatever arguments it was made with."""

    def __init__(self, *args, **kwargs): super().__init__()
    def forward(self, input): return input
