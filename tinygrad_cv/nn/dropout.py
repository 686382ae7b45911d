"""Dropout layers: noise while training, nothing in eval()."""

from ..checks import number
from . import functional as F
from .module import Layer


class Dropout(Layer):
    """Zeros with probability p; the others are divided by 1 - p, so that the mean stays."""
    def __init__(self, p=0.5, inplace=False, function=F.dropout):
        super().__init__(function, p=number(type(self).__name__, p, "p"))
        if not 0 <= p <= 1:
            raise ValueError(f"{type(self).__name__}: p must be between 0 and 1, got {p}")

    def forward(self, input): return self.function(input, self.p, self.training)


class Dropout2d(Dropout):
    """Dropout of whole channels of (N, C, H, W)."""
    def __init__(self, p=0.5, inplace=False): super().__init__(p, inplace, F.dropout2d)
