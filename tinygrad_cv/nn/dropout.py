"""Dropout layers: noise while training, nothing in eval()."""

from ..ops.checks import number
from . import functional as F
from .module import Module


class Dropout(Module):
    """Zeros with probability p, the others scaled by 1 / (1 - p), so that the mean stays.

    >>> import tinygrad_cv as tg
    >>> tg.nn.Dropout(0.5).eval()(tg.ones(3))
    tensor([1., 1., 1.])
    """

    def __init__(self, p=0.5, inplace=False):
        super().__init__()
        if not 0 <= number(type(self).__name__, p, "p") <= 1:
            raise ValueError(f"{type(self).__name__}: p must be a probability between 0 and 1, got {p}")
        self.p, self.inplace = p, inplace

    def forward(self, input): return F.dropout(input, self.p, self.training)
    def extra_repr(self): return f"p={self.p}, inplace={self.inplace}"


class Dropout2d(Dropout):
    """Dropout of whole channels of (N, C, H, W)."""

    def forward(self, input): return F.dropout2d(input, self.p, self.training)
