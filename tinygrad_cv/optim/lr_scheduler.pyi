# Written by .ci/stubs.py, for editors and type checkers. The code is in lr_scheduler.py.
from collections.abc import Callable, Sequence
from typing import Any
from tinygrad_cv import Tensor
from tinygrad_cv.nn import Parameter
from tinygrad_cv.optim import Optimizer
class CosineAnnealingLR(LRScheduler):
    """Half a cosine down in T_max epochs, and up again (Loshchilov and Hutter 2017, no restarts):

    eta_min + (base - eta_min) (1 + cos(pi epoch / T_max)) / 2.
    """
    T_max: float
    eta_min: float
    def __init__(
        self, optimizer: Optimizer, T_max: float, eta_min: float = 0.0, last_epoch: int = -1) -> None: ...
class ExponentialLR(LRScheduler):
    """base gamma^epoch."""
    gamma: float
    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None: ...
class LRScheduler:
    """Base: counts in `last_epoch`. A subclass defines `rate`, or else `get_lr` itself.

    A group that is added to the optimizer later is scheduled from then on.
    """
    @property
    def base_lrs(self) -> Any:
        """The groups' rates at the start."""
    last_epoch: int
    optimizer: Optimizer
    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None: ...
    def step(self) -> Any:
        """Begin the next epoch."""
    def get_lr(self) -> list[float]:
        """The groups' rates in the epoch `last_epoch`."""
    def rate(self, base: float, epoch: int) -> None:
        """The rate in an epoch for a group whose rate was `base` at the start."""
    def rates(self) -> list[float]:
        """The groups' present rates."""
    def get_last_lr(self) -> list[float]:
        """The groups' rates as the last step left them."""
    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer and what a file can't hold."""
    def load_state_dict(self, state_dict: dict[str, Any]) -> Any:
        """Go on from a state_dict. The rates are in the optimizer's: load that one, too."""
class LambdaLR(LRScheduler):
    """base * lr_lambda(epoch), with one function for all groups or a list of one per group."""
    lr_lambda: Callable[[int], float] | Sequence[Callable[[int], float]]
    def __init__(
        self, optimizer: Optimizer, lr_lambda: Callable[[int], float] | Sequence[Callable[[int],
        float]], last_epoch: int = -1) -> None: ...
class LinearLR(LRScheduler):
    """A straight line in total_iters epochs, from base * start_factor to base * end_factor."""
    end_factor: float
    start_factor: float
    total_iters: int
    def __init__(
        self, optimizer: Optimizer, start_factor: float = 0.3333333333333333, end_factor: float
        = 1.0, total_iters: int = 5, last_epoch: int = -1) -> None: ...
class MultiStepLR(LRScheduler):
    """lr * gamma at each of the given epochs, twice at an epoch that is given twice."""
    gamma: float
    milestones: int | Sequence[int]
    def __init__(
        self, optimizer: Optimizer, milestones: int | Sequence[int], gamma: float = 0.1,
        last_epoch: int = -1) -> None: ...
class ReduceLROnPlateau(LRScheduler):
    """lr * factor when what step() is given has not become better for more than `patience` epochs.

    mode "min" or "max" says which way is better; better means by more than the part `threshold`
    of the best. No rate falls below min_lr, or by less than eps.
    """
    best: Any
    eps: float
    factor: float
    min_lr: float
    num_bad_epochs: Any
    patience: int
    sign: Any
    threshold: float
    def __init__(
        self, optimizer: Optimizer, mode: str = 'min', factor: float = 0.1, patience: int = 10,
        threshold: float = 0.0001, *, min_lr: float = 0, eps: float = 1e-08) -> None: ...
    def step(self, metrics: Tensor | float) -> Any:  # type: ignore
        """End an epoch with the loss (or the score) that it came to."""
class SequentialLR(LRScheduler):
    """One schedule after another: schedulers[i + 1] begins, from base, in the epoch milestones[i].

    Often LinearLR and then another: a *warm-up* with small steps, until Adam's averages are good.
    Its state_dict holds the epoch, from which those of the schedulers follow.
    """
    def __init__(
        self, optimizer: Optimizer, schedulers: Sequence[LRScheduler], milestones: Sequence[int]) -> None: ...
class StepLR(LRScheduler):
    """base gamma^floor(epoch / step_size): times gamma every step_size epochs.

    >>> import tinygrad_cv as tg
    >>> optimizer = tg.optim.SGD([tg.nn.Parameter(tg.zeros(1))], lr=1.0)
    >>> scheduler = tg.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
    >>> for epoch in range(4):
    ...     optimizer.step()
    ...     scheduler.step()
    >>> scheduler.get_last_lr()
    [0.25]
    """
    gamma: float
    step_size: int
    def __init__(
        self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None: ...
