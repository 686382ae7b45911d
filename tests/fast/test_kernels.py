"""The faster kernels, each against the plain version, which is the definition.

Those for NumPy, and those for a GPU, compiled by g++ and launched as for CuPy. `small_blocks` makes
their constants so small that small arrays take every path: several blocks, tiles that stand out,
bands of images, columns of strips.
"""

import numpy as np
import pytest
from compiled import CompiledArray
from hypothesis import given
from hypothesis import strategies as st
from kernels import (
    Geometry, as_tuple, close, dtypes, exactly, fast, geometries, layouts, many, pairs, plain,
    random, seeds, small_blocks, three_directions,
)

from tinygrad_cv.ops import activation, conv, linalg, loss, pool, reduce
from tinygrad_cv.ops.norm import batch_norm_grads, channel_stats, normalize_channels
from tinygrad_cv.optim import adam

ways = pytest.mark.parametrize("on, small", [
    (np.asarray, False), (np.asarray, True),
    *[pytest.param(CompiledArray, small, marks=pytest.mark.compiled) for small in (False, True)],
], ids=["numpy", "numpy in small blocks", "compiled", "compiled in small blocks"])
shapes = st.tuples(st.integers(0, 9), st.integers(1, 9), st.integers(0, 9), st.integers(0, 9))
VIEWS = {
    "whole": lambda x: x,
    "reversed": lambda x: x[::-1],
    "strided": lambda x: np.repeat(x, 2, axis=1)[:, ::2],
    "broadcast": lambda x: np.broadcast_to(x[..., :1], x.shape) if x.shape[-1] else x,
}
views = st.sampled_from(list(VIEWS.values()))
SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, 1, -1, 2, 1e30, -1e30]


def compare(way, kernel, *args, same=close, dtype=np.float64):
    """What the plain kernel returns, after the faster one returned the same on these arrays."""
    on, small = way
    with np.errstate(all="ignore"):
        expected = as_tuple(plain(kernel)(*args))
        with small_blocks(small):
            found = as_tuple(kernel(*(on(a) if isinstance(a, np.ndarray) else a for a in args)))
    assert len(found) == len(expected)
    for a, b in zip(found, expected):
        same(getattr(a, "_array", a), b, dtype)
    return expected


def compare_directions(way, geometry, dtype, *arrays):
    """The same for the three directions of a convolution."""
    on, small = way
    with small_blocks(small):
        found = three_directions(fast, *map(on, arrays), geometry)
    for one, other in zip(found, three_directions(plain, *arrays, geometry)):
        close(getattr(one, "_array", one), other, dtype)


def within_rounding(found, expected, dtype):
    """Each number for itself."""
    assert found.dtype == expected.dtype == dtype
    np.testing.assert_allclose(found, expected, rtol=1e-6 if dtype == np.float32 else 1e-12)


def nearly(found, expected, dtype):
    """For sums in which large numbers cancel."""
    largest = np.asarray(np.abs(expected).max(initial=1), dtype)
    close(found / largest, expected / largest, dtype)


# Convolution


@ways
@many
@given(geometries(), seeds, dtypes, layouts, layouts)
def test_convolution(on, small, geometry, seed, dtype, layout, of_grad):
    x, g = random(seed, geometry.x, dtype, layout), random(seed + 1, geometry.y, dtype, of_grad)
    weight = random(seed + 2, geometry.weight, dtype, layout)
    compare_directions((on, small), geometry, dtype, x, weight, g)


@ways
@pytest.mark.parametrize("kernel, stride", [((3, 3), (1, 1)), ((4, 4), (2, 2))])
@many
@given(st.integers(1, 3), st.tuples(*[st.integers(32, 34)] * 2), pairs, pairs, seeds, layouts)
def test_tiles(on, small, kernel, stride, N, channels, padding, extra, seed, layout):
    """Kernels for which toom_cook.py has matrices."""
    size, (C, O) = [k + 4 + e for k, e in zip(kernel, extra)], channels
    padding = tuple(min(p, k - 1) for p, k in zip(padding, kernel))
    geometry = Geometry((N, C, *size), (O, C, *kernel), (stride, padding, (1, 1), 1))
    arrays = [random(seed, s, np.float64, layout) for s in (*geometry[:2], geometry.y)]
    compare_directions((on, small), geometry, np.float64, *arrays)


