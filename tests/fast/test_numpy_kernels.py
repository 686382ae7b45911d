"""The faster NumPy kernels, each against the plain version, which is the definition.

`small_blocks` makes the constants of fast/numpy so small that small arrays take every path: several
blocks, tiles that stand out, bands of images, columns of strips.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernels import (
    Geometry, close, dtypes, exactly, for_numpy, geometries, layouts, many, pairs, plain, random,
    seeds, small_blocks, three_directions,
)

from tinygrad_cv.ops import activation, choice, conv, linalg, pool, reduce
from tinygrad_cv.ops.norm import batch_norm_grads, channel_stats, normalize_channels
from tinygrad_cv.optim import adam

pytestmark = pytest.mark.skipif(
    for_numpy(conv.conv2d_output) is plain(conv.conv2d_output), reason="fast/ is left out"
)
sizes = pytest.mark.parametrize("small", [False, True])
shapes = st.tuples(*[st.integers(0, 9)] * 4)
upto40 = st.integers(0, 40)
VIEWS = {
    "whole": lambda x: x,
    "reversed": lambda x: x[::-1],
    "strided": lambda x: np.repeat(x, 2, axis=1)[:, ::2],
    "broadcast": lambda x: np.broadcast_to(x[..., :1], x.shape) if x.shape[-1] else x,
}
views = st.sampled_from(list(VIEWS.values()))
SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, 1, -1, 2]


def compare(geometry, small, dtype, *arrays):
    with small_blocks(small):
        found = three_directions(for_numpy, *arrays, geometry)
    for one, other in zip(found, three_directions(plain, *arrays, geometry)):
        close(one, other, dtype)


# Convolution


@sizes
@many
@given(geometries(), seeds, dtypes, layouts, layouts)
def test_convolution(small, geometry, seed, dtype, layout, of_grad):
    x, g = random(seed, geometry.x, dtype, layout), random(seed + 1, geometry.y, dtype, of_grad)
    compare(geometry, small, dtype, x, random(seed + 2, geometry.weight, dtype, layout), g)


@sizes
@pytest.mark.parametrize("kernel, stride", [((3, 3), (1, 1)), ((4, 4), (2, 2))])
@many
@given(st.integers(1, 3), st.tuples(*[st.integers(32, 34)] * 2), pairs, pairs, seeds, layouts)
def test_tiles(small, kernel, stride, N, channels, padding, extra, seed, layout):
    """Kernels for which toom_cook.py has matrices."""
    size, (C, O) = [k + 4 + e for k, e in zip(kernel, extra)], channels
    padding = tuple(min(p, k - 1) for p, k in zip(padding, kernel))
    geometry = Geometry((N, C, *size), (O, C, *kernel), (stride, padding, (1, 1), 1))
    shapes = geometry.x, geometry.weight, geometry.y
    compare(geometry, small, np.float64, *(random(seed, s, np.float64, layout) for s in shapes))


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
        directions = [three_directions(v, *arrays, geometry) for v in (for_numpy, plain)]
    for found, wanted in zip(*directions):
        finite = np.isfinite(wanted)
        assert (np.isfinite(found) == finite).all()
        close(found[finite], wanted[finite])


@sizes
@pytest.mark.parametrize("groups, kernel, stride", [(1, 3, 1), (1, 4, 2), (1, 5, 1), (32, 3, 1)])
@pytest.mark.parametrize("view", VIEWS)
def test_views_go_through_convolutions(small, groups, kernel, stride, view):
    """Strided, broadcast and read-only arrays; tiles, patches and depthwise."""
    args = (stride, stride), (1, 1), (1, 1), groups
    geometry = Geometry((3, 32, 9, 10), (32, 32 // groups, kernel, kernel), args)
    x, g = (VIEWS[view](random(i, shape)) for i, shape in enumerate((geometry.x, geometry.y)))
    x.flags.writeable = g.flags.writeable = False
    compare(geometry, small, np.float64, x, random(2, geometry.weight), g)


# Pooling


@sizes
@many
@given(st.tuples(*[st.tuples(*[st.integers(1, 3)] * 4, st.integers(0, 1))] * 2), st.integers(0, 3),
       seeds, dtypes, layouts, views, st.sampled_from(["", "ties", "special"]))
def test_max_pool(small, dims, N, seed, dtype, layout, view, kind):
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
    x = view(np.round(x) if kind == "ties" else x)
    y = plain(pool.max_pool)(x, window, size)
    grad = random(seed + 1, y.shape, dtype, layout)
    with small_blocks(small):
        exactly(for_numpy(pool.max_pool)(x, window, size), y)
        found = for_numpy(pool.max_pool_grad)(grad, x, y, window)
    close(found, plain(pool.max_pool_grad)(grad, x, y, window), dtype)


# Element by element, and channel by channel

LIMITS = (-1, 1), (None, 0.5), (0, None)


@sizes
@many
@given(shapes, seeds, dtypes, layouts, layouts, views, st.sampled_from([0, 0.2, 1.0, 1.5, -0.5]),
       st.booleans())
def test_rectify_and_limited(small, shape, seed, dtype, layout, of_grad, view, slope, special):
    x, g = view(random(seed, shape, dtype, layout)), view(random(seed + 1, shape, dtype, of_grad))
    if special:
        x = np.random.default_rng(seed).choice(np.array(SPECIAL, dtype), shape)
    with small_blocks(small), np.errstate(all="ignore"):
        exactly(for_numpy(activation.rectify)(x, slope), plain(activation.rectify)(x, slope))
        for limits in LIMITS:
            exactly(for_numpy(choice.limited)(x, *limits), plain(choice.limited)(x, *limits))
        found, wanted = (v(activation.rectify_grad)(g, x, slope) for v in (for_numpy, plain))
    assert found.dtype == dtype
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


@sizes
@many
@given(shapes, seeds, dtypes, layouts, layouts, views, st.integers(2, 4))
def test_channels(small, shape, seed, dtype, layout, of_grad, view, ndim):
    """Statistics, normalisation and its gradient, of (N, C), (N, C, L) and images."""
    x, g = view(random(seed, shape, dtype, layout)), view(random(seed + 1, shape, dtype, of_grad))
    x, g = (a[(slice(None),) * ndim + (slice(1),) * (4 - ndim)] for a in (x, g))
    x, g = (a.reshape(a.shape[:ndim]) if a.size else a for a in (x, g))
    rng = np.random.default_rng(seed)
    mean, scale, shift = (rng.standard_normal(shape[1]).astype(dtype) for _ in range(3))

    def both(kernel, *args):
        with small_blocks(small):
            found = for_numpy(kernel)(*args)
        return zip(*(r if isinstance(r, tuple) else (r,) for r in (found, plain(kernel)(*args))))

    ((found, wanted),) = both(normalize_channels, x, mean, scale, shift)
    close(found, wanted, dtype)
    if x.size:
        for found, wanted in both(channel_stats, x):
            close(found, wanted, dtype)
        mean, var = plain(channel_stats)(x)
        for found, wanted in both(batch_norm_grads, g, x, mean, (var + 1) ** dtype(-0.5), scale):
            largest = dtype(max(1, np.abs(wanted).max()))
            close(found / largest, wanted / largest, dtype)


def test_statistics_far_from_zero():
    x = (random(0, (64, 3, 16, 16)) + 10_000).astype(np.float32)
    mean, var = for_numpy(channel_stats)(x)
    exact = x.astype(np.float64)
    np.testing.assert_allclose(mean, exact.mean((0, 2, 3)), rtol=1e-6)
    np.testing.assert_allclose(var, exact.var((0, 2, 3)), rtol=2e-4)
    y = for_numpy(normalize_channels)(x, mean, 1 / np.sqrt(var), np.zeros(3, np.float32))
    assert np.abs(y.mean((0, 2, 3), dtype=np.float64)).max() < 1e-3


# Sums, products, Adam


@sizes
@many
@given(shapes, st.sets(st.integers(0, 3)), st.booleans(), seeds, layouts, views,
       st.sampled_from([np.float32, np.float64, np.int64, np.uint8, bool]))
def test_sums(small, shape, dims, keepdims, seed, layout, view, dtype):
    x = view(random(seed, shape, np.float64, layout).astype(dtype))
    with small_blocks(small):
        found = for_numpy(reduce.total)(x, tuple(dims), keepdims)
    wanted = plain(reduce.total)(x, tuple(dims), keepdims)
    assert found.shape == wanted.shape and found.dtype == wanted.dtype
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-4 * (dtype == np.float32))


@sizes
@many
@given(upto40, upto40, upto40, seeds, dtypes, st.tuples(*[st.sampled_from("CF")] * 2))
def test_small_products(small, n, k, m, seed, dtype, orders):
    """Of matrices stored in either order, also empty ones, and of a vector and a matrix."""
    shapes = (1, 1, n, k), (1, 1, k, m)
    a, b = (random(seed, s, dtype)[0, 0].copy(order) for s, order in zip(shapes, orders))
    for left in [a, *a[:1]]:
        with small_blocks(small):
            close(for_numpy(linalg.product)(left, b), plain(linalg.product)(left, b), dtype)


@pytest.mark.parametrize("n, k, m", [(3, 300, 2), (700, 40, 300), (90, 1000, 1100)])
def test_products(n, k, m):
    a, b = (random(0, (1, 1, *shape), np.float32)[0, 0] for shape in ((n, k), (k, m)))
    for left, right in (a, b), (a, np.asfortranarray(b)), (np.asfortranarray(a), b):
        expected = (left.astype(np.float64) @ right).astype(np.float32)
        found = for_numpy(linalg.product)(left, right)
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)


def check_adam(shape, seed, dtype, of_theta, of_grad, amsgrad, step):
    results = []
    for version in for_numpy, plain:
        theta, m, v, largest = (random(seed + i, shape, dtype, of_theta) for i in range(4))
        grad, v, largest = random(seed + 4, shape, dtype, of_grad), v**2, largest**2
        settings = 0.1, 0.9, 0.99, 0.1, step
        version(adam.adam_update)(theta, grad, m, v, largest if amsgrad else None, *settings)
        results.append((theta, m, v, largest))
    for one, other in zip(*results):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


@sizes
@many
@given(shapes, seeds, dtypes, layouts, layouts, st.booleans(), st.integers(1, 5))
def test_adam(small, shape, seed, dtype, of_theta, of_grad, amsgrad, step):
    with small_blocks(small):
        check_adam(shape, seed, dtype, of_theta, of_grad, amsgrad, step)


def test_adam_of_a_large_parameter():
    for of_grad in "C", "reversed":  # a gradient may be stored in another order
        check_adam((8, 30, 50, 40), 0, np.float32, "C", of_grad, False, 2)


def test_results_are_the_same_to_the_last_bit_from_run_to_run():
    geometry = Geometry((16, 16, 20, 20), (24, 16, 3, 3), ((1, 1), (1, 1), (1, 1), 1))
    shapes = geometry.x, geometry.weight, geometry.y, geometry.x
    x, weight, of_y, g = (random(0, s, np.float32, "channels last") for s in shapes)
    vectors, rows = [x[0, :, 0, 0].copy()] * 3, x.reshape(16, -1)

    def results():
        yield from three_directions(for_numpy, x, weight, of_y, geometry)
        yield for_numpy(reduce.total)(x, (0, 2, 3), False)
        yield for_numpy(linalg.product)(rows, rows.T)
        yield from for_numpy(channel_stats)(x)
        yield from for_numpy(batch_norm_grads)(g, x, *vectors)

    with small_blocks():
        first = list(results())
        for _ in range(3):
            for one, other in zip(first, results()):
                exactly(one, other)
