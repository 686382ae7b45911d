"""Depthwise convolution: the sums over windows against the plain kernels' matrix products."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinygrad_cv as tg
from tinygrad_cv.backend.base import Backend
from tinygrad_cv.backend.device import Device
from tinygrad_cv.backend.numpy_backend import NumpyBackend
from tinygrad_cv.models import efficientnet_lite0
from tinygrad_cv.models.efficientnet import SameConv2d

FAST, PLAIN = NumpyBackend(), Backend(np, Device("cpu"), np.ndarray)
def pairs(low, high):
    return st.tuples(st.integers(low, high), st.integers(low, high))



@settings(max_examples=max(200, settings().max_examples))
@given(st.data(), pairs(1, 5), pairs(1, 3), pairs(0, 6))
def test_all_directions_are_the_plain_ones(data, kernel, stride, padding):
    """Padding wider than the kernel, strides that leave pixels out, images of one pixel."""
    size = [data.draw(st.integers(max(1, k - 2 * p), k + 4)) for k, p in zip(kernel, padding)]
    N, C = data.draw(st.integers(0, 3)), data.draw(st.integers(2, 4))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    x, weight = rng.standard_normal((N, C, *size)), rng.standard_normal((C, 1, *kernel))
    if data.draw(st.booleans()):
        x = PLAIN.channels_last(x)
    args = stride, padding, (1, 1), C
    y = PLAIN.conv2d(x, weight, *args)
    g = rng.standard_normal(y.shape)
    for found, expected in (
        (FAST.conv2d(x, weight, *args), y),
        (FAST.conv2d_input(g, weight, x.shape, *args), PLAIN.conv2d_input(g, weight, x.shape, *args)),
        (FAST.conv2d_weight(x, g, weight.shape, *args), PLAIN.conv2d_weight(x, g, weight.shape, *args)),
    ):
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_float32_is_as_exact_as_the_plain_one_and_the_same_every_time():
    rng = np.random.default_rng(0)
    x, weight = rng.standard_normal((4, 32, 40, 40)), rng.standard_normal((32, 1, 5, 5))
    g = rng.standard_normal((4, 32, 20, 20))
    args = (2, 2), (2, 2), (1, 1), 32

    def directions(backend, dtype):
        a, w, b = (array.astype(dtype) for array in (x, weight, g))
        return (
            backend.conv2d(a, w, *args), backend.conv2d_input(b, w, x.shape, *args),
            backend.conv2d_weight(a, b, weight.shape, *args),
        )

    fast, again = directions(FAST, "float32"), directions(FAST, "float32")
    plain, exact = directions(PLAIN, "float32"), directions(PLAIN, "float64")
    for found, same, other, exact in zip(fast, again, plain, exact):
        assert found.dtype == np.float32 and (found == same).all()
        assert np.abs(found - exact).max() <= max(4 * np.abs(other - exact).max(), 2e-6)


def test_an_image_stays_channels_last_through_a_mobile_network():
    """Otherwise every second layer would begin with a copy into the other order."""
    if tg.zeros(()).device.type != "cpu":
        pytest.skip("about NumPy's strides; CuPy does not keep them in elementwise operations")
    net = efficientnet_lite0(10).eval()
    orders = []

    def note(module, args, output):
        N, C, H, W = output.array.strides
        orders.append(min(output.shape) == 1 or C == output.array.itemsize)

    for module in net.modules():
        if isinstance(module, (SameConv2d, tg.nn.BatchNorm2d, tg.nn.ReLU6)):
            module.register_forward_hook(note)
    with tg.no_grad():
        net.features(tg.rand(2, 3, 65, 64))
    assert len(orders) > 100 and all(orders)


def test_padding_keeps_the_order_of_storage():
    x = np.arange(24.0).reshape(1, 2, 3, 4)
    padded = FAST.pad(PLAIN.channels_last(x), ((0, 0), (0, 0), (1, 2), (0, 1)), 7.0)
    assert padded.strides[1] == padded.itemsize
    np.testing.assert_array_equal(padded, np.pad(x, ((0, 0), (0, 0), (1, 2), (0, 1)), constant_values=7.0))
