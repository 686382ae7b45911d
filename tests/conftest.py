"""Settings of the whole suite.

    TINYGRAD_CV_TEST_DEVICE=strict    every test on the strict stand-in for CuPy (strict.py); or on
                                      "compiled", the same with fast/cupy's kernels (compiled.py);
                                      or on "cuda"
    TINYGRAD_CV_FAST=0                every test without fast/

`pytest --deep` tries many more, and each time other, examples of every property.
"""

import importlib.util
import os
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import settings
from strict import STRICT

import tinygrad_cv as tg
from tinygrad_cv.arrays import add_library

DEVICE = os.environ.get("TINYGRAD_CV_TEST_DEVICE", "cpu")
FAST = "tinygrad_cv.fast" in sys.modules
collect_ignore = [] if FAST else ["fast"]

# Their files import each other as siblings, as they do when a user runs one of them
sys.path += [str(Path(__file__).parents[1] / folder) for folder in ("examples", "benchmarks")]

add_library(STRICT)
if FAST:
    from compiled import COMPILED

    from tinygrad_cv.fast.cupy.launch import TF32

    add_library(COMPILED)
    TF32["convolution"] = False  # a GPU is compared with the CPU, which rounds no factors

# By default the same examples in every run: a failure belongs to the change that caused it.
settings.register_profile("quick", max_examples=6, deadline=None, derandomize=True)
settings.register_profile("deep", max_examples=200, deadline=None, print_blob=True)


def pytest_addoption(parser):
    parser.addoption("--deep", action="store_true", help="many more examples of every property")


def pytest_configure(config):
    settings.load_profile("deep" if config.getoption("deep") else "quick")
    tg.set_default_device(DEVICE)


def pytest_terminal_summary(terminalreporter):
    parity = "checked" if importlib.util.find_spec("torch") else "skipped, torch is not installed"
    kernels = "with" if FAST else "without"
    terminalreporter.write_line(f"device: {DEVICE}, {kernels} fast/; parity with PyTorch: {parity}")


def pytest_collection_modifyitems(items):
    reasons = {
        "gpu": None if tg.cuda.is_available() else "needs CuPy and a CUDA device",
        "compiled": None if FAST and shutil.which("g++") else "needs fast/ and g++",
    }
    for item in items:
        for mark, reason in reasons.items():
            if reason and item.get_closest_marker(mark):  # keywords would match folders too
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(autouse=True)
def seeded():
    """Every test starts from the same random state, whichever tests ran before it."""
    tg.manual_seed(0)


@pytest.fixture(autouse=True)
def one_torch_thread(request):
    """On the small inputs of tests, PyTorch's threads cost far more than they gain."""
    if "parity" in request.keywords and importlib.util.find_spec("torch"):
        import torch

        torch.set_num_threads(1)
