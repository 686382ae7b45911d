"""Transforms: sizes and values as in torchvision 0.28, chance, refusals."""
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

import tinygrad_cv as tg
from tinygrad_cv.data import transforms
from tinygrad_cv.data.transforms import (
    CenterCrop, ColorJitter, Compose, Grayscale, InterpolationMode, Lambda, Normalize, RandomCrop,
    RandomHorizontalFlip, RandomResizedCrop, Resize, ToTensor,
)
from tinygrad_cv.random import own_randomness


def gradient(width, height, mode="RGB"):
    """A picture whose pixel (x, y) is (x, y, x + y)."""
    y, x = np.mgrid[:height, :width]
    return Image.fromarray(np.stack([x, y, x + y], axis=-1).astype(np.uint8)).convert(mode)


@pytest.mark.parametrize("size, expected", [
    (64, (96, 64)), ([64], (96, 64)), ((20, 30), (30, 20)), (7, (10, 7)),
])
def test_resize_sizes(size, expected):
    resize = Resize(size, antialias=True)
    assert resize(gradient(150, 100)).size == expected
    assert resize(gradient(100, 150)).size == (expected if size == (20, 30) else expected[::-1])


def test_resize_averages_and_interpolates():
    image = gradient(8, 4)
    assert np.asarray(Resize((1, 2))(image))[0, :, 0].tolist() == [2, 5]
    nearest = np.asarray(Resize((4, 4), InterpolationMode.NEAREST)(image))
    assert nearest[0, :, 0].tolist() == [1, 3, 5, 7]
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
    padded = np.asarray(RandomCrop(9, padding=2)(image))
    assert padded.shape == (9, 9, 3) and not padded[:2].any() and padded[3:7].any()


def test_flip_of_pictures_and_tensors():
    image = gradient(5, 3)
    assert np.array_equal(RandomHorizontalFlip(1.0)(image), np.asarray(image)[:, ::-1])
    assert RandomHorizontalFlip(0.0)(image) is image
    assert RandomHorizontalFlip(1.0)(tg.tensor([[1, 2, 3]])).tolist() == [[3, 2, 1]]
    flips = [RandomHorizontalFlip(0.25)(image) is not image for _ in range(2000)]
    assert 0.2 < np.mean(flips) < 0.3


def pieces(width, height, count=4000, **options):
    """(left, top, width, height) of many crops."""
    tg.manual_seed(0)
    crop = RandomResizedCrop(8, **options)
    return np.array([crop.piece(width, height) for _ in range(count)])


def test_random_resized_crop_draws_area_and_shape():
    # large: every draw fits in
    left, top, w, h = pieces(3000, 3000, scale=(0.1, 0.5), ratio=(0.5, 2)).T
    area, shape = np.sort(w * h / 9e6), np.sort(np.log2(w / h))
    evenly = np.linspace(0, 1, len(area))
    assert np.abs(area - (0.1 + 0.4 * evenly)).max() < 0.02                   # uniform in scale
    assert np.abs(shape - (2 * evenly - 1)).max() < 0.1                       # log-uniform in ratio
    for start, length in ((left, w), (top, h)):
        assert (0 <= start).all() and (start + length <= 3000).all()
        assert np.mean(start / (3000 - length)) == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("width, height, expected", [
    (1000, 90, (440, 0, 120, 90)), (90, 1000, (0, 440, 90, 120)), (1, 1, (0, 0, 1, 1)),
])
def test_random_resized_crop_of_long_images_is_in_the_middle(width, height, expected):
    whole = pieces(width, height, 50, scale=(0.9, 1))
    assert {tuple(piece) for piece in whole.tolist()} == {expected}


def test_random_resized_crop_is_a_piece_resized():
    image = gradient(50, 40)
    assert RandomResizedCrop((3, 5))(image).size == (5, 3)
    tg.manual_seed(3)
    left, top, w, h = RandomResizedCrop(7).piece(50, 40)
    tg.manual_seed(3)
    crop = np.asarray(RandomResizedCrop(7)(image))
    piece = image.crop((left, top, left + w, top + h))
    assert np.array_equal(crop, piece.resize((7, 7), InterpolationMode.BILINEAR))


def test_color_jitter_changes_in_random_order_within_its_range():
    """The same draws as here: an order of the three, and a factor of each."""
    image, seen = gradient(40, 30), set()
    kinds = ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color
    for seed in range(60):
        tg.manual_seed(seed)
        jittered = ColorJitter(0.5, 1, 1.5)(image)
        tg.manual_seed(seed)
        order, wanted = transforms.rng().permutation(3), image
        for k in order:
            factor = transforms.rng().uniform(*[(0.5, 1.5), (0, 2), (0, 2.5)][k])
            wanted = kinds[k](wanted).enhance(factor)
        assert np.array_equal(jittered, wanted)
        seen.add(tuple(order))
    assert len(seen) == 6 and ColorJitter(hue=0)(image) is image


