"""RMSprop: the gradient, divided by the root of its mean square."""

from ..arrays import namespace
from .optimizer import Optimizer


class RMSprop(Optimizer):
    """A running mean v of the squared gradient g (Hinton 2012, lecture 6):

        g <- g + weight_decay theta
        v <- alpha v + (1 - alpha) g^2
        theta <- theta - lr g / (sqrt(v) + eps)

    With momentum, theta moves by lr b instead, where b <- momentum b + g / (sqrt(v) + eps).

    >>> import tinygrad_cv as tg
    >>> p = tg.nn.Parameter(tg.tensor([1.0]))
    >>> p.grad = tg.tensor([2.0])
    >>> tg.optim.RMSprop([p], lr=0.05).step()      # 0.05 * 2 / sqrt(0.01 * 4)
    >>> p.data
    tensor([0.5000])
    """

    not_negative = ("lr", "eps", "momentum", "weight_decay", "alpha")
    buffers = ("step", "square_avg", "momentum_buffer")

    def __init__(
        self, params, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0, momentum=0, centered=False, *,
        maximize=False, **options,
    ):
        if centered:
            raise TypeError("RMSprop: there is no centered=True here")
        super().__init__(params, dict(
            lr=lr, momentum=momentum, alpha=alpha, eps=eps, weight_decay=weight_decay,
            maximize=maximize,
        ), **options)

    def update(self, p, grad, group):
        theta, alpha = p.array, group["alpha"]
        step, v = self.history(p, "step", "square_avg")
        step += 1  # not used here, but part of PyTorch's format
        if group["weight_decay"]:
            grad = grad + group["weight_decay"] * theta
        v *= alpha
        v += (1 - alpha) * grad * grad
        move = grad / (namespace(theta).sqrt(v) + group["eps"])
        if group["momentum"]:
            (b,) = self.history(p, "momentum_buffer")
            b *= group["momentum"]
            b += move
            move = b
        theta -= float(group["lr"]) * move
