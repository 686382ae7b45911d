"""Convolution layers: Conv2d and ConvTranspose2d, which computes Conv2d's gradient for its input.

The mathematics and the formula for the size of the output are in ops/conv.py.
"""

from ..arrays import channels_last
from ..checks import integer, pair
from ..creation import empty
from ..tensor import Tensor
from . import functional as F
from .linear import Weighted


class Convolution(Weighted):
    """What both layers have in common."""

    is_transposed, output_padding = False, (0, 0)

    def __init__(
        self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1,
        bias=True, padding_mode="zeros", *, device=None, dtype=None,
    ):
        name = type(self).__name__
        if padding_mode != "zeros":
            got = f"got {padding_mode!r}; put a layer such as ReflectionPad2d before it"
            raise NotImplementedError(f"{name}: padding_mode must be 'zeros', {got}")
        for what, value in dict(in_channels=in_channels, out_channels=out_channels).items():
            if integer(name, value, what, 1) % integer(name, groups, "groups", 1):
                raise ValueError(f"{name}: {what} {value} must be divisible by groups {groups}")
        kernel_size = pair(name, kernel_size, "kernel_size", 1)
        first, second = (in_channels, out_channels)[:: 1 if self.is_transposed else -1]
        weight = empty(first, second // groups, *kernel_size, device=device, dtype=dtype)
        # Stored channels-last, (O, kh, kw, C), the weight enters matrix products without a copy
        super().__init__(Tensor(channels_last(weight.array)), out_channels, bias)
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size, self.stride = kernel_size, pair(name, stride, "stride", 1)
        self.padding = pair(name, padding, "padding")
        self.dilation = pair(name, dilation, "dilation", 1)

    def extra_repr(self):
        text = f"{self.in_channels}, {self.out_channels}"
        text += f", kernel_size={self.kernel_size}, stride={self.stride}"
        defaults = dict(padding=(0, 0), dilation=(1, 1), output_padding=(0, 0), groups=1)
        for name, default in defaults.items():
            if getattr(self, name) != default:
                text += f", {name}={getattr(self, name)}"
        return text if self.bias is not None else f"{text}, bias=False"


class Conv2d(Convolution):
    """A kernel slides over the image; each position gives one number per output channel.

    (N, in_channels, H, W) -> (N, out_channels, h, w). `weight` is (out_channels,
    in_channels/groups, kh, kw).

    >>> import tinygrad_cv as tg
    >>> tg.nn.Conv2d(3, 20, kernel_size=4, stride=2, padding=1)(tg.zeros(2, 3, 16, 16)).shape
    (2, 20, 8, 8)
    """

    def forward(self, input):
        settings = self.stride, self.padding, self.dilation, self.groups
        return F.conv2d(input, self.weight, self.bias, *settings)


class ConvTranspose2d(Convolution):
    """Each input number stamps a kernel onto the output; overlapping stamps add up.

    (N, in_channels, H, W) -> (N, out_channels, h, w). `weight` is (in_channels,
    out_channels/groups, kh, kw), as in the Conv2d whose gradient this is.
    """

    is_transposed = True

    def __init__(
        self, in_channels, out_channels, kernel_size, stride=1, padding=0, output_padding=0,
        groups=1, bias=True, dilation=1, padding_mode="zeros", *, device=None, dtype=None,
    ):
        settings = kernel_size, stride, padding, dilation, groups, bias, padding_mode
        super().__init__(in_channels, out_channels, *settings, device=device, dtype=dtype)
        self.output_padding = pair("ConvTranspose2d", output_padding, "output_padding")

    def forward(self, input):
        settings = self.stride, self.padding, self.output_padding, self.groups, self.dilation
        return F.conv_transpose2d(input, self.weight, self.bias, *settings)
