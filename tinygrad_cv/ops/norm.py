"""Normalisation: subtract the mean, divide by the standard deviation, then scale and shift.

    y = weight * (x - mean) / sqrt(var + eps) + bias

Batch norm (Ioffe and Szegedy 2015) takes mean and variance over the batch and the image, for each
channel. Group norm takes them over groups of channels of one image, and instance norm over one
channel of one image: both are batch norm of a reshaped input.

Batch norm's gradient. Write n = (x - mean) / sqrt(var + eps) for the normalised input, g for
dL/dy, and <.> for the mean over the values that share a channel. Every x moves its channel's mean
and variance, so every output moves; summing these effects gives (docs/batch_norm.md)

    dL/dx = weight / sqrt(var + eps) * (g - <g> - n <g n>)
    dL/dweight = sum g n,    dL/dbias = sum g

In words: batch norm removes from the gradient what would shift the channel (<g>) and what would
scale it (n <g n>), because it would normalise both away.

Axes: N images, C channels, ... anything. For second derivatives, channel_stats and batch_norm_grads
are also called with Tensors. Faster kernels: fast/.
"""

import math

from ..arrays import kernel, namespace
from ..autograd import Function, is_grad_enabled
from ..checks import flag, integer, number, takes
from .inplace import check_writable
from .reduce import total


@kernel
def channel_stats(x):
    """x (N, C, ...) -> the mean and the variance (biased: over the count) of each channel, (C,).

    The variance comes from centred values. E[x^2] - E[x]^2 would need one pass less, and lose every
    digit where the mean is large compared with the standard deviation.
    """
    mean = channel_sum(x) / count(x)
    centred = x - per_channel(mean, x)
    return mean, channel_sum(centred * centred) / count(x)


@kernel
def normalize_channels(x, mean, scale, shift):
    """(x - mean) * scale + shift, with one mean, scale and shift for each channel."""
    return (x - per_channel(mean, x)) * per_channel(scale, x) + per_channel(shift, x)


@kernel
def batch_norm_grads(grad, x, mean, rstd, weight):
    """dL/dx, dL/dweight and dL/dbias; rstd is 1 / sqrt(var + eps)."""
    n = (x - per_channel(mean, x)) * per_channel(rstd, x)
    sum_g, sum_gn = channel_sum(grad), channel_sum(grad * n)
    mean_g, mean_gn = (per_channel(s / count(x), x) for s in (sum_g, sum_gn))
    grad_x = (grad - mean_g - n * mean_gn) * per_channel(weight * rstd, x)
    return grad_x, sum_gn, sum_g


def channel_sum(x):
    """The sum over all dims but the channels: (N, C, ...) -> (C,)."""
    return total(x, tuple(d for d in range(x.ndim) if d != 1), False)


def count(x):
    """How many values of x (N, C, ...) share a channel."""
    return math.prod(x.shape) // max(x.shape[1], 1)


def per_channel(vector, x):
    """vector (C,) -> (C, 1, ...): broadcast, it meets the channels of x (N, C, ...)."""
    return vector.reshape((-1,) + (1,) * (x.ndim - 2))


class BatchNorm(Function):
    """y = weight n + bias for x (N, C, ...) and vectors (C,); n and the gradients as above.

    If mean and var are None, those of x are used. Given ones do not depend on x, so dL/dx is simply
    weight / sqrt(var + eps) * g.
    """

    saves = (0, 1)  # mean and rstd are small, and are kept as attributes
    on_arrays = True

    def __init__(self, eps): self.eps = eps

    def forward(self, x, weight, bias, mean, var):
        self.given = mean is not None
        # The running mean may change before backward. (var may, too, but only rstd is needed there)
        self.mean, self.var = (mean.copy(), var) if self.given else channel_stats(x)
        self.rstd = 1 / namespace(x).sqrt(self.var + self.eps)
        return normalize_channels(x, self.mean, weight * self.rstd, bias)

    def backward(self, grad):
        (x, weight), mean, rstd = self.saved(), self.mean, self.rstd
        if is_grad_enabled() and self.given:
            mean, rstd = map(self.tensor_class, (mean, rstd))
        elif is_grad_enabled():  # in second derivatives the statistics are functions of x
            mean, var = channel_stats(x)
            rstd = (var + self.eps).rsqrt()
        if not self.given:
            return *batch_norm_grads(grad, x, mean, rstd, weight), None, None
        needs_x, needs_weight, needs_bias, *_ = self.needs_input_grad
        return (
            grad * per_channel(weight * rstd, x) if needs_x else None,
            channel_sum(grad * (x - per_channel(mean, x))) * rstd if needs_weight else None,
            channel_sum(grad) if needs_bias else None, None, None,
        )


# What users call


@takes("input (N, C, ...)", "running_mean (C)?", "running_var (C)?", "weight (C)?", "bias (C)?")
def batch_norm(
    input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5
):
    """Batch normalisation (Ioffe and Szegedy 2015), channel by channel.

    training=True normalises with the batch's statistics, and moves the running ones towards them:
    running = (1 - momentum) * running + momentum * batch (for the variance the unbiased one).
    training=False normalises with the running statistics. Raises ValueError for eps < 0, and in
    training for eps = 0 and for a batch with one value per channel, because its variance is 0.
    """
    flag("batch_norm", training, "training")
    momentum = number("batch_norm", momentum, "momentum")
    eps = number("batch_norm", eps, "eps")
    if not (eps > 0 or eps == 0 and not training):
        raise ValueError(f"batch_norm: eps must be positive, or 0 in evaluation, got {eps}")
    return _normalized(input, running_mean, running_var, weight, bias, training, momentum, eps)


def _normalized(input, running_mean, running_var, weight, bias, training, momentum, eps):
    if (running_mean is None) != (running_var is None) or (not training and running_mean is None):
        raise RuntimeError("batch_norm: needs both running statistics, or training=True")
    weight = input.new_ones(input.shape[1]) if weight is None else weight
    bias = input.new_zeros(input.shape[1]) if bias is None else bias
    n = count(input)
    if n == 0:  # nothing to normalise
        return input * per_channel(weight, input) + per_channel(bias, input)
    if not training:
        return BatchNorm(eps)(input, weight, bias, running_mean, running_var)
    if n == 1:
        raise ValueError(f"batch_norm: expected more than 1 value per channel, got {input.shape}")
    node = BatchNorm(eps)
    y = node(input, weight, bias, None, None)
    _update_running(running_mean, node.mean, momentum)
    # Bessel's correction: on average a batch's variance is (n - 1) / n times that of all images
    _update_running(running_var, node.var * (n / (n - 1)), momentum)
    return y


def _update_running(running, batch, momentum):
    """running <- (1 - momentum) * running + momentum * batch (an array), in place."""
    if running is not None:
        check_writable("running statistics", running)
        running.array[...] = (1 - momentum) * running.array + momentum * batch
        running.memory.version += 1


@takes("input (N, C, ...)", "weight (C)?", "bias (C)?")
def group_norm(input, num_groups, weight=None, bias=None, eps=1e-5):
    """Normalise each image over groups of channels (Wu and He 2018)."""
    N, C = input.shape[:2]
    if integer("group_norm", num_groups, "num_groups", 1) and C % num_groups:
        raise RuntimeError(f"group_norm: num_groups={num_groups} does not divide {C} channels")
    groups, eps = N * num_groups, number("group_norm", eps, "eps")
    if groups == input.numel() > 0:
        raise ValueError(f"group_norm: expected more than 1 value per group, got {input.shape}")
    x = input.reshape(1, groups, input.numel() // max(groups, 1))  # a group is a channel of x
    y = _normalized(x, None, None, None, None, True, 0, eps).reshape(input.shape)
    y = y if weight is None else y * per_channel(weight, y)
    return y if bias is None else y + per_channel(bias, y)


@takes("input (N, C, ...)", "running_mean (C)?", "running_var (C)?", "weight (C)?", "bias (C)?")
def instance_norm(
    input, running_mean=None, running_var=None, weight=None, bias=None, use_input_stats=True,
    momentum=0.1, eps=1e-5,
):
    """Normalise each channel of each image on its own (Ulyanov et al. 2016): groups of one channel.

    Running statistics, if given, move towards the means over the batch of each image's statistics;
    with use_input_stats=False they are what is normalised with.
    """
    momentum = number("instance_norm", momentum, "momentum")
    if not use_input_stats:
        if running_mean is None or running_var is None:
            raise RuntimeError("instance_norm: needs running statistics, or use_input_stats=True")
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    if (running_mean is None) != (running_var is None):
        raise RuntimeError("instance_norm: needs both running statistics, or neither")
    y = group_norm(input, input.shape[1], weight, bias, eps)
    if running_mean is not None:
        x = input.detach().flatten(2)
        _update_running(running_mean, x.mean((0, 2)).array, momentum)
        _update_running(running_var, x.var(2).mean(0).array, momentum)
    return y