def test_grayscale():
    image = gradient(5, 4)
    grey = np.asarray(Grayscale()(image), int)
    red, green, blue = np.moveaxis(np.asarray(image, float), -1, 0)
    brightness = 0.299 * red + 0.587 * green + 0.114 * blue
    assert grey.shape == (4, 5) and np.abs(grey - brightness).max() <= 1
    assert np.array_equal(Grayscale(3)(image), np.stack([grey] * 3, axis=-1))


@pytest.mark.parametrize("mode, channels", [("RGB", 3), ("L", 1), ("1", 1), ("RGBA", 4)])
def test_to_tensor_has_channels_first_and_values_up_to_one(mode, channels):
    tensor = ToTensor()(Image.new(mode, (3, 2), "white"))
    assert tensor.shape == (channels, 2, 3) and tensor.dtype == tg.float32
    assert tensor.min().item() == tensor.max().item() == 1


def test_to_tensor_of_arrays():
    array = np.zeros((4, 5), np.float32)
    tensor = ToTensor()(array)
    array[:] = 5
    assert tensor.shape == (1, 4, 5) and not tensor.any()  # it does not share the array's memory
    x = ToTensor()(gradient(4, 3))
    assert x.is_contiguous() and x.view(-1).fill_(1).sum() == 36 == x.sum()
    tg.set_default_dtype(tg.float64)
    try:
        assert ToTensor()(gradient(4, 3)).dtype == tg.float64
    finally:
        tg.set_default_dtype(tg.float32)
    kept = ToTensor()(np.full((4, 5, 3), 7.0))
    assert kept.shape == (3, 4, 5) and kept.dtype == tg.float64 and kept.max().item() == 7
    rgb = ToTensor()(gradient(4, 3)) * 255
    assert rgb[:, 2, 3].tolist() == pytest.approx([3, 2, 5])


def test_normalize_each_channel():
    image = tg.tensor([[[0.0, 1.0]], [[0.5, 0.25]]])
    assert Normalize((0.5, 0.0), (0.5, 0.25))(image).tolist() == [[[-1, 1]], [[2, 1]]]
    assert Normalize(0.5, 0.5)(image).tolist() == [[[-1, 1]], [[0, -0.5]]]
    assert Normalize([0.5], [0.5])(tg.stack([image, image])).shape == (2, 2, 1, 2)


@pytest.mark.parametrize("make, error, message", [
    (lambda: Normalize(0.5, [0.5, 0]), ValueError, "Normalize: std"),
    (lambda: Normalize([0, 0], [1, 1])(tg.zeros(3, 2, 2)), ValueError, r"shape \(3, 2, 2\)"),
    (lambda: Normalize(0, 1)(tg.zeros(2, 2, 2).long()), TypeError, "float tensor, got int64"),
    (lambda: Normalize(0, 1)(gradient(2, 2)), TypeError, "after ToTensor"),
    (lambda: Resize(0), ValueError, "Resize: size"),
    (lambda: Resize((3, 4, 5)), RuntimeError, "Resize: size"),
    (lambda: RandomCrop(8, padding=(2, 2)), TypeError, "padding must be an integer, got tuple"),
    (lambda: RandomCrop(6)(gradient(4, 4)), ValueError, "larger than the image .4, 4.; Resize"),
    (lambda: Resize(4)(tg.zeros(3, 8, 8)), TypeError,
     "Resize: expected a Pillow image, got Tensor"),
    (lambda: RandomHorizontalFlip(1.5), ValueError, "probability"),
    (lambda: ToTensor()([[1, 2]]), TypeError, "got list"),
    (lambda: ToTensor()(np.zeros(3)), ValueError, r"shape \(3,\)"),
    (lambda: RandomResizedCrop(8, scale=(0, 1)), ValueError, r"must be pairs \(low, high\)"),
    (lambda: ColorJitter(0.1, hue=0.1), NotImplementedError, "ColorJitter: hue must be 0, got 0.1"),
    (lambda: ColorJitter(brightness=-1), ValueError, "can't be negative"),
    (lambda: Grayscale(2), ValueError, "expected 1 or 3 channels"),
])
def test_bad_arguments_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_chance_follows_the_item_and_ends_with_it():
    def draws(seed, index):
        with own_randomness(seed, index):
            return transforms.rng().random(), *tg.rand(2).tolist(), *tg.randperm(9).tolist()

    assert draws(1, 2) == draws(1, 2)
    assert len({draws(*pair) for pair in ((1, 2), (2, 1), (1, 1), (2, 2))}) == 4
    tg.manual_seed(4)
    outside = transforms.rng().random()
    tg.manual_seed(4)
    with own_randomness(3):
        tg.manual_seed(9)  # inside it is the item's own that starts anew
        first = tg.rand(1).item()
    assert transforms.rng().random() == outside
    tg.manual_seed(9)
    assert tg.rand(1).item() == first


def test_compose():
    steps = [Resize(8), CenterCrop(8), RandomHorizontalFlip(), ToTensor(), Lambda(lambda x: x * 2)]
    image = Compose([*steps, lambda x: x + 1])(gradient(20, 10))
    assert image.shape == (3, 8, 8) and image.min().item() >= 1
