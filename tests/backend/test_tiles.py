"""Convolution in fewer multiplications: the same numbers as the plain way, and nearly as exactly."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernels import FAST, PLAIN, Geometry, close, layouts, many, random, small_blocks, three_directions

from tinygrad_cv.backend import toom_cook
from tinygrad_cv.backend.toom_cook import FORMS, OUTPUTS

kernels = pytest.mark.parametrize("kernel, stride", [(4, 2), (3, 1)])


@pytest.mark.parametrize("form", FORMS.values(), ids=map(str, FORMS))
def test_the_matrices(form):
    """sum over m of (B d)_m (G g)_m (A z)_m = sum of d_(i+j) g_i z_j along both axes, for every d, g and z."""
    t, r = form.products, form.taps
    sums = np.einsum("mk,mi,mj->kij", form.inputs, form.weights, form.outputs).reshape(t, t, r, r, OUTPUTS, OUTPUTS)
    along = np.fromfunction(lambda k, i, j: k == i + j, (t, r, OUTPUTS))
    np.testing.assert_array_equal(sums, np.einsum("kij,lpq->klipjq", along, along))


@kernels
@pytest.mark.parametrize("small", [False, True])
@many
@given(st.integers(0, 3), st.tuples(*[st.integers(1, 6)] * 2), st.sampled_from((16, 17, 20)), st.sampled_from((16, 19)), st.data())
def test_tiles_are_the_plain_way(kernel, stride, small, N, size, C, O, data):
    """Odd sizes, paddings that are larger than the kernel needs, and rows that no kernel sees."""
    padding = data.draw(st.tuples(st.integers(0, 3), st.integers(0, 3)))
    size = [max(1, stride * (n - 1) + kernel - 2 * p) + data.draw(st.integers(0, stride - 1)) for n, p in zip(size, padding)]
    geometry = Geometry((N, C, *size), (O, C, kernel, kernel), ((stride, stride), padding, (1, 1), 1))
    layout = data.draw(layouts)
    x, weight, g = (random(k, shape, layout=layout) for k, shape in enumerate((*geometry[:2], geometry.y)))
    with small_blocks(small), pytest.MonkeyPatch.context() as patch:
        patch.setattr(toom_cook, "PAYS", 0)
        assert toom_cook.form((kernel, kernel), (stride, stride), (1, 1), (O, C), geometry.y[2:])
        fast = three_directions(FAST, x, weight, g, geometry)
    for found, plain in zip(fast, three_directions(PLAIN, x, weight, g, geometry)):
        close(found, plain)


def test_tiles_only_where_they_pay():
    """2x2 outputs take 9 of 16 products, or 16 of 36; tiles that stand out take as many."""
    four, three = ((4, 4), (2, 2), (1, 1)), ((3, 3), (1, 1), (1, 1))
    assert toom_cook.form(*four, (64, 64), (8, 8)) and toom_cook.form(*three, (64, 64), (7, 7))
    assert not toom_cook.form(*four, (64, 64), (7, 7))  # 9 * 16 of 16 * 12.25
    assert not toom_cook.form(*three, (64, 8), (8, 8))  # few channels
    assert not toom_cook.form((5, 5), *three[1:], (64, 64), (8, 8))


@kernels
@pytest.mark.parametrize("channels", [16, 96])
def test_rounding_errors(kernel, stride, channels):
    """In float32 the errors, against float64, are less than four times those of the plain way."""
    geometry = Geometry((8, channels, 16, 16), (channels, channels, kernel, kernel), ((stride,) * 2, (1, 1), (1, 1), 1))
    arrays = [random(k, shape, np.float32, "channels last") for k, shape in enumerate((*geometry[:2], geometry.y))]
    exactly = three_directions(PLAIN, *(a.astype(np.float64) for a in arrays), geometry)
    for fast, plain, exact in zip(*(three_directions(b, *arrays, geometry) for b in (FAST, PLAIN)), exactly):
        assert fast.dtype == np.float32
        assert np.abs(fast - exact).max() < 4 * np.abs(plain - exact).max()
        assert np.square(fast - exact).mean() < 4**2 * np.square(plain - exact).mean()
