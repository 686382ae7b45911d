"""SGD: stochastic gradient descent, with or without momentum."""

from .optimizer import Optimizer


class SGD(Optimizer):
    """Steps against the gradient g, or against a running sum b of it (Sutskever et al. 2013):

        g <- g + weight_decay theta
        b <- momentum b + (1 - dampening) g         (b = g in the first step)
        theta <- theta - lr b                       (nesterov: lr (g + momentum b))

    >>> import tinygrad_cv as tg
    >>> p = tg.nn.Parameter(tg.tensor([1.0]))
    >>> p.grad = tg.tensor([2.0])
    >>> tg.optim.SGD([p], lr=0.25).step()
    >>> p.data
    tensor([0.5000])
    """

    not_negative = ("lr", "momentum", "weight_decay")
    buffers = ("momentum_buffer",)

    def __init__(
        self, params, lr=1e-3, momentum=0, dampening=0, weight_decay=0, nesterov=False, *,
        maximize=False, **options,
    ):
        super().__init__(params, dict(
            lr=lr, momentum=momentum, dampening=dampening, weight_decay=weight_decay,
            nesterov=nesterov, maximize=maximize,
        ), **options)

    def check_settings(self, group):
        super().check_settings(group)
        if group["nesterov"] and (group["momentum"] == 0 or group["dampening"] != 0):
            raise ValueError("SGD: nesterov needs a momentum, and a dampening of 0")

    def update(self, p, grad, group):
        theta, momentum = p.array, group["momentum"]
        if group["weight_decay"]:
            grad = grad + group["weight_decay"] * theta
        if momentum:
            first = "momentum_buffer" not in self.state[p]
            (b,) = self.history(p, "momentum_buffer")
            b *= momentum
            b += grad if first else (1 - group["dampening"]) * grad
            grad = grad + momentum * b if group["nesterov"] else b
        theta -= float(group["lr"]) * grad
