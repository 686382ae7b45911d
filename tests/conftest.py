"""Settings of the whole suite.

    TINYGRAD_CV_TEST_DEVICE=strict    every test on the strict stand-in for CuPy (strict.py), on the same with
                                      the GPU's kernels ("compiled", compiled.py), or on "cuda"
    TINYGRAD_CV_HYPOTHESIS=deep       many more, and each time other, examples for every property
"""

import importlib.util
import os

import pytest
from hypothesis import settings
from compiled import COMPILER, CompiledBackend
from strict import StrictBackend

import tinygrad_cv as tg
from tinygrad_cv.backend import register

register("strict", StrictBackend())
register("compiled", CompiledBackend())
tg.backends.cudnn.allow_tf32 = False  # a GPU is compared with the CPU, which rounds no factors

# By default the same examples in every run: a failure belongs to the change that caused it.
settings.register_profile("quick", max_examples=6, deadline=None, derandomize=True)
settings.register_profile("deep", max_examples=200, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("TINYGRAD_CV_HYPOTHESIS", "quick"))

DEVICE = os.environ.get("TINYGRAD_CV_TEST_DEVICE", "cpu")


def pytest_configure(config):
    tg.set_default_device(DEVICE)


def pytest_terminal_summary(terminalreporter):
    parity = "checked" if importlib.util.find_spec("torch") else "skipped, torch is not installed"
    terminalreporter.write_line(f"device: {DEVICE}; parity with PyTorch: {parity}")


def pytest_collection_modifyitems(items):
    reasons = {
        "gpu": None if tg.cuda.is_available() else "needs CuPy and a CUDA device",
        "compiled": None if COMPILER else "needs g++",
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
    """PyTorch's threads wait for each other: on the small inputs of tests they cost far more than they gain."""
    if "parity" in request.keywords and importlib.util.find_spec("torch"):
        import torch

        torch.set_num_threads(1)
