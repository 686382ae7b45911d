"""Normalisation layers: subtract the mean, divide by the deviation, then scale and shift.

    y = (x - mean) / sqrt(var + eps) * weight + bias

They differ in what mean and variance are taken over: batch norm over the batch and the image, for
each channel; instance norm over each channel of each image; group norm over groups of channels.

Batch norm makes an image's output depend on its batch, which evaluation must not. So while
training it keeps running averages of mean and (unbiased) variance in buffers, running =
(1 - momentum) running + momentum batch, and uses them in eval(). The functions: ops/norm.py.
"""

from ..checks import check_tensor, integer, is_tensor
from ..creation import ones, tensor, zeros
from . import functional as F
from .module import Module
from .parameter import Parameter


class Affine(Module):
    """A learned scale (`weight`, starts at 1) and shift (`bias`, starts at 0) for each channel."""

    def __init__(self, channels, affine, bias, device, dtype):
        super().__init__()
        self.affine = affine
        for name, make, wanted in ("weight", ones, affine), ("bias", zeros, affine and bias):
            values = Parameter(make(channels, device=device, dtype=dtype)) if wanted else None
            self.register_parameter(name, values)


class RunningNorm(Affine):
    """Batch and instance norm: running averages, in buffers, and checks of the input."""

    def __init__(
        self, num_features, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True,
        device=None, dtype=None, *, bias=True,
    ):
        channels = integer(type(self).__name__, num_features, "num_features", 0)
        super().__init__(channels, affine, bias, device, dtype)
        self.num_features, self.eps, self.momentum = channels, eps, momentum
        self.track_running_stats = track_running_stats
        mean, var = (make(channels, device=device, dtype=dtype) for make in (zeros, ones))
        count = tensor(0, device=device)
        buffers = dict(running_mean=mean, running_var=var, num_batches_tracked=count)
        for name, buffer in buffers.items():
            self.register_buffer(name, buffer if track_running_stats else None)

    def normalize(self, function, input, own, momentum):
        """`function` of the input, by its `own` statistics or by the running averages.

        The averages move while training, unless track_running_stats has been set to False.
        """
        check_tensor(type(self).__name__, input)
        if input.ndim not in self.ranks:
            raise ValueError(f"expected input {self.layout}, got shape {input.shape}")
        moves = self.training and self.track_running_stats
        averages = (self.running_mean, self.running_var) if moves or not own else (None, None)
        return function(input, *averages, self.weight, self.bias, own, momentum, self.eps)

    def extra_repr(self):
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class BatchNorm(RunningNorm):
    """Batch norm of any rank (Ioffe and Szegedy 2015); momentum=None: the average of all batches."""

    def forward(self, input):
        count = self.num_batches_tracked if self.training and self.track_running_stats else None
        momentum = self.momentum
        if momentum is None:
            momentum = 0.0 if count is None else 1 / (count.item() + 1)
        own = self.training or self.running_mean is None
        y = self.normalize(F.batch_norm, input, own, momentum)
        if count is not None:
            count.add_(1)
        return y


class BatchNorm1d(BatchNorm):
    """Batch norm of (N, C) or (N, C, L)."""

    ranks, layout = (2, 3), "(N, C) or (N, C, L)"


class BatchNorm2d(BatchNorm):
    """Batch norm of images (N, C, H, W).

    >>> import tinygrad_cv as tg
    >>> norm = tg.nn.BatchNorm2d(3)
    >>> norm(tg.ones(2, 3, 4, 4)).shape, norm.running_mean
    ((2, 3, 4, 4), tensor([0.1000, 0.1000, 0.1000]))
    """

    ranks, layout = (4,), "(N, C, H, W)"


class InstanceNorm2d(RunningNorm):
    """Normalisation of every channel of every image (N, C, H, W) by itself (Ulyanov et al. 2016).

    By default without scale, shift and running averages, which momentum=None leaves as they are.
    """

    ranks, layout = (4,), "(N, C, H, W) or (C, H, W)"

    def __init__(
        self, num_features, eps=1e-5, momentum=0.1, affine=False, track_running_stats=False,
        device=None, dtype=None, *, bias=True,
    ):
        settings = eps, momentum, affine, track_running_stats, device, dtype
        super().__init__(num_features, *settings, bias=bias)

    def forward(self, input):
        own, momentum = self.training or not self.track_running_stats, self.momentum or 0.0
        if is_tensor(input) and input.ndim == 3:
            return self.normalize(F.instance_norm, input.unsqueeze(0), own, momentum).squeeze(0)
        return self.normalize(F.instance_norm, input, own, momentum)


class GroupNorm(Affine):
    """Normalisation of num_groups groups of channels of each sample (N, C, ...) (Wu and He 2018)."""

    def __init__(
        self, num_groups, num_channels, eps=1e-5, affine=True, device=None, dtype=None, *, bias=True
    ):
        groups = integer("GroupNorm", num_groups, "num_groups", 1)
        channels = integer("GroupNorm", num_channels, "num_channels", 1)
        if channels % groups:
            raise ValueError(f"GroupNorm: num_groups {groups} does not divide {channels} channels")
        super().__init__(channels, affine, bias, device, dtype)
        self.num_groups, self.num_channels, self.eps = groups, channels, eps

    def forward(self, input):
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self):
        text = f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}"
        return f"{text}, bias={self.bias is not None}"
