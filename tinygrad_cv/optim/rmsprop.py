"""RMSprop: the gradient divided by the root of its mean square."""

from .optimizer import Optimizer, check_settings


class RMSprop(Optimizer):
    """One running average, of the squared gradient g (Hinton 2012, lecture 6; centered: Graves 2013):

        g <- g + weight_decay theta
        v <- alpha v + (1 - alpha) g^2
        theta <- theta - lr g / (sqrt(v) + eps)

    centered=True subtracts the square of the mean of g from v, which makes it the variance. With
    momentum, b <- momentum b + g / (sqrt(v) + eps) takes the place of the quotient.

    >>> import tinygrad_cv as tg
    >>> p = tg.nn.Parameter(tg.tensor([1.0]))
    >>> p.grad = tg.tensor([2.0])
    >>> tg.optim.RMSprop([p], lr=0.05).step()      # 0.05 * 2 / sqrt(0.01 * 4)
    >>> p.data
    tensor([0.5000])
    """

    def __init__(
        self, params, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0, momentum=0, centered=False, *,
        maximize=False, **options,
    ):
        check_settings(
            self, options, lr=lr, eps=eps, momentum=momentum, weight_decay=weight_decay, alpha=alpha
        )
        super().__init__(params, dict(
            lr=lr, momentum=momentum, alpha=alpha, eps=eps, centered=centered, weight_decay=weight_decay,
            maximize=maximize,
        ))

    def names(self, group):
        kept = ("step", "square_avg")
        kept += ("momentum_buffer",) if group["momentum"] else ()
        return kept + (("grad_avg",) if group["centered"] else ())

    def update(self, group, piece):
        backend, _, theta, g, state = piece
        lr, alpha, v = float(group["lr"]), group["alpha"], state["square_avg"]
        if group["weight_decay"]:
            g = g + group["weight_decay"] * theta
        v *= alpha
        v += (1 - alpha) * (g * g)
        if group["centered"]:
            mean = state["grad_avg"]
            mean += (1 - alpha) * (g - mean)
            v = v - mean * mean
        root = backend.xp.sqrt(v)
        root += group["eps"]
        if group["momentum"]:
            b = state["momentum_buffer"]
            b *= group["momentum"]
            b += g / root
            theta -= lr * b
        else:
            theta -= lr * (g / root)
