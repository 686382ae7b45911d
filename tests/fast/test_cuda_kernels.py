"""The fused kernels of a GPU: what test_kernels.py does not say of all faster kernels."""

import shutil
import subprocess

import numpy as np
import pytest
from compiled import CompiledArray, cuda_source
from kernels import Geometry, exactly, fast, plain, random, three_directions

import tinygrad_cv as tg
from tinygrad_cv.arrays import as_array, to_numpy
from tinygrad_cv.fast.cupy import launch
from tinygrad_cv.ops import activation, linalg, pool, reduce
from tinygrad_cv.ops.norm import channel_stats, normalize_channels

compiled = pytest.mark.compiled


@compiled
def test_integers_take_the_plain_way():
    x = np.arange(-8, 8).reshape(1, 1, 4, 4)
    for kernel, *args in (
        (activation.rectify, 0), (reduce.total, (0, 2, 3), True),
        (pool.max_pool, ((2, 2), (2, 2), (0, 0), (1, 1)), (2, 2)),
    ):
        exactly(kernel(CompiledArray(x), *args)._array, plain(kernel)(x, *args))


@compiled
@pytest.mark.parametrize("layout", ["C", "channels last"])
def test_storage_orders_survive(layout):
    """CuPy's own elementwise results would be C-ordered."""
    host = random(0, (2, 3, 4, 5), np.float32, layout)
    x = CompiledArray(host)
    assert (x + 1).flags.c_contiguous
    y = activation.rectify(x, 0.2)
    copied = as_array(to_numpy(x), "compiled")
    for result in y, activation.rectify_grad(x + 0.0, y, 0.2), activation.logistic(x), copied:
        assert result.strides == x.strides
    assert to_numpy(x).strides == x.strides
    exactly(to_numpy(copied), host)
    normalized = normalize_channels(x, *[x[0, :, 0, 0]] * 3)
    assert normalized.strides[1] == normalized.itemsize  # channels last


@compiled
@pytest.mark.parametrize("dims, C", [((0, 2, 3), 2), ((0, 1, 2, 3), 1)])
def test_a_sum_of_many_numbers_keeps_its_digits(dims, C):
    """Added up one by one in float32, ten million numbers near 1 stop growing at 2^24."""
    x = np.ones((1, C, 40, 1 << 17), np.float32) * np.float32(1.1)
    found = reduce.total(CompiledArray(x), dims, False)._array
    np.testing.assert_allclose(found, x.sum(dims, dtype=np.float64), rtol=1e-7)


@compiled
@pytest.mark.parametrize("offset", [0, 1e4, 1e6])
@pytest.mark.parametrize("outlier", [0, 1e3])
def test_the_variance_of_values_far_from_zero(offset, outlier):
    """E[x^2] - E[x]^2 in float32 would have no right digit; nor may a first value far from all."""
    x = random(0, (64, 2, 8, 8), np.float32) + np.float32(offset)
    x[0, :, 0, 0] += np.float32(outlier)
    mean, var = channel_stats(CompiledArray(x))
    expected = x.astype(np.float64)
    np.testing.assert_allclose(mean._array, expected.mean((0, 2, 3)), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(var._array, expected.var((0, 2, 3)), rtol=1e-6)


@compiled
def test_which_products_may_be_in_tf32(monkeypatch):
    """Without a GPU: what the product is told."""
    told = []

    def product(a, b, allow_tf32):
        told.append(allow_tf32)
        return a.dot(b)

    monkeypatch.setattr(launch, "product", product)
    x, w = CompiledArray(np.ones((1, 2, 3, 3))), CompiledArray(np.ones((2, 2, 1, 1)))
    for of_convolution, of_matmul in (True, False), (False, True):
        monkeypatch.setattr(launch, "TF32", dict(convolution=of_convolution, matmul=of_matmul))
        three_directions(fast, x, w, x, Geometry(x.shape, w.shape, ((1, 1), (0, 0), (1, 1), 1)))
        linalg.product(x[0, 0], x[0, 0])
        assert told == [of_convolution] * 3 + [of_matmul]
        told.clear()


@pytest.mark.gpu
def test_tf32_rounds_what_the_switches_name(monkeypatch):
    """1 + 2^-12 has one bit too many for TF32."""
    x = tg.full((64, 64), 1 + 2**-12, device="cuda")
    image, weight = x.reshape(1, 64, 8, 8), x.reshape(64, 64, 1, 1)
    conv2d = tg.nn.functional.conv2d
    products = {"convolution": lambda: conv2d(image, weight), "matmul": lambda: x @ x}
    exact = 64 * (1 + 2**-12) ** 2
    for of_convolution, of_matmul in (False, False), (True, False), (False, True), (True, True):
        switches = {"convolution": of_convolution, "matmul": of_matmul}
        monkeypatch.setattr(launch, "TF32", switches)
        for name, rounds in switches.items():
            error = abs(products[name]().max().item() - exact)
            assert (error > 1e-3) == rounds, name


def test_more_than_a_thread_can_count_is_refused():
    with pytest.raises(RuntimeError, match="smaller batch"):
        launch.launch_windows("im2col", 1 << 31, [], [], (), (), ())


def test_nvcc_compiles_them(tmp_path):
    nvcc = shutil.which("nvcc")
    if not nvcc:
        pytest.skip("needs nvcc")
    source = tmp_path / "kernels.cu"
    source.write_text(cuda_source(), encoding="ascii")
    command = [nvcc, "-arch=sm_90", "-cubin", "--Werror", "all-warnings", source]
    result = subprocess.run(
        [*command, "-o", tmp_path / "kernels.cubin"], capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