@pytest.mark.parametrize("bad", [np.inf, np.nan])
@pytest.mark.parametrize("kernel, stride", [(3, 1), (4, 2)])
@many
@given(st.integers(0, 2), seeds)
def test_tiles_do_not_spread_what_is_not_finite(kernel, stride, bad, which, seed):
    args = (stride, stride), (1, 1), (1, 1), 1
    geometry = Geometry((2, 32, 9, 10), (33, 32, kernel, kernel), args)
    arrays = [random(seed + i, s) for i, s in enumerate((geometry.x, geometry.weight, geometry.y))]
    arrays[which].flat[seed % arrays[which].size] = bad
    with np.errstate(all="ignore"):
        directions = [three_directions(v, *arrays, geometry) for v in (fast, plain)]
    for found, wanted in zip(*directions):
        finite = np.isfinite(wanted)
        assert (np.isfinite(found) == finite).all()
        close(found[finite], wanted[finite])


@pytest.mark.parametrize("stride, size", [((1, 1), (7, 6)), ((2, 1), (9, 8)), ((3, 2), (11, 5))])
@pytest.mark.parametrize("padding", [(0, 0), (1, 2), (4, 3)])
def test_depthwise(stride, size, padding):
    geometry = Geometry((2, 5, *size), (5, 1, 3, 4), (stride, padding, (1, 1), 5))
    arrays = [random(3, shape) for shape in (*geometry[:2], geometry.y)]
    compare_directions((np.asarray, False), geometry, np.float64, *arrays)


