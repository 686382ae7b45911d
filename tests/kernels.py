"""What the tests of kernels share: arrays and geometries, and the ways to run a kernel."""

import contextlib
import sys
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st

from tinygrad_cv.ops import conv

many = settings(max_examples=max(60, settings().max_examples))  # an example takes a millisecond
few = st.integers(1, 3)
pairs = st.tuples(few, few)
seeds = st.integers(0, 1000)
TOLERANCE = {np.float64: 1e-12, np.float32: 3e-6}
dtypes = st.sampled_from(list(TOLERANCE))
BLOCKS = {  # constants of fast/, so small that a small array is cut into many blocks
    "ENOUGH": 2, "BLOCK": 16, "WIDE": 8, "FEW": 4, "PATCHES": 64, "STRIPS": 32, "TILES": 2,
    "SMALL": 8, "LARGE": 8, "PIECE": 8, "COLUMNS": 8, "RUN": 4, "THREADS": 20,
}
LAYOUTS = {"C": (0, 1, 2, 3), "channels last": (0, 2, 3, 1), "reversed": (3, 2, 1, 0)}
layouts = st.sampled_from(list(LAYOUTS))


def plain(kernel):
    """The definition, whatever fast/ has registered."""
    return kernel.dispatch(object)


def fast(kernel):
    """What fast/ has registered for the arrays that it will be given."""
    return kernel


def random(seed, shape, dtype=np.float64, layout="C"):
    """Normal numbers of `shape`, their axes stored in the order that the layout says."""
    axes = LAYOUTS[layout]
    stored = np.random.default_rng(seed).standard_normal([shape[axis] for axis in axes])
    return stored.astype(dtype).transpose([axes.index(axis) for axis in range(4)])


def close(found, expected, dtype=np.float64):
    """Equal up to a few ulps of the largest value; shapes and dtypes too."""
    assert found.shape == expected.shape and found.dtype == expected.dtype == dtype
    largest = np.abs(expected).max(initial=1)
    np.testing.assert_allclose(found, expected, rtol=0, atol=TOLERANCE[dtype] * largest)


def exactly(found, expected, dtype=None):
    assert found.shape == expected.shape and found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


@contextlib.contextmanager
def small_blocks(small=True):
    """Inside (if `small`), what fast/ does to large arrays it does to small ones."""
    modules = [m for name, m in sys.modules.items() if name.startswith("tinygrad_cv.fast.")]
    with pytest.MonkeyPatch.context() as patch:
        for module in modules if small else ():
            for name in BLOCKS.keys() & vars(module).keys():
                patch.setattr(module, name, BLOCKS[name])
        yield


def as_tuple(x):
    return tuple(x) if isinstance(x, (tuple, list)) else (x,)


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
        return (self.x[0], self.weight[0], *(conv.output_size(*size) for size in sizes))


@st.composite
def geometries(draw):
    groups, kernel = draw(st.integers(1, 2)), draw(pairs)
    stride, dilation = draw(pairs), draw(pairs)
    padding = draw(st.tuples(st.integers(0, 2), st.integers(0, 2)))
    least = [max(1, d * (k - 1) + 1 - 2 * p) for k, d, p in zip(kernel, dilation, padding)]
    size = [n + draw(st.integers(0, 4)) for n in least]
    x = draw(st.integers(0, 3)), groups * draw(st.integers(1, 2)), *size
    weight = (groups * draw(few), x[1] // groups, *kernel)
    return Geometry(x, weight, (stride, padding, dilation, groups))


def three_directions(version, x, weight, g, geometry):
    """The derivatives of T(X, W, G) with respect to G, X and W; `version` is plain or fast."""
    return (
        version(conv.conv2d_output)(x, weight, *geometry.args),
        version(conv.conv2d_input)(g, weight, x.shape, *geometry.args),
        version(conv.conv2d_weight)(x, g, weight.shape, *geometry.args),
    )
