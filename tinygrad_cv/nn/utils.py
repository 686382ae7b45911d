"""Helpers around a module's parameters."""

from ..autograd import no_grad
from ..creation import zeros
from ..ops import cat, norm, stack
from ..ops.checks import check_tensor, number
from .spectral_norm import spectral_norm


@no_grad()
def clip_grad_norm_(parameters, max_norm, norm_type=2.0, error_if_nonfinite=False, foreach=None):
    """Scale all gradients by one factor, so that their norm, taken as one long vector, is at most max_norm.

    Returns the norm that they had. error_if_nonfinite=True raises RuntimeError if it is inf or nan.

    >>> import tinygrad_cv as tg
    >>> p = tg.nn.Parameter(tg.zeros(2))
    >>> p.grad = tg.tensor([3.0, 4.0])
    >>> tg.nn.utils.clip_grad_norm_([p], 1.0), p.grad
    (tensor(5.), tensor([0.6000, 0.8000]))
    """
    parameters = [parameters] if hasattr(parameters, "grad_fn") else parameters
    if not hasattr(parameters, "__iter__"):
        raise TypeError(f"clip_grad_norm_: parameters must be Tensors, got {type(parameters).__name__}")
    parameters = list(parameters)
    for p in parameters:
        check_tensor("clip_grad_norm_", p, "each parameter")
    max_norm = number("clip_grad_norm_", max_norm, "max_norm")
    norm_type = number("clip_grad_norm_", norm_type, "norm_type")
    grads = [p.grad for p in parameters if p.grad is not None]
    if not grads:
        return zeros(())
    norm_type = float(norm_type)
    total = norm(stack([norm(grad, norm_type).to(grads[0].device) for grad in grads]), norm_type)
    if error_if_nonfinite and not total.isfinite():
        raise RuntimeError(
            f"clip_grad_norm_: the gradients' norm of order {norm_type} is {total.item()}, so they can't be "
            "clipped; pass error_if_nonfinite=False to scale them anyway"
        )
    # Clamped instead of compared: `if` would wait for the GPU.
    factor = (float(max_norm) / (total + 1e-6)).clamp(max=1.0)
    for grad in grads:
        grad.mul_(factor.to(grad.device))
    return total


@no_grad()
def clip_grad_value_(parameters, clip_value, foreach=None):
    """Every number of every gradient brought between -clip_value and clip_value."""
    bound = float(number("clip_grad_value_", clip_value, "clip_value"))
    for p in [parameters] if hasattr(parameters, "grad_fn") else parameters:
        check_tensor("clip_grad_value_", p, "each parameter")
        if p.grad is not None:
            p.grad.clamp_(-bound, bound)


def parameters_to_vector(parameters):
    """All numbers of all parameters in one row."""
    return cat([p.reshape(-1) for p in parameters])


@no_grad()
def vector_to_parameters(vec, parameters):
    """The way back: fill the parameters from one row of numbers."""
    check_tensor("vector_to_parameters", vec, "vec")
    start = 0
    for p in parameters:
        p.copy_(vec[start : start + p.numel()].reshape(p.shape))
        start += p.numel()
