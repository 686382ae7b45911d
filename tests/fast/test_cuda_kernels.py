"""The fused kernels of a GPU against the plain ones: compiled by g++, launched as for CuPy."""

import shutil
import subprocess

import numpy as np
import pytest
from compiled import COMPILED, CompiledArray, CompiledKernel, cuda_source
from hypothesis import given
from hypothesis import strategies as st
from kernels import (
    Geometry, as_tuple, close, dtypes, exactly, few, geometries, is_channels_last, layouts,
    many, plain, random, seeds, three_directions,
)

import tinygrad_cv as tg
from tinygrad_cv.arrays import as_array, to_numpy
from tinygrad_cv.fast.cupy import launch
from tinygrad_cv.ops import activation, linalg, loss, pool, reduce
from tinygrad_cv.ops.norm import batch_norm_grads, channel_stats, normalize_channels
from tinygrad_cv.optim import adam

compiled = pytest.mark.compiled
shapes = st.tuples(st.integers(1, 3), few, st.integers(1, 5), st.integers(1, 5))


def both(kernel, *args, same=close, dtype=np.float64):
    """Run the plain and the fused kernel on the same numbers; what both return."""
    expected = as_tuple(plain(kernel)(*args))
    args = (CompiledArray(a) if isinstance(a, np.ndarray) else a for a in args)
    found = as_tuple(kernel(*args))
    assert len(found) == len(expected)
    for a, b in zip(found, expected):
        same(a._array, b, dtype)
    return expected, found


def nearly(found, expected, dtype):
    """For sums in which large numbers cancel."""
    atol = 1e-10 if dtype == np.float64 else 1e-4
    np.testing.assert_allclose(found, expected, rtol=0, atol=atol)


# Element by element

EXTREMES = np.array([0.0, -0.0, 1.0, -1.0, 1e30, -1e30, np.inf, -np.inf, np.nan], np.float32)


@compiled
@many
@given(shapes, layouts, dtypes, seeds, st.sampled_from([0, 0.0, 0.2, 1.0, 3.0]))
def test_activations(shape, layout, dtype, seed, slope):
    x, grad = random(seed, shape, dtype, layout), random(seed + 1, shape, dtype)
    y = both(activation.rectify, x, slope, same=exactly)[0][0]
    both(activation.rectify_grad, grad, y, slope, same=exactly)
    both(activation.logistic, x, dtype=dtype)


@compiled
@pytest.mark.parametrize("slope", [0, 0.2])
def test_activations_at_the_ends(slope):
    def within_rounding(found, expected, dtype):
        np.testing.assert_allclose(found, expected, rtol=1e-6)

    with np.errstate(all="ignore"):
        both(activation.rectify, EXTREMES, slope, same=exactly)
        for grad in EXTREMES[::-1].copy(), np.full_like(EXTREMES, 5):
            both(activation.rectify_grad, grad, EXTREMES, slope, same=exactly)
        both(activation.logistic, EXTREMES, same=within_rounding)


@compiled
def test_integers_take_the_plain_way():
    x = np.arange(-8, 8).reshape(1, 1, 4, 4)
    both(activation.rectify, x, 0, same=exactly)
    both(pool.max_pool, x, ((2, 2), (2, 2), (0, 0), (1, 1)), (2, 2), same=exactly)
    both(reduce.total, x, (0, 2, 3), True, same=exactly)


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


# Channels


@compiled
@many
@given(shapes, layouts, dtypes, seeds, st.sampled_from([1, 3, 1 << 17]))
def test_batch_norm_and_sums(shape, layout, dtype, seed, threads):
    """With few threads, long strips."""
    C = shape[1]
    x, grad = random(seed, shape, dtype, layout) + dtype(3), random(seed + 1, shape, dtype)
    mean, rstd, weight = (random(seed + k, (1, 1, 1, C), dtype).reshape(C) for k in (2, 3, 4))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(launch, "THREADS", threads)
        patch.setattr(launch, "SMALL", 1)
        for y in x, x[:, :, 0], x[:, :, 0, 0]:
            both(channel_stats, y, dtype=dtype)
        for y in both(normalize_channels, x, mean, weight, rstd, dtype=dtype)[1]:
            assert is_channels_last(y)
        both(batch_norm_grads, grad, x, mean, rstd, weight, same=nearly, dtype=dtype)
        for dims in (0, 2, 3), (1, 2), (0,), (0, 1, 2, 3), (3, 2, 1, 0):
            for keepdims in False, True:
                both(reduce.total, x, dims, keepdims, dtype=dtype)


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


