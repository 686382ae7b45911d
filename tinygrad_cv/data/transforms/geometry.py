"""Which part of an image, how large, and which way round."""
import math

from PIL import Image, ImageOps

from ...tensor import Tensor
from .base import Transform, chance, check_image, check_probability, check_range

InterpolationMode = Image.Resampling


def height_and_width(name, size):
    """(height, width) from one integer or two."""
    sides = list(size) if isinstance(size, (tuple, list)) else [size]
    if len(sides) not in (1, 2) or not all(isinstance(side, int) and side > 0 for side in sides):
        raise ValueError(f"{name}: size must be a positive integer or (height, width), got {size}")
    return sides[0], sides[-1]


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


class RandomResizedCrop(Transform):
    """A piece of random area and shape, resized to `size`: the object large or small, wide or narrow.

    Its share of the image's area is uniform in `scale`. Its width / height is log-uniform in `ratio`, so that
    3/4 is as likely as 4/3. Where ten draws don't fit into the image, which happens to long ones, it is the
    largest piece in the middle whose shape is within `ratio`. Pillow always smooths: see Resize for `antialias`.
    """

    def __init__(self, size, scale=(0.08, 1.0), ratio=(3 / 4, 4 / 3), interpolation=InterpolationMode.BILINEAR,
                 antialias=True):
        self.size = height_and_width("RandomResizedCrop", size)
        for name, pair in (("scale", scale), ("ratio", ratio)):
            check_range("RandomResizedCrop", name, pair)
            if pair[0] <= 0:
                raise ValueError(f"RandomResizedCrop: {name} must be positive, got {pair}")
        self.scale, self.ratio, self.interpolation = tuple(scale), tuple(ratio), interpolation

    def __call__(self, image):
        check_image("RandomResizedCrop", image)
        left, top, width, height = self.piece(image.width, image.height)
        piece = image.crop((left, top, left + width, top + height))
        return piece.resize(self.size[::-1], self.interpolation)

    def piece(self, width, height):
        """(left, top, width, height) of a piece of an image of this width and height."""
        for _ in range(10):
            area = width * height * chance().uniform(*self.scale)
            aspect = math.exp(chance().uniform(*map(math.log, self.ratio)))
            w, h = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
            if 0 < w <= width and 0 < h <= height:
                top, left = chance().integers(height - h + 1), chance().integers(width - w + 1)
                return int(left), int(top), w, h
        narrowest, widest = self.ratio
        w, h = min(width, max(round(height * widest), 1)), min(height, max(round(width / narrowest), 1))
        return (width - w) // 2, (height - h) // 2, w, h


class Flip(Transform):
    """The mirror image with probability p, of a Pillow image or of a tensor (..., H, W)."""

    def __init__(self, p=0.5):
        check_probability(type(self).__name__, p)
        self.p = p

    def __call__(self, image):
        if chance().random() >= self.p:
            return image
        if isinstance(image, Tensor):
            return image.flip(self.dim)
        check_image(type(self).__name__, image)
        return self.mirror(image)


class RandomHorizontalFlip(Flip):
    """Left and right exchanged with probability p, in a Pillow image or a tensor (..., W)."""

    dim, mirror = -1, staticmethod(ImageOps.mirror)


class RandomVerticalFlip(Flip):
    """Top and bottom exchanged with probability p, in a Pillow image or a tensor (..., H, W)."""

    dim, mirror = -2, staticmethod(ImageOps.flip)


class RandomRotation(Transform):
    """Turned by an angle uniform in `degrees` = (from, to), or -degrees to degrees, counter-clockwise.

    `expand` makes the image as large as the turned one needs, `center` (x, y) is where to turn it (by default
    the middle), and `fill` is the colour of what was outside.
    """

    def __init__(self, degrees, interpolation=InterpolationMode.NEAREST, expand=False, center=None, fill=0):
        if isinstance(degrees, (int, float)):
            if degrees < 0:
                raise ValueError(f"RandomRotation: degrees, if a single number, must be 0 or more, got {degrees}")
            degrees = -degrees, degrees
        check_range("RandomRotation", "degrees", degrees)
        self.degrees, self.interpolation = tuple(degrees), interpolation
        self.expand, self.center, self.fill = expand, center, fill

    def __call__(self, image):
        check_image("RandomRotation", image)
        angle = chance().uniform(*self.degrees)
        return image.rotate(angle, self.interpolation, self.expand, self.center, fillcolor=self.fill)
