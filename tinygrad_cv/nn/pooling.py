"""Pooling layers: images (N, C, H, W) made smaller, window by window. The functions: ops/pool.py.

The stride is the window's size unless it is given.
"""

from . import functional as F
from .module import Layer


class MaxPool2d(Layer):
    """The largest value of each window."""
    def __init__(
        self, kernel_size, stride=None, padding=0, dilation=1, return_indices=False, ceil_mode=False
    ):
        super().__init__(
            F.max_pool2d, kernel_size=kernel_size, stride=kernel_size if stride is None else stride,
            padding=padding, dilation=dilation, return_indices=return_indices, ceil_mode=ceil_mode,
        )


class AvgPool2d(Layer):
    """The mean of each window; count_include_pad says whether padded zeros count."""
    def __init__(
        self, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True,
        divisor_override=None,
    ):
        super().__init__(
            F.avg_pool2d, kernel_size=kernel_size, stride=kernel_size if stride is None else stride,
            padding=padding, ceil_mode=ceil_mode, count_include_pad=count_include_pad,
            divisor_override=divisor_override,
        )


class AdaptiveAvgPool2d(Layer):
    """The means over as many nearly equal windows as the output has pixels; None keeps a size."""
    def __init__(self, output_size):
        super().__init__(F.adaptive_avg_pool2d, output_size=output_size)
