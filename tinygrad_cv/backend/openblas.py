"""Two settings of OpenBLAS, the library that multiplies NumPy's matrices. What they bring: docs/benchmarks.md.

It reads them when NumPy is imported. backend/__init__.py imports this file before; for what still comes too late
OpenBLAS is started anew, where it lets us. Whoever has set something already has the last word.
"""

import ctypes
import os
import sys
import threading
import time

# After each product OpenBLAS's threads go on spinning for some 25 ms, in case another product follows,
# and take the processors from our own threads (and from other programs). This lets them sleep instead.
LATE = "numpy" in sys.modules and "OPENBLAS_THREAD_TIMEOUT" not in os.environ
os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")

# What OpenBLAS does when it is loaded, and in part before each fork: read the environment, end the threads
# (the next product starts new ones), forget which kernels were chosen, choose. Newer ones hide these functions.
START_ANEW = ("openblas_read_env", "blas_thread_shutdown_", "gotoblas_dynamic_quit", "gotoblas_dynamic_init")
KNOWS_ZEN = (0, 3, 34)  # since this version; and asked for other kernels it may crash on a Zen 4 (its issue 6021)


def adjust(file, version):
    """After NumPy's import, with the file that has OpenBLAS and its version: do its threads spin, all the same?

    A Zen 4 knows AVX-512, and OpenBLAS took it for an Intel server. But it calculates 512 bits in two halves,
    and the kernels written for AMD's 256 bits are faster.
    """
    zen = (0,) < version < KNOWS_ZEN and "OPENBLAS_CORETYPE" not in os.environ and is_zen()
    if zen:
        os.environ["OPENBLAS_CORETYPE"] = "Zen"
    done = (zen or LATE) and start_anew(file)
    if zen:  # it is for this process: another one that inherits it may have another OpenBLAS
        del os.environ["OPENBLAS_CORETYPE"]
    return LATE and not done


def is_zen(description="/proc/cpuinfo"):
    """Is the processor one of AMD's family 25 (Zen 3 and 4), as Linux describes it? Elsewhere: False."""
    try:
        with open(description, encoding="utf-8") as lines:
            known = [line.split(":")[1].strip() for line in lines if line.startswith(("vendor_id", "cpu family"))]
    except OSError:
        return False
    return known[:2] == ["AuthenticAMD", "25"]


def start_anew(file, attempts=50):
    """Let OpenBLAS read its settings again, in a moment when no other thread can be within a product. Was it possible?"""
    library = ctypes.PyDLL(file)  # keeps Python's lock: nobody begins a product during a call
    steps = [getattr(library, name, None) for name in START_ANEW]
    for _ in range(attempts if all(steps) else 0):
        if others_wait():
            for step in steps:
                step()
            return True
        time.sleep(0.001)
    return False


def others_wait():
    """Does every other thread of the program wait, for input or for its turn in Python? As Linux tells; elsewhere: False."""
    libc, state = ctypes.PyDLL(None), ctypes.create_string_buffer(100)
    for thread in {*threading.enumerate()} - {threading.current_thread()}:
        file = libc.open(f"/proc/self/task/{thread.native_id}/stat".encode(), os.O_RDONLY)  # open() would let others run
        known = libc.read(file, state, 99)
        libc.close(file)
        if known < 0 or state.value.rpartition(b")")[2][:2] != b" S":
            return False
    return True
