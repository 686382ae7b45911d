"""Transforms: from a Pillow image to a normalized tensor, with torchvision's names and values.

    Compose([Resize(64), CenterCrop(64), RandomHorizontalFlip(), ToTensor(), Normalize(0.5, 0.5)])

Before ToTensor there are Pillow images, after it float32 tensors (C, H, W) in [0, 1].

What a transform draws at random must not depend on which worker thread of a DataLoader is first.
So for every item the loader starts the default generator anew, in that thread only, from (the
epoch's seed, the item's index). Transforms of your own are reproducible as well if they draw with
`tg.rand` and the like, or from `rng()`, but not with the modules `random` and `numpy.random`.
"""

import math

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from ..checks import integer, is_tensor, missing, number, pair
from ..creation import from_numpy, tensor
from ..dtypes import get_default_dtype
from ..random import default_generator

InterpolationMode = Image.Resampling


def rng():
    """The numpy.random.Generator that transforms draw from: the one behind `tg.rand`."""
    return default_generator.numpy


class ImageTransform:
    """The base class of what takes a Pillow image. A subclass defines `apply(image)`."""

    def __call__(self, image):
        if not isinstance(image, Image.Image):
            name, got = type(self).__name__, type(image).__name__
            raise TypeError(f"{name}: expected a Pillow image, got {got}; put it before ToTensor")
        return self.apply(image)


class Compose:
    """The transforms of a list, one after another. Any function of one argument can be one."""

    def __init__(self, transforms):
        self.transforms = list(transforms)

    def __call__(self, image):
        for transform in self.transforms:
            image = transform(image)
        return image


def Lambda(function):
    """The function itself, which is a transform already."""
    return function


