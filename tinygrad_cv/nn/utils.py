"""Helpers for a module's parameters: gradient clipping and spectral norm."""

from .. import ops
from ..arrays import namespace, quietly
from ..autograd import no_grad
from ..checks import check_tensor, integer, is_tensor, number, warn
from ..creation import randn, zeros
from ..ops.convert import Clone
from ..tensor import Tensor
from .conv import ConvTranspose2d
from .module import Parameter


@no_grad()
def clip_grad_norm_(parameters, max_norm, norm_type=2.0):
    """Scale all gradients by one factor, so that as one long vector their norm is at most max_norm.

    Returns their norm before the scaling.

    >>> import tinygrad_cv as tg
    >>> p = tg.nn.Parameter(tg.zeros(2))
    >>> p.grad = tg.tensor([3.0, 4.0])
    >>> tg.nn.utils.clip_grad_norm_([p], 1.0), p.grad
    (tensor(5.), tensor([0.6000, 0.8000]))
    """
    name = "clip_grad_norm_"
    many = hasattr(parameters, "__iter__") and not is_tensor(parameters)
    parameters = list(parameters) if many else [parameters]
    if not parameters:
        warn(f"{name}: no parameters, so nothing is clipped; a generator can be used once only")
    for p in parameters:
        check_tensor(name, p, "each parameter")
    grads = [p.grad for p in parameters if p.grad is not None]
    max_norm, norm_type = number(name, max_norm, "max_norm"), number(name, norm_type, "norm_type")
    if not max_norm >= 0:
        raise ValueError(f"{name}: max_norm must not be negative, got {max_norm}")
    if not grads:
        return zeros(())
    total = ops.norm(ops.stack([ops.norm(grad, norm_type) for grad in grads]), norm_type)
    factor = (max_norm / (total + 1e-6)).clamp(max=1.0)  # an `if` would wait for the GPU
    for grad in grads:
        grad.mul_(factor)
    return total


def spectral_norm(module, *, n_power_iterations=1):
    """From now on module.weight is W / sigma(W), where sigma(W) is W's largest singular value.

    A layer y = W x stretches no input by more than sigma(W). Divided by sigma, it stretches by at
    most 1, and so does a chain of such layers with leaky ReLUs (Miyato et al. 2018). A convolution
    applies W, with one row per output channel, to patches. An input pixel lies in up to kh kw of
    them, so the bound is sqrt(kh kw). Power iteration gives sigma(W): for random u, repeat

        v <- W^T u / |W^T u|        u <- W v / |W v|

    u and v converge to singular vectors, and u^T W v to sigma. A training step changes W little, so
    one round per forward is enough; eval() keeps u and v. W is the parameter weight_orig; weight_u
    and weight_v are buffers.
    """
    weight = getattr(module, "weight", None)
    if not isinstance(weight, Parameter):
        raise ValueError(f"spectral_norm: {type(module).__name__} has no parameter 'weight'")
    rounds = integer("spectral_norm", n_power_iterations, "n_power_iterations", 1)
    hook = SpectralNorm(rounds, 1 if isinstance(module, ConvTranspose2d) else 0)
    del module.weight
    module.weight_orig = weight
    for name, size in zip(("weight_u", "weight_v"), hook.matrix(weight).shape):
        start = randn(size, dtype=weight.dtype, device=weight.device)
        module.register_buffer(name, Tensor(unit(start.array)))
    module.weight = weight.detach()
    module.register_forward_pre_hook(hook)
    module.register_forward_hook(hook.forget)
    return module


class SpectralNorm:
    """The hooks of spectral_norm; a class, because closures can't be pickled."""

    def __init__(self, rounds, dim):
        self.rounds, self.dim = rounds, dim

    def __call__(self, module, args):
        """Before forward: weight = weight_orig / sigma."""
        W = self.matrix(module.weight_orig)
        if module.training:
            quietly(self.power_iteration, W.array, module.weight_u, module.weight_v)
        u, v = module.weight_u.clone(), module.weight_v.clone()  # the next forward writes into both
        sigma = u.view(1, -1) @ W @ v.view(-1, 1)
        module.weight = module.weight_orig * (1 / sigma).view(())  # one operation less in backward

    def power_iteration(self, W, u, v):
        """Improve the Tensors u and v by some rounds of it; W is an array."""
        for _ in range(self.rounds):
            v.array[...] = unit(u.array @ W)
            u.array[...] = unit(W @ v.array)
        u.memory.version += 1
        v.memory.version += 1

    def forget(self, module, args, output):
        """After forward: detach the weight, because a computed tensor can't be copied or stored."""
        module.weight = module.weight.detach()

    def matrix(self, weight):
        """The weight as a matrix with one row per output, which `dim` counts."""
        weight = Clone("C")(weight)  # a view would change the order in which the weight is stored
        return weight.transpose(0, self.dim).reshape(weight.shape[self.dim], -1)


def unit(x):
    """The vector x, an array, divided by its length."""
    return x / namespace(x).maximum((x @ x) ** 0.5, 1e-12)
