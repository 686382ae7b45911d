"""The faster NumPy kernels, each against the plain version, which is the definition.

`small_blocks` makes the constants of fast/numpy so small that small arrays take every path: several
blocks, tiles that stand out, bands of images, columns of strips.
"""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernels import (
    Geometry, close, dtypes, exactly, for_numpy, geometries, layouts, many, pairs, plain, random, seeds, small_blocks,
    three_directions,
)

from tinygrad_cv.ops import activation, choice, conv, linalg, pool, reduce
from tinygrad_cv.ops.norm import batch_norm_grads, channel_stats, normalize_channels
from tinygrad_cv.optim import adam

pytestmark = pytest.mark.skipif(
    for_numpy(conv.conv2d_output) is plain(conv.conv2d_output), reason="fast/ is left out"
)


@pytest.mark.parametrize("small", [False, True])
@many
@given(geometries(), seeds, dtypes, layouts, layouts)
def test_convolution(small, geometry, seed, dtype, layout, of_grad):
    x, g = random(seed, geometry.x, dtype, layout), random(seed + 1, geometry.y, dtype, of_grad)
    weight = random(seed + 2, geometry.weight, dtype, layout)
    with small_blocks(small):
        found = three_directions(for_numpy, x, weight, g, geometry)
    for one, other in zip(found, three_directions(plain, x, weight, g, geometry)):
        close(one, other, dtype)


TILED = [((3, 3), (1, 1)), ((4, 4), (2, 2))]  # kernels for which toom_cook.py has matrices


@pytest.mark.parametrize("small", [False, True])
@pytest.mark.parametrize("kernel, stride", TILED)
@many
@given(st.integers(1, 3), st.tuples(st.integers(16, 18), st.integers(16, 18)), pairs, pairs, seeds, layouts)
def test_tiles(small, kernel, stride, N, channels, padding, extra, seed, layout):
    size = [k + 4 + e for k, e in zip(kernel, extra)]
    padding = tuple(min(p, k - 1) for p, k in zip(padding, kernel))
    geometry = Geometry((N, channels[0], *size), (channels[1], channels[0], *kernel), (stride, padding, (1, 1), 1))
    x, weight, g = (random(seed, shape, np.float64, layout) for shape in (geometry.x, geometry.weight, geometry.y))
    with small_blocks(small):
        found = three_directions(for_numpy, x, weight, g, geometry)
    for one, other in zip(found, three_directions(plain, x, weight, g, geometry)):
        close(one, other)


@pytest.mark.parametrize("stride, size", [((1, 1), (7, 6)), ((2, 1), (9, 8)), ((3, 2), (11, 5))])
@pytest.mark.parametrize("padding", [(0, 0), (1, 2), (4, 3)])
def test_depthwise(stride, size, padding):
    geometry = Geometry((2, 5, *size), (5, 1, 3, 4), (stride, padding, (1, 1), 5))
    x, weight, g = (random(3, shape) for shape in (geometry.x, geometry.weight, geometry.y))
    for one, other in zip(*(three_directions(v, x, weight, g, geometry) for v in (for_numpy, plain))):
        close(one, other)


