# Written by .ci/stubs.py, for editors and type checkers. The code is in transforms.py.
from collections.abc import Callable, Iterable, Sequence
from typing import Any
import numpy as np
from PIL import Image
from typing_extensions import Self
from tinygrad_cv import Generator, Tensor
class CenterCrop(ImageTransform):
    """The central (height, width) of an image. A smaller image is padded with black first."""
    size: int | Sequence[int]
    def __init__(self, size: int | Sequence[int]) -> None: ...
    def apply(self, image: Image.Image) -> Self: ...
class ColorJitter(ImageTransform):
    """Brightness, contrast and saturation changed at random, in random order.

    Each mixes the image with a duller one: factor * image + (1 - factor) * dull. Dull is black for
    brightness, the mean grey for contrast, and the grey image for saturation. A number b draws the
    factor from max(0, 1 - b) to 1 + b.
    """
    changes: Any
    def __init__(
        self, brightness: float = 0, contrast: float = 0, saturation: float = 0, hue: float = 0) -> None: ...
    def apply(self, image: Image.Image) -> Self: ...
class Compose:
    """The transforms of a list, one after another. Any function of one argument can be one."""
    transforms: Iterable[Callable[[Any], Any]]
    def __init__(self, transforms: Iterable[Callable[[Any], Any]]) -> None: ...
    def __call__(self, image: Image.Image) -> Tensor: ...
class Grayscale(ImageTransform):
    """Grey, 0.299 red + 0.587 green + 0.114 blue, in 1 channel or in 3 equal ones."""
    mode: Any
    def __init__(self, num_output_channels: int = 1) -> None: ...
    def apply(self, image: Image.Image) -> Self: ...
class ImageTransform:
    """The base class of what takes a Pillow image. A subclass defines `apply(image)`."""
    def __init__(self) -> None: ...
    def __call__(self, image: Image.Image) -> Tensor: ...
def Lambda(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function itself, which is a transform already."""
class Normalize:
    """(x - mean) / std in each channel of a float tensor (..., C, H, W).

    >>> import tinygrad_cv as tg
    >>> tg.data.transforms.Normalize([0.5], [0.5])(tg.tensor([[[0., 0.5, 1.]]]))
    tensor([[[-1.,  0.,  1.]]])
    """
    mean: float | Sequence[float]
    std: float | Sequence[float]
    def __init__(self, mean: float | Sequence[float], std: float | Sequence[float]) -> None: ...
    def __call__(self, image: Image.Image) -> Tensor: ...
class RandomCrop(ImageTransform):
    """(height, width) of an image at a random place, after `padding` black pixels on each side."""
    padding: int | Sequence[int]
    size: int | Sequence[int]
    def __init__(self, size: int | Sequence[int], padding: int | Sequence[int] = 0) -> None: ...
    def apply(self, image: Image.Image) -> Self: ...
class RandomHorizontalFlip(ImageTransform):
    """Left and right exchanged with probability p, in a Pillow image or a tensor (..., W)."""
    p: float
    def __init__(self, p: float = 0.5) -> None: ...
class RandomResizedCrop(ImageTransform):
    """A piece of random area and shape, resized to `size`.

    Its share of the image's area is uniform in `scale`. Its width / height is log-uniform in
    `ratio`, so that 3/4 is as likely as 4/3. If ten draws don't fit into the image, which happens
    with long ones, it is the largest piece in the centre whose shape is within `ratio`.
    """
    interpolation: Image.Resampling
    ratio: tuple[float, float]
    scale: tuple[float, float]
    size: int | Sequence[int]
    def __init__(
        self, size: int | Sequence[int], scale: tuple[float, float] = (0.08, 1.0), ratio:
        tuple[float, float] = (0.75, 1.3333333333333333), interpolation: Image.Resampling = ...,
        antialias: bool = True) -> None: ...
    def apply(self, image: Image.Image) -> Self: ...
class Resize(ImageTransform):
    """Resize to (height, width), or the shorter side to `size` and the longer side in proportion.

    When an image shrinks, each new pixel is an average of all the old ones that it covers: Pillow
    always smooths, so `antialias` has no effect.
    """
    in_proportion: Any
    interpolation: Image.Resampling
    size: int | Sequence[int]
    def __init__(
        self, size: int | Sequence[int], interpolation: Image.Resampling = ..., antialias: bool
        = True) -> None: ...
    def apply(self, image: Image.Image) -> Self: ...
class ToTensor:
    """A Pillow image, or an array (H, W, C) or (H, W), as a tensor (C, H, W).

    8-bit values become floats in [0, 1], of the default dtype; others keep value and type. In
    memory the channels stay last, as convolutions want them.

    >>> import tinygrad_cv as tg
    >>> from PIL import Image
    >>> tg.data.transforms.ToTensor()(Image.new("RGB", (2, 1), (255, 0, 51)))[:, 0, 0]
    tensor([1.0000, 0.0000, 0.2000])
    """
    def __init__(self) -> None: ...
    def __call__(self, image: Image.Image) -> Tensor: ...
def rng() -> np.random.Generator:
    """The numpy.random.Generator that transforms draw from: the one behind `tg.rand`."""
