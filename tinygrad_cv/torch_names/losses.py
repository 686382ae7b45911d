"""Losses with PyTorch's old arguments: size_average=False is reduction="sum" today."""

import functools

from .. import nn

NAMES = "BCELoss BCEWithLogitsLoss MSELoss L1Loss SmoothL1Loss CrossEntropyLoss NLLLoss"
FUNCTIONS = """binary_cross_entropy binary_cross_entropy_with_logits mse_loss l1_loss smooth_l1_loss
cross_entropy nll_loss"""


def translated(options):
    """The options without `size_average` and `reduce`, which become `reduction`."""
    average, reduce = options.pop("size_average", None), options.pop("reduce", None)
    if average is not None or reduce is not None:
        averaged = "sum" if average is False else "mean"
        options["reduction"] = "none" if reduce is False else averaged
    return options


def layer(loss):
    """The loss as a class that takes the old arguments, too."""

    def __init__(self, *args, **options):
        loss.__init__(self, *args, **translated(options))

    return type(loss.__name__, (loss,), {"__init__": __init__, "__doc__": loss.__doc__})


def function(loss):
    """The function that takes the old arguments, too."""
    return functools.wraps(loss)(lambda *args, **options: loss(*args, **translated(options)))


LAYERS = {name: layer(getattr(nn, name)) for name in NAMES.split()}
FUNCTIONS = {name: function(getattr(nn.functional, name)) for name in FUNCTIONS.split()}
