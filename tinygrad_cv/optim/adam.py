"""Adam: steps of about the size lr, whatever the size of the gradient."""

import math

from .optimizer import Optimizer, check_settings


class Adam(Optimizer):
    """Running averages of the gradient g and of its square (Kingma and Ba 2015, algorithm 1):

        m <- beta1 m + (1 - beta1) g                m / (1 - beta1^t): the mean of g so far
        v <- beta2 v + (1 - beta2) g^2              v / (1 - beta2^t): the mean of g^2
        theta <- theta - lr mean(g) / (sqrt(mean(g^2)) + eps)

    Both averages start at 0; the divisors undo that. weight_decay adds weight_decay * theta to g,
    or, decoupled, shrinks theta by lr * weight_decay (see AdamW). amsgrad divides by the largest v so far.

    >>> import tinygrad_cv as tg
    >>> p = tg.nn.Parameter(tg.tensor([1.0]))
    >>> p.grad = tg.tensor([1000.0])
    >>> tg.optim.Adam([p], lr=0.25).step()
    >>> p.data
    tensor([0.7500])
    """

    def __init__(
        self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, amsgrad=False, *, maximize=False,
        decoupled_weight_decay=False, **options,
    ):
        check_settings(self, options, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)
        super().__init__(params, dict(
            lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, amsgrad=amsgrad, maximize=maximize,
            decoupled_weight_decay=decoupled_weight_decay,
        ))

    def names(self, group):
        return ("step", "exp_avg", "exp_avg_sq") + (("max_exp_avg_sq",) if group["amsgrad"] else ())

    def update(self, group, piece):
        backend, step, theta, g, state = piece
        lr, (beta1, beta2), decay = float(group["lr"]), group["betas"], group["weight_decay"]
        if decay and group["decoupled_weight_decay"]:
            theta *= 1 - lr * decay
        elif decay:
            g = g + decay * theta
        largest = state["max_exp_avg_sq"] if group["amsgrad"] else None
        backend.adam(
            theta, g, state["exp_avg"], state["exp_avg_sq"], largest, group["betas"], group["eps"],
            lr / (1 - beta1**step), math.sqrt(1 - beta2**step),
        )


class AdamW(Adam):
    """Adam whose weight decay shrinks the weights directly (Loshchilov and Hutter 2019).

    Added to the gradient, as in Adam, the decay would be divided by sqrt(v) with it, and would
    hardly touch the weights that have large gradients.
    """

    def __init__(
        self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2, amsgrad=False, *,
        maximize=False, **options,
    ):
        options.update(maximize=maximize, decoupled_weight_decay=True)
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, **options)
