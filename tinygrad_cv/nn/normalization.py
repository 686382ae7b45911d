"""Normalisation layers: take away mean and deviation, then give each channel a scale and a shift.

    y = (x - mean) / sqrt(var + eps) * weight + bias

They differ in what mean and variance are taken over (biased variance, dividing by the count):

    BatchNorm       each channel, over the batch and the image
    InstanceNorm    each channel of each sample, over the image
    GroupNorm       each group of channels of each sample, over group and image
    LayerNorm       each sample, or each of its rows

BatchNorm (Ioffe and Szegedy 2015) makes a sample's output depend on its batch, which evaluation
must not: while training, it keeps running averages of mean and (unbiased) variance in buffers,
running = (1 - momentum) running + momentum batch, and in eval() uses them instead.
ops/norm.py has the functions, docs/batch_norm.md derives the gradient.
"""

from ..creation import empty, ones, tensor, zeros
from ..ops.checks import integer
from . import functional as F
from . import init
from .module import Module, refuse_input
from .parameter import Parameter


class _Affine(Module):
    """A learned scale (`weight`, starts at 1) and shift (`bias`, starts at 0) for each channel."""

    def __init__(self, channels, affine, bias, device, dtype):
        super().__init__()
        self.affine = affine
        for name, wanted in ("weight", affine), ("bias", affine and bias):
            new = Parameter(empty(channels, device=device, dtype=dtype)) if wanted else None
            self.register_parameter(name, new)
        _Affine.reset_parameters(self)

    def reset_parameters(self):
        """As when new."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)


class _RunningNorm(_Affine):
    """The running averages, in buffers."""

    def __init__(
        self, num_features, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True, device=None,
        dtype=None, *, bias=True,
    ):
        super().__init__(num_features, affine, bias, device, dtype)
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.track_running_stats = track_running_stats
        mean, var = (make(num_features, device=device, dtype=dtype) for make in (zeros, ones))
        buffers = {"running_mean": mean, "running_var": var, "num_batches_tracked": tensor(0, device=device)}
        for name, buffer in buffers.items():
            self.register_buffer(name, buffer if track_running_stats else None)

    def reset_running_stats(self):
        """Forget what was averaged."""
        if self.track_running_stats:
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def reset_parameters(self):
        """As when new."""
        self.reset_running_stats()
        super().reset_parameters()

    def extra_repr(self):
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class _BatchNorm(_RunningNorm):
    def forward(self, input):
        shape = getattr(input, "shape", ())
        if len(shape) not in self.ranks:
            refuse_input(self, input, self.layout.format(self.num_features), ValueError)
        if shape[1] != self.num_features:
            refuse_input(self, input, self.layout.format(self.num_features))
        momentum, keeps = self.momentum, self.running_mean is not None
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
            [ 1.0000]])
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


class InstanceNorm2d(_RunningNorm):
    """Normalisation of every channel of every image (N, C, H, W) by itself (Ulyanov et al. 2016).

    By default without scale, shift and running statistics.
    """

    def __init__(
        self, num_features, eps=1e-5, momentum=0.1, affine=False, track_running_stats=False, device=None,
        dtype=None, *, bias=True,
    ):
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def forward(self, input):
        shape = getattr(input, "shape", ())
        if len(shape) not in (3, 4) or (self.affine and shape[-3] != self.num_features):
            refuse_input(self, input, f"(N, {self.num_features}, H, W)", ValueError)
        batch = input if len(shape) == 4 else input.unsqueeze(0)
        y = F.instance_norm(
            batch, self.running_mean, self.running_var, self.weight, self.bias,
            self.training or not self.track_running_stats, self.momentum or 0.0, self.eps,
        )
        return y.reshape(shape)


class GroupNorm(_Affine):
    """Normalisation of num_groups groups of the channels of each sample (N, C, ...) (Wu and He 2018)."""

    def __init__(
        self, num_groups, num_channels, eps=1e-5, affine=True, device=None, dtype=None, *, bias=True
    ):
        if integer("GroupNorm", num_channels, "num_channels") < 1:
            raise ValueError(f"GroupNorm: num_channels must be positive, got {num_channels}")
        super().__init__(num_channels, affine, bias, device, dtype)
        if integer("GroupNorm", num_groups, "num_groups") < 1 or num_channels % num_groups:
            raise ValueError(f"GroupNorm: num_groups {num_groups} does not divide {num_channels} channels")
        self.num_groups, self.num_channels, self.eps = num_groups, num_channels, eps

    def forward(self, input):
        shape = getattr(input, "shape", ())
        if len(shape) < 2 or shape[1] != self.num_channels:
            refuse_input(self, input, f"(N, {self.num_channels}, ...)")
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self):
        bias = self.bias is not None
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, bias={bias}"


class LayerNorm(_Affine):
    """Normalisation over the last dims, of the shape `normalized_shape` (Ba, Kiros and Hinton 2016)."""

    def __init__(
        self, normalized_shape, eps=1e-5, elementwise_affine=True, bias=True, device=None, dtype=None
    ):
        shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        super().__init__(shape, elementwise_affine, bias, device, dtype)
        self.normalized_shape, self.eps, self.elementwise_affine = shape, eps, elementwise_affine

    def forward(self, input):
        if tuple(getattr(input, "shape", ())[-len(self.normalized_shape):]) != self.normalized_shape:
            refuse_input(self, input, f"(*, {', '.join(map(str, self.normalized_shape))})")
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self):
        bias = self.bias is not None
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, bias={bias}"
