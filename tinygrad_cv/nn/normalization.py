"""Normalisation layers: take away mean and deviation, then give each channel a scale and a shift.

    y = (x - mean) / sqrt(var + eps) * weight + bias

They differ in what mean and variance are taken over (biased variance, dividing by the count):

    BatchNorm       each channel, over the batch and the image
    InstanceNorm    each channel of each sample, over the image
    GroupNorm       each group of channels of each sample, over group and image

BatchNorm (Ioffe and Szegedy 2015) makes a sample's output depend on its batch, which evaluation
must not: while training, it keeps running averages of mean and (unbiased) variance in buffers,
running = (1 - momentum) running + momentum batch, and in eval() uses them instead.
docs/batch_norm.md derives the gradient.
"""

from ..creation import empty, ones, tensor, zeros
from . import functional as F
from . import init
from .module import Module, refuse_input
from .parameter import Parameter


class _Norm(Module):
    """Scale and shift, and the statistics that are kept."""

    def __init__(self, num_features, eps, momentum, affine, track_running_stats, device, dtype, bias):
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        _scale_and_shift(self, num_features, affine, affine and bias, device, dtype)
        keep = track_running_stats
        self.register_buffer("running_mean", zeros(num_features, device=device, dtype=dtype) if keep else None)
        self.register_buffer("running_var", ones(num_features, device=device, dtype=dtype) if keep else None)
        self.register_buffer("num_batches_tracked", tensor(0, device=device) if keep else None)

    def reset_running_stats(self):
        """Forget what was averaged."""
        if self.track_running_stats:
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def reset_parameters(self):
        """As when new: scale 1, shift 0, no statistics."""
        self.reset_running_stats()
        _reset(self)

    def extra_repr(self):
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


def _scale_and_shift(module, size, weight, bias, device, dtype):
    for name, wanted in ("weight", weight), ("bias", bias):
        module.register_parameter(name, Parameter(empty(size, device=device, dtype=dtype)) if wanted else None)
    _reset(module)


def _reset(module):
    if module.weight is not None:
        init.ones_(module.weight)
    if module.bias is not None:
        init.zeros_(module.bias)


class _BatchNorm(_Norm):
    def __init__(
        self, num_features, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True, device=None, dtype=None,
        *, bias=True,
    ):
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias)

    def forward(self, input):
        shape = getattr(input, "shape", ())
        if len(shape) not in self.ranks:
            refuse_input(self, input, self.layout.format(self.num_features), ValueError)
        if shape[1] != self.num_features:
            refuse_input(self, input, self.layout.format(self.num_features))
        momentum = self.momentum
        keeps = self.running_mean is not None
        if self.training and keeps:
            self.num_batches_tracked.add_(1)
            if momentum is None:  # the plain average of all batches so far
                momentum = 1.0 / self.num_batches_tracked.item()
        return F.batch_norm(
            input, self.running_mean, self.running_var, self.weight, self.bias, self.training or not keeps,
            momentum or 0.0, self.eps,
        )


class BatchNorm1d(_BatchNorm):
    """Batch normalisation of (N, C) or (N, C, L).

    >>> import tinygrad_cv as tg
    >>> tg.nn.BatchNorm1d(1, affine=False)(tg.tensor([[-1.0], [1.0]]))
    tensor([[-1.0000],
            [1.0000]])
    """

    ranks, layout = (2, 3), "(N, {0}) or (N, {0}, L)"


class BatchNorm2d(_BatchNorm):
    """Batch normalisation of images (N, C, H, W); momentum=None keeps the plain average of all batches.

    >>> import tinygrad_cv as tg
    >>> norm = tg.nn.BatchNorm2d(3)
    >>> norm(tg.ones(2, 3, 4, 4)).shape, norm.running_mean
    ((2, 3, 4, 4), tensor([0.1000, 0.1000, 0.1000]))
    """

    ranks, layout = (4,), "(N, {}, H, W)"


class InstanceNorm2d(_Norm):
    """Normalisation of every channel of every image (N, C, H, W) by itself (Ulyanov et al. 2016).

    By default without scale, shift and running statistics.
    """

    def __init__(
        self, num_features, eps=1e-5, momentum=0.1, affine=False, track_running_stats=False, device=None, dtype=None,
        *, bias=True,
    ):
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias)

    def forward(self, input):
        shape = getattr(input, "shape", ())
        if len(shape) not in (3, 4) or (self.affine and shape[-3] != self.num_features):
            refuse_input(self, input, f"(N, {self.num_features}, H, W)", ValueError)
        batch = input if len(shape) == 4 else input.unsqueeze(0)
        result = F.instance_norm(
            batch, self.running_mean, self.running_var, self.weight, self.bias,
            self.training or not self.track_running_stats, self.momentum or 0.0, self.eps,
        )
        return result.reshape(shape)


class GroupNorm(Module):
    """Normalisation of num_groups groups of the channels of each sample (N, C, ...) (Wu and He 2018)."""

    def __init__(self, num_groups, num_channels, eps=1e-5, affine=True, device=None, dtype=None, *, bias=True):
        super().__init__()
        if num_groups < 1 or num_channels % num_groups:
            raise ValueError(f"GroupNorm: num_channels {num_channels} must be divisible by num_groups {num_groups}")
        self.num_groups, self.num_channels, self.eps, self.affine = num_groups, num_channels, eps, affine
        _scale_and_shift(self, num_channels, affine, affine and bias, device, dtype)

    def reset_parameters(self):
        """As when new: scale 1, shift 0."""
        _reset(self)

    def forward(self, input):
        shape = getattr(input, "shape", ())
        if len(shape) < 2 or shape[1] != self.num_channels:
            refuse_input(self, input, f"(N, {self.num_channels}, ...)")
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self):
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )
