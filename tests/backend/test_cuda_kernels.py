"""The fused kernels of a GPU against the plain ones: compiled by g++, run through fused_backend.py (see compiled.py)."""

import re
import shutil
import subprocess

import numpy as np
import pytest
from compiled import CompiledBackend, CompiledKernel, cuda_source, parameters
from hypothesis import given
from hypothesis import strategies as st
from kernels import (
    PLAIN, Geometry, close, dtypes, few, geometries, is_channels_last, layouts, many, random, seeds, three_directions,
)
from strict_array import StrictArray

from tinygrad_cv.backend import fused_backend
from tinygrad_cv.backend.cuda_kernels import KERNELS

FUSED = CompiledBackend()
compiled = pytest.mark.compiled
shapes = st.tuples(st.integers(1, 3), few, st.integers(1, 5), st.integers(1, 5))


def both(method, *args, same=close, dtype=np.float64):
    """Call the method of the plain and of the fused backend on the same numbers; what both return."""
    plain = as_tuple(getattr(PLAIN, method)(*args))
    fused = as_tuple(getattr(FUSED, method)(*(StrictArray(a) if isinstance(a, np.ndarray) else a for a in args)))
    assert len(plain) == len(fused)
    for a, b in zip(plain, fused):
        same(b._array, a, dtype)
    return plain, fused


def as_tuple(x):
    return tuple(x) if isinstance(x, (tuple, list)) else (x,)


def exactly(found, expected, dtype=None):
    assert found.shape == expected.shape and found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


def nearly(found, expected, dtype):
    """For sums in which large numbers cancel."""
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10 if dtype == np.float64 else 1e-4)


# Element by element

EXTREMES = np.array([0.0, -0.0, 1.0, -1.0, 1e30, -1e30, np.inf, -np.inf, np.nan], np.float32)


@compiled
@many
@given(shapes, layouts, dtypes, seeds, st.sampled_from([0, 0.0, 0.2, 1.0, 3.0]))
def test_activations(shape, layout, dtype, seed, slope):
    x, grad = random(seed, shape, dtype, layout), random(seed + 1, shape, dtype)
    y = both("leaky_relu", x, slope, same=exactly)[0][0]
    both("leaky_relu_grad", grad, y, slope, same=exactly)
    both("sigmoid", x, dtype=dtype)


@compiled
@pytest.mark.parametrize("slope", [0, 0.2])
def test_activations_at_the_ends(slope):
    with np.errstate(all="ignore"):
        both("leaky_relu", EXTREMES, slope, same=exactly)
        for grad in EXTREMES[::-1].copy(), np.full_like(EXTREMES, 5):
            both("leaky_relu_grad", grad, EXTREMES, slope, same=exactly)
        both("sigmoid", EXTREMES, same=lambda found, expected, _: np.testing.assert_allclose(found, expected, rtol=1e-6))


@compiled
def test_integers_take_the_plain_way():
    x = np.arange(-8, 8).reshape(1, 1, 4, 4)
    both("leaky_relu", x, 0, same=exactly)
    both("max_pool2d", x, ((2, 2), (2, 2), (0, 0), (1, 1)), (2, 2), same=exactly)
    both("sum", x, (0, 2, 3), True, same=exactly)


