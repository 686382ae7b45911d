"""Learning-rate schedules: large steps first, small ones to settle.

A schedule sets the lr of every parameter group of an optimizer, as a function of the number
of its own steps, which are usually epochs:

    for epoch in range(epochs):
        ...                     # optimizer.step() for every batch
        scheduler.step()

Each is written as the change from one epoch to the next, as in PyTorch: so two schedules can
act on one optimizer, and a learning rate that was changed by hand stays changed.
"""

import math
from collections import Counter

from ..ops.checks import integer, number
from .optimizer import Optimizer


class LRScheduler:
    """Base: keeps count in `last_epoch`; a subclass says in `next_lr` what becomes of a group's lr."""

    def __init__(self, optimizer, last_epoch=-1):
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(self).__name__}: {type(optimizer).__name__} is not an Optimizer")
        self.optimizer = optimizer
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise KeyError(
                    f"'initial_lr' is not specified in param_groups[{i}]: before a schedule is resumed with "
                    f"last_epoch={last_epoch}, the optimizer needs its state_dict"
                )
        self.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._step_count = 0  # 1 in the first step, which belongs to the constructor
        self.step()

    def next_lr(self, lr, base, i):
        """The learning rate of group i in epoch `last_epoch`; it was `lr`, and `base` at the start."""
        raise NotImplementedError(f"{type(self).__name__} has no next_lr")

    def step(self):
        """Begin the next epoch."""
        self.last_epoch += 1
        self._step_count += 1
        for i, (group, base) in enumerate(zip(self.optimizer.param_groups, self.base_lrs)):
            group["lr"] = self.next_lr(group["lr"], base, i)
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def get_last_lr(self):
        """The learning rates that are in force, one per group."""
        return self._last_lr

    def state_dict(self):
        """Everything but the optimizer."""
        return {key: value for key, value in self.__dict__.items() if key != "optimizer"}

    def load_state_dict(self, state_dict):
        """Go on from a state_dict. The optimizer's holds the learning rates: load that, too."""
        self.__dict__.update(state_dict)


class StepLR(LRScheduler):
    """lr * gamma every step_size epochs: base gamma^floor(epoch / step_size).

    >>> import tinygrad_cv as tg
    >>> optimizer = tg.optim.SGD([tg.nn.Parameter(tg.zeros(1))], lr=1.0)
    >>> scheduler = tg.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
    >>> for epoch in range(4):
    ...     optimizer.step()
    ...     scheduler.step()
    >>> scheduler.get_last_lr()
    [0.25]
    """

    def __init__(self, optimizer, step_size, gamma=0.1, last_epoch=-1):
        self.step_size, self.gamma = integer("StepLR", step_size, "step_size"), number("StepLR", gamma, "gamma")
        if step_size < 1:
            raise ValueError(f"StepLR: step_size must be at least 1, got {step_size}")
        super().__init__(optimizer, last_epoch)

    def next_lr(self, lr, base, i):
        turn = self.last_epoch > 0 and self.last_epoch % self.step_size == 0
        return lr * self.gamma if turn else lr


class MultiStepLR(LRScheduler):
    """lr * gamma at each of the given epochs, twice at one that is given twice."""

    def __init__(self, optimizer, milestones, gamma=0.1, last_epoch=-1):
        if not isinstance(milestones, (list, tuple)):
            raise TypeError(f"MultiStepLR: milestones must be a list of epochs, got {type(milestones).__name__}")
        self.milestones = Counter(integer("MultiStepLR", epoch, "each milestone") for epoch in milestones)
        self.gamma = number("MultiStepLR", gamma, "gamma")
        super().__init__(optimizer, last_epoch)

    def next_lr(self, lr, base, i):
        return lr * self.gamma ** self.milestones[self.last_epoch]  # a Counter: 0 where there is none


class ExponentialLR(LRScheduler):
    """lr * gamma every epoch: base gamma^epoch."""

    def __init__(self, optimizer, gamma, last_epoch=-1):
        self.gamma = number("ExponentialLR", gamma, "gamma")
        super().__init__(optimizer, last_epoch)

    def next_lr(self, lr, base, i):
        return lr * self.gamma if self._step_count > 1 else lr


