"""Exercise 9: a max pooling that shares at ties. The text is in README.md.

Axes: N images, C channels, h x w windows of 2 x 2 pixels.
"""

import tinygrad_cv as tg
from tinygrad_cv.autograd.function import OUTPUT


def windows(x):
    """(N, C, 2h, 2w) -> (N, C, h, 2, w, 2): axes 3 and 5 are the place within a window.

    It works for arrays and for Tensors.
    """
    N, C, H, W = x.shape
    return x.reshape(N, C, H // 2, 2, W // 2, 2)


class MaxPool(tg.autograd.Function):
    """The largest value of each window of 2 x 2: (N, C, 2h, 2w) -> (N, C, h, w)."""

    saves = (0, OUTPUT)  # backward needs the input and the output

    def forward(self, x):
        return windows(x).max((3, 5))

    def backward(self, grad):
        """dL/dy (N, C, h, w) in, dL/dx (N, C, 2h, 2w) out, both Tensors."""
        x, y = self.saved()
        raise NotImplementedError("backward in max_pool.py is still to be written; see README.md")


def max_pool(x):
    return MaxPool()(x)
