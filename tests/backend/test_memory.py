"""Freed memory is kept for the next array, however large."""

import os
import platform
import subprocess
import sys

import pytest

PROGRAM = """
import resource
import tinygrad_cv as tg

faults = []
for _ in range(4):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    tg.ones(20 << 20)  # 80 MB
    faults.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
print(*faults)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is told to keep memory")
def test_a_large_array_gets_the_pages_of_the_one_before():
    """A page that the operating system has yet to give is a fault: 80 MB are 20,000 small pages, or 40 large ones."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    first, *others = map(int, subprocess.check_output([sys.executable, "-c", PROGRAM], env=environment).split())
    assert first >= 40
    assert max(others) < 10
