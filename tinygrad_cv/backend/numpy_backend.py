"""The NumPy backend: the plain kernels of base.py, made fast for a CPU's caches and processors.

Activations and batch norm are in numpy_elementwise.py, convolution is in numpy_convolution.py. What they
have in common: work is cut into pieces that stay in the cache from the first step on them to the last,
and the pieces are shared out among the processors (threads.py).
"""

import math

import numpy as np

from . import blas
from .device import Device
from .memory import keep_freed_memory
from .numpy_convolution import NumpyConvolution
from .numpy_depthwise import NumpyDepthwise
from .numpy_elementwise import NumpyElementwise
from .numpy_pooling import NumpyPooling
from .threads import in_parallel, portions

FEW = 1 << 12  # numbers of a matrix: a product of two such is left to BLAS
LARGE = 1 << 26  # multiplications that are quicker on our threads than on one of BLAS's


class NumpyBackend(NumpyDepthwise, NumpyConvolution, NumpyElementwise, NumpyPooling):
    def __init__(self):
        super().__init__(np, Device("cpu"), np.ndarray)
        keep_freed_memory()
        if blas.SPINS:
            self.dot = self.dot_without_spinning

    def to_numpy(self, array):
        return array

    dot = staticmethod(np.ndarray.dot)  # of small matrices twice as quick as a @ b

    def dot_without_spinning(self, a, b):
        """The same, but large ones on our threads: BLAS's would spin afterwards, in the way of ours (openblas.py)."""
        if a.size < FEW and b.size < FEW:
            return a.dot(b)
        work = a.size * b.shape[1]
        if work < LARGE or a.ndim == 1 or not blas.threads():
            with blas.one_thread():
                return a.dot(b)
        product = np.empty((len(a), b.shape[1]), a.dtype)
        left, right, out = (a, b, product) if len(a) >= b.shape[1] else (b.T, a.T, product.T)  # whichever is longer is divided
        in_parallel(lambda some: np.matmul(left[some], right, out=out[some]), portions(len(left), len(left)), work)
        return product

    def in_parallel(self, function, pieces, elements):
        in_parallel(function, pieces, elements)

    def erf(self, x):
        return np.vectorize(math.erf, otypes=[x.dtype])(x) if x.size else x.copy()