@pytest.mark.parametrize("small", [False, True])
@many
@given(pairs, pairs, pairs, st.tuples(st.integers(0, 1), st.integers(0, 1)), seeds, layouts, st.booleans())
def test_max_pool(small, kernel, stride, dilation, padding, seed, layout, ties):
    if seed % 2:
        stride = kernel  # windows side by side
    padding = tuple(min(p, k // 2) for p, k in zip(padding, kernel))
    x = random(seed, (2, 3, 8, 9), np.float32, layout)
    x = np.round(x) if ties else x
    size = tuple(map(conv.output_size, (8, 9), kernel, stride, padding, dilation))
    window, grad = (kernel, stride, padding, dilation), random(seed, (2, 3, *size), np.float32, layout)
    y = plain(pool.max_pool)(x, window, size)
    with small_blocks(small):
        exactly(for_numpy(pool.max_pool)(x, window, size), y)
        found = for_numpy(pool.max_pool_grad)(grad, x, y, window)
    close(found, plain(pool.max_pool_grad)(grad, x, y, window), np.float32)


def views(x):
    """The same numbers C-ordered, channels-last, strided, and read-only with strides of 0."""
    yield x
    yield np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    yield np.repeat(x, 2, axis=3)[..., ::2]
    yield np.broadcast_to(x[:1], x.shape)


ELEMENTWISE = {
    "rectify": (activation.rectify, (0.2,)), "relu": (activation.rectify, (0,)), "limited": (choice.limited, (-1, 1)),
}


@pytest.mark.parametrize("small", [False, True])
@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (0, 3, 4, 5), (17, 8, 33, 31)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_elementwise_and_channels(small, shape, dtype):
    a, b = random(0, shape, dtype), random(1, shape, dtype)
    vectors = [random(i, (1, shape[1], 1, 1), dtype).ravel() for i in range(3)]
    for x, g in zip(views(a), itertools.cycle(views(b))) if shape[0] else [(a, b)]:
        with small_blocks(small):
            for kernel, settings in ELEMENTWISE.values():
                exactly(for_numpy(kernel)(x, *settings), plain(kernel)(x, *settings))
            for slope in (0, 0.2):
                y = plain(activation.rectify)(x, slope)
                close(for_numpy(activation.rectify_grad)(g, y, slope), plain(activation.rectify_grad)(g, y, slope), dtype)
            close(for_numpy(conv.add_bias)(x.copy(), vectors[0]), plain(conv.add_bias)(x.copy(), vectors[0]), dtype)
            if not shape[0]:
                continue
            close(for_numpy(normalize_channels)(x, *vectors), plain(normalize_channels)(x, *vectors), dtype)
            mean, var = plain(channel_stats)(x)
            for one, other in zip(for_numpy(channel_stats)(x), (mean, var)):
                close(one, other, dtype)
            arguments = g, x, mean, 1 / np.sqrt(var + 1), vectors[0]
            for one, other in zip(for_numpy(batch_norm_grads)(*arguments), plain(batch_norm_grads)(*arguments)):
                scale = max(1, np.abs(other).max())
                close(one / dtype(scale), other / dtype(scale), dtype)


def test_statistics_far_from_zero():
    x = (random(0, (64, 3, 16, 16)) + 10_000).astype(np.float32)
    mean, var = for_numpy(channel_stats)(x)
    exact = x.astype(np.float64)
    np.testing.assert_allclose(mean, exact.mean((0, 2, 3)), rtol=1e-6)
    np.testing.assert_allclose(var, exact.var((0, 2, 3)), rtol=2e-4)
    y = for_numpy(normalize_channels)(x, mean, 1 / np.sqrt(var), np.zeros(3, np.float32))
    assert np.abs(y.mean((0, 2, 3), dtype=np.float64)).max() < 1e-3


@pytest.mark.parametrize("shape, dims", [((3_000_000, 2), (0,)), ((2, 3_000_000), (1,)), ((9, 4, 300, 301), (0, 2, 3))])
def test_sums_are_as_exact_over_leading_dims_as_over_the_last(shape, dims):
    x = np.random.default_rng(0).random(shape, np.float32)
    for y in (x, x[::-1]):
        np.testing.assert_allclose(for_numpy(reduce.total)(y, dims, False), y.sum(dims, np.float64), rtol=1e-6)


@pytest.mark.parametrize("n, k, m", [(1, 1, 1), (3, 300, 2), (700, 40, 300), (90, 1000, 1100)])
def test_products(n, k, m):
    a, b = random(0, (1, 1, n, k), np.float32)[0, 0], random(1, (1, 1, k, m), np.float32)[0, 0]
    for left, right in (a, b), (a, np.asfortranarray(b)), (np.asfortranarray(a), b):
        expected = (left.astype(np.float64) @ right).astype(np.float32)
        np.testing.assert_allclose(for_numpy(linalg.product)(left, right), expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("size", [10, 300_000])
def test_adam(size):
    rng = np.random.default_rng(0)
    start = [rng.random((2, size)).astype(np.float32) for _ in range(4)]
    results = []
    for version in for_numpy, plain:
        theta, grad, m, v = (a.copy() for a in start)
        grad = np.asfortranarray(grad)  # a gradient may be stored in another order
        for step in 1, 2:
            version(adam.adam_update)(theta, grad, m, v, None, 0.1, 0.9, 0.99, 1e-8, step)
        results.append((theta, m, v))
    for one, other in zip(*results):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("groups, kernel, stride", [(1, 3, 1), (1, 4, 2), (1, 5, 1), (16, 3, 1)])
def test_views_go_through_convolutions_and_pools(groups, kernel, stride):
    """Strided, broadcast and read-only arrays; tiles, patches and depthwise."""
    args = (stride, stride), (1, 1), (1, 1), groups
    geometry = Geometry((3, 16, 9, 10), (16, 16 // groups, kernel, kernel), args)
    weight, window = random(2, geometry.weight), ((2, 2), (2, 2), (0, 0), (1, 1))
    for x, g in zip(views(random(0, geometry.x)), views(random(1, geometry.y))):
        x.flags.writeable = g.flags.writeable = False
        for small in False, True:
            with small_blocks(small):
                found = three_directions(for_numpy, x, weight, g, geometry)
                y = for_numpy(pool.max_pool)(x, window, (4, 5))
            for one, other in zip(found, three_directions(plain, x, weight, g, geometry)):
                close(one, other)
            exactly(y, plain(pool.max_pool)(x, window, (4, 5)))


@pytest.mark.parametrize("slope", [0, 0.2])
def test_infinities_and_nan_of_large_arrays(slope):
    special = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1, -1, 2], np.float32)
    y, grad = np.tile(special, 1 << 14), np.repeat(special, 1 << 14)
    with np.errstate(all="ignore"):
        exactly(for_numpy(activation.rectify)(y, slope), plain(activation.rectify)(y, slope))
        rectify_grad = activation.rectify_grad
        exactly(for_numpy(rectify_grad)(grad, y, slope), plain(rectify_grad)(grad, y, slope))
    for limits in (-1, 1), (None, 0.5), (0, None):
        exactly(for_numpy(choice.limited)(y, *limits), plain(choice.limited)(y, *limits))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_pools_of_nan_and_of_nothing(dtype):
    window = (2, 2), (2, 2), (0, 0), (1, 1)
    x = random(0, (2, 3, 6, 6), dtype)
    x[0, 1, 2, 3] = np.nan
    for x in x, x[:0]:
        y = plain(pool.max_pool)(x, window, (3, 3))
        exactly(for_numpy(pool.max_pool)(x, window, (3, 3)), y)
        arguments = y * 0 + dtype(2), x, y, window
        exactly(for_numpy(pool.max_pool_grad)(*arguments), plain(pool.max_pool_grad)(*arguments))


def test_results_are_the_same_to_the_last_bit_from_run_to_run():
    geometry = Geometry((16, 16, 20, 20), (24, 16, 3, 3), ((1, 1), (1, 1), (1, 1), 1))
    weight, of_y = (random(i, s, np.float32, "channels last") for i, s in enumerate((geometry.weight, geometry.y)))
    x, g = (random(i, (16, 16, 20, 20), np.float32, "channels last") for i in range(2))
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
