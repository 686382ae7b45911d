"""What is set for OpenBLAS, and when it is left alone."""

import ctypes
import os
import subprocess
import sys

import pytest

from tinygrad_cv.backend import blas, openblas
from tinygrad_cv.backend.openblas import KNOWS_ZEN, START_ANEW, is_zen

CPUINFO = "processor\t: 0\nvendor_id\t: {}\ncpu family\t: {}\nmodel\t\t: 17\n\nprocessor\t: 1\nvendor_id\t: {}\ncpu family\t: {}\n"


@pytest.mark.parametrize(
    ("vendor", "family", "zen"), [("AuthenticAMD", "25", True), ("AuthenticAMD", "26", False), ("GenuineIntel", "25", False)]
)
def test_a_zen_3_or_4_is_known_by_its_family(tmp_path, vendor, family, zen):
    (tmp_path / "cpuinfo").write_text(CPUINFO.format(vendor, family, vendor, family))
    assert is_zen(tmp_path / "cpuinfo") == zen


def test_a_processor_that_is_not_described_is_no_zen(tmp_path):
    (tmp_path / "arm").write_text("processor\t: 0\nCPU implementer\t: 0x41\n")
    assert not is_zen(tmp_path / "arm") and not is_zen(tmp_path / "missing")


def output_of(code, **environment):
    """What a new process prints, without the settings of this one."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_")}
    done = subprocess.run(
        [sys.executable, "-c", code], env={**kept, **environment}, capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout.split()


IMPORTED = """
import os, sys
class Look:
    def find_spec(self, name, path=None, target=None):
        if name == "numpy":
            print(os.environ.get("OPENBLAS_THREAD_TIMEOUT"))
            sys.meta_path.remove(self)
sys.meta_path.insert(0, Look())
import tinygrad_cv
from tinygrad_cv.backend import blas
core = blas._find("get_corename")
if core:
    core.restype = blas.ctypes.c_char_p
print(core and core().decode(), blas.SPINS, os.environ.get("OPENBLAS_CORETYPE"))
"""
version = blas._version()
shown = all(hasattr(ctypes.CDLL(blas.FILE), name) for name in START_ANEW)
needs_openblas = pytest.mark.skipif(not version, reason="NumPy has another BLAS")
needs_start = pytest.mark.skipif(not shown, reason="this BLAS does not show how it starts")


@needs_openblas
def test_what_is_set_for_it():
    """Before NumPy's import the threads' setting; then the kernels, for this process alone."""
    timeout, core, spins, inherited = output_of(IMPORTED)
    assert (timeout, spins, inherited) == ("4", "False", "None")
    assert core in ("Zen", "Haswell") or not (is_zen() and shown and version < KNOWS_ZEN)


@needs_openblas
def test_what_the_user_has_set_holds():
    found = output_of(IMPORTED, OPENBLAS_CORETYPE="Sandybridge", OPENBLAS_THREAD_TIMEOUT="20")
    assert found == ["20", "Sandybridge", "False", "Sandybridge"]


def test_an_openblas_that_knows_zen_keeps_its_kernels(monkeypatch):
    started = []
    monkeypatch.setattr(openblas, "start_anew", started.append)
    monkeypatch.setattr(openblas, "is_zen", lambda: True)
    monkeypatch.setattr(openblas, "LATE", False)
    monkeypatch.delenv("OPENBLAS_CORETYPE", raising=False)
    for version in ((), (0, 3, 34), (0, 3, 35), (1, 0, 0), (0, 3, 33)):
        assert not openblas.adjust(str(version), version)
    assert started == ["(0, 3, 33)"] and "OPENBLAS_CORETYPE" not in os.environ


@pytest.mark.parametrize("first", ["", "import numpy; "])
def test_large_products_do_not_crash(first):
    """As they do in OpenBLAS 0.3.34 on a Zen 4 that is asked for other kernels."""
    code = f"""
{first}import tinygrad_cv as tg
for dtype in tg.float32, tg.float64:
    a = tg.ones(900, 900, dtype=dtype)
    print(bool((a @ a == 900).all()))
"""
    assert output_of(code) == ["True", "True"]


NUMPY_FIRST = """
import threading
import numpy as np
matrix = np.random.default_rng(0).standard_normal((300, 300))
product, wrong, done = matrix @ matrix, [], threading.Event()
def multiply():
    while not done.is_set():
        wrong.extend([1] * (not np.allclose(matrix @ matrix, product)))
threads = [threading.Thread(target=work) for work in ({work})]
for thread in threads:
    thread.start()
import tinygrad_cv
wrong.extend([1] * (not np.allclose(matrix @ matrix, product)))
done.set()
for thread in threads:
    thread.join()
print(tinygrad_cv.backend.blas.SPINS, len(wrong))
"""


@needs_start
@pytest.mark.parametrize("work", ["", "done.wait,"])
def test_where_numpy_was_first_openblas_starts_anew(work):
    assert output_of(NUMPY_FIRST.format(work=work)) == ["False", "0"]


@needs_openblas
def test_where_it_can_not_its_threads_spin():
    code = "import numpy, ctypes; ctypes.PyDLL = lambda file: None; import tinygrad_cv; print(tinygrad_cv.backend.blas.SPINS)"
    assert output_of(code) == ["True"] and output_of(code, OPENBLAS_THREAD_TIMEOUT="4") == ["False"]


@needs_start
def test_products_of_other_threads_stay_right_meanwhile():
    spins, wrong = output_of(NUMPY_FIRST.format(work="multiply, multiply"))
    assert wrong == "0"  # started anew or not, as the moment was
