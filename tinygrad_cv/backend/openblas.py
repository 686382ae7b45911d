"""Two settings of OpenBLAS, the library that multiplies NumPy's matrices.

It reads them once, when NumPy is imported: they work where this library is imported first. Whoever
has set them already has the last word. Where NumPy was first, OpenBLAS's threads get no work from us, or they
would spin (blas.py).
"""

import os
import sys

SPINS = "numpy" in sys.modules and "OPENBLAS_THREAD_TIMEOUT" not in os.environ

# After each product OpenBLAS's threads go on spinning for some 25 ms, in case another product follows,
# and take the processors from our own threads (and from other programs). This lets them sleep instead.
os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")


def is_zen(description="/proc/cpuinfo"):
    """Is the processor one of AMD's family 25 (Zen 3 and 4), as Linux describes it? Elsewhere: False."""
    try:
        with open(description, encoding="utf-8") as lines:
            known = [line.split(":")[1].strip() for line in lines if line.startswith(("vendor_id", "cpu family"))]
    except OSError:
        return False
    return known[:2] == ["AuthenticAMD", "25"]


# OpenBLAS takes a Zen 4 for an Intel server, because it knows AVX-512. But Zen 4 calculates 512 bits in
# two halves, and the kernels written for AMD's 256 bits are the faster ones (docs/benchmarks.md).
if is_zen():
    os.environ.setdefault("OPENBLAS_CORETYPE", "Zen")
