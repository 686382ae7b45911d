"""Learning-rate schedules: large steps first, small ones to settle.

    for epoch in range(epochs):
        ...                     # optimizer.step() for every batch
        scheduler.step()

A schedule is a formula for the rate in each epoch. A step multiplies the present rate by what the
formula changes by. So two schedules can act on one optimizer, and a learning rate that was changed
by hand stays changed.
"""

import bisect
import math
from collections import Counter

from ..checks import integer, number
from .optimizer import Optimizer


class LRScheduler:
    """Base: counts in `last_epoch`. A subclass defines `rate`, or else `get_lr` itself.

    A group that is added to the optimizer later is scheduled from then on.
    """

    not_stored = "optimizer", "lr_lambda", "_schedulers"  # not in the state_dict

    def __init__(self, optimizer, last_epoch=-1):
        name = type(self).__name__
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{name}: {type(optimizer).__name__} is not an Optimizer")
        if last_epoch != -1 and not all("initial_lr" in g for g in optimizer.param_groups):
            raise KeyError(f"{name}: no initial_lr; load the optimizer's state_dict first")
        self.optimizer, self.last_epoch, self._step_count = optimizer, last_epoch, 0
        LRScheduler.step(self)  # into the first epoch

    def step(self):
        """Begin the next epoch."""
        self.last_epoch, self._step_count = self.last_epoch + 1, self._step_count + 1
        for group in self.optimizer.param_groups:
            group.setdefault("initial_lr", group["lr"])
        for group, lr in zip(self.optimizer.param_groups, self.get_lr()):
            group["lr"] = lr
        self._last_lr = self.rates()

    def get_lr(self):
        """The groups' rates in the epoch `last_epoch`."""
        epoch = self.last_epoch
        if epoch > 0 and self._step_count == 1:  # resumed: the optimizer's state has the rates
            return self.rates()
        rates = []
        for lr, base in zip(self.rates(), self.base_lrs):
            now, before = self.rate(base, epoch), self.rate(base, epoch - 1) if epoch else base
            rates.append(lr * (now / before) if before else now)
        return rates

    def rate(self, base, epoch):
        """The rate in an epoch for a group whose rate was `base` at the start."""
        raise NotImplementedError(f"{type(self).__name__} has neither rate nor get_lr")

    def rates(self):
        """The groups' present rates."""
        return [group["lr"] for group in self.optimizer.param_groups]

    @property
    def base_lrs(self):
        """The groups' rates at the start."""
        return [group["initial_lr"] for group in self.optimizer.param_groups]

    def get_last_lr(self):
        """The groups' rates as the last step left them."""
        return self._last_lr

    def state_dict(self):
        """Everything but the optimizer and what a file can't hold."""
        return {k: v for k, v in vars(self).items() if k not in self.not_stored}

    def load_state_dict(self, state_dict):
        """Go on from a state_dict. The rates are in the optimizer's: load that one, too."""
        vars(self).update({k: v for k, v in state_dict.items() if k not in self.not_stored})


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

    def __init__(self, optimizer, step_size, gamma=0.1, last_epoch=-1):
        self.step_size = integer("StepLR", step_size, "step_size", least=1)
        self.gamma = number("StepLR", gamma, "gamma")
        super().__init__(optimizer, last_epoch)

    def rate(self, base, epoch): return base * self.gamma ** (epoch // self.step_size)


class MultiStepLR(LRScheduler):
    """lr * gamma at each of the given epochs, twice at an epoch that is given twice."""

    def __init__(self, optimizer, milestones, gamma=0.1, last_epoch=-1):
        milestones = milestones if isinstance(milestones, (tuple, list)) else (milestones,)
        self.milestones = Counter(integer("MultiStepLR", e, "each milestone") for e in milestones)
        self.gamma = number("MultiStepLR", gamma, "gamma")
        super().__init__(optimizer, last_epoch)

    def rate(self, base, epoch):
        return base * self.gamma ** sum(n for e, n in self.milestones.items() if e <= epoch)


class ExponentialLR(LRScheduler):
    """base gamma^epoch."""

    def __init__(self, optimizer, gamma, last_epoch=-1):
        self.gamma = number("ExponentialLR", gamma, "gamma")
        super().__init__(optimizer, last_epoch)

    def rate(self, base, epoch): return base * self.gamma**epoch


class CosineAnnealingLR(LRScheduler):
    """Half a cosine down in T_max epochs, and up again (Loshchilov and Hutter 2017, no restarts):

    eta_min + (base - eta_min) (1 + cos(pi epoch / T_max)) / 2.
    """

    def __init__(self, optimizer, T_max, eta_min=0.0, last_epoch=-1):
        self.T_max = number("CosineAnnealingLR", T_max, "T_max")
        self.eta_min = number("CosineAnnealingLR", eta_min, "eta_min")
        if not T_max > 0:
            raise ValueError(f"CosineAnnealingLR: T_max must be positive, got {T_max}")
        super().__init__(optimizer, last_epoch)

    def rate(self, base, epoch):
        share = (1 + math.cos(math.pi * epoch / self.T_max)) / 2
        return self.eta_min + (base - self.eta_min) * share


class LinearLR(LRScheduler):
    """A straight line in total_iters epochs, from base * start_factor to base * end_factor."""

    def __init__(self, optimizer, start_factor=1 / 3, end_factor=1.0, total_iters=5, last_epoch=-1):
        if not (0 < start_factor <= 1 and 0 <= end_factor <= 1):
            got = f"from {start_factor} to {end_factor}"
            raise ValueError(f"LinearLR: factors must be from 0 to 1, the first not 0, got {got}")
        self.start_factor, self.end_factor = start_factor, end_factor
        self.total_iters = integer("LinearLR", total_iters, "total_iters", least=1)
        super().__init__(optimizer, last_epoch)

    def rate(self, base, epoch):
        done = min(epoch, self.total_iters) / self.total_iters
        return base * (self.start_factor + (self.end_factor - self.start_factor) * done)


class SequentialLR(LRScheduler):
    """One schedule after another: schedulers[i + 1] begins, from base, in the epoch milestones[i].

    Often LinearLR and then another: a *warm-up* with small steps, until Adam's averages are good.
    Its state_dict holds the epoch, from which those of the schedulers follow.
    """

    def __init__(self, optimizer, schedulers, milestones):
        if len(milestones) != len(schedulers) - 1 or list(milestones) != sorted(milestones):
            got = f"{len(schedulers)} schedulers and milestones {milestones}"
            raise ValueError(f"SequentialLR: needs a milestone between each two, got {got}")
        if any(isinstance(scheduler, ReduceLROnPlateau) for scheduler in schedulers):
            raise ValueError("SequentialLR: a ReduceLROnPlateau has to be stepped by itself")
        self._schedulers, self._milestones = list(schedulers), list(milestones)
        super().__init__(optimizer)

    def get_lr(self):
        i = bisect.bisect_right(self._milestones, self.last_epoch)
        scheduler, epoch = self._schedulers[i], self.last_epoch - [0, *self._milestones][i]
        if epoch == 0:
            for group in self.optimizer.param_groups:
                group["lr"] = group["initial_lr"]
        scheduler.last_epoch, scheduler._step_count = epoch - 1, epoch
        scheduler.step()
        return self.rates()


class LambdaLR(LRScheduler):
    """base * lr_lambda(epoch), with one function for all groups or a list of one per group."""

    def __init__(self, optimizer, lr_lambda, last_epoch=-1):
        self.lr_lambda = lr_lambda
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        groups = len(self.optimizer.param_groups)
        functions = [self.lr_lambda] * groups if callable(self.lr_lambda) else list(self.lr_lambda)
        if len(functions) != groups:
            raise ValueError(f"LambdaLR: {len(functions)} functions for {groups} groups")
        return [base * f(self.last_epoch) for base, f in zip(self.base_lrs, functions)]


class ReduceLROnPlateau(LRScheduler):
    """lr * factor when what step() is given has not become better for more than `patience` epochs.

    mode "min" or "max" says which way is better; better means by more than the part `threshold`
    of the best. No rate falls below min_lr, or by less than eps.
    """

    def __init__(
        self, optimizer, mode="min", factor=0.1, patience=10, threshold=1e-4, *, min_lr=0, eps=1e-8
    ):
        if not factor < 1 or mode not in ("min", "max"):
            got = f"{factor} and {mode!r}"
            raise ValueError(f"ReduceLROnPlateau: factor < 1 and mode 'min' or 'max', got {got}")
        self.factor, self.patience, self.threshold = factor, patience, threshold
        self.min_lr, self.eps = number("ReduceLROnPlateau", min_lr, "min_lr"), eps
        self.sign, self.num_bad_epochs = 1 if mode == "max" else -1, 0
        self.best = -self.sign * math.inf
        super().__init__(optimizer)

    def step(self, metrics):
        """End an epoch with the loss (or the score) that it came to."""
        value = float(metrics)
        self.num_bad_epochs += 1
        if self.sign * value > self.sign * self.best * (1 + self.sign * self.threshold):
            self.best, self.num_bad_epochs = value, 0
        super().step()

    def get_lr(self):
        if self.num_bad_epochs <= self.patience:
            return self.rates()
        self.num_bad_epochs = 0
        lower = [max(lr * self.factor, self.min_lr) for lr in self.rates()]
        return [new if lr - new > self.eps else lr for lr, new in zip(self.rates(), lower)]
