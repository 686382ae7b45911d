"""Normalisation: centre, divide by the deviation, then scale and shift by learned numbers.

    y = weight * (x - mean) / sqrt(var + eps) + bias

The kinds differ only in what mean and var are taken over: batch norm over the batch and the
image, channel by channel; instance norm over each image; group norm over groups of channels.

Batch norm's gradient. Write n = (x - mean) / sqrt(var + eps) for the normalised input, g for
dL/dy, and <.> for the mean over the values that share a channel. Every x moves its channel's
mean and var, so every output moves; summing these effects gives (docs/batch_norm.md)

    dL/dx = weight / sqrt(var + eps) * (g - <g> - n <g n>)
    dL/dweight = sum g n,    dL/dbias = sum g

In words: of the gradient, batch norm takes away what would shift the channel (<g>) and what
would scale it (n <g n>), since it would normalise both away. What it must keep for this is x,
and per channel mean and 1/sqrt(var + eps): n is cheaper to compute again than to store.
"""

import math

from ..autograd import Function
from ..autograd.grad_mode import is_grad_enabled
from .arithmetic import check_broadcast
from .checks import check_floating, check_same_dtype, check_tensor, flag, integer, number, one_dim, sizes, some_dims
from .choice import clamp
from .inplace import check_writable
from .reduce import norm


class BatchNorm(Function):
    """Batch norm by the batch's own statistics: x (N, C, ...), weight (C,), bias (C,)."""

    new_gradients = True
    save_inputs = (0, 1)

    def __init__(self, eps):
        self.eps = eps

    def forward(self, x, weight, bias):
        backend = self.backend
        self.mean, self.var = backend.batch_norm_stats(x)
        rstd, scale, shift = backend.batch_norm_scale(self.mean, self.var, weight, bias, self.eps)
        self.kept = (self.mean, rstd)
        return backend.batch_norm_apply(x, scale, shift)

    def backward(self, grad):
        x, weight = self.saved_inputs()
        if is_grad_enabled():
            return self.in_operations(grad, x, weight)
        mean, rstd = self.kept
        grads = self.backend.batch_norm_grad(grad.array, x.array, mean, rstd, weight.array)
        return tuple(map(grad.wrap, grads))

    def in_operations(self, grad, x, weight):
        """The same formula in operations that can be differentiated again; slower."""
        dims = [d for d in range(len(x.shape)) if d != 1]
        channels = (1, -1) + (1,) * (len(x.shape) - 2)
        centred = x - x.mean(dims, keepdim=True)
        rstd = ((centred * centred).mean(dims, keepdim=True) + self.eps).rsqrt()
        normal = centred * rstd
        by_n = (grad * normal).mean(dims, keepdim=True)
        by_x = weight.reshape(channels) * rstd * (grad - grad.mean(dims, keepdim=True) - normal * by_n)
        return by_x, (grad * normal).sum(dims), grad.sum(dims)


class Affine(Function):
    """y = x * scale + shift, channel by channel: x (N, C, ...), scale (C,), shift (C,), in one pass."""

    save_inputs = (0, 1)
    bilinear = True

    def forward(self, x, scale, shift):
        return self.backend.batch_norm_apply(x, scale, shift)

    def backward(self, grad):
        x, scale = self.saved_inputs()
        by_x, by_scale, by_shift = self.needs_input_grad
        dims = [d for d in range(len(grad.shape)) if d != 1]
        return (
            grad * scale.reshape((-1,) + (1,) * (len(grad.shape) - 2)) if by_x else None,
            (grad * x).sum(dims) if by_scale else None,
            grad.sum(dims) if by_shift else None,
        )


# What users call


