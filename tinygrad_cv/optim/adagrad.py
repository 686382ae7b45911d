"""Adagrad: rare directions get large steps, frequent ones small ones."""

from .optimizer import Optimizer, check_settings


class Adagrad(Optimizer):
    """The sum of all squared gradients, which only grows (Duchi, Hazan and Singer 2011):

        g <- g + weight_decay theta
        s <- s + g^2
        theta <- theta - lr / (1 + (t - 1) lr_decay) g / (sqrt(s) + eps)

    >>> import tinygrad_cv as tg
    >>> p = tg.nn.Parameter(tg.tensor([1.0]))
    >>> p.grad = tg.tensor([1000.0])
    >>> tg.optim.Adagrad([p], lr=0.25).step()
    >>> p.data
    tensor([0.7500])
    """

    def __init__(
        self, params, lr=1e-2, lr_decay=0, weight_decay=0, initial_accumulator_value=0, eps=1e-10, foreach=None, *,
        maximize=False, **options,
    ):
        check_settings(self, options, lr=lr, lr_decay=lr_decay, weight_decay=weight_decay, eps=eps)
        if initial_accumulator_value:
            raise NotImplementedError("Adagrad: initial_accumulator_value must be 0")
        super().__init__(params, dict(lr=lr, lr_decay=lr_decay, eps=eps, weight_decay=weight_decay, maximize=maximize))

    def names(self, group):
        return ("step", "sum")

    def update(self, group, piece):
        backend, step, theta, g, state = piece
        if group["weight_decay"]:
            g = g + group["weight_decay"] * theta
        total = state["sum"]
        total += g * g
        theta -= float(group["lr"]) / (1 + (step - 1) * group["lr_decay"]) * (g / (backend.xp.sqrt(total) + group["eps"]))
