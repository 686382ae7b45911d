# Written by .ci/stubs.py, for editors and type checkers. The code is in utils.py.
from collections.abc import Iterable
from tinygrad_cv import Tensor
from tinygrad_cv.nn import Module, Parameter
def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor], max_norm: float, norm_type: float = 2.0) -> Tensor:
    """Scale all gradients by one factor, so that as one long vector their norm is at most max_norm.

    Returns their norm before the scaling.

    >>> import tinygrad_cv as tg
    >>> p = tg.nn.Parameter(tg.zeros(2))
    >>> p.grad = tg.tensor([3.0, 4.0])
    >>> tg.nn.utils.clip_grad_norm_([p], 1.0), p.grad
    (tensor(5.), tensor([0.6000, 0.8000]))
    """
def spectral_norm(module: Module, *, n_power_iterations: int = 1) -> Module:
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
