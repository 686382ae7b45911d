"""The kernels: NumPy's fast ones against the plain ones, and those against their definitions in loops.

They are called on NumPy arrays here, whatever the default device is.
"""

import threading

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from kernels import (
    FAST, PLAIN, TOLERANCE, Geometry, close, dtypes, few, geometries, is_channels_last, layouts, many, random,
    seeds, small_blocks, three_directions,
)

import tinygrad_cv as tg
from tinygrad_cv import nn
from tinygrad_cv.backend.convolution import conv2d_naive, output_size

# Convolution


@pytest.mark.parametrize("small", [False, True])
@many
@given(geometries(), layouts, layouts, seeds)
def test_fast_is_plain_is_naive(small, geometry, layout_x, layout_w, seed):
    x, weight = random(seed, geometry.x, layout=layout_x), random(seed + 1, geometry.weight, layout=layout_w)
    expected = conv2d_naive(x, weight, *geometry.args, zeros=np.zeros)
    assert expected.shape == geometry.y
    with small_blocks(small):
        for backend in (FAST, PLAIN):
            close(backend.conv2d(x, weight, *geometry.args), expected)


@pytest.mark.parametrize("backend", [FAST, PLAIN], ids=["fast", "plain"])
@pytest.mark.parametrize("small", [False, True])
@many
@given(geometries(), layouts, seeds)
def test_the_trilinear_identity(backend, small, geometry, layout, seed):
    """T(X, W, G) = <conv(X, W), G> = <X, conv2d_input(G, W)> = <W, conv2d_weight(X, G)>."""
    x, weight = random(seed, geometry.x, layout=layout), random(seed + 1, geometry.weight, layout=layout)
    g = random(seed + 2, geometry.y, layout=layout)
    with small_blocks(small):
        by_g, by_x, by_w = three_directions(backend, x, weight, g, geometry)
    assert (by_g.shape, by_x.shape, by_w.shape) == (g.shape, x.shape, weight.shape)
    t = (by_g * g).sum()
    assert (by_x * x).sum() == pytest.approx(t, rel=1e-10, abs=1e-10)
    assert (by_w * weight).sum() == pytest.approx(t, rel=1e-10, abs=1e-10)


@many
@given(geometries(), dtypes, seeds)
def test_all_three_directions_fast_and_plain(geometry, dtype, seed):
    """The identity sees sums only; and here is float32."""
    x, weight = random(seed, geometry.x, dtype, "channels last"), random(seed + 1, geometry.weight, dtype)
    g = random(seed + 2, geometry.y, dtype)
    for fast, plain in zip(three_directions(FAST, x, weight, g, geometry), three_directions(PLAIN, x, weight, g, geometry)):
        close(fast, plain, dtype)


@pytest.mark.parametrize(
    "shape, kernel, stride, padding", [((3, 16, 32, 32), 4, 2, 1), ((9, 40, 8, 8), 3, 1, 1), ((5, 8, 1, 1), 4, 1, 3)]
)
def test_large_convolutions(shape, kernel, stride, padding):
    """Large enough for threads and for the blocks as they are; the layers of a DCGAN among them."""
    geometry = Geometry(shape, (24, shape[1], kernel, kernel), ((stride,) * 2, (padding,) * 2, (1, 1), 1))
    x, weight, g = (random(k, s, np.float32, "channels last") for k, s in enumerate((*geometry[:2], geometry.y)))
    exactly = three_directions(PLAIN, *(a.astype(np.float64) for a in (x, weight, g)), geometry)
    for found, exact in zip(three_directions(FAST, x, weight, g, geometry), exactly):
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, exact, rtol=0, atol=1e-5 * np.abs(exact).max())


@many
@given(geometries(), seeds)
def test_col2im_is_the_transpose_of_im2col(geometry, seed):
    """<im2col(X), K> = <X, col2im(K)>"""
    (N, C, H, W), kernel, (stride, padding, dilation, groups) = geometry.x, geometry.weight[2:], geometry.args
    image = random(seed, (N, H + 2 * padding[0], W + 2 * padding[1], C))
    args = kernel, geometry.y[2:], stride, dilation, groups
    columns = PLAIN.im2col(image, *args)
    k = np.random.default_rng(seed).standard_normal(columns.shape)
    back = np.zeros(image.shape)
    PLAIN.col2im(k, back, *args)
    assert (columns * k).sum() == pytest.approx((image * back).sum(), rel=1e-10, abs=1e-10)


