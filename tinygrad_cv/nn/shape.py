"""Layers that change the shape: flatten and unflatten, resize, shuffle pixels, pad."""

from ..ops import flatten, unflatten
from ..ops.checks import integer, number, sizes
from . import functional as F
from .module import Module


class Flatten(Module):
    """The dims from start_dim to end_dim made one; by default all but the batch.

    >>> import tinygrad_cv as tg
    >>> tg.nn.Flatten()(tg.zeros(2, 3, 4, 4)).shape
    (2, 48)
    """

    def __init__(self, start_dim=1, end_dim=-1):
        super().__init__()
        self.start_dim = integer("Flatten", start_dim, "start_dim")
        self.end_dim = integer("Flatten", end_dim, "end_dim")

    def forward(self, input): return flatten(input, self.start_dim, self.end_dim)
    def extra_repr(self): return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """One dim split into several."""

    def __init__(self, dim, unflattened_size):
        super().__init__()
        if not isinstance(dim, int) or not isinstance(unflattened_size, (tuple, list)):
            raise TypeError(f"Unflatten: expected a dim and its sizes, got {dim!r} and {unflattened_size!r}")
        self.dim, self.unflattened_size = dim, sizes("Unflatten", (unflattened_size,))

    def forward(self, input): return unflatten(input, self.dim, self.unflattened_size)
    def extra_repr(self): return f"dim={self.dim}, unflattened_size={self.unflattened_size}"


class Upsample(Module):
    """Images (N, C, H, W) resized to `size`, or by `scale_factor`; mode "nearest" or "bilinear".

    >>> import tinygrad_cv as tg
    >>> tg.nn.Upsample(scale_factor=2)(tg.zeros(1, 3, 4, 4)).shape
    (1, 3, 8, 8)
    """

    def __init__(
        self, size=None, scale_factor=None, mode="nearest", align_corners=None, recompute_scale_factor=None
    ):
        super().__init__()
        self.recompute_scale_factor = recompute_scale_factor
        if isinstance(scale_factor, (tuple, list)):
            scale_factor = tuple(float(number("Upsample", factor, "scale_factor")) for factor in scale_factor)
        elif scale_factor is not None:
            scale_factor = float(number("Upsample", scale_factor, "scale_factor"))
        self.size, self.scale_factor, self.mode, self.align_corners = size, scale_factor, mode, align_corners

    def forward(self, input):
        return F.interpolate(
            input, self.size, self.scale_factor, self.mode, self.align_corners, self.recompute_scale_factor
        )

    def extra_repr(self):
        by = f"size={self.size}" if self.scale_factor is None else f"scale_factor={self.scale_factor}"
        return f"{by}, mode={self.mode!r}"


class PixelShuffle(Module):
    """(N, C r^2, H, W) -> (N, C, H r, W r): each pixel's r^2 values become a square (Shi et al. 2016)."""

    def __init__(self, upscale_factor):
        super().__init__()
        self.upscale_factor = integer("PixelShuffle", upscale_factor, "upscale_factor")

    def forward(self, input): return F.pixel_shuffle(input, self.upscale_factor)
    def extra_repr(self): return f"upscale_factor={self.upscale_factor}"


class ZeroPad2d(Module):
    """A frame of zeros: `padding` is one width, or (left, right, top, bottom)."""

    mode = "constant"

    def __init__(self, padding):
        super().__init__()
        if not isinstance(padding, (tuple, list)):
            padding = (integer(type(self).__name__, padding, "padding"),) * 4
        self.padding = sizes(type(self).__name__, padding)

    def forward(self, input): return F.pad(input, self.padding, self.mode)
    def extra_repr(self): return str(self.padding)


class ReflectionPad2d(ZeroPad2d):
    """A frame that mirrors the image at its border pixels: `padding` as for ZeroPad2d."""

    mode = "reflect"


class ReplicationPad2d(ZeroPad2d):
    """A frame that repeats the border pixels."""

    mode = "replicate"


class ConstantPad2d(ZeroPad2d):
    """A frame of one value."""

    def __init__(self, padding, value):
        super().__init__(padding)
        self.value = number("ConstantPad2d", value, "value")

    def forward(self, input): return F.pad(input, self.padding, self.mode, self.value)
    def extra_repr(self): return f"padding={self.padding}, value={self.value}"


class UpsamplingNearest2d(Upsample):
    """Upsample by repeating pixels."""

    def __init__(self, size=None, scale_factor=None):
        super().__init__(size, scale_factor, "nearest")


class UpsamplingBilinear2d(Upsample):
    """Upsample with the corners aligned."""

    def __init__(self, size=None, scale_factor=None):
        super().__init__(size, scale_factor, "bilinear", align_corners=True)
