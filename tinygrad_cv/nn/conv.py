"""Convolution layers: Conv2d, and ConvTranspose2d, which is its gradient read as a layer.

With size n, kernel k, stride s, padding p and dilation d, an axis of the output has

    Conv2d             floor((n + 2p - d (k - 1) - 1) / s) + 1
    ConvTranspose2d    (n - 1) s - 2p + d (k - 1) + 1 + output_padding

Several input sizes n give the same Conv2d output (the floor drops rows): output_padding says
which of them ConvTranspose2d is to go back to. ops/conv.py has the mathematics.
"""

from ..creation import empty
from ..ops.checks import integer, pair
from ..tensor import Tensor
from . import functional as F
from . import init
from .module import Module, refuse_input
from .parameter import Parameter


class _Conv(Module):
    """What the two have in common. A subclass says which channels its weight has."""

    padding_modes = ("zeros",)

    def __init__(
        self, in_channels, out_channels, kernel_size, stride, padding, dilation, output_padding, groups, bias,
        padding_mode, device, dtype,
    ):
        super().__init__()
        name = type(self).__name__
        settings = dict(in_channels=in_channels, out_channels=out_channels, groups=groups)
        for what, value in settings.items():
            if integer(name, value, what) < 1:
                raise ValueError(f"{name}: {what} must be positive, got {value}")
        if in_channels % groups or out_channels % groups:
            raise ValueError(
                f"{name}: in_channels {in_channels} and out_channels {out_channels} must be divisible by "
                f"groups {groups}"
            )
        if padding_mode not in self.padding_modes:
            raise ValueError(f"{name}: padding_mode must be one of {', '.join(self.padding_modes)}, got {padding_mode!r}")
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size = pair(name, kernel_size, "kernel_size", least=1)
        self.stride = pair(name, stride, "stride", least=1)
        self.padding = padding if isinstance(padding, str) else pair(name, padding, "padding")
        self.dilation = pair(name, dilation, "dilation", least=1)
        self.output_padding = pair(name, output_padding, "output_padding")
        self.padding_mode = padding_mode
        weight = empty(*self.weight_channels(), *self.kernel_size, device=device, dtype=dtype)
        # Stored channels-last, (O, kh, kw, C), the weight is an operand of the matrix product as it lies.
        self.weight = Parameter(Tensor(weight.backend.channels_last(weight.array), weight.backend))
        bias = Parameter(empty(out_channels, device=device, dtype=dtype)) if bias else None
        self.register_parameter("bias", bias)
        self.reset_parameters()

    def reset_parameters(self):
        """New random weights, uniform on +-1/sqrt(fan_in)."""
        init.default_(self.weight, self.bias)

    def check(self, input):
        shape = getattr(input, "shape", ())
        if len(shape) not in (3, 4) or shape[-3] != self.in_channels:
            refuse_input(self, input, f"(N, {self.in_channels}, H, W)")

    def extra_repr(self):
        text = f"{self.in_channels}, {self.out_channels}"
        text += f", kernel_size={self.kernel_size}, stride={self.stride}"
        defaults = {"padding": (0, 0), "dilation": (1, 1), "output_padding": (0, 0), "groups": 1}
        for name, default in defaults.items():
            if getattr(self, name) != default:
                text += f", {name}={getattr(self, name)}"
        text += "" if self.bias is not None else ", bias=False"
        return text if self.padding_mode == "zeros" else f"{text}, padding_mode={self.padding_mode}"


class Conv2d(_Conv):
    """A kernel slides over the image; each place gives one number per output channel.

    (N, in_channels, H, W) -> (N, out_channels, h, w). `weight` is (out_channels, in_channels/groups,
    kh, kw). padding is a number, a pair, "valid" (none) or "same" (as much as keeps the size; stride 1);
    padding_mode "zeros", or "reflect", "replicate" or "circular" (see F.pad).

    >>> import tinygrad_cv as tg
    >>> tg.nn.Conv2d(3, 20, kernel_size=4, stride=2, padding=1)(tg.zeros(2, 3, 16, 16)).shape
    (2, 20, 8, 8)
    """

    def __init__(
        self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True,
        padding_mode="zeros", device=None, dtype=None,
    ):
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, 0, groups, bias, padding_mode,
            device, dtype,
        )
        if isinstance(padding, str) and padding not in ("same", "valid"):
            raise ValueError(f"Conv2d: padding must be a number, a pair, 'same' or 'valid', got {padding!r}")
        if padding == "same" and self.stride != (1, 1):
            raise ValueError(f"Conv2d: padding='same' needs stride 1, got {self.stride}")

    padding_modes = "zeros", "reflect", "replicate", "circular"

    def weight_channels(self): return self.out_channels, self.in_channels // self.groups

    def forward(self, input):
        self.check(input)
        padding = self.padding
        if self.padding_mode != "zeros":
            input, padding = F.pad(input, self.widths(), self.padding_mode), 0
        return F.conv2d(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)

    def widths(self):
        """The padding as F.pad wants it: (left, right, top, bottom)."""
        if self.padding == "valid":
            return 0, 0, 0, 0
        if self.padding == "same":
            whole = [d * (k - 1) for d, k in zip(self.dilation[::-1], self.kernel_size[::-1])]
            return tuple(n for total in whole for n in (total // 2, total - total // 2))
        vertical, horizontal = self.padding
        return horizontal, horizontal, vertical, vertical


class ConvTranspose2d(_Conv):
    """Each input number stamps a kernel onto the output; overlapping stamps add up.

    (N, in_channels, H, W) -> (N, out_channels, h, w). `weight` is (in_channels, out_channels/groups,
    kh, kw): that of the Conv2d whose gradient this is.

    >>> import tinygrad_cv as tg
    >>> tg.nn.ConvTranspose2d(3, 20, kernel_size=4, stride=2, padding=1)(tg.zeros(2, 3, 16, 16)).shape
    (2, 20, 32, 32)
    """

    def __init__(
        self, in_channels, out_channels, kernel_size, stride=1, padding=0, output_padding=0, groups=1,
        bias=True, dilation=1, padding_mode="zeros", device=None, dtype=None,
    ):
        if isinstance(padding, str):
            raise TypeError(f"ConvTranspose2d: padding must be a number or a pair, got {padding!r}")
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, output_padding, groups, bias,
            padding_mode, device, dtype,
        )

    def weight_channels(self): return self.in_channels, self.out_channels // self.groups

    def forward(self, input, output_size=None):
        """`output_size`, a pair (h, w), chooses the output_padding that leads to it."""
        self.check(input)
        extra = self.output_padding if output_size is None else self._extra(input, tuple(output_size))
        return F.conv_transpose2d(
            input, self.weight, self.bias, self.stride, self.padding, extra, self.groups, self.dilation
        )

    def _extra(self, input, output_size):
        axes = zip(input.shape[-2:], self.kernel_size, self.stride, self.padding, self.dilation)
        least = [(n - 1) * s - 2 * p + d * (k - 1) + 1 for n, k, s, p, d in axes]
        extra = tuple(wanted - n for wanted, n in zip(output_size[-2:], least))
        if len(extra) < 2 or not all(0 <= e < s for e, s in zip(extra, self.stride)):
            most = [n + s - 1 for n, s in zip(least, self.stride)]
            raise ValueError(f"{self!r}: output_size {output_size} must lie between {least} and {most}")
        return extra