@compiled
@pytest.mark.parametrize("layout", ["C", "channels last"])
def test_layouts_survive(layout):
    """CuPy's own elementwise results would be in C order."""
    x = StrictArray(random(0, (2, 3, 4, 5), np.float32, layout))
    assert (x + 1).strides == random(0, (2, 3, 4, 5), np.float32, "C").strides
    y = FUSED.leaky_relu(x, 0.2)
    for result in (y, FUSED.leaky_relu_grad(x + 0.0, y, 0.2), FUSED.sigmoid(x), FUSED.asarray(FUSED.to_numpy(x))):
        assert result.strides == x.strides
    assert FUSED.to_numpy(x).strides == x.strides
    exactly(FUSED.to_numpy(FUSED.asarray(x._array)), x._array)


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
        patch.setattr(fused_backend, "THREADS", threads)
        both("batch_norm_stats", x, dtype=dtype)
        for y in both("batch_norm_apply", x, weight, mean, dtype=dtype)[1]:
            assert is_channels_last(y)
        both("batch_norm_scale", mean, rstd**2, weight, mean, 1e-5, dtype=dtype)
        both("batch_norm_grad", grad, x, mean, rstd, weight, same=nearly, dtype=dtype)
        for dims in (0, 2, 3), (1, 2):
            both("sum", x, dims, False, dtype=dtype)
    both("sum", x, (0, 2, 3), True, dtype=dtype)
    both("add_to_channels", x.copy(), mean, dtype=dtype)


@compiled
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_running_averages(dtype):
    running, batch = np.arange(3, dtype=dtype), np.full(3, 5, dtype)
    for backend, wrap in (PLAIN, lambda a: a), (FUSED, StrictArray):
        moved = running.copy()
        assert backend.blend(wrap(moved), wrap(batch), 0.75, 0.5) is None
        close(moved, np.array([2.5, 3.25, 4.0], dtype), dtype)


@compiled
def test_the_variance_is_of_centred_values():
    """A mean 10,000 times the deviation; E[x^2] - E[x]^2 would have no right digit."""
    x = (random(0, (64, 2, 8, 8), np.float32) + np.float32(10000)).astype(np.float32)
    _, var = FUSED.batch_norm_stats(StrictArray(x))
    np.testing.assert_allclose(var._array, x.astype(np.float64).var((0, 2, 3)), rtol=1e-3)


# Convolution and pooling


@compiled
@many
@given(geometries(), layouts, dtypes, seeds)
def test_the_three_directions_of_a_convolution(geometry, layout, dtype, seed):
    arrays = random(seed, geometry.x, dtype, layout), random(seed + 1, geometry.weight, dtype), random(seed + 2, geometry.y, dtype)
    plain = three_directions(PLAIN, *arrays, geometry)
    fused = three_directions(FUSED, *map(StrictArray, arrays), geometry)
    for a, b in zip(plain, fused):
        close(b._array, a, dtype)


@compiled
@pytest.mark.parametrize(
    "shape, kernel, stride",
    [((4, 5), (1, 1), (2, 1)), ((4, 5), (3, 4), (9, 9)), ((4, 1), (4, 1), (1, 1)), ((4, 5), (4, 1), (1, 1)), ((1, 1), (1, 1), (2, 2))],
)
def test_convolutions_that_nearly_are_their_own_columns(shape, kernel, stride):
    geometry = Geometry((2, 3, *shape), (2, 3, *kernel), (stride, (0, 0), (1, 1), 1))
    arrays = [random(k, s, layout="channels last") for k, s in enumerate((*geometry[:2], geometry.y))]
    fused = three_directions(FUSED, *map(StrictArray, arrays), geometry)
    for a, b in zip(three_directions(PLAIN, *arrays, geometry), fused):
        close(b._array, a)


@compiled
@pytest.mark.parametrize("kernel, size", [((1, 1), (4, 5)), ((4, 5), (1, 1))])
def test_an_image_that_is_its_own_columns_is_not_copied(kernel, size):
    x = StrictArray(random(0, (2, 3, 4, 5), layout="channels last"))
    columns = FUSED.columns(x, kernel, size, (1, 1), (0, 0), (1, 1))
    assert np.shares_memory(columns._array, x._array)
    exactly(columns._array, PLAIN.im2col(x._array.transpose(0, 2, 3, 1), kernel, size, (1, 1), (1, 1), 1)[0])


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
def test_max_pooling(pool, layout, dtype, seed, special):
    """Ties, NaN and infinities too: the same places, and so the same gradients."""
    shape, window, size = pool
    x = random(seed, shape, dtype, layout)
    if special:
        x = np.random.default_rng(seed).choice(np.array([0, 1, np.nan, -np.inf, np.inf], dtype), shape)
    y = both("max_pool2d", x, window, size, same=exactly)[0][0]
    both("window_argmax", x, *window, size, same=exactly)
    both("max_pool2d_grad", random(seed + 1, y.shape, dtype, layout), x, y, window, dtype=dtype)


