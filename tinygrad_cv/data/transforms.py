"""Transforms: from a Pillow image to a normalized tensor, with torchvision's names and values.

    Compose([Resize(64), CenterCrop(64), RandomHorizontalFlip(), ToTensor(), Normalize(0.5, 0.5)])

Before ToTensor there are Pillow images, after it float32 tensors (C, H, W) in [0, 1].

Chance: what a transform draws must not depend on which worker thread of a DataLoader happens to be first. So
for every item the loader starts the default generator anew, in its thread only, from (the epoch's seed, the
item's index). Transforms of your own are reproducible too if they draw by `tg.rand` and its like, or from
`chance()`, but not with the modules `random` or `numpy.random`.
"""
import numpy as np
from PIL import Image, ImageOps

from ..backend.random import default_generator
from ..creation import from_numpy, tensor
from ..tensor import Tensor

InterpolationMode = Image.Resampling


def chance():
    """The NumPy generator that transforms draw from: the one behind `tg.rand` and `tg.randn`."""
    return default_generator.numpy


def check_image(name, image):
    if not isinstance(image, Image.Image):
        raise TypeError(f"{name}: needs a Pillow image, got {type(image).__name__}; put it before ToTensor")


def height_and_width(name, size):
    """(height, width) from one integer or two."""
    sides = list(size) if isinstance(size, (tuple, list)) else [size]
    if len(sides) not in (1, 2) or not all(isinstance(side, int) and side > 0 for side in sides):
        raise ValueError(f"{name}: size must be a positive integer or (height, width), got {size}")
    return sides[0], sides[-1]


class Transform:
    """The base class, which prints like `CenterCrop(size=(64, 64))`."""

    fixed = False                                   # True: an image from an image, always the same one

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(f'{name}={value}' for name, value in vars(self).items())})"


class Compose:
    """The transforms of a list, one after another."""

    def __init__(self, transforms):
        self.transforms = list(transforms)

    def __call__(self, image):
        for transform in self.transforms:
            image = transform(image)
        return image

    def __repr__(self):
        return "\n    ".join(["Compose(", *map(repr, self.transforms)]) + "\n)"


def split_fixed(transform):
    """(head, tail) of a transform: the head gives the same image each time, so its result can be kept."""
    steps = transform.transforms if isinstance(transform, Compose) else [transform] if transform else []
    cut = next((i for i, step in enumerate(steps) if not getattr(step, "fixed", False)), len(steps))
    return Compose(steps[:cut]), Compose(steps[cut:])


class Resize(Transform):
    """Resize to (height, width), or the shorter side to `size` and the longer in proportion, rounded down.

    `max_size` bounds the longer side; then the shorter one follows. Where an image shrinks, each new pixel is
    an average of all the old ones that it covers: Pillow always smooths, so `antialias` has no effect.
    """

    fixed = True

    def __init__(self, size, interpolation=InterpolationMode.BILINEAR, max_size=None, antialias=True):
        height_and_width("Resize", size)
        self.size = size if isinstance(size, int) else size[0] if len(size) == 1 else tuple(size)
        if max_size is not None and (not isinstance(self.size, int) or max_size <= self.size):
            raise ValueError(f"Resize: with max_size={max_size}, size must be a smaller integer, got {size}")
        self.interpolation, self.max_size = interpolation, max_size

    def __call__(self, image):
        check_image("Resize", image)
        if isinstance(self.size, int):
            short, long = self.size, int(self.size * max(image.size) / min(image.size))
            if self.max_size is not None and long > self.max_size:
                short, long = int(self.max_size * short / long), self.max_size
            width, height = (short, long) if image.width <= image.height else (long, short)
        else:
            height, width = self.size
        return image if (width, height) == image.size else image.resize((width, height), self.interpolation)


