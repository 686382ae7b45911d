"""Other light and other cameras: brightness, contrast, saturation, hue; grey.

The first three mix the image with a duller one: factor * image + (1 - factor) * dull. Dull is black for
brightness, the mean grey of the whole image for contrast, and the image in grey for saturation. So 0 gives
the dull image, 1 the image itself, and more than 1 goes beyond it, away from dull; what leaves 0..255 is
clipped. Hue turns the circle of colours: 1/3 makes red green, green blue and blue red.
"""
from PIL import Image, ImageEnhance

from .base import Transform, chance, check_image, check_range


class ColorJitter(Transform):
    """Brightness, contrast, saturation and hue changed at random, in a random order.

    A number b draws a factor from max(0, 1 - b) to 1 + b, a pair (low, high) from there; 0 changes nothing.
    For `hue` it is a turn between -hue and hue, or a pair of turns, at most half a circle (0.5). ValueError for
    what is out of these ranges.

    >>> import tinygrad_cv as tg
    >>> tg.data.transforms.ColorJitter(brightness=0.4, hue=(0, 0.1))
    ColorJitter(brightness=(0.6, 1.4), contrast=None, saturation=None, hue=(0, 0.1))
    """

    def __init__(self, brightness=0, contrast=0, saturation=0, hue=0):
        self.brightness = interval("brightness", brightness)
        self.contrast = interval("contrast", contrast)
        self.saturation = interval("saturation", saturation)
        self.hue = interval("hue", hue, middle=0, lowest=-0.5, highest=0.5)

    def __call__(self, image):
        check_image("ColorJitter", image)
        for change in chance().permutation(list(CHANGES)):
            limits = getattr(self, change)
            if limits is not None:
                image = CHANGES[change](image, chance().uniform(*limits))
        return image


def interval(name, value, middle=1, lowest=0, highest=float("inf")):
    """(low, high) to draw from, or None where nothing would change."""
    if isinstance(value, (int, float)):
        if value < 0:
            raise ValueError(f"ColorJitter: {name}, if a single number, must be 0 or more, got {value}")
        value = middle - value, middle + value
        value = value if name == "hue" else (max(value[0], 0), value[1])
    check_range("ColorJitter", name, value)
    if not lowest <= value[0] <= value[1] <= highest:
        raise ValueError(f"ColorJitter: {name} must be within {lowest} and {highest}, got {tuple(value)}")
    return None if tuple(value) == (middle, middle) else tuple(value)


def adjust_hue(image, turn):
    """The circle of colours turned by `turn`, a part of it; greys stay as they are."""
    if image.mode in ("L", "1", "I", "F"):
        return image
    hue, saturation, value = image.convert("HSV").split()
    hue = hue.point(lambda old: (old + int(turn * 255)) % 256)
    return Image.merge("HSV", (hue, saturation, value)).convert(image.mode)


CHANGES = {
    "brightness": lambda image, factor: ImageEnhance.Brightness(image).enhance(factor),
    "contrast": lambda image, factor: ImageEnhance.Contrast(image).enhance(factor),
    "saturation": lambda image, factor: ImageEnhance.Color(image).enhance(factor),
    "hue": adjust_hue,
}


class Grayscale(Transform):
    """Grey with 1 channel, or with 3 equal ones: 0.299 red + 0.587 green + 0.114 blue."""

    fixed = True

    def __init__(self, num_output_channels=1):
        if num_output_channels not in (1, 3):
            raise ValueError(f"Grayscale: num_output_channels must be 1 or 3, got {num_output_channels}")
        self.num_output_channels = num_output_channels

    def __call__(self, image):
        check_image("Grayscale", image)
        grey = image.convert("L")
        return grey if self.num_output_channels == 1 else Image.merge("RGB", (grey, grey, grey))
