"""The NumPy backend."""

import math

import numpy as np

from .base import Backend
from .device import Device


class NumpyBackend(Backend):
    def __init__(self):
        super().__init__(np, Device("cpu"), np.ndarray)

    def to_numpy(self, array):
        return array

    def erf(self, x):
        return np.vectorize(math.erf, otypes=[x.dtype])(x) if x.size else x.copy()

    def quiet(self):
        return np.errstate(all="ignore")