# Training


@compiled
@many
@given(shapes, dtypes, seeds)
def test_bce_with_logits(shape, dtype, seed):
    x, t = random(seed, shape, dtype) * dtype(20), random(seed + 1, shape, dtype)
    both("bce_with_logits", x, t, dtype=dtype)


@compiled
@pytest.mark.parametrize("amsgrad", [False, True])
@many
@given(st.integers(1, 50), dtypes, seeds)
def test_adam(amsgrad, size, dtype, seed):
    flat = random(seed, (5, 1, 1, size), dtype).reshape(5, size)
    flat[3:] **= 2
    steps = []
    for backend, wrap in (PLAIN, lambda a: a), (FUSED, StrictArray):
        theta, g, m, v, largest = arrays = [row.copy() for row in flat]
        assert backend.adam(*map(wrap, arrays[:4]), wrap(largest) if amsgrad else None, (0.5, 0.999), 1e-8, 1e-3, 0.1) is None
        steps.append(arrays)
    for a, b in zip(*steps):
        close(b, a, dtype)


# The stand-in itself, and the text of the kernels


@compiled
def test_a_number_that_no_thread_wrote_is_seen():
    columns = FUSED.xp.empty((4, 4), np.float32)
    image = StrictArray(np.ones((4, 1), np.float32))
    FUSED.kernel("im2col")(image, 2, 2, 1, 1, 1, 2, 2, 1, 1, 0, 0, 1, 1, columns, size=2)  # half of the threads
    assert np.isnan(columns._array).any() and not np.isnan(columns._array).all()


@compiled
def test_the_stand_in_takes_what_cupy_takes():
    kernel, x = CompiledKernel("sigmoid"), StrictArray(np.zeros(3, np.float32))
    with pytest.raises(AssertionError, match="arguments"):
        kernel(x, x, x)
    with pytest.raises(AssertionError, match="host"):
        kernel(x._array)
    with pytest.raises(ValueError, match="too many values"):  # one T, two types
        CompiledKernel("relu_grad")(x, x.astype(np.float64))
    with pytest.raises(AssertionError, match="size"):
        kernel(x, size=3)


def test_more_than_a_thread_can_count_is_refused():
    with pytest.raises(RuntimeError, match="smaller batch"):
        FUSED.counted("im2col", 1 << 31)


@pytest.mark.parametrize("name", KERNELS)
def test_parameters_and_body_belong_together(name):
    """CuPy reserves i and names that begin with _; every parameter is there to be used, but for sizes."""
    inputs, outputs = parameters(KERNELS[name].inputs), parameters(KERNELS[name].outputs)
    names = [name for *_, name in inputs + outputs]
    assert len(set(names)) == len(names) and not any(n == "i" or n.startswith("_") for n in names)
    assert {type for _, type, _ in inputs + outputs} <= {"T", "int32", "int64"}
    body = set(re.findall(r"\w+", re.sub("//.*", "", KERNELS[name].body)))
    assert {n for (_, type, n) in inputs + outputs if type != "int32"} <= body
    assert not KERNELS[name].body.count("double") and not re.search(r"\d\.\d", KERNELS[name].body), "T decides"


def test_nvcc_compiles_them(tmp_path):
    nvcc = shutil.which("nvcc")
    if not nvcc:
        pytest.skip("needs nvcc")
    source = tmp_path / "kernels.cu"
    source.write_text(cuda_source(), encoding="ascii")
    command = [nvcc, "-arch=sm_90", "-cubin", "--Werror", "all-warnings", source, "-o", tmp_path / "kernels.cubin"]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
