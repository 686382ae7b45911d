"""Adam: steps of about the size lr, whatever the size of the gradient.

Algorithm 1 of Kingma and Ba (2015), for the gradient g in step t:

    m <- beta1 m + (1 - beta1) g           the running mean of g, in state[p]["exp_avg"]
    v <- beta2 v + (1 - beta2) g^2         the running mean of g^2, in state[p]["exp_avg_sq"]
    theta <- theta - lr m_hat / (sqrt(v_hat) + eps)

Both means start at 0 and are too small at first. m_hat = m / (1 - beta1^t) and
v_hat = v / (1 - beta2^t) correct for that.
"""

from math import sqrt

from ..arrays import kernel, namespace
from ..checks import number
from .optimizer import Optimizer


@kernel
def adam_update(theta, grad, m, v, lr, beta1, beta2, eps, t):
    """Step t for one array, in place, in the order that section 2 of the paper recommends.

    Numerator and denominator of m_hat / (sqrt(v_hat) + eps) are multiplied by
    root = sqrt(1 - beta2^t). Since root * sqrt(v_hat) = sqrt(v), no array is needed for v_hat.
    """
    root = sqrt(1 - beta2**t)
    m *= beta1
    m += (1 - beta1) * grad
    v *= beta2
    v += (1 - beta2) * grad * grad
    theta -= lr * root / (1 - beta1**t) * m / (namespace(v).sqrt(v) + eps * root)


class Adam(Optimizer):
    """Adam with weight decay: weight_decay * theta is added to the gradient.

    maximize=True climbs the gradient. There is no amsgrad.

    >>> import tinygrad_cv as tg
    >>> p = tg.nn.Parameter(tg.tensor([1.0]))
    >>> p.grad = tg.tensor([1000.0])
    >>> tg.optim.Adam([p], lr=0.25).step()
    >>> p.data
    tensor([0.7500])
    """

    not_negative = ("lr", "eps", "weight_decay")
    buffers = ("step", "exp_avg", "exp_avg_sq")

    def __init__(
        self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, *, maximize=False,
        decoupled_weight_decay=False, **options,
    ):
        super().__init__(params, dict(
            lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, maximize=maximize,
            decoupled_weight_decay=decoupled_weight_decay,
        ), **options)

    def check_settings(self, group):
        super().check_settings(group)
        betas = group["betas"] if isinstance(group["betas"], (tuple, list)) else ()
        if len(betas) != 2 or not all(0 <= number("Adam", b, "each of betas") < 1 for b in betas):
            raise ValueError(f"Adam: invalid betas: {group['betas']} (two numbers in [0, 1))")

    def update(self, p, grad, group):
        theta, lr, (beta1, beta2) = p.array, float(group["lr"]), group["betas"]
        step, m, v = self.history(p, "step", "exp_avg", "exp_avg_sq")
        t = int(step) + 1
        step.fill(t)
        if group["weight_decay"] and group["decoupled_weight_decay"]:
            theta *= 1 - lr * group["weight_decay"]
        elif group["weight_decay"]:
            grad = grad + group["weight_decay"] * theta
        adam_update(theta, grad, m, v, lr, beta1, beta2, group["eps"], t)


class AdamW(Adam):
    """Adam that first multiplies theta by 1 - lr * weight_decay (Loshchilov and Hutter 2019).

    Adam's weight_decay is divided by sqrt(v), so that weights with large gradients hardly decay.
    """

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2, **options):
        options = {"decoupled_weight_decay": True, **options}
        super().__init__(params, lr, betas, eps, weight_decay, **options)
