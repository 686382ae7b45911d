"""What is set for OpenBLAS, and when it is left alone."""

import os
import subprocess
import sys

import pytest

from tinygrad_cv.backend.openblas import is_zen

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
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_")}
    done = subprocess.run([sys.executable, "-c", code], env={**kept, **environment}, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_it_is_set_before_numpy_is_imported():
    assert settings_after_import() == ["Zen" if is_zen() else "None", "4"]


def test_what_the_user_has_set_holds():
    assert settings_after_import(OPENBLAS_CORETYPE="Haswell", OPENBLAS_THREAD_TIMEOUT="20") == ["Haswell", "20"]
