"""Spectral normalisation: a weight divided by its largest singular value (Miyato et al. 2018).

A layer y = W x stretches no input by more than sigma(W), the largest singular value. Divided by it,
each layer stretches by 1 at most, and so does a chain of such layers with leaky ReLUs between: a
discriminator whose slope is bounded, as the Wasserstein distance asks for.

sigma is found by power iteration. For random u, repeat

    v <- W^T u / |W^T u|        u <- W v / |W v|

and u and v turn towards the singular vectors of the largest singular value, sigma = u^T W v. A
training step changes W little, so one round a step, from where the last one ended, is enough.
"""

from ..autograd import no_grad
from ..creation import randn
from ..ops import dot, matmul
from ..ops.checks import integer
from . import functional as F
from .conv import ConvTranspose2d
from .parameter import Parameter


def spectral_norm(module, name="weight", n_power_iterations=1, eps=1e-12, dim=None):
    """From now on module.weight is weight_orig / sigma(weight_orig), computed before each forward.

    weight_orig is the parameter that is trained; weight_u and weight_v are buffers. `dim` is the
    axis of the outputs (by default 0, and 1 for a transposed convolution); all others make up the
    columns of the matrix. In eval() u and v stay as they are.

    >>> import tinygrad_cv as tg
    >>> layer = tg.nn.utils.spectral_norm(tg.nn.Linear(3, 1), n_power_iterations=20)
    >>> layer(tg.zeros(1, 3)).shape, round(layer.weight.norm().item(), 4)
    ((1, 1), 1.0)
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, Parameter):
        raise ValueError(f"spectral_norm: {type(module).__name__} has no parameter {name!r}; give the module that has it")
    if integer("spectral_norm", n_power_iterations, "n_power_iterations") < 1:
        raise ValueError(f"spectral_norm: n_power_iterations must be positive, got {n_power_iterations}")
    if dim is None:
        dim = 1 if isinstance(module, ConvTranspose2d) else 0
    rows, columns = matrix(weight, dim).shape
    delattr(module, name)
    module.register_parameter(f"{name}_orig", weight)
    for letter, size in ("u", rows), ("v", columns):
        start = randn(size, dtype=weight.dtype, device=weight.device)
        module.register_buffer(f"{name}_{letter}", F.normalize(start, dim=0, eps=eps))
    normalize_weight(module, name, 0, eps, dim)
    module.register_forward_pre_hook(
        lambda module, inputs: normalize_weight(module, name, n_power_iterations if module.training else 0, eps, dim)
    )
    return module


def normalize_weight(module, name, rounds, eps, dim):
    """module.name = original / sigma, after some rounds of power iteration."""
    weight, u, v = (getattr(module, f"{name}_{part}") for part in ("orig", "u", "v"))
    W = matrix(weight, dim)
    with no_grad():
        for _ in range(rounds):
            v = F.normalize(matmul(W.t(), u), dim=0, eps=eps)
            u = F.normalize(matmul(W, v), dim=0, eps=eps)
    setattr(module, f"{name}_u", u)
    setattr(module, f"{name}_v", v)
    setattr(module, name, weight / dot(u, matmul(W, v)))


def matrix(weight, dim):
    """The weight with `dim` as rows and all else as columns."""
    return weight.transpose(0, dim).reshape(weight.shape[dim], -1)