@pytest.mark.parametrize("small", [False, True])
@pytest.mark.parametrize("groups, kernel, stride", [(1, 3, 1), (1, 4, 2), (1, 5, 1), (32, 3, 1)])
@pytest.mark.parametrize("view", VIEWS)
def test_views_go_through_convolutions(small, groups, kernel, stride, view):
    """Strided, broadcast and read-only arrays; tiles, patches and depthwise."""
    args = (stride, stride), (1, 1), (1, 1), groups
    geometry = Geometry((3, 32, 9, 10), (32, 32 // groups, kernel, kernel), args)
    x, g = (VIEWS[view](random(i, shape)) for i, shape in enumerate((geometry.x, geometry.y)))
    x.flags.writeable = g.flags.writeable = False
    weight = random(2, geometry.weight)
    compare_directions((np.asarray, small), geometry, np.float64, x, weight, g)


# Pooling


@ways
@many
@given(st.tuples(*[st.tuples(*[st.integers(1, 3)] * 4, st.integers(0, 1))] * 2), st.integers(0, 3),
       seeds, dtypes, layouts, views, st.sampled_from(["", "ties", "special"]))
def test_max_pool(on, small, dims, N, seed, dtype, layout, view, kind):
    """NaN and infinities too; half of the time, windows side by side."""
    kernel, stride, dilation, extra, padding = zip(*dims)
    stride = kernel if seed % 2 else stride
    dilation = (1, 1) if seed % 3 else dilation
    padding = tuple(min(p, k // 2) for p, k in zip(padding, kernel))
    image = tuple(d * (k - 1) + e for k, d, e in zip(kernel, dilation, extra))
    size = tuple(map(conv.output_size, image, kernel, stride, padding, dilation))
    x, window = random(seed, (N, 3, *image), dtype, layout), (kernel, stride, padding, dilation)
    if kind == "special":
        x = np.random.default_rng(seed).choice(np.array(SPECIAL, dtype), x.shape)
    x, way = view(np.round(x) if kind == "ties" else x), (on, small)
    (y,) = compare(way, pool.max_pool, x, window, size, same=exactly)
    compare(way, pool.window_argmax, x, window, size, same=exactly)
    grad = random(seed + 1, y.shape, dtype, layout)
    compare(way, pool.max_pool_grad, grad, x, y, window, dtype=dtype)


# Element by element, and channel by channel


@ways
@many
@given(shapes, seeds, dtypes, layouts, layouts, views, st.sampled_from([0, 0.2, 1.0, 1.5, -0.5]),
       st.booleans())
def test_activations(on, small, shape, seed, dtype, layout, of_grad, view, slope, special):
    x, g = view(random(seed, shape, dtype, layout)), view(random(seed + 1, shape, dtype, of_grad))
    way = on, small
    if special:
        x = np.random.default_rng(seed).choice(np.array(SPECIAL, dtype), shape)
    compare(way, activation.rectify, x, slope, same=exactly)
    for limits in (-1, 1), (None, 0.5), (0, None):
        compare(way, activation.limited, x, *limits, same=exactly)
    compare(way, activation.rectify_grad, g, x, slope, same=within_rounding, dtype=dtype)
    compare(way, activation.logistic, x, same=within_rounding, dtype=dtype)


@ways
@many
@given(shapes, layouts, dtypes, seeds)
def test_bce_with_logits(on, small, shape, layout, dtype, seed):
    x, t = random(seed, shape, dtype, layout) * dtype(20), random(seed + 1, shape, dtype)
    compare((on, small), loss.bce_with_logits, x, t, dtype=dtype)


@ways
@many
@given(shapes, seeds, dtypes, layouts, layouts, views, st.integers(2, 4))
def test_channels(on, small, shape, seed, dtype, layout, of_grad, view, ndim):
    """Statistics, normalisation and its gradient, of (N, C), (N, C, L) and images."""
    x, g = view(random(seed, shape, dtype, layout)), view(random(seed + 1, shape, dtype, of_grad))
    x, g = (a[(slice(None),) * ndim + (slice(1),) * (4 - ndim)] for a in (x, g))
    x, g = (a.reshape(a.shape[:ndim]) if a.size else a for a in (x, g))
    rng, way = np.random.default_rng(seed), (on, small)
    mean, scale, shift = (rng.standard_normal(shape[1]).astype(dtype) for _ in range(3))
    compare(way, normalize_channels, x, mean, scale, shift, dtype=dtype)
    if x.size:
        mean, var = compare(way, channel_stats, x, dtype=dtype)
        rstd = (var + 1) ** dtype(-0.5)
        compare(way, batch_norm_grads, g, x, mean, rstd, scale, same=nearly, dtype=dtype)


def test_statistics_far_from_zero():
    x = (random(0, (64, 3, 16, 16)) + 10_000).astype(np.float32)
    mean, var = fast(channel_stats)(x)
    exact = x.astype(np.float64)
    np.testing.assert_allclose(mean, exact.mean((0, 2, 3)), rtol=1e-6)
    np.testing.assert_allclose(var, exact.var((0, 2, 3)), rtol=2e-4)
    y = fast(normalize_channels)(x, mean, 1 / np.sqrt(var), np.zeros(3, np.float32))
    assert np.abs(y.mean((0, 2, 3), dtype=np.float64)).max() < 1e-3


# Sums, products, Adam


@ways
@many
@given(shapes, st.sets(st.integers(0, 3)), st.booleans(), seeds, layouts, views,
       st.sampled_from([np.float32, np.float64, np.int64, np.uint8, bool]))
def test_sums(on, small, shape, dims, keepdims, seed, layout, view, dtype):
    def same(found, expected, _):
        assert found.shape == expected.shape and found.dtype == expected.dtype
        atol = 1e-4 if dtype == np.float32 else 1e-11
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=atol)

    x = view(random(seed, shape, np.float64, layout).astype(dtype))
    compare((on, small), reduce.total, x, tuple(dims), keepdims, same=same)


@ways
@many
@given(*[st.integers(0, 40)] * 3, seeds, dtypes, st.tuples(*[st.sampled_from("CF")] * 2))
def test_small_products(on, small, n, k, m, seed, dtype, orders):
    """Of matrices stored in either order, also empty ones, and of a vector and a matrix."""
    shapes = (1, 1, n, k), (1, 1, k, m)
    a, b = (random(seed, s, dtype)[0, 0].copy(order) for s, order in zip(shapes, orders))
    for left in [a, *a[:1]]:
        compare((on, small), linalg.product, left, b, dtype=dtype)


@ways
@many
@given(shapes, seeds, dtypes, layouts, layouts, layouts, st.integers(1, 5))
def test_adam(on, small, shape, seed, dtype, of_theta, of_grad, of_state, step):
    results = []
    for version, on in (fast, on), (plain, np.asarray):
        theta, grad = random(seed, shape, dtype, of_theta), random(seed + 1, shape, dtype, of_grad)
        m, v = (random(seed + i, shape, dtype, of_state) for i in (2, 3))
        v = v**2
        with small_blocks(small):
            version(adam.adam_update)(on(theta), on(grad), on(m), on(v), 0.1, 0.9, 0.99, 0.1, step)
        results.append((theta, m, v))
    for one, other in zip(*results):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_results_are_the_same_to_the_last_bit_from_run_to_run():
    geometry = Geometry((16, 16, 20, 20), (24, 16, 3, 3), ((1, 1), (1, 1), (1, 1), 1))
    shapes = geometry.x, geometry.weight, geometry.y, geometry.x
    x, weight, of_y, g = (random(0, s, np.float32, "channels last") for s in shapes)
    vectors, rows = [x[0, :, 0, 0].copy()] * 3, x.reshape(16, -1)

    def results():
        yield from three_directions(fast, x, weight, of_y, geometry)
        yield fast(reduce.total)(x, (0, 2, 3), False)
        yield fast(linalg.product)(rows, rows.T)
        yield from fast(channel_stats)(x)
        yield from fast(batch_norm_grads)(g, x, *vectors)

    with small_blocks():
        first = list(results())
        for _ in range(3):
            for one, other in zip(first, results()):
                exactly(one, other)
