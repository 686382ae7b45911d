"""Sprites: reproducible, varied, on white, in the middle."""
import numpy as np
import pytest
from sprites import ELEMENTS, Sprites

import tinygrad_cv as tg


def pixels(sprites):
    return np.stack([np.asarray(sprites.picture(index)) for index in range(len(sprites))])


def test_items_are_tensors_and_elements():
    sprites = Sprites(20)
    image, target = sprites[13]
    assert image.shape == (3, 64, 64) and image.dtype == tg.float32
    assert 0 <= image.min().item() < 0.3 and image.max().item() == 1
    assert target == 13 % 8 and len(sprites.classes) == len(ELEMENTS) == 8
    assert Sprites(1, size=28)[0][0].shape == (3, 28, 28)
    assert Sprites(4, transform=lambda image: image.size)[-1] == ((64, 64), 3)
    with pytest.raises(ValueError, match="Sprites: expected"):
        Sprites(2, size=8)


def test_seed_and_index_decide():
    first = pixels(Sprites(40, seed=5))
    assert np.array_equal(first, pixels(Sprites(60, seed=5))[:40])
    assert not np.array_equal(first, pixels(Sprites(40, seed=6)))
    assert len({image.tobytes() for image in first}) == 40


def test_pictures_are_creatures_in_the_middle_of_white_paper():
    images = pixels(Sprites(200))
    border = np.ones((64, 64), bool)
    border[1:-1, 1:-1] = False
    white = (images >= 250).all(axis=-1)
    assert white[:, border].mean() > 0.98                      # nothing is cut off
    assert 0.2 < 1 - white.mean() < 0.7                        # large, and on paper
    assert not white[:, 22:26, 31:33].any()                    # everyone has a middle
    assert images.std(axis=0).mean() > 20                      # and no two look alike
    smooth = np.unique(images[0].reshape(-1, 3), axis=0)
    assert len(smooth) > 100                                   # the edges are mixed colours

