"""What all transforms have in common, and those that are made of others."""
from PIL import Image

from ...backend.random import default_generator


def chance():
    """The NumPy generator that transforms draw from: the one behind `tg.rand` and `tg.randn`."""
    return default_generator.numpy


def check_image(name, image):
    if not isinstance(image, Image.Image):
        raise TypeError(f"{name}: needs a Pillow image, got {type(image).__name__}; put it before ToTensor")


def check_probability(name, p):
    if not 0 <= p <= 1:
        raise ValueError(f"{name}: p must be a probability, 0 to 1, got {p}")


def check_range(name, argument, pair):
    """(low, high), in this order."""
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise TypeError(f"{name}: {argument} must be a pair (low, high), got {pair!r}")
    if not pair[0] <= pair[1]:
        raise ValueError(f"{name}: {argument} must be (low, high) in this order, got {pair}")


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


class Lambda(Transform):
    """Any function of the image. What it draws by `tg.rand` or from `transforms.chance()` is reproducible."""

    def __init__(self, lambd):
        if not callable(lambd):
            raise TypeError(f"Lambda: needs a function, got {type(lambd).__name__}")
        self.lambd = lambd

    def __call__(self, image):
        return self.lambd(image)


class RandomApply(Transform):
    """All the transforms of a list with probability p, or none of them."""

    def __init__(self, transforms, p=0.5):
        check_probability("RandomApply", p)
        self.transforms, self.p = list(transforms), p

    def __call__(self, image):
        return Compose(self.transforms)(image) if chance().random() < self.p else image


def split_fixed(transform):
    """(head, tail) of a transform: the head gives the same image each time, so its result can be kept."""
    steps = transform.transforms if isinstance(transform, Compose) else [transform] if transform else []
    cut = next((i for i, step in enumerate(steps) if not getattr(step, "fixed", False)), len(steps))
    return Compose(steps[:cut]), Compose(steps[cut:])
