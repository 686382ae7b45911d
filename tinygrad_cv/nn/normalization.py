"""Normalisation layers: the functions of ops/norm.py with learned parameters and running averages.

Batch norm makes the output for an image depend on the other images of its batch. Evaluation must
not do that. So in training mode, buffers keep running averages of the mean and the (unbiased)
variance, running = (1 - momentum) running + momentum batch, and in eval() mode these are used.
"""

from ..checks import check_tensor, integer, number
from ..creation import ones, tensor, zeros
from . import functional as F
from .module import Module, Parameter


class Affine(Module):
    """A learned scale (`weight`, starts at 1) and shift (`bias`, starts at 0) for each channel."""

    def __init__(self, channels, eps, affine, device, dtype):
        super().__init__()
        self.eps, self.affine = eps, affine
        for name, make in ("weight", ones), ("bias", zeros):
            values = Parameter(make(channels, device=device, dtype=dtype)) if affine else None
            self.register_parameter(name, values)


class RunningNorm(Affine):
    """Batch and instance norm. After `norm.track_running_stats = False` the averages stay fixed."""

    def __init__(
        self, num_features, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True,
        device=None, dtype=None,
    ):
        name = type(self).__name__
        channels = integer(name, num_features, "num_features", 0)
        super().__init__(channels, eps, affine, device, dtype)
        self.num_features, self.momentum = channels, number(name, momentum, "momentum")
        self.track_running_stats = track_running_stats
        mean, var = (make(channels, device=device, dtype=dtype) for make in (zeros, ones))
        count = tensor(0, device=device)
        for name, x in dict(running_mean=mean, running_var=var, num_batches_tracked=count).items():
            self.register_buffer(name, x if track_running_stats else None)

    def forward(self, input):
        check_tensor(type(self).__name__, input)
        if input.ndim not in self.ranks:
            raise ValueError(f"expected input {self.layout}, got shape {input.shape}")
        own = self.training or self.running_mean is None  # normalise with the input's statistics?
        moves = self.training and self.track_running_stats and self.running_mean is not None
        averages = (self.running_mean, self.running_var) if moves or not own else (None, None)
        y = self.function(input, *averages, self.weight, self.bias, own, self.momentum, self.eps)
        if moves:
            self.num_batches_tracked.add_(1)
        return y

    def extra_repr(self):
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class BatchNorm1d(RunningNorm):
    """Batch norm of (N, C) or (N, C, L) (Ioffe and Szegedy 2015)."""

    function, ranks, layout = staticmethod(F.batch_norm), (2, 3), "(N, C) or (N, C, L)"


class BatchNorm2d(RunningNorm):
    """Batch norm of images (N, C, H, W).

    >>> import tinygrad_cv as tg
    >>> norm = tg.nn.BatchNorm2d(3)
    >>> norm(tg.ones(2, 3, 4, 4)).shape, norm.running_mean
    ((2, 3, 4, 4), tensor([0.1000, 0.1000, 0.1000]))
    """

    function, ranks, layout = staticmethod(F.batch_norm), (4,), "(N, C, H, W)"


class InstanceNorm2d(RunningNorm):
    """Normalisation of each channel of each image (N, C, H, W) on its own (Ulyanov et al. 2016).

    By default it has no scale, shift or running averages.
    """

    function, ranks, layout = staticmethod(F.instance_norm), (4,), "(N, C, H, W)"

    def __init__(
        self, num_features, eps=1e-5, momentum=0.1, affine=False, track_running_stats=False,
        device=None, dtype=None,
    ):
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype)


class GroupNorm(Affine):
    """Normalisation of groups of channels of each sample (N, C, ...) (Wu and He 2018)."""

    def __init__(self, num_groups, num_channels, eps=1e-5, affine=True, device=None, dtype=None):
        groups = integer("GroupNorm", num_groups, "num_groups", 1)
        channels = integer("GroupNorm", num_channels, "num_channels", 1)
        if channels % groups:
            raise ValueError(f"GroupNorm: num_groups {groups} does not divide {channels} channels")
        super().__init__(channels, eps, affine, device, dtype)
        self.num_groups, self.num_channels = groups, channels

    def forward(self, input):
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self):
        text = f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}"
        return f"{text}, bias={self.bias is not None}"
