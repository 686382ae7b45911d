"""Losses with PyTorch's old arguments: size_average=False is reduction="sum" today."""

import functools

from .. import nn


def translated(options):
    """The options without `size_average` and `reduce`, which become `reduction`."""
    average, reduce = options.pop("size_average", None), options.pop("reduce", None)
    if average is not None or reduce is not None:
        options["reduction"] = "none" if reduce is False else "sum" if average is False else "mean"
    return options


def old(loss):
    """The loss, a class of layers or a function, that takes the old arguments, too."""
    call = loss.__init__ if isinstance(loss, type) else loss

    @functools.wraps(call)
    def new(*args, **options):
        return call(*args, **translated(options))

    return type(loss.__name__, (loss,), {"__init__": new}) if isinstance(loss, type) else new


LAYERS = {name: old(loss) for name, loss in vars(nn).items() if name.endswith("Loss")}
FUNCTIONS = {
    name: old(loss) for name, loss in vars(nn.functional).items()
    if name.endswith("_loss") or name.startswith("binary_cross") or name == "cross_entropy"
}
