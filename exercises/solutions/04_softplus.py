"""Exercise 4, solved: softplus without overflow, as an operation."""

import numpy as np

import tinygrad_cv as tg


class Softplus(tg.autograd.Function):
    """y = log(1 + e^x), a smooth max(x, 0)."""

    saves = (0,)  # backward needs the input

    def forward(self, x):
        """A NumPy array in, one of the same shape and dtype out."""
        return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))

    def backward(self, grad):
        """dL/dy in, dL/dx out, both Tensors."""
        (x,) = self.saved()
        return grad * x.sigmoid()


def softplus(x):
    return Softplus()(x)
