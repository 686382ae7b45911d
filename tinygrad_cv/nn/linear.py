"""Layers with a weight matrix: Linear and Embedding; and what layers with weight and bias share."""

import math

from ..checks import flag, integer
from ..creation import empty
from . import functional as F
from . import init
from .module import Module, Parameter


class Weighted(Module):
    """A layer with a weight and perhaps a bias, drawn from U(-b, b) with b = 1/sqrt(fan_in)."""

    def __init__(self, weight, outputs, bias):
        super().__init__()
        self.weight = Parameter(weight)
        has_bias = flag(type(self).__name__, bias, "bias")
        self.register_parameter("bias", Parameter(weight.new_empty(outputs)) if has_bias else None)
        fan_in, _ = init.fans(type(self).__name__, weight)
        bound = 1 / math.sqrt(fan_in) if fan_in else 0.0
        for p in self.parameters():
            init.uniform_(p, -bound, bound)


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


class Embedding(Module):
    """Row i of `weight` for each integer i: (...) -> (..., embedding_dim).

    This is a Linear layer on one-hot vectors, without the multiplications by zero. The rows start
    as draws from N(0, 1).
    """

    def __init__(self, num_embeddings, embedding_dim, *, device=None, dtype=None):
        super().__init__()
        self.num_embeddings = integer("Embedding", num_embeddings, "num_embeddings", 0)
        self.embedding_dim = integer("Embedding", embedding_dim, "embedding_dim", 0)
        weight = empty(self.num_embeddings, self.embedding_dim, device=device, dtype=dtype)
        self.weight = Parameter(init.normal_(weight))

    def forward(self, input): return F.embedding(input, self.weight)
    def extra_repr(self): return f"{self.num_embeddings}, {self.embedding_dim}"
