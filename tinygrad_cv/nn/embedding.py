"""Embedding: a table of vectors, looked up by number."""

from ..checks import integer
from ..creation import empty
from . import functional as F
from . import init
from .module import Module
from .parameter import Parameter


class Embedding(Module):
    """Row i of `weight` for each integer i: (...) -> (..., embedding_dim).

    It is a Linear layer on one-hot vectors, without the multiplications by zero. Rows start as
    draws from N(0, 1); the row of padding_idx is zero and gets no gradient.
    """

    def __init__(self, num_embeddings, embedding_dim, padding_idx=None, *, device=None, dtype=None):
        super().__init__()
        rows = self.num_embeddings = integer("Embedding", num_embeddings, "num_embeddings", 0)
        self.embedding_dim = integer("Embedding", embedding_dim, "embedding_dim", 0)
        if padding_idx is not None:
            if not -rows <= integer("Embedding", padding_idx, "padding_idx") < rows:
                raise ValueError(f"Embedding: there is no row padding_idx={padding_idx} of {rows}")
            padding_idx %= rows
        self.padding_idx = padding_idx
        weight = init.normal_(empty(rows, self.embedding_dim, device=device, dtype=dtype))
        if padding_idx is not None:
            weight[padding_idx] = 0
        self.weight = Parameter(weight)

    def forward(self, input): return F.embedding(input, self.weight, self.padding_idx)

    def extra_repr(self):
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"
