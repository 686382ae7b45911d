"""What is set for OpenBLAS, and when it is left alone."""

import ctypes
import os
import subprocess
import sys

import numpy as np
import pytest

from tinygrad_cv.backend.openblas import START_ANEW, is_zen

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


def settings_after_import(**environment):
    """OPENBLAS_CORETYPE and OPENBLAS_THREAD_TIMEOUT in a new process, at the moment when it imports NumPy."""
    code = """
import os, sys
class Look:
    def find_spec(self, name, path=None, target=None):
        if name == "numpy":
            print(os.environ.get("OPENBLAS_CORETYPE"), os.environ.get("OPENBLAS_THREAD_TIMEOUT"))
            sys.meta_path.remove(self)
sys.meta_path.insert(0, Look())
import tinygrad_cv
"""
    return output_of(code, **environment)


def output_of(code, **environment):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_")}
    done = subprocess.run(
        [sys.executable, "-c", code], env={**kept, **environment}, capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout.split()


def test_it_is_set_before_numpy_is_imported():
    assert settings_after_import() == ["Zen" if is_zen() else "None", "4"]


def test_what_the_user_has_set_holds():
    assert settings_after_import(OPENBLAS_CORETYPE="Haswell", OPENBLAS_THREAD_TIMEOUT="20") == ["Haswell", "20"]


NUMPY_FIRST = """
import ctypes, threading
import numpy as np
blas = ctypes.CDLL(np._core._multiarray_umath.__file__)
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
print(blas.openblas_thread_timeout(), len(wrong))
"""
shown = pytest.mark.skipif(
    not all(hasattr(ctypes.CDLL(np._core._multiarray_umath.__file__), name) for name in START_ANEW),
    reason="this BLAS does not show how it starts",
)


@shown
@pytest.mark.parametrize("work", ["", "done.wait,"])
def test_where_numpy_was_first_openblas_reads_again(work):
    assert output_of(NUMPY_FIRST.format(work=work)) == ["4", "0"]
    assert output_of(NUMPY_FIRST.format(work=work), OPENBLAS_THREAD_TIMEOUT="20") == ["20", "0"]


@shown
def test_products_of_other_threads_stay_right_meanwhile():
    timeout, wrong = output_of(NUMPY_FIRST.format(work="multiply, multiply"))
    assert timeout in ("0", "4") and wrong == "0"  # read again or not, as the moment was
