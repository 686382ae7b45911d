"""Digits: reproducible, in MNIST's form, in the middle, and readable."""
import numpy as np
import pytest
from digits import Digits

import tinygrad_cv as tg
from tinygrad_cv import data


def test_the_form_is_mnist_s():
    digits = Digits(23, transform=data.transforms.ToTensor())
    assert digits.data.shape == (23, 28, 28) and digits.data.dtype == tg.uint8
    assert digits.targets.dtype == tg.int64
    assert digits.targets.tolist() == [k % 10 for k in range(23)]
    image, target = digits[-1]
    assert image.shape == (1, 28, 28) and image.max().item() == 1 and target == 2
    assert Digits(3)[2][0].mode == "L"
    with pytest.raises(IndexError):
        digits[23]


def test_seed_and_index_decide():
    first = Digits(40, seed=5).data.numpy()
    assert np.array_equal(first, Digits(60, seed=5).data.numpy()[:40])
    assert not (first == Digits(40, seed=6).data.numpy()).all(axis=(1, 2)).any()
    assert len({image.tobytes() for image in first}) == 40


def test_digits_are_white_on_black_and_centred_by_mass():
    images = Digits(500).data.numpy().astype(float)
    border = np.ones((28, 28), bool)
    border[1:-1, 1:-1] = False
    assert images[:, border].mean() < 1                        # nothing is cut off
    assert (images.max(axis=(1, 2)) == 255).all()
    assert 0.10 < (images > 127).mean() < 0.20                 # lines, neither hair nor blocks
    assert 0.05 < ((images > 20) & (images < 235)).mean() < 0.15                # with smooth edges
    mass = images.sum(axis=(1, 2))
    for axis in (1, 2):
        places = (images.sum(axis=3 - axis) * (np.arange(28) + 0.5)).sum(axis=1) / mass - 14
        assert np.abs(places).max() < 1.3 and places.std() > 0.4  # up to a shift of a pixel
    heights = (images > 50).any(axis=2).sum(axis=1)
    assert heights.min() >= 14 and heights.max() <= 26 and heights.std() > 1


@pytest.mark.parametrize("arguments", [{"n": 0}, {"seed": -1}, {"n": 2.5}])
def test_bad_numbers_are_refused(arguments):
    with pytest.raises(ValueError, match="Digits: expected integers n >= 1 and seed >= 0"):
        Digits(**arguments)