class CenterCrop(Transform):
    """The middle (height, width) of an image; one that is too small is padded with black on both sides."""

    fixed = True

    def __init__(self, size):
        self.size = height_and_width("CenterCrop", size)

    def __call__(self, image):
        check_image("CenterCrop", image)
        height, width = self.size
        wider, higher = max(width - image.width, 0), max(height - image.height, 0)
        if wider or higher:
            image = ImageOps.expand(image, (wider // 2, higher // 2, (wider + 1) // 2, (higher + 1) // 2))
        left, top = round((image.width - width) / 2), round((image.height - height) / 2)
        return image.crop((left, top, left + width, top + height))


class RandomCrop(Transform):
    """(height, width) of an image at a random place; ValueError where the image is smaller than that.

    Before that, `padding` adds pixels of `fill`: as many on all sides, (left and right, top and bottom) or
    (left, top, right, bottom); `pad_if_needed` adds what is missing to a smaller image, on both sides.
    """

    def __init__(self, size, padding=None, pad_if_needed=False, fill=0, padding_mode="constant"):
        if padding_mode != "constant":
            raise NotImplementedError(f"RandomCrop: padding_mode must be 'constant', got {padding_mode!r}")
        self.size, self.padding = height_and_width("RandomCrop", size), padding
        self.pad_if_needed, self.fill = pad_if_needed, fill

    def __call__(self, image):
        check_image("RandomCrop", image)
        height, width = self.size
        if self.padding is not None:
            image = ImageOps.expand(image, self.padding, self.fill)
        if self.pad_if_needed:
            missing = max(width - image.width, 0), max(height - image.height, 0)
            image = ImageOps.expand(image, missing, self.fill)
        if image.width < width or image.height < height:
            raise ValueError(f"RandomCrop: the crop {self.size} is larger than the image "
                             f"{(image.height, image.width)}; Resize first, or set pad_if_needed=True")
        top = int(chance().integers(image.height - height + 1))
        left = int(chance().integers(image.width - width + 1))
        return image.crop((left, top, left + width, top + height))


class RandomHorizontalFlip(Transform):
    """The mirror image with probability p, of a Pillow image or of a tensor (..., W)."""

    def __init__(self, p=0.5):
        if not 0 <= p <= 1:
            raise ValueError(f"RandomHorizontalFlip: p must be a probability, 0 to 1, got {p}")
        self.p = p

    def __call__(self, image):
        if chance().random() >= self.p:
            return image
        if isinstance(image, Tensor):
            return image.flip(-1)
        check_image("RandomHorizontalFlip", image)
        return ImageOps.mirror(image)


class ToTensor(Transform):
    """A Pillow image, or an array (H, W, C) or (H, W), as a tensor (C, H, W).

    8-bit values become float32 in [0, 1], others keep their value and type. In memory the channels stay last,
    as convolutions want them.

    >>> import tinygrad_cv as tg
    >>> from PIL import Image
    >>> tg.data.transforms.ToTensor()(Image.new("RGB", (2, 1), (255, 0, 51)))[:, 0, 0]
    tensor([1.0000, 0.0000, 0.2000])
    """

    def __call__(self, image):
        if not isinstance(image, (Image.Image, np.ndarray)):
            raise TypeError(f"ToTensor: needs a Pillow image or a NumPy array, got {type(image).__name__}")
        array = np.array(image.convert("L") if getattr(image, "mode", "") == "1" else image)
        if array.ndim not in (2, 3):
            raise ValueError(f"ToTensor: needs an array (H, W) or (H, W, C), got shape {array.shape}")
        if array.dtype == np.uint8:
            array = np.divide(array, 255, dtype=np.float32)
        return from_numpy(np.atleast_3d(array).transpose(2, 0, 1))       # (H, W, C) -> (C, H, W)


class Normalize(Transform):
    """(x - mean) / std for each channel of a float tensor (..., C, H, W). ValueError where a std is 0.

    >>> import tinygrad_cv as tg
    >>> tg.data.transforms.Normalize([0.5], [0.5])(tg.tensor([[[0., 0.5, 1.]]]))
    tensor([[[-1.,  0.,  1.]]])
    """

    def __init__(self, mean, std, inplace=False):
        if inplace:
            raise NotImplementedError("Normalize: inplace=True is not supported; use the result")
        if np.any(np.asarray(std) == 0):
            raise ValueError(f"Normalize: std={std} has a zero, and would divide by it")
        self.mean, self.std = mean, std

    def __call__(self, image):
        if not isinstance(image, Tensor) or not image.is_floating_point():
            kind = getattr(image, "dtype", type(image).__name__)
            raise TypeError(f"Normalize: needs a float tensor, got {kind}; put it after ToTensor")
        if image.dim() < 3 or {np.size(self.mean), np.size(self.std)} - {1, image.shape[-3]}:
            raise ValueError(f"Normalize: mean={self.mean} and std={self.std} don't fit the channels of a "
                             f"tensor (..., C, H, W) of shape {tuple(image.shape)}")
        mean, std = (tensor(values, dtype=image.dtype, device=image.device).reshape(-1, 1, 1)
                     for values in (self.mean, self.std))
        return (image - mean) / std


class Lambda(Transform):
    """Any function of the image. What it draws by `tg.rand` or from `transforms.chance()` is reproducible."""

    def __init__(self, lambd):
        if not callable(lambd):
            raise TypeError(f"Lambda: needs a function, got {type(lambd).__name__}")
        self.lambd = lambd

    def __call__(self, image):
        return self.lambd(image)