@pytest.mark.parametrize("shape, stride", [((5, 3, 3, 3), 1), ((16, 16, 4, 4), 2)])
def test_threads_have_their_own_columns(shape, stride):
    x, weight = random(0, (4, shape[1], 20, 20)), random(1, shape)
    args = (stride, stride), (1, 1), (1, 1), 1
    expected = [FAST.conv2d(x * k, weight, *args) for k in range(4)]
    wrong = []

    def work(k):
        for _ in range(30):
            if not np.array_equal(FAST.conv2d(x * k, weight, *args), expected[k]):
                wrong.append(k)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


# Activations, batch norm, pooling

shapes = st.tuples(st.integers(0, 4), few, st.integers(0, 5), st.integers(1, 5))
SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan]


@pytest.mark.parametrize("size", [0, 1, 7, 100, (1 << 16) - 1, (1 << 16) + 7])
@many
@given(slope=st.floats(1e-6, 1) | st.sampled_from((0.2, 0.0)), dtype=dtypes, seed=seeds)
def test_leaky_relu_is_exactly_the_plain_one(size, slope, dtype, seed):
    x = random(seed, (1, 1, 1, size), dtype)
    x[..., : len(SPECIAL)] = SPECIAL[:size]
    grad = random(seed + 1, x.shape, dtype)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(FAST.leaky_relu(x, slope), PLAIN.leaky_relu(x, slope))
        np.testing.assert_array_equal(FAST.leaky_relu_grad(grad, x, slope), PLAIN.leaky_relu_grad(grad, x, slope))
    assert FAST.leaky_relu(x, slope).dtype == FAST.leaky_relu_grad(grad, x, slope).dtype == dtype


@many
@given(shapes, layouts, layouts, st.floats(-3, 3), dtypes, seeds)
def test_leaky_relu_of_any_slope_and_layout(shape, layout_x, layout_g, slope, dtype, seed):
    x, grad = random(seed, shape, dtype, layout_x), random(seed + 1, shape, dtype, layout_g)
    with small_blocks():
        close(FAST.leaky_relu(x, slope), PLAIN.leaky_relu(x, slope), dtype)
        close(FAST.leaky_relu_grad(grad, x, slope), PLAIN.leaky_relu_grad(grad, x, slope), dtype)


@pytest.mark.parametrize("small", [False, True])
@many
@given(st.tuples(st.integers(1, 4), few, st.integers(1, 5), few), layouts, st.sampled_from((0, 100)), dtypes, seeds)
def test_batch_norm(small, shape, layout, offset, dtype, seed):
    x, grad = random(seed, shape, dtype, layout) + dtype(offset), random(seed + 1, shape, dtype, layout)
    rng = np.random.default_rng(seed)
    weight, shift = (rng.uniform(0.5, 1.5, shape[1]).astype(dtype) for _ in range(2))
    with small_blocks(small):
        mean, var = FAST.batch_norm_stats(x)
        plain_mean, plain_var = PLAIN.batch_norm_stats(x.astype(np.float64))
        np.testing.assert_allclose(mean, plain_mean, rtol=10 * TOLERANCE[dtype], atol=TOLERANCE[dtype])
        np.testing.assert_allclose(var, plain_var, rtol=10 * TOLERANCE[dtype], atol=10 * TOLERANCE[dtype])
        assert mean.dtype == var.dtype == dtype
        close(FAST.batch_norm_apply(x, weight, shift), PLAIN.batch_norm_apply(x, weight, shift), dtype)
        args = grad, x, mean, (1 / np.sqrt(var + 0.1)).astype(dtype), weight
        for found, plain in zip(FAST.batch_norm_grad(*args), PLAIN.batch_norm_grad(*args)):
            close(found, plain, dtype)


def test_batch_norm_of_values_far_from_zero():
    """E[x^2] - E[x]^2 would lose every digit here."""
    x = (1000 + random(0, (16, 2, 16, 16)) / 10).astype(np.float32)
    for backend in (FAST, PLAIN):
        np.testing.assert_allclose(backend.batch_norm_stats(x)[1], x.astype(np.float64).var((0, 2, 3)), rtol=1e-4)


