"""Losses as modules. The functions, with formulas and shapes, are in ops/loss.py.

`reduction` is "mean" (the default), "sum", or "none" for one loss per element. Weights are
buffers: they move with the module and are saved with it.
"""

from . import functional as F
from .module import Layer


class MSELoss(Layer):
    """(x - t)^2."""
    def __init__(self, *, reduction="mean"): super().__init__(F.mse_loss, reduction=reduction)


class L1Loss(Layer):
    """|x - t|."""
    def __init__(self, *, reduction="mean"): super().__init__(F.l1_loss, reduction=reduction)


class SmoothL1Loss(Layer):
    """d^2 / (2 beta) where d = |x - t| < beta, d - beta/2 elsewhere."""
    def __init__(self, *, reduction="mean", beta=1.0):
        super().__init__(F.smooth_l1_loss, reduction=reduction, beta=beta)


class BCELoss(Layer):
    """-(t log p + (1 - t) log(1 - p)) for probabilities p, with the logs cut off at -100."""
    def __init__(self, weight=None, *, reduction="mean"):
        super().__init__(F.binary_cross_entropy, dict(weight=weight), reduction=reduction)


class BCEWithLogitsLoss(Layer):
    """BCELoss of sigmoid(x), computed from the logits x without overflow."""
    def __init__(self, weight=None, *, reduction="mean", pos_weight=None):
        weights = dict(weight=weight, pos_weight=pos_weight)
        super().__init__(F.binary_cross_entropy_with_logits, weights, reduction=reduction)


class NLLLoss(Layer):
    """-log_p[t]: log-probabilities (N, C, ...) and class numbers (N, ...), weighted by class."""
    def __init__(self, weight=None, *, ignore_index=-100, reduction="mean"):
        settings = dict(ignore_index=ignore_index, reduction=reduction)
        super().__init__(F.nll_loss, dict(weight=weight), **settings)


class CrossEntropyLoss(Layer):
    """NLLLoss of log_softmax(x), for scores x (N, C, ...); targets may also be probabilities."""
    def __init__(self, weight=None, *, ignore_index=-100, reduction="mean", label_smoothing=0.0):
        settings = dict(ignore_index=ignore_index, reduction=reduction)
        settings["label_smoothing"] = label_smoothing
        super().__init__(F.cross_entropy, dict(weight=weight), **settings)
