"""Transforms: sizes and values as in torchvision 0.28, chance, refusals."""
import numpy as np
import pytest
from hypothesis import given, strategies as st
from PIL import Image

import tinygrad_cv as tg
from tinygrad_cv.backend.random import own_chance
from tinygrad_cv.data import transforms
from tinygrad_cv.data.transforms import (
    CenterCrop, Compose, InterpolationMode, Lambda, Normalize, RandomCrop, RandomHorizontalFlip, Resize,
    ToTensor,
)


def gradient(width, height, mode="RGB"):
    """A picture whose pixel (x, y) is (x, y, x + y)."""
    y, x = np.mgrid[:height, :width]
    return Image.fromarray(np.stack([x, y, x + y], axis=-1).astype(np.uint8)).convert(mode)


@pytest.mark.parametrize("size, options, expected", [
    (64, {}, (96, 64)), ([64], {}, (96, 64)), ((20, 30), {}, (30, 20)), (7, {}, (10, 7)),
    (64, {"max_size": 80}, (80, 53)), (64, {"max_size": 100}, (96, 64)), (100, {}, (150, 100)),
])
def test_resize_sizes(size, options, expected):
    resize = Resize(size, **options)
    assert resize(gradient(150, 100)).size == expected
    assert resize(gradient(100, 150)).size == (expected if size == (20, 30) else expected[::-1])


