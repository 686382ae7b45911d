"""make_grid and save_image: torchvision's layout and values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import tinygrad_cv as tg
from tinygrad_cv import utils

SIZE = st.integers(1, 5)


@given(st.integers(2, 9), st.sampled_from([1, 2, 3]), SIZE, SIZE, st.integers(0, 3))
def test_grid_places_every_image(n, channels, height, nrow, padding):
    width = height + 2
    images = tg.rand(n, channels, height, width)
    grid = utils.make_grid(images, nrow=nrow, padding=padding, pad_value=7).cpu().numpy()
    columns, rows = min(nrow, n), -(-n // min(nrow, n))
    assert grid.shape == (3 if channels == 1 else channels, rows * (height + padding) + padding,
                          columns * (width + padding) + padding)
    expected = np.full_like(grid, 7)
    for k in range(n):
        top = padding + k // columns * (height + padding)
        left = padding + k % columns * (width + padding)
        expected[:, top:top + height, left:left + width] = images[k].cpu().numpy()
    assert np.array_equal(grid, expected)


def test_single_images_have_no_border():
    for shape in (1, 3, 4, 5), (3, 4, 5), (1, 4, 5), (4, 5):
        assert utils.make_grid(tg.zeros(shape)).shape == (3, 4, 5)
    assert utils.make_grid([tg.zeros(3, 4, 5)] * 2).shape == (3, 8, 16)
    image = tg.zeros(3, 4, 5)
    utils.make_grid(image).fill_(1)
    assert image.sum().item() == 0


def test_normalize():
    images = tg.tensor([[[[-1.0, 1.0]]], [[[0.0, 3.0]]]])

    def first_row(**options):
        grid = utils.make_grid(images, padding=0, normalize=True, **options)
        return [round(value, 4) for value in grid[0, 0].tolist()]

    assert first_row() == [0, 0.5, 0.25, 1]
    assert first_row(scale_each=True) == [0, 1, 0, 1]
    assert first_row(value_range=(-1, 1)) == [0, 1, 0.5, 1]
    assert first_row(value_range=(-1, 1), scale_each=True) == [0, 1, 0.5, 1]
    assert utils.make_grid(tg.ones(2, 3, 2, 2), normalize=True).max().item() == 0
    assert images.tolist() == [[[[-1, 1]]], [[[0, 3]]]]


IMAGES = tg.zeros(2, 3, 4, 4, device="cpu")


@pytest.mark.parametrize("images, options, error", [
    ([1, 2], {}, TypeError), (3, {}, TypeError), (np.zeros((3, 4, 4)), {}, TypeError),
    ([], {}, TypeError), (IMAGES, {"nrow": 0}, ValueError), (IMAGES, {"padding": -1}, ValueError),
    (IMAGES, {"padding": 1.5}, TypeError), (IMAGES.to(tg.uint8), {"pad_value": 0.5}, TypeError),
    *[(IMAGES, {"normalize": True, "value_range": x}, error)
      for x, error in [(3, TypeError), ("ab", TypeError), ((None, 1), TypeError),
                       ((1, 0), ValueError)]],
    (IMAGES[:0], {}, ValueError), (IMAGES[None], {}, ValueError),
    ([IMAGES[0], IMAGES[0, :, 1:]], {}, RuntimeError),
])
def test_bad_arguments_are_refused(images, options, error):
    with pytest.raises(error, match="(make_grid|stack|cat): "):
        utils.make_grid(images, **options)


def test_save_image_rounds_and_clips(tmp_path):
    row = tg.tensor([-0.5, 0.0, 0.5, 0.501, 1.0, 1.5])
    utils.save_image(row.reshape(1, 1, 6), tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as saved:
        assert saved.mode == "RGB"
        assert np.asarray(saved)[0, :, 0].tolist() == [0, 0, 128, 128, 255, 255]
    images = tg.rand(5, 3, 4, 4).requires_grad_()
    utils.save_image(images, tmp_path / "b", format="png", nrow=3, padding=1)
    with Image.open(tmp_path / "b") as saved:
        assert saved.size == (16, 11)


def test_only_floats_become_pictures(tmp_path):
    for dtype in tg.uint8, tg.int64, tg.bool:
        image = tg.ones(3, 4, 4).to(dtype)
        with pytest.raises(TypeError, match="x / 255"):
            utils.save_image(image, tmp_path / "a.png")
    with pytest.raises(ValueError, match="1 or 3 channels, got 2"):
        utils.save_image(tg.zeros(2, 4, 4), tmp_path / "a.png")
    values = tg.tensor([float("nan"), float("inf"), -3e38, 3e38]).reshape(1, 1, 4)
    utils.save_image(values, tmp_path / "b.png")
    with Image.open(tmp_path / "b.png") as saved:
        assert np.asarray(saved)[0, :, 0].tolist() == [0, 255, 0, 255]
