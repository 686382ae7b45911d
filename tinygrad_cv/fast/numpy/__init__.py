"""Faster kernels for NumPy arrays: each module registers some, on the plain kernels of ops/."""

from . import convolution, elementwise, pooling, products
