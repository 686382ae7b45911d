"""Does each row hold the patch under the kernel?"""

import numpy as np
import pytest
from im2col import conv2d, im2col, output_size

import tinygrad_cv as tg

IMAGES = np.arange(1.0, 1 + 2 * 3 * 6 * 5).reshape(2, 3, 6, 5)
# kernel, stride, padding
SETTINGS = [(1, 1, 0), (2, 1, 0), (3, 1, 0), (2, 2, 0), (3, 2, 0), (3, 1, 1), (4, 2, 1), (3, 3, 2)]
settings = pytest.mark.parametrize("k, stride, padding", SETTINGS)


def sizes(k, stride, padding):
    return output_size(6, k, stride, padding), output_size(5, k, stride, padding)


@settings
def test_there_is_a_row_for_each_output_pixel(k, stride, padding):
    h, w = sizes(k, stride, padding)
    expected, got = (2 * h * w, 3 * k * k), np.shape(im2col(IMAGES, k, stride, padding))
    assert got == expected, f"the patches should have the shape {expected}, yours have {got}"


@settings
def test_each_row_is_the_patch_under_the_kernel(k, stride, padding):
    h, w = sizes(k, stride, padding)
    padded = np.pad(IMAGES, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    patches = im2col(IMAGES, k, stride, padding).reshape(2, h, w, 3, k, k)
    for n, i, j in np.ndindex(2, h, w):
        top, left = i * stride, j * stride
        expected = padded[n, :, top : top + k, left : left + k]
        assert np.array_equal(patches[n, i, j], expected), (
            f"kernel {k}, stride {stride}, padding {padding}: image {n}, output pixel ({i}, {j}) "
            f"looks at the patch (C, k, k)\n{expected}\nbut your row is\n{patches[n, i, j]}"
        )


@settings
def test_with_it_conv2d_is_a_matrix_product(k, stride, padding):
    weight = np.random.default_rng(0).normal(size=(4, 3, k, k))
    x, w = tg.from_numpy(IMAGES.copy()), tg.from_numpy(weight.copy())
    expected = tg.nn.functional.conv2d(x, w, stride=stride, padding=padding).numpy()
    got = conv2d(IMAGES, weight, stride, padding)
    assert np.allclose(got, expected), f"conv2d gives\n{got}\ninstead of\n{expected}"


def test_the_images_are_left_alone():
    x = IMAGES.copy()
    im2col(x, 3, 1, 1)
    assert np.array_equal(x, IMAGES), "im2col has changed the images"
