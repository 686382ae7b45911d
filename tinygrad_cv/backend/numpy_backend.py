"""The NumPy backend: the plain kernels of base.py, made fast for a CPU's caches and processors.

Activations and batch norm are in numpy_elementwise.py, convolution is in numpy_convolution.py. What they
have in common: work is cut into pieces that stay in the cache from the first step on them to the last,
and the pieces are shared out among the processors (threads.py).
"""

import math

import numpy as np

from .device import Device
from .memory import keep_freed_memory
from .numpy_convolution import NumpyConvolution
from .numpy_depthwise import NumpyDepthwise
from .numpy_elementwise import NumpyElementwise
from .numpy_pooling import NumpyPooling
from .threads import in_parallel


class NumpyBackend(NumpyDepthwise, NumpyConvolution, NumpyElementwise, NumpyPooling):
    def __init__(self):
        super().__init__(np, Device("cpu"), np.ndarray)
        keep_freed_memory()

    def to_numpy(self, array):
        return array

    def in_parallel(self, function, pieces, elements):
        in_parallel(function, pieces, elements)

    def erf(self, x):
        return np.vectorize(math.erf, otypes=[x.dtype])(x) if x.size else x.copy()
