"""Two settings of OpenBLAS, the library that multiplies NumPy's matrices.

It reads them when NumPy is imported. Where that was before this library, it is told to read them
again. Whoever has set them already has the last word. What they bring: docs/benchmarks.md.
"""

import ctypes
import os
import sys
import threading
import time

# After each product OpenBLAS's threads go on spinning for some 25 ms, in case another product follows,
# and take the processors from our own threads (and from other programs). This lets them sleep instead.
SLEEP_SOON = {"OPENBLAS_THREAD_TIMEOUT": "4"}

# OpenBLAS takes a Zen 4 for an Intel server, because it knows AVX-512. But Zen 4 calculates 512 bits in
# two halves, and the kernels written for AMD's 256 bits are the faster ones.
ZEN_KERNELS = {"OPENBLAS_CORETYPE": "Zen"}

# What OpenBLAS does when it is loaded, and in part before each fork: read the environment, end the threads
# (the next product starts new ones), forget which kernels were chosen, choose.
START_ANEW = ("openblas_read_env", "blas_thread_shutdown_", "gotoblas_dynamic_quit", "gotoblas_dynamic_init")


def is_zen(description="/proc/cpuinfo"):
    """Is the processor one of AMD's family 25 (Zen 3 and 4), as Linux describes it? Elsewhere: False."""
    try:
        with open(description, encoding="utf-8") as lines:
            known = [line.split(":")[1].strip() for line in lines if line.startswith(("vendor_id", "cpu family"))]
    except OSError:
        return False
    return known[:2] == ["AuthenticAMD", "25"]


def configure():
    """Set what nobody has set."""
    wanted = {**SLEEP_SOON, **(ZEN_KERNELS if is_zen() else {})}
    missing = {name: value for name, value in wanted.items() if name not in os.environ}
    os.environ.update(missing)
    if missing and "numpy" in sys.modules:
        start_anew(sys.modules["numpy"])


def start_anew(numpy, attempts=50):
    """Let NumPy's OpenBLAS read its settings again, in a moment when no other thread can be within a product.

    Another BLAS, and an OpenBLAS that does not show these functions, stay as they are.
    """
    library = ctypes.PyDLL(numpy._core._multiarray_umath.__file__)
    if not all(hasattr(library, name) for name in START_ANEW):
        return
    for _ in range(attempts):
        if others_wait():
            for name in START_ANEW:  # PyDLL keeps Python's lock: nobody begins a product meanwhile
                getattr(library, name)()
            return
        time.sleep(0.001)


def others_wait():
    """Does every other thread of the program wait, for input or for its turn in Python? As Linux tells; elsewhere: False."""
    libc, state = ctypes.PyDLL(None), ctypes.create_string_buffer(100)
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            file = libc.open(f"/proc/self/task/{thread.native_id}/stat".encode(), os.O_RDONLY)  # open() would let others run
            known = libc.read(file, state, 99)
            libc.close(file)
            if known < 0 or state.value.rpartition(b")")[2][:2] != b" S":
                return False
    return True


configure()