# Convolution and pooling


def fused(kernel):
    return kernel.dispatch(CompiledArray)


def on_both(arrays, geometry, dtype=np.float64):
    expected = three_directions(plain, *arrays, geometry)
    found = three_directions(fused, *map(CompiledArray, arrays), geometry)
    for a, b in zip(found, expected):
        close(a._array, b, dtype)


@compiled
@many
@given(geometries(), layouts, dtypes, seeds)
def test_the_three_directions_of_a_convolution(geometry, layout, dtype, seed):
    x = random(seed, geometry.x, dtype, layout)
    rest = random(seed + 1, geometry.weight, dtype), random(seed + 2, geometry.y, dtype)
    on_both((x, *rest), geometry, dtype)


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
        three_directions(fused, x, w, x, Geometry(x.shape, w.shape, ((1, 1), (0, 0), (1, 1), 1)))
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


@st.composite
def pools(draw):
    """(shape, window, size) with at least one pixel in every window."""
    window, shape, size = [[], [], [], []], [*draw(st.tuples(few, few))], []
    for _ in range(2):
        k, s, d = draw(few), draw(few), draw(few)
        p = draw(st.integers(0, k // 2)) if d == 1 else 0
        n = d * (k - 1) + 1 + draw(st.integers(0, 5))
        for listed, value in zip(window, (k, s, p, d)):
            listed.append(value)
        shape.append(n)
        size.append((n + 2 * p - d * (k - 1) - 1) // s + 1)
    return tuple(shape), tuple(map(tuple, window)), tuple(size)


@compiled
@many
@given(pools(), layouts, dtypes, seeds, st.booleans())
def test_max_pooling(pooling, layout, dtype, seed, special):
    """Ties, NaN and infinities too: the same positions, and so the same gradients."""
    shape, window, size = pooling
    x = random(seed, shape, dtype, layout)
    if special:
        values = np.array([0, 1, np.nan, -np.inf, np.inf], dtype)
        x = np.random.default_rng(seed).choice(values, shape)
    y = both(pool.max_pool, x, window, size, same=exactly)[0][0]
    both(pool.window_argmax, x, window, size, same=exactly)
    grad = random(seed + 1, y.shape, dtype, layout)
    both(pool.max_pool_grad, grad, x, y, window, dtype=dtype)


# Training


@compiled
@many
@given(shapes, layouts, dtypes, seeds)
def test_bce_with_logits(shape, layout, dtype, seed):
    x, t = random(seed, shape, dtype, layout) * dtype(20), random(seed + 1, shape, dtype)
    both(loss.bce_with_logits, x, t, dtype=dtype)


@compiled
@pytest.mark.parametrize("amsgrad", [False, True])
@many
@given(shapes, layouts, dtypes, seeds)
def test_adam(amsgrad, shape, layout, dtype, seed):
    """The parameter in any storage order, its gradient and averages in C order."""
    theta = random(seed, shape, dtype, layout)
    grad, m, v, largest = (random(seed + k, shape, dtype) for k in range(1, 5))
    v, largest, steps = v**2, largest**2, []
    for version, wrap in (plain, lambda a: a), (fused, CompiledArray):
        arrays = [a.copy("K") for a in (theta, grad, m, v, largest)]
        wrapped = [*map(wrap, arrays[:4]), wrap(arrays[4]) if amsgrad else None]
        assert version(adam.adam_update)(*wrapped, 1e-3, 0.5, 0.999, 1e-8, 3) is None
        steps.append(arrays)
    for a, b in zip(*steps):
        close(b, a, dtype)


# The stand-in itself, and the text of the kernels


@compiled
def test_a_number_that_no_thread_wrote_is_seen():
    patches = COMPILED.xp.empty((4, 4), np.float32)
    image = CompiledArray(np.ones((4, 1), np.float32))
    sizes = 2, 2, 1, 1, 1, 2, 2, 1, 1, 0, 0, 1, 1
    CompiledKernel("im2col")(image, *sizes, patches, size=2)  # half of the threads
    assert np.isnan(patches._array).any() and not np.isnan(patches._array).all()


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