def test_resize_averages_and_interpolates():
    image = gradient(8, 4)
    assert np.asarray(Resize((1, 2))(image))[0, :, 0].tolist() == [2, 5]
    assert np.asarray(Resize((4, 4), InterpolationMode.NEAREST)(image))[0, :, 0].tolist() == [1, 3, 5, 7]
    assert Resize((4, 8))(image) is image


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), st.integers(1, 40))
def test_center_crop_is_the_middle_and_pads_with_black(width, height, w, h):
    crop = np.asarray(CenterCrop((h, w))(gradient(width, height)), int)
    assert crop.shape == (h, w, 3)
    left = round((width - w) / 2) if w <= width else -((w - width) // 2)
    top = round((height - h) / 2) if h <= height else -((h - height) // 2)
    y, x = np.mgrid[top:top + h, left:left + w]
    inside = (0 <= x) & (x < width) & (0 <= y) & (y < height)
    assert np.array_equal(crop, np.stack([x, y, x + y], axis=-1) * inside[:, :, None])


def test_random_crop_is_a_piece_of_the_image_at_every_place():
    image, places = gradient(6, 5), set()
    for _ in range(200):
        crop = np.asarray(RandomCrop((4, 4))(image), int)
        left, top = crop[0, 0, :2]
        assert np.array_equal(crop, np.asarray(image)[top:top + 4, left:left + 4])
        places.add((left, top))
    assert places == {(x, y) for x in range(3) for y in range(2)}


def test_random_crop_pads():
    white = Image.new("L", (4, 4), 255)
    assert RandomCrop(8, padding=2)(white).size == (8, 8)
    wide = RandomCrop((4, 8), padding=(2, 0), fill=9)(white)
    assert np.asarray(wide)[0].tolist() == [9, 9] + [255] * 4 + [9, 9]
    assert np.asarray(RandomCrop(6, pad_if_needed=True)(white)).shape == (6, 6)
    with pytest.raises(ValueError, match=r"crop \(6, 6\) is larger than the image \(4, 4\)"):
        RandomCrop(6)(white)


def test_flip_of_pictures_and_tensors():
    image = gradient(5, 3)
    assert np.array_equal(RandomHorizontalFlip(1.0)(image), np.asarray(image)[:, ::-1])
    assert RandomHorizontalFlip(0.0)(image) is image
    assert RandomHorizontalFlip(1.0)(tg.tensor([[1, 2, 3]])).tolist() == [[3, 2, 1]]
    flips = [RandomHorizontalFlip(0.25)(image) is not image for _ in range(2000)]
    assert 0.2 < np.mean(flips) < 0.3


@pytest.mark.parametrize("mode, channels", [("RGB", 3), ("L", 1), ("1", 1), ("RGBA", 4)])
def test_to_tensor_has_channels_first_and_values_up_to_one(mode, channels):
    image = Image.new("L", (3, 2), 1).convert(mode, dither=Image.Dither.NONE)
    tensor = ToTensor()(image)
    assert tensor.shape == (channels, 2, 3)
    assert tensor.dtype == tg.float32
    assert tensor[0, 0, 0].item() == np.float32(0 if mode == "1" else 1 / 255)
    assert ToTensor()(Image.new(mode, (1, 1), "white"))[0].item() == 1


def test_to_tensor_of_arrays():
    assert ToTensor()(np.zeros((4, 5), np.uint8)).shape == (1, 4, 5)
    kept = ToTensor()(np.full((4, 5, 3), 7.0))
    assert kept.shape == (3, 4, 5) and kept.dtype == tg.float64 and kept.max().item() == 7
    rgb = ToTensor()(gradient(4, 3)) * 255
    assert rgb[:, 2, 3].tolist() == pytest.approx([3, 2, 5])


def test_to_tensor_does_not_share_the_picture():
    array = np.ones((2, 2, 1), np.float32)
    tensor = ToTensor()(array)
    array[:] = 5
    assert tensor.max().item() == 1


def test_normalize_each_channel():
    image = tg.tensor([[[0.0, 1.0]], [[0.5, 0.25]]])
    assert Normalize((0.5, 0.0), (0.5, 0.25))(image).tolist() == [[[-1, 1]], [[2, 1]]]
    assert Normalize(0.5, 0.5)(image).tolist() == [[[-1, 1]], [[0, -0.5]]]
    assert Normalize([0.5], [0.5])(tg.stack([image, image])).shape == (2, 2, 1, 2)


@pytest.mark.parametrize("make, error, message", [
    (lambda: Normalize(0.5, [0.5, 0]), ValueError, "Normalize: std"),
    (lambda: Normalize(0, 1, inplace=True), NotImplementedError, "inplace"),
    (lambda: Normalize([0, 0], [1, 1])(tg.zeros(3, 2, 2)), ValueError, r"shape \(3, 2, 2\)"),
    (lambda: Normalize(0, 1)(tg.zeros(2, 2)), ValueError, r"shape \(2, 2\)"),
    (lambda: Normalize(0, 1)(tg.arange(8).reshape(2, 2, 2)), TypeError, "float tensor, got int64"),
    (lambda: Normalize(0, 1)(gradient(2, 2)), TypeError, "after ToTensor"),
    (lambda: Resize(0), ValueError, "Resize: size"),
    (lambda: Resize((3, 4, 5)), ValueError, "Resize: size"),
    (lambda: Resize(2.5), ValueError, "Resize: size"),
    (lambda: Resize(64, max_size=64), ValueError, "max_size=64"),
    (lambda: Resize(4)(tg.zeros(3, 8, 8)), TypeError, "Resize: needs a Pillow image, got Tensor; put it"),
    (lambda: CenterCrop(4)(np.zeros((8, 8, 3))), TypeError, "CenterCrop: needs a Pillow image"),
    (lambda: RandomCrop(4, padding_mode="reflect"), NotImplementedError, "padding_mode"),
    (lambda: RandomHorizontalFlip(1.5), ValueError, "probability"),
    (lambda: ToTensor()([[1, 2]]), TypeError, "got list"),
    (lambda: ToTensor()(np.zeros(3)), ValueError, r"shape \(3,\)"),
    (lambda: Lambda(3), TypeError, "needs a function"),
])
def test_bad_arguments_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_chance_follows_the_item_and_ends_with_it():
    def draws(seed, index):
        with own_chance(seed, index):
            return transforms.chance().random(), *tg.rand(2).tolist(), *tg.randperm(9).tolist()

    assert draws(1, 2) == draws(1, 2)
    assert len({tuple(draws(*pair)) for pair in ((1, 2), (2, 1), (1, 1), (2, 2))}) == 4
    tg.manual_seed(4)
    outside = transforms.chance().random()
    tg.manual_seed(4)
    draws(1, 2)
    with own_chance(3):
        tg.manual_seed(9)                           # inside it is the item's own that starts anew
        first, state = tg.rand(1).item(), tg.get_rng_state()
        second = tg.rand(1).item()
        tg.set_rng_state(state)
        assert tg.rand(1).item() == second
    assert transforms.chance().random() == outside
    tg.manual_seed(9)
    assert tg.rand(1).item() == first


def test_compose_and_its_fixed_head():
    chain = Compose([Resize(8), CenterCrop(8), RandomHorizontalFlip(), ToTensor(), Lambda(lambda x: x * 2)])
    assert chain(gradient(20, 10)).shape == (3, 8, 8)
    head, tail = transforms.split_fixed(chain)
    assert (len(head.transforms), len(tail.transforms)) == (2, 3)
    assert "CenterCrop(size=(8, 8))" in repr(chain)
