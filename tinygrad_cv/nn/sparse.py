"""Embedding: a table of vectors, looked up by number."""

from ..autograd import no_grad
from ..creation import empty
from ..ops.checks import check_ndim, flag, integer
from . import functional as F
from . import init
from .module import Module
from .parameter import Parameter


class Embedding(Module):
    """Row i of `weight` (num_embeddings, embedding_dim) for each integer i: (...) -> (..., embedding_dim).

    It is a Linear layer on one-hot vectors, without the multiplications by zero. Rows start
    as draws from N(0, 1); that of padding_idx is zero and gets no gradient.

    >>> import tinygrad_cv as tg
    >>> tg.nn.Embedding(10, 3)(tg.tensor([[1, 2], [4, 9]])).shape
    (2, 2, 3)
    """

    def __init__(
        self, num_embeddings, embedding_dim, padding_idx=None, max_norm=None, norm_type=2.0,
        scale_grad_by_freq=False, sparse=False, _weight=None, _freeze=False, device=None, dtype=None,
    ):
        super().__init__()
        unsupported = dict(max_norm=max_norm, scale_grad_by_freq=scale_grad_by_freq, sparse=sparse)
        for name, given in unsupported.items():
            if given:
                raise NotImplementedError(f"Embedding: the argument {name} is not supported")
        for what, value in dict(num_embeddings=num_embeddings, embedding_dim=embedding_dim).items():
            if integer("Embedding", value, what) < 0:
                raise RuntimeError(f"Embedding: {what} must not be negative, got {value}")
        if padding_idx is not None and not -num_embeddings <= integer("Embedding", padding_idx, "padding_idx") < num_embeddings:
            raise ValueError(f"Embedding: padding_idx {padding_idx} must be within {num_embeddings} rows")
        self.num_embeddings, self.embedding_dim = shape = num_embeddings, embedding_dim
        self.padding_idx = padding_idx if padding_idx is None else padding_idx % num_embeddings
        if _weight is not None and _weight.shape != shape:
            raise ValueError(f"Embedding: expected weight {shape}, got {tuple(_weight.shape)}")
        weight = empty(*shape, device=device, dtype=dtype) if _weight is None else _weight
        self.weight = Parameter(weight, requires_grad=not _freeze)
        if _weight is None:
            self.reset_parameters()

    @classmethod
    def from_pretrained(cls, embeddings, freeze=True, padding_idx=None):
        """An Embedding with a given table, which is not trained unless freeze=False."""
        check_ndim("Embedding", embeddings, (2,), "(num_embeddings, embedding_dim)", "embeddings")
        flag("Embedding", freeze, "freeze")
        return cls(*embeddings.shape, padding_idx, _weight=embeddings, _freeze=freeze)

    @no_grad()
    def reset_parameters(self):
        """New random rows."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            self.weight[self.padding_idx] = 0

    def forward(self, input):
        return F.embedding(input, self.weight, self.padding_idx)

    def extra_repr(self):
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"