def batch_norm(input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5):
    """Batch normalisation (Ioffe and Szegedy 2015) of input (N, C, ...), channel by channel.

    training=True normalises by the batch's statistics, and moves the running ones towards them:
    running = (1 - momentum) * running + momentum * batch (for the variance, the unbiased one).
    training=False normalises by the running statistics. Raises ValueError for a batch with one
    value a channel, which has no deviation.

    >>> import tinygrad_cv as tg
    >>> x = tg.tensor([[1.0], [3.0]])
    >>> tg.nn.functional.batch_norm(x, None, None, training=True).round()
    tensor([[-1.],
            [ 1.]])
    """
    if getattr(input, "shape", None) == (0,):
        return input.clone()  # PyTorch lets nothing at all pass
    _check("batch_norm", input, weight=weight, bias=bias, running_mean=running_mean, running_var=running_var)
    flag("batch_norm", training, "training")
    number("batch_norm", momentum, "momentum")
    number("batch_norm", eps, "eps")
    if (running_mean is None) != (running_var is None):
        raise RuntimeError("batch_norm: running_mean and running_var must both be given, or neither")
    check_same_dtype("batch_norm", input, running_mean=running_mean, running_var=running_var)
    channels = input.shape[1]
    if not training and (running_mean is None or running_var is None):
        raise RuntimeError("batch_norm: needs running_mean and running_var unless training=True")
    weight = input.new_ones(channels) if weight is None else weight
    bias = input.new_zeros(channels) if bias is None else bias
    if not training:
        scale = weight * (running_var + eps).rsqrt()
        return Affine()(input, scale, bias - running_mean * scale)
    count = input.numel() // max(channels, 1)
    if count == 0:
        return Affine()(input, weight, bias)  # an empty batch has no statistics
    if count <= 1:
        raise ValueError(
            f"batch_norm: expected more than 1 value per channel when training, got input of shape {tuple(input.shape)}"
        )
    if eps <= 0:
        raise ValueError(f"batch_norm: eps must be positive when training, got {eps}")
    node = BatchNorm(eps)
    y = node(input, weight, bias)
    _move(running_mean, node.mean, momentum)
    _move(running_var, node.var, momentum, count / (count - 1))
    return y


def _move(running, batch, momentum, factor=1.0):
    """running <- (1 - momentum) * running + momentum * factor * batch (an array)."""
    if running is not None:
        check_writable("batch_norm", running)
        running.backend.blend(running.array, batch, 1 - momentum, momentum * factor)
        running.bump_version()


