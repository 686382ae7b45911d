"""Exercise 4: softplus without overflow, as an operation. The text is in README.md."""

import numpy as np

import tinygrad_cv as tg


class Softplus(tg.autograd.Function):
    """y = log(1 + e^x), a smooth max(x, 0)."""

    saves = (0,)  # backward needs the input

    def forward(self, x):
        """A NumPy array in, one of the same shape and dtype out."""
        raise NotImplementedError("forward in softplus.py is still to be written; see README.md")

    def backward(self, grad):
        """dL/dy in, dL/dx out, both Tensors."""
        (x,) = self.saved()
        raise NotImplementedError("backward in softplus.py is still to be written; see README.md")


def softplus(x):
    return Softplus()(x)
