"""How many threads BLAS uses for a matrix product; and, for a while, only one.

NumPy leaves matrix products to a BLAS library, mostly OpenBLAS, which divides each product over
threads of its own. A convolution is more than its product: patches are copied or transformed
before and after it. threads.py therefore gives every processor whole images, with all the steps
on them, and then a product must keep to the processor that asks for it: threads in threads would
fight for the same processors, and copies would wait while products run in parallel.

The number is set by OpenBLAS's own functions, called through ctypes. Another BLAS (MKL, Apple's
Accelerate) is left as it is: the results are the same, only the division is less good.
"""

import contextlib
import ctypes
import re
import threading

import numpy as np

from .openblas import adjust

FILE = np._core._multiarray_umath.__file__  # finds what NumPy is linked with, too


def _find(action):
    """OpenBLAS's function `action`, under one of the names that it is built with, or None."""
    library = ctypes.CDLL(FILE)
    for name in (f"scipy_openblas_{action}64_", f"scipy_openblas_{action}", f"openblas_{action}64_", f"openblas_{action}"):
        if hasattr(library, name):
            return getattr(library, name)
    return None


def _version():
    """OpenBLAS's, as (0, 3, 31), or () if it can't be asked."""
    describe = _find("get_config")
    if describe:
        describe.restype = ctypes.c_char_p
    return tuple(int(number) for number in re.findall(rb"\d+", describe() if describe else b"")[:3])


SPINS = adjust(FILE, _version())  # do BLAS's threads go on spinning after a product? (openblas.py)
_get, _set = _find("get_num_threads"), _find("set_num_threads")
_lock = threading.Lock()
_inside = 0  # how many threads are within one_thread() now
_before = 1  # what the first of them found


def threads():
    """How many threads BLAS uses now; None if it can't be asked. OPENBLAS_NUM_THREADS sets it."""
    return _get() if _get and _set else None


@contextlib.contextmanager
def one_thread():
    """Within, BLAS uses one thread. The number belongs to the process: the last to leave restores it."""
    global _inside, _before
    if not (_get and _set):
        yield
        return
    with _lock:
        if not _inside:
            _before = _get()
            _set(1)
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside:
                _set(_before)


def no_spinning():
    """one_thread() where BLAS's threads would go on spinning after a product, and take the processors from ours."""
    return one_thread() if SPINS else contextlib.nullcontext()
