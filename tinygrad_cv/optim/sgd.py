"""SGD: stochastic gradient descent, with momentum."""

from .optimizer import Optimizer, check_settings


class SGD(Optimizer):
    """Steps against the gradient g, or against a running sum of gradients (Sutskever et al. 2013):

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

    def __init__(
        self, params, lr=1e-3, momentum=0, dampening=0, weight_decay=0, nesterov=False, *, maximize=False,
        **options,
    ):
        check_settings(self, options, lr=lr, momentum=momentum, weight_decay=weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        super().__init__(params, dict(
            lr=lr, momentum=momentum, dampening=dampening, weight_decay=weight_decay, nesterov=nesterov,
            maximize=maximize,
        ))

    def names(self, group):
        return ("momentum_buffer",) if group["momentum"] else ()

    def update(self, group, piece):
        _, step, theta, g, state = piece
        momentum = group["momentum"]
        if group["weight_decay"]:
            g = g + group["weight_decay"] * theta
        if momentum:
            b = state["momentum_buffer"]
            if step == 1:
                b[...] = g
            else:
                b *= momentum
                b += (1 - group["dampening"]) * g
            g = g + momentum * b if group["nesterov"] else b
        theta -= float(group["lr"]) * g
