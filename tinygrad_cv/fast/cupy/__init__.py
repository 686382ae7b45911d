"""Faster kernels for GPUs: kernels.py says what a thread does, launch.py launches the kernels."""

import functools

from ...ops.activation import error_function
from . import launch
from .kernels import KERNELS


def register(cupy):
    """Register the kernels for CuPy's arrays; called when CUDA is first used."""
    from cupy._core import _routines_linalg as linalg
    from cupyx.scipy.special import erf

    exact, fast = linalg.COMPUTE_TYPE_DEFAULT, linalg.COMPUTE_TYPE_TF32
    has_tf32 = int(cupy.cuda.Device().compute_capability) >= 80  # Ampere and later

    def product(a, b, allow_tf32):
        """CuPy has one setting for all products, which is changed for this one only."""
        before = linalg.get_compute_type(cupy.float32)
        linalg.set_compute_type(cupy.float32, fast if allow_tf32 and has_tf32 else exact)
        try:
            return a.dot(b)
        finally:
            linalg.set_compute_type(cupy.float32, before)

    compile = functools.cache(lambda name: cupy.ElementwiseKernel(*KERNELS[name], name))
    launch.register(cupy.ndarray, compile)
    launch.product.register(cupy.ndarray)(product)
    error_function.register(cupy.ndarray)(erf)
