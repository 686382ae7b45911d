"""Layers that change the shape: flatten and unflatten, resize, shuffle pixels, pad."""

from .. import ops
from ..checks import integer, number, sizes
from . import functional as F
from .module import Layer


class Flatten(Layer):
    """The dims from start_dim to end_dim made one; by default all but the batch."""
    def __init__(self, start_dim=1, end_dim=-1):
        super().__init__(ops.flatten, start_dim=start_dim, end_dim=end_dim)


class Unflatten(Layer):
    """One dim split into several."""
    def __init__(self, dim, unflattened_size):
        if not isinstance(unflattened_size, (tuple, list)):
            raise TypeError(f"Unflatten: the sizes must be a tuple, got {unflattened_size!r}")
        dim, size = integer("Unflatten", dim, "dim"), sizes("Unflatten", unflattened_size)
        super().__init__(ops.unflatten, dim=dim, unflattened_size=size)

    def forward(self, input): return ops.unflatten(input, self.dim, self.unflattened_size)


class Upsample(Layer):
    """Images (N, C, H, W) resized to `size`, or by `scale_factor`; mode "nearest" or "bilinear"."""
    def __init__(self, size=None, scale_factor=None, mode="nearest", align_corners=None):
        for factor in scale_factor if isinstance(scale_factor, (tuple, list)) else [scale_factor]:
            number("Upsample", 1 if factor is None else factor, "scale_factor")
        super().__init__(
            F.interpolate, size=size, scale_factor=scale_factor, mode=mode,
            align_corners=align_corners,
        )


class UpsamplingNearest2d(Upsample):
    """Upsample by repeating pixels."""
    def __init__(self, size=None, scale_factor=None): super().__init__(size, scale_factor)


class UpsamplingBilinear2d(Upsample):
    """Upsample with the corners aligned."""
    def __init__(self, size=None, scale_factor=None):
        super().__init__(size, scale_factor, "bilinear", align_corners=True)


class PixelShuffle(Layer):
    """(N, C r^2, H, W) -> (N, C, H r, W r): each pixel's r^2 values become a square."""
    def __init__(self, upscale_factor):
        super().__init__(F.pixel_shuffle, upscale_factor=upscale_factor)


class ZeroPad2d(Layer):
    """A frame of zeros: `padding` is one width, or (left, right, top, bottom)."""
    mode, value = "constant", None

    def __init__(self, padding, **settings):
        name = type(self).__name__
        if not isinstance(padding, (tuple, list)):
            padding = (integer(name, padding, "padding"),) * 4
        super().__init__(F.pad, padding=sizes(name, padding), **settings)

    def forward(self, input): return F.pad(input, self.padding, self.mode, self.value)


class ConstantPad2d(ZeroPad2d):
    """A frame of one value."""
    def __init__(self, padding, value):
        super().__init__(padding, value=number("ConstantPad2d", value, "value"))


class ReflectionPad2d(ZeroPad2d):
    """A frame that mirrors the image at its border pixels."""
    mode = "reflect"


class ReplicationPad2d(ZeroPad2d):
    """A frame that repeats the border pixels."""
    mode = "replicate"
