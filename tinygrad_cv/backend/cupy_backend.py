"""The CuPy backend: the fused kernels of cuda_kernels.py on a CUDA GPU.

Only what takes CuPy itself stands here: CuPy compiles a kernel when it is first called, once for each type
and number of axes, and keeps the result on disk. When kernels run is the subject of fused_backend.py.
"""

import functools

import cupy
from cupy._core._routines_linalg import COMPUTE_TYPE_DEFAULT, COMPUTE_TYPE_TF32, set_compute_type
from cupyx.scipy.special import erf

from .cuda_kernels import KERNELS
from .fused_backend import FusedBackend


class CupyBackend(FusedBackend):
    def __init__(self, device):
        super().__init__(cupy, device, cupy.ndarray)
        cupy.cuda.Device(device.index).use()
        self.has_tf32 = int(cupy.cuda.Device().compute_capability) >= 80  # from Ampere on

    def synchronize(self):
        cupy.cuda.get_current_stream().synchronize()

    def kernel(self, name):
        return _compiled(name)

    def use_tf32(self, convolution, matmul):
        """CuPy has one setting for all products: it stands as for `matmul`, but during a convolution's."""
        fast = COMPUTE_TYPE_TF32 if self.has_tf32 else COMPUTE_TYPE_DEFAULT
        self.of_convolution, self.of_matmul = (
            fast if allowed else COMPUTE_TYPE_DEFAULT for allowed in (convolution, matmul)
        )
        set_compute_type(cupy.float32, self.of_matmul)

    def product(self, a, b):
        set_compute_type(cupy.float32, self.of_convolution)
        try:
            return a.dot(b)
        finally:
            set_compute_type(cupy.float32, self.of_matmul)

    def erf(self, x):
        return erf(x)


@functools.cache
def _compiled(name):
    return cupy.ElementwiseKernel(*KERNELS[name], name)
