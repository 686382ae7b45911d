"""Faster versions of the kernels in ops/ and optim/, for NumPy and for CuPy.

Importing this package registers them; nothing in the library depends on them. Each takes the
arguments of the plain kernel of the same name and returns the same numbers up to rounding, which
tests/fast checks: read the plain ones first. The environment variable TINYGRAD_CV_FAST=0 leaves
this package out, and so does deleting its folder.
"""

from ..arrays import when_cuda_starts
from . import numpy


def _start_cuda(cupy):
    from .cupy import register

    register(cupy)


when_cuda_starts.append(_start_cuda)
