"""The CuPy side beside NumPy: every operation, and a DCGAN step. Without a GPU, the same on the strict stand-in."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from draws import to_tensor
from hypothesis import given, settings, strategies as st
from operations import TABLE

import tinygrad_cv as tg

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
devices = pytest.mark.parametrize("device", ["strict", pytest.param("cuda", marks=pytest.mark.gpu)])


@pytest.fixture
def gpu_check(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import gpu_check

    return gpu_check


def moved(array, device, double):
    return to_tensor(tg, array, double).detach().to(device).requires_grad_(to_tensor(tg, array).requires_grad)


@devices
@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
@settings(max_examples=max(2, settings().max_examples // 10))
@given(data=st.data())
def test_every_operation_gives_what_numpy_gives(row, device, data):
    """Values and gradients, in both precisions."""
    arrays, parameters = row.draw(lambda options: data.draw(st.sampled_from(options)))
    for double, tolerance in (True, 1e-9), (False, 2e-4):
        host, there = ([moved(a, where, double) for a in arrays] for where in ("cpu", device))
        wanted, got = (row.outputs(tg, inputs, parameters) for inputs in (host, there))
        for a, b in zip(wanted, got, strict=True):
            same(a, b, tolerance)
            if a.requires_grad:
                a.backward(tg.ones_like(a), retain_graph=True)
                b.backward(tg.ones_like(b), retain_graph=True)
        for a, b in zip(host, there):
            assert (a.grad is None) == (b.grad is None)
            if a.grad is not None:
                same(a.grad, b.grad, tolerance)


def same(a, b, tolerance):
    a, b = a.detach().cpu().numpy(), b.detach().cpu().numpy()
    assert a.shape == b.shape and a.dtype == b.dtype
    np.testing.assert_allclose(b, a, rtol=tolerance, atol=tolerance)


@devices
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_a_dcgan_step_leaves_the_gradients_of_the_cpu(gpu_check, device, precision):
    passed, seen = gpu_check.parity(device, precision, tiny=True)
    assert passed, seen


def test_a_wrong_or_missing_number_is_noticed(gpu_check):
    right = [tg.ones(3), tg.full((2,), 5.0)]
    assert gpu_check.relative_error(right, [tg.ones(3), tg.full((2,), 5.1)]) == pytest.approx(0.02, rel=1e-4)
    for place in range(2):
        wrong = [x * float("nan") if i == place else x for i, x in enumerate(right)]
        assert not gpu_check.relative_error(right, wrong) <= 1


def test_an_error_in_a_check_is_a_finding(gpu_check):
    assert gpu_check.attempt(lambda: tg.ones(2) @ tg.ones(3))[0] is False
    assert gpu_check.attempt(lambda: gpu_check.tests("tests/no_such_file.py"))[0] is False


@pytest.mark.gpu
def test_the_memory_pool_does_not_grow(gpu_check):
    passed, seen = gpu_check.growth()
    assert passed, seen


@pytest.mark.skipif(tg.cuda.is_available(), reason="here it would do all its work")
def test_without_a_gpu_the_command_says_so():
    result = subprocess.run(
        [sys.executable, str(BENCHMARKS / "gpu_check.py")], env={**os.environ, "PYTHONPATH": str(BENCHMARKS.parent)},
        capture_output=True, text=True, timeout=60,
    )
    assert result.returncode == 1 and not result.stdout
    assert len(result.stderr.splitlines()) == 1 and "needs CuPy and a CUDA GPU" in result.stderr