def group_norm(input, num_groups, weight=None, bias=None, eps=1e-5):
    """Normalise each image over groups of channels (Wu and He 2018); input (N, C, ...)."""
    _check("group_norm", input, weight=weight, bias=bias)
    N, C = input.shape[:2]
    number("group_norm", eps, "eps")
    if integer("group_norm", num_groups, "num_groups") < 1 or C % num_groups:
        raise RuntimeError(f"group_norm: num_groups must divide the channels, got {num_groups} and {C} channels")
    if input.numel() == num_groups:
        raise ValueError(f"group_norm: expected more than 1 value per group, got input of shape {tuple(input.shape)}")
    x = input.reshape(N, num_groups, math.prod(input.shape[1:]) // num_groups)
    centred = x - x.mean(2, keepdim=True)
    x = centred * ((centred * centred).mean(2, keepdim=True) + eps).rsqrt()
    x = x.reshape(input.shape)
    if weight is None and bias is None:
        return x
    weight = input.new_ones(C) if weight is None else weight
    return Affine()(x, weight, input.new_zeros(C) if bias is None else bias)


def instance_norm(
    input, running_mean=None, running_var=None, weight=None, bias=None, use_input_stats=True, momentum=0.1, eps=1e-5
):
    """Normalise each channel of each image on its own (Ulyanov et al. 2016): groups of one channel."""
    _check("instance_norm", input, weight=weight, bias=bias, running_mean=running_mean, running_var=running_var)
    if not use_input_stats:
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    count = math.prod(input.shape[2:])
    if count <= 1:
        raise ValueError(f"instance_norm: expected more than 1 value per channel, got input of shape {tuple(input.shape)}")
    if running_mean is not None:
        x = input.detach().flatten(2)
        _move(running_mean, x.mean((0, 2)).array, momentum)
        _move(running_var, x.var(2).mean(0).array, momentum)
    return group_norm(input, input.shape[1], weight, bias, eps)


def layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    """Normalise over the last dims, those of `normalized_shape` (Ba et al. 2016)."""
    shape = _normalized_shape("layer_norm", input, normalized_shape, weight=weight, bias=bias)
    number("layer_norm", eps, "eps")
    dims = tuple(range(-len(shape), 0))
    centred = input - input.mean(dims, keepdim=True)
    y = centred * ((centred * centred).mean(dims, keepdim=True) + eps).rsqrt()
    y = y if weight is None else y * weight
    return y if bias is None else y + bias


def _normalized_shape(name, input, normalized_shape, **affine):
    check_floating(name, input)
    if not isinstance(normalized_shape, (tuple, list)):
        raise TypeError(f"{name}: normalized_shape must be a tuple of sizes, got {normalized_shape!r}")
    shape = sizes(name, (normalized_shape,))
    if not shape or input.shape[-len(shape) :] != shape:
        raise RuntimeError(f"{name}: input {tuple(input.shape)} does not end in the normalized shape {shape}")
    for what, x in affine.items():
        if x is not None:
            check_tensor(name, x, what)
            if x.shape != shape:
                raise RuntimeError(f"{name}: {what} must have the normalized shape {shape}, got {tuple(x.shape)}")
    check_same_dtype(name, input, **affine)
    return shape


def rms_norm(input, normalized_shape, weight=None, eps=None):
    """Divide by the root of the mean square over the last dims; no mean is taken off (Zhang and Sennrich 2019)."""
    shape = _normalized_shape("rms_norm", input, normalized_shape, weight=weight)
    eps = float(input.backend.xp.finfo(input.dtype).eps) if eps is None else number("rms_norm", eps, "eps")
    y = input * ((input * input).mean(tuple(range(-len(shape), 0)), keepdim=True) + eps).rsqrt()
    return y if weight is None else y * weight


def normalize(input, p=2.0, dim=1, eps=1e-12):
    """input / its p-norm along `dim`: vectors of length 1 (of length 0, where they were shorter than eps)."""
    check_floating("normalize", input)
    length = norm(input, number("normalize", p, "p"), some_dims("normalize", dim, len(input.shape)), keepdim=True)
    return input / clamp(length, min=number("normalize", eps, "eps"))


def cosine_similarity(x1, x2, dim=1, eps=1e-8):
    """The cosine of the angle between the vectors along `dim`: x1 . x2 / (|x1| |x2|), the lengths at least eps.

    >>> import tinygrad_cv as tg
    >>> tg.nn.functional.cosine_similarity(tg.tensor([3.0, 0.0]), tg.tensor([1.0, 1.0]), dim=0)
    tensor(0.7071)
    """
    name = "cosine_similarity"
    check_floating(name, x1)
    check_floating(name, x2)
    if not number(name, eps, "eps") >= 0:
        raise RuntimeError(f"{name}: eps must not be negative, got {eps}")
    check_broadcast(name, x1.shape, x2.shape)
    rank = max(len(x1.shape), len(x2.shape))
    dim = one_dim(name, dim, rank) - rank  # from the last: so it names the same dim of both
    shape = tuple((x1.detach() + x2.detach()).shape)
    a, b = x1.expand(shape), x2.expand(shape)
    return (a * b).sum(dim) / (clamp(norm(a, 2, dim), min=eps) * clamp(norm(b, 2, dim), min=eps))


def _check(name, input, **per_channel):
    check_floating(name, input)
    if len(input.shape) < 2:
        raise RuntimeError(f"{name}: expected input (N, C, ...), got shape {tuple(input.shape)}")
    for what, x in per_channel.items():
        if x is not None:
            check_tensor(name, x, what)
            if x.shape != (input.shape[1],):
                raise RuntimeError(f"{name}: {what} must have shape ({input.shape[1]},), got {tuple(x.shape)}")
    check_same_dtype(name, input, **per_channel)