@pytest.mark.parametrize("backend", [FAST, PLAIN], ids=["fast", "plain"])
@many
@given(geometries(), st.booleans(), seeds)
def test_window_argmax(backend, geometry, ties, seed):
    """The first of the largest; the last NaN, if there is one; the padding never is the largest."""
    x, (stride, padding, dilation, _), kernel = random(seed, geometry.x), geometry.args, geometry.weight[2:]
    if ties:
        x = x.round() - 2
        x[np.random.default_rng(seed).random(x.shape) < 0.05] = np.nan
    size, (H, W) = geometry.y[2:], x.shape[2:]
    found = backend.window_argmax(x, kernel, stride, padding, dilation, size)
    assert found.shape == (*x.shape[:2], *size)
    for n, c, i, j in np.ndindex(found.shape):
        rows = [i * stride[0] - padding[0] + a * dilation[0] for a in range(kernel[0])]
        cols = [j * stride[1] - padding[1] + b * dilation[1] for b in range(kernel[1])]
        places = [(r, s) for r in rows for s in cols if 0 <= r < H and 0 <= s < W]
        if places:  # a window may lie in the padding; PyTorch allows none
            values = np.array([x[n, c, r, s] for r, s in places])
            best = int(np.argmax(values)) if not np.isnan(values).any() else int(np.flatnonzero(np.isnan(values))[-1])
            assert found[n, c, i, j] == np.ravel_multi_index(places[best], (H, W))


@many
@given(geometries(), st.sampled_from(("any", "side by side", "over the edge")), st.booleans(), seeds)
def test_max_pool2d_is_the_plain_one(geometry, windows, ties, seed):
    """Maxima and their gradient, to the last bit: the first of equals, NaN and infinities included."""
    x, (stride, padding, dilation, _), kernel = random(seed, geometry.x), geometry.args, geometry.weight[2:]
    padding = tuple(min(p, k // 2) for p, k in zip(padding, kernel))
    dilation = (1, 1) if any(padding) else dilation  # else a window could lie in the padding alone
    assume(all(n >= d * (k - 1) + 1 for n, k, d in zip(x.shape[2:], kernel, dilation)))
    if windows != "any":
        stride, padding, dilation = kernel, (0, 0), (1, 1)
    over = [k - 1 if windows == "over the edge" else 0 for k in kernel]
    size = tuple(output_size(n + more, *rest) for n, more, *rest in zip(x.shape[2:], over, kernel, stride, padding, dilation))
    if ties:
        x, draw = x.round() - 2, np.random.default_rng(seed)
        x[draw.random(x.shape) < 0.1] = -np.inf
        x[draw.random(x.shape) < 0.02] = np.nan
    x, window = FAST.channels_last(x), (kernel, stride, padding, dilation)
    y, plain = (backend.max_pool2d(x, window, size) for backend in (FAST, PLAIN))
    np.testing.assert_array_equal(y, plain)
    grad = random(seed + 1, y.shape)
    fast, plain = (backend.max_pool2d_grad(grad, x, y, window) for backend in (FAST, PLAIN))
    np.testing.assert_allclose(fast, plain, atol=1e-14)
    assert not y.size or is_channels_last(y)


# Storage: NCHW shapes, channels-last memory


@pytest.mark.parametrize("rows", [2, 64])  # below and above a block
def test_activations_stay_channels_last(rows):
    if tg.zeros(()).device.type != "cpu":
        pytest.skip("about NumPy's strides; CuPy does not keep them in elementwise operations")
    conv, norm = nn.Conv2d(3, 16, 4, stride=2, padding=1), nn.BatchNorm2d(16)
    up, last = nn.ConvTranspose2d(16, 8, 4, stride=2, padding=1), nn.Conv2d(8, 1, 16)
    assert is_channels_last(conv.weight.array) and is_channels_last(up.weight.array)
    x = tg.randn(rows, 3, 16, 16, requires_grad=True)
    y = conv(x)
    z = norm(y)
    activated = nn.functional.leaky_relu(z, 0.2)
    images = up(activated)
    for t in (y, z, activated, images, images.tanh(), nn.functional.relu(images), activated * 2 + y):
        assert is_channels_last(t.array)
    for t in (images, activated, z, y):
        t.retain_grad()
    last(images.tanh()).sigmoid().mean().backward()
    for t in (images, activated, z, y, conv.weight, up.weight, last.weight):
        assert is_channels_last(t.grad.array)


def test_weights_stay_channels_last():
    """A weight that lost its layout would be copied in every convolution."""
    if tg.zeros(()).device.type != "cpu":
        pytest.skip("about NumPy's strides")
    net = nn.Sequential(nn.Conv2d(3, 4, 4), nn.BatchNorm2d(4), nn.ConvTranspose2d(4, 3, 4))
    state = net.state_dict()
    for optimizer in (tg.optim.Adam, tg.optim.SGD):
        opt = optimizer(net.parameters(), lr=0.01)
        for _ in range(2):
            net(tg.randn(2, 3, 6, 6)).mean().backward()
            opt.step()
        net.load_state_dict({name: value.clone() for name, value in state.items()})
        net.double().float()
        for layer in (net[0], net[2]):
            assert is_channels_last(layer.weight.array)
            assert FAST.weight_matrix(layer.weight.array, 1).base is not None