class CosineAnnealingLR(LRScheduler):
    """Half a cosine down in T_max epochs, and up again (Loshchilov and Hutter 2017, without restarts):

    eta_min + (base - eta_min) (1 + cos(pi epoch / T_max)) / 2.
    """

    def __init__(self, optimizer, T_max, eta_min=0.0, last_epoch=-1):
        self.T_max = number("CosineAnnealingLR", T_max, "T_max")
        self.eta_min = number("CosineAnnealingLR", eta_min, "eta_min")
        if T_max <= 0:
            raise ValueError(f"CosineAnnealingLR: T_max must be positive, got {T_max}")
        super().__init__(optimizer, last_epoch)

    def next_lr(self, lr, base, i):
        epoch = self.last_epoch
        if self._step_count == 1:
            return lr
        if (epoch - 1 - self.T_max) % (2 * self.T_max) == 0:  # the turn, where the quotient would be 0 / 0
            return lr + (base - self.eta_min) * (1 - math.cos(math.pi / self.T_max)) / 2
        now, before = [1 + math.cos(math.pi * e / self.T_max) for e in (epoch, epoch - 1)]
        return now / before * (lr - self.eta_min) + self.eta_min


class LambdaLR(LRScheduler):
    """base * lr_lambda(epoch), with one function for all groups or a list of one for each."""

    def __init__(self, optimizer, lr_lambda, last_epoch=-1):
        groups = len(optimizer.param_groups)
        self.lr_lambdas = list(lr_lambda) if isinstance(lr_lambda, (list, tuple)) else [lr_lambda] * groups
        if len(self.lr_lambdas) != groups:
            raise ValueError(f"Expected {groups} lr_lambdas, but got {len(self.lr_lambdas)}")
        super().__init__(optimizer, last_epoch)

    def next_lr(self, lr, base, i):
        return base * self.lr_lambdas[i](self.last_epoch)

    def state_dict(self):
        """Everything but the optimizer and the functions, which have no place in a file."""
        return {**super().state_dict(), "lr_lambdas": [None] * len(self.lr_lambdas)}

    def load_state_dict(self, state_dict):
        super().load_state_dict({**state_dict, "lr_lambdas": self.lr_lambdas})


class ReduceLROnPlateau:
    """lr * factor when what is given to step() has not become better for more than `patience` epochs.

    mode "min" or "max" says which way is better; better means by more than `threshold`, relative to
    the best (threshold_mode "rel") or not ("abs"). After a change `cooldown` epochs are not counted.

    >>> import tinygrad_cv as tg
    >>> optimizer = tg.optim.SGD([tg.nn.Parameter(tg.zeros(1))], lr=1.0)
    >>> scheduler = tg.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=1)
    >>> for loss in (3.0, 2.0, 2.0, 2.0):
    ...     scheduler.step(loss)
    >>> scheduler.get_last_lr()
    [0.1]
    """

    def __init__(
        self, optimizer, mode="min", factor=0.1, patience=10, threshold=1e-4, threshold_mode="rel", cooldown=0, min_lr=0,
        eps=1e-8,
    ):
        name = "ReduceLROnPlateau"
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{name}: {type(optimizer).__name__} is not an Optimizer")
        if not number(name, factor, "factor") < 1:
            raise ValueError(f"{name}: factor must be smaller than 1, got {factor}")
        if mode not in ("min", "max") or threshold_mode not in ("rel", "abs"):
            raise ValueError(f"{name}: mode is 'min' or 'max' and threshold_mode 'rel' or 'abs', got {mode!r} and {threshold_mode!r}")
        groups = len(optimizer.param_groups)
        self.min_lrs = list(min_lr) if isinstance(min_lr, (list, tuple)) else [min_lr] * groups
        if len(self.min_lrs) != groups:
            raise ValueError(f"{name}: expected {groups} min_lr, got {len(self.min_lrs)}")
        self.optimizer, self.mode, self.factor, self.patience = optimizer, mode, factor, patience
        self.threshold, self.threshold_mode, self.cooldown, self.eps = threshold, threshold_mode, cooldown, eps
        self.best = math.inf if mode == "min" else -math.inf
        self.num_bad_epochs = self.cooldown_counter = self.last_epoch = 0

    def step(self, metrics):
        """The end of an epoch, with the loss (or the score) that it came to."""
        self.last_epoch += 1
        current = float(metrics)
        if self.is_better(current):
            self.best, self.num_bad_epochs = current, 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            for group, least in zip(self.optimizer.param_groups, self.min_lrs):
                new = max(group["lr"] * self.factor, least)
                if group["lr"] - new > self.eps:
                    group["lr"] = new
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0

    def is_better(self, current):
        sign = 1 if self.mode == "max" else -1
        bound = self.best * (1 + sign * self.threshold) if self.threshold_mode == "rel" else self.best + sign * self.threshold
        return sign * current > sign * bound

    def get_last_lr(self):
        """The learning rates that are in force, one per group."""
        return [group["lr"] for group in self.optimizer.param_groups]

    state_dict, load_state_dict = LRScheduler.state_dict, LRScheduler.load_state_dict
