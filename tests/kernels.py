"""What the tests of the kernels share: NumPy's fast ones and the plain ones, arrays and geometries for them."""

import contextlib
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st

from tinygrad_cv.backend import numpy_backend, numpy_convolution, numpy_elementwise, numpy_tiles, threads
from tinygrad_cv.backend.base import Backend
from tinygrad_cv.backend.convolution import output_size
from tinygrad_cv.backend.device import Device
from tinygrad_cv.backend.numpy_backend import NumpyBackend

FAST, PLAIN = NumpyBackend(), Backend(np, Device("cpu"), np.ndarray)
many = settings(max_examples=max(60, settings().max_examples))  # an example takes a millisecond
few = st.integers(1, 3)
pairs = st.tuples(few, few)
seeds = st.integers(0, 1000)
TOLERANCE = {np.float64: 1e-12, np.float32: 3e-6}
dtypes = st.sampled_from(list(TOLERANCE))
LAYOUTS = {"C": (0, 1, 2, 3), "channels last": (0, 2, 3, 1), "reversed": (3, 2, 1, 0)}
layouts = st.sampled_from(list(LAYOUTS))


def random(seed, shape, dtype=np.float64, layout="C"):
    """Normal numbers of `shape`, their axes stored in the order that the layout says."""
    axes = LAYOUTS[layout]
    stored = np.random.default_rng(seed).standard_normal([shape[axis] for axis in axes]).astype(dtype)
    return stored.transpose([axes.index(axis) for axis in range(4)])


def close(found, expected, dtype=np.float64):
    """Equal up to a few ulps of the largest value; shapes and dtypes too."""
    assert found.shape == expected.shape and found.dtype == expected.dtype == dtype
    largest = np.abs(expected).max(initial=1)
    np.testing.assert_allclose(found, expected, rtol=0, atol=TOLERANCE[dtype] * largest)


def is_channels_last(x):
    """Is x (N, C, H, W) stored N, H, W, C, the channels of a pixel side by side?"""
    N, C, H, W = x.strides
    return N >= H >= W >= C == x.itemsize


class Geometry(NamedTuple):
    """Everything that a convolution's kernels are given but the numbers."""

    x: tuple  # (N, C, H, W)
    weight: tuple  # (O, C/groups, kh, kw)
    args: tuple  # stride, padding, dilation, groups

    @property
    def y(self):
        """(N, O, h, w)"""
        stride, padding, dilation, _ = self.args
        sizes = zip(self.x[2:], self.weight[2:], stride, padding, dilation)
        return (self.x[0], self.weight[0], *(output_size(*size) for size in sizes))


@st.composite
def geometries(draw):
    groups, kernel, stride, dilation = draw(st.integers(1, 2)), draw(pairs), draw(pairs), draw(pairs)
    padding = draw(st.tuples(st.integers(0, 2), st.integers(0, 2)))
    least = [max(1, d * (k - 1) + 1 - 2 * p) for k, d, p in zip(kernel, dilation, padding)]
    size = [n + draw(st.integers(0, 4)) for n in least]
    x = draw(st.integers(0, 3)), groups * draw(st.integers(1, 2)), *size
    return Geometry(x, (groups * draw(few), x[1] // groups, *kernel), (stride, padding, dilation, groups))


def three_directions(backend, x, weight, g, geometry):
    """The three derivatives of T(X, W, G): by G, by X and by W."""
    return (
        backend.conv2d(x, weight, *geometry.args),
        backend.conv2d_input(g, weight, x.shape, *geometry.args),
        backend.conv2d_weight(x, g, weight.shape, *geometry.args),
    )


@contextlib.contextmanager
def small_blocks(small=True):
    """Inside (if `small`), a small array is cut into many blocks, for two processors, and few channels are enough."""
    with pytest.MonkeyPatch.context() as patch:
        if small:
            patch.setattr(threads, "PROCESSORS", 2)
            patch.setattr(threads, "ENOUGH", 2)
            patch.setattr(numpy_elementwise, "ENOUGH", 2)
            patch.setattr(numpy_elementwise, "BLOCK", 16)
            patch.setattr(numpy_elementwise, "WIDE", 8)
            patch.setattr(numpy_backend, "FEW", 4)
            patch.setattr(numpy_backend, "LARGE", 8)
            patch.setattr(numpy_convolution, "COLUMNS", 64)
            patch.setattr(numpy_convolution, "STRIPS", 32)
            patch.setattr(numpy_tiles, "TILES", 2)
        yield
