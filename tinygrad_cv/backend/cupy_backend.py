"""The CuPy backend: the plain kernels on a GPU.

Only what CuPy does differently from NumPy stands here. A GPU has no use for the cache blocks of
the NumPy backend: it wants few, large calls, and the plain kernels of base.py are just that.
"""

import cupy
from cupyx.scipy.special import erf

from .base import Backend


class CupyBackend(Backend):
    def __init__(self, device):
        super().__init__(cupy, device, cupy.ndarray)
        cupy.cuda.Device(device.index).use()

    def to_numpy(self, array):
        return array.get()

    def synchronize(self):
        cupy.cuda.get_current_stream().synchronize()

    def erf(self, x):
        return erf(x)