class Resize(ImageTransform):
    """Resize to (height, width), or the shorter side to `size` and the longer side in proportion.

    When an image shrinks, each new pixel is an average of all the old ones that it covers: Pillow
    always smooths, so `antialias` has no effect.
    """

    def __init__(self, size, interpolation=InterpolationMode.BILINEAR, antialias=True):
        self.size, self.interpolation = pair("Resize", size, "size", least=1), interpolation
        self.in_proportion = not isinstance(size, (tuple, list)) or len(size) == 1

    def apply(self, image):
        height, width = self.size
        if self.in_proportion:
            short = min(image.size)
            width, height = (side * self.size[0] // short for side in image.size)
        if (width, height) == image.size:
            return image
        return image.resize((width, height), self.interpolation)


class CenterCrop(ImageTransform):
    """The central (height, width) of an image. A smaller image is padded with black first."""

    def __init__(self, size):
        self.size = pair("CenterCrop", size, "size", least=1)

    def apply(self, image):
        height, width = self.size
        over = image.width - width, image.height - height
        left, top = (round(n / 2) if n > 0 else int(n / 2) for n in over)  # as torchvision rounds
        return image.crop((left, top, left + width, top + height))  # black is what lies outside


class RandomCrop(ImageTransform):
    """(height, width) of an image at a random place, after `padding` black pixels on each side."""

    def __init__(self, size, padding=0):
        self.size = pair("RandomCrop", size, "size", least=1)
        self.padding = integer("RandomCrop", padding, "padding", least=0)

    def apply(self, image):
        height, width = self.size
        image = ImageOps.expand(image, self.padding)
        if image.width < width or image.height < height:
            raise ValueError(
                f"RandomCrop: the crop {self.size} is larger than the image "
                f"{(image.height, image.width)}; Resize first, or add padding"
            )
        top = int(rng().integers(image.height - height + 1))
        left = int(rng().integers(image.width - width + 1))
        return image.crop((left, top, left + width, top + height))


class RandomResizedCrop(ImageTransform):
    """A piece of random area and shape, resized to `size`.

    Its share of the image's area is uniform in `scale`. Its width / height is log-uniform in
    `ratio`, so that 3/4 is as likely as 4/3. If ten draws don't fit into the image, which happens
    with long ones, it is the largest piece in the centre whose shape is within `ratio`.
    """

    def __init__(
        self, size, scale=(0.08, 1.0), ratio=(3 / 4, 4 / 3),
        interpolation=InterpolationMode.BILINEAR, antialias=True,
    ):
        self.size = pair("RandomResizedCrop", size, "size", least=1)
        for low, high in (scale, ratio):
            if not 0 < low <= high:
                raise ValueError(
                    "RandomResizedCrop: scale and ratio must be pairs (low, high) of positive "
                    f"numbers, got {scale} and {ratio}"
                )
        self.scale, self.ratio, self.interpolation = scale, ratio, interpolation

    def apply(self, image):
        left, top, width, height = self.piece(image.width, image.height)
        piece = image.crop((left, top, left + width, top + height))
        return piece.resize(self.size[::-1], self.interpolation)

    def piece(self, width, height):
        """(left, top, width, height) of a piece of an image of this width and height."""
        low, high = self.ratio
        for _ in range(10):
            area = width * height * rng().uniform(*self.scale)
            aspect = math.exp(rng().uniform(math.log(low), math.log(high)))
            w, h = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
            if 0 < w <= width and 0 < h <= height:
                top, left = rng().integers(height - h + 1), rng().integers(width - w + 1)
                return int(left), int(top), w, h
        w, h = min(width, max(round(height * high), 1)), min(height, max(round(width / low), 1))
        return (width - w) // 2, (height - h) // 2, w, h


class RandomHorizontalFlip(ImageTransform):
    """Left and right exchanged with probability p, in a Pillow image or a tensor (..., W)."""

    apply = staticmethod(ImageOps.mirror)

    def __init__(self, p=0.5):
        if not 0 <= number("RandomHorizontalFlip", p, "p") <= 1:
            raise ValueError(f"RandomHorizontalFlip: p must be a probability, 0 to 1, got {p}")
        self.p = p

    def __call__(self, image):
        if rng().random() >= self.p:
            return image
        return image.flip(-1) if is_tensor(image) else super().__call__(image)


class ColorJitter(ImageTransform):
    """Brightness, contrast and saturation changed at random, in random order.

    Each mixes the image with a duller one: factor * image + (1 - factor) * dull. Dull is black for
    brightness, the mean grey for contrast, and the grey image for saturation. A number b draws the
    factor from max(0, 1 - b) to 1 + b.
    """

    def __init__(self, brightness=0, contrast=0, saturation=0, hue=0):
        if hue:
            raise NotImplementedError(f"ColorJitter: hue must be 0, got {hue}; use a Lambda")
        self.changes = [
            (ImageEnhance.Brightness, number("ColorJitter", brightness, "brightness")),
            (ImageEnhance.Contrast, number("ColorJitter", contrast, "contrast")),
            (ImageEnhance.Color, number("ColorJitter", saturation, "saturation")),
        ]
        if min(amount for _, amount in self.changes) < 0:
            raise ValueError("ColorJitter: brightness, contrast and saturation can't be negative")

    def apply(self, image):
        for k in rng().permutation(3):
            enhance, amount = self.changes[k]
            if amount:
                image = enhance(image).enhance(rng().uniform(max(0, 1 - amount), 1 + amount))
        return image


class Grayscale(ImageTransform):
    """Grey, 0.299 red + 0.587 green + 0.114 blue, in 1 channel or in 3 equal ones."""

    def __init__(self, num_output_channels=1):
        if num_output_channels not in (1, 3):
            raise ValueError(f"Grayscale: expected 1 or 3 channels, got {num_output_channels}")
        self.mode = "L" if num_output_channels == 1 else "RGB"

    def apply(self, image):
        return image.convert("L").convert(self.mode)


class ToTensor:
    """A Pillow image, or an array (H, W, C) or (H, W), as a tensor (C, H, W).

    8-bit values become floats in [0, 1], of the default dtype; others keep value and type. In
    memory the channels stay last, as convolutions want them.

    >>> import tinygrad_cv as tg
    >>> from PIL import Image
    >>> tg.data.transforms.ToTensor()(Image.new("RGB", (2, 1), (255, 0, 51)))[:, 0, 0]
    tensor([1.0000, 0.0000, 0.2000])
    """

    def __call__(self, image):
        if not isinstance(image, (Image.Image, np.ndarray)):
            got = type(image).__name__
            raise TypeError(f"ToTensor: expected a Pillow image or a NumPy array, got {got}")
        array = np.array(image.convert("L") if getattr(image, "mode", "") == "1" else image)
        if array.ndim not in (2, 3):
            raise ValueError(f"ToTensor: expected (H, W) or (H, W, C), got shape {array.shape}")
        if array.dtype == np.uint8:
            array = np.divide(array, 255, dtype=get_default_dtype())
        tensor = from_numpy(np.atleast_3d(array).transpose(2, 0, 1))  # (H, W, C) -> (C, H, W)
        tensor.strided = False  # nobody else has this array: its order may change
        return tensor


class Normalize:
    """(x - mean) / std in each channel of a float tensor (..., C, H, W).

    >>> import tinygrad_cv as tg
    >>> tg.data.transforms.Normalize([0.5], [0.5])(tg.tensor([[[0., 0.5, 1.]]]))
    tensor([[[-1.,  0.,  1.]]])
    """

    def __init__(self, mean, std):
        if np.any(np.asarray(std) == 0):
            raise ValueError(f"Normalize: std={std} has a zero, which can't be divided by")
        self.mean, self.std = mean, std

    def __call__(self, image):
        if not is_tensor(image) or not image.is_floating_point():
            got = getattr(image, "dtype", type(image).__name__)
            raise TypeError(f"Normalize: expected a float tensor, got {got}; put it after ToTensor")
        if image.dim() < 3 or {np.size(self.mean), np.size(self.std)} - {1, image.shape[-3]}:
            raise ValueError(
                f"Normalize: mean={self.mean} and std={self.std} don't fit the channels of images "
                f"(..., C, H, W) of shape {image.shape}"
            )
        mean, std = (
            tensor(values, dtype=image.dtype, device=image.device).reshape(-1, 1, 1)
            for values in (self.mean, self.std)
        )
        return (image - mean) / std


__getattr__ = missing(__name__)
