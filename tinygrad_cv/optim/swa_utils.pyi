# Written by .ci/stubs.py, for editors and type checkers. The code is in swa_utils.py.
from collections.abc import Callable
from typing import Any
from tinygrad_cv.nn import Module
class AveragedModel(Module):
    """A copy of `model` whose weights are a running average; `module` is the copy.

    multi_avg_fn(averages, weights, count) changes the averages in place. By default they are the
    plain average of all weights so far (Izmailov et al. 2018). Buffers, such as the running
    statistics of batch norm, are copied from the model each time: see `update_bn`.

    >>> import tinygrad_cv as tg
    >>> net = tg.nn.Linear(1, 1, bias=False)
    >>> average = tg.optim.swa_utils.AveragedModel(net)
    >>> for weight in (1.0, 2.0, 6.0):
    ...     _ = tg.nn.init.constant_(net.weight, weight)
    ...     average.update_parameters(net)
    >>> average.module.weight.item()
    3.0
    """
    module: Any
    multi_avg_fn: Callable[..., Any] | None
    n_averaged: Any
    def __init__(
        self, model: Module, *, multi_avg_fn: Callable[..., Any] | None = None) -> None: ...
    def update_parameters(self, model: Module) -> None:
        """Move the average towards the weights of `model`; the first call copies them."""
def get_ema_multi_avg_fn(decay: float | Callable[[int], float] = 0.999) -> Callable[..., Any]:
    """For AveragedModel: average <- decay average + (1 - decay) weight, after each step.

    It averages over roughly the last 1 / (1 - decay) steps. `decay` may be a function of the
    number of steps so far.
    """
def update_bn(loader: Any, model: Module) -> None:
    """Set the running statistics of batch norm to the plain average over the batches in `loader`.

    Of a batch that is a list or a tuple, such as (images, labels), the model gets the first part.
    An averaged model needs this, because the statistics that it copied belong to other weights.
    """
