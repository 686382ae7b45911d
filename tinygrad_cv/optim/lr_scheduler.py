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
