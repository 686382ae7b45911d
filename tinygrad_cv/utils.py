"""Pictures of tensors: a grid of images, a file of it, and a GIF of many; torchvision's names and values.

Images are float tensors (C, H, W) with values in [0, 1], on any device. `utils.data` is another name
of `tinygrad_cv.data`, for scripts that look for DataLoader where PyTorch has it.
"""
import math
import sys

import numpy as np

from .creation import from_numpy
from .tensor import Tensor


def make_grid(tensor, nrow=8, padding=2, normalize=False, value_range=None, scale_each=False, pad_value=0.0):
    """Images (N, C, H, W), or a list of (C, H, W), side by side as one image (3, H', W'), `nrow` to a row.

    Between and around them are `padding` pixels of `pad_value`; grey images become RGB, and a single image
    stays without a border. `normalize` maps the range of the values, or `value_range` = (low, high) if given,
    to [0, 1], clipping; with `scale_each` the range of each image by itself. A generator's output in [-1, 1]:

    >>> import tinygrad_cv as tg
    >>> tg.utils.make_grid(tg.zeros(10, 3, 64, 64), nrow=5, normalize=True, value_range=(-1, 1)).shape
    (3, 134, 332)
    """
    images = arrays(tensor, "make_grid")                       # (N, C, H, W), or without N, or without C too
    while images.ndim in (2, 3):
        images = images[None]
    if images.ndim != 4 or len(images) == 0:
        raise ValueError(f"make_grid: needs images (N, C, H, W) with N >= 1, got shape {images.shape}")
    if images.shape[1] == 1:
        images = images.repeat(3, axis=1)
    if normalize:
        if value_range is not None and not isinstance(value_range, tuple):
            raise TypeError("make_grid: value_range must be a tuple (min, max) of numbers, "
                            f"got {type(value_range).__name__}")
        parts = np.split(images, len(images)) if scale_each else [images]
        images = np.concatenate([normalized(part, value_range) for part in parts])
    device = (tensor[0] if isinstance(tensor, list) else tensor).device
    if len(images) == 1:
        return from_numpy(images[0]).to(device)
    count, channels, height, width = images.shape
    columns = min(nrow, count)
    rows = math.ceil(count / columns)
    high, wide = height + padding, width + padding       # an image and the border above and left of it
    grid = np.full((channels, rows * high + padding, columns * wide + padding), pad_value, images.dtype)
    for k, image in enumerate(images):
        top, left = k // columns * high + padding, k % columns * wide + padding
        grid[:, top:top + height, left:left + width] = image
    return from_numpy(grid).to(device)


def save_image(tensor, fp, format=None, **options):
    """Write `make_grid(tensor, **options)` to a file, in `format` or what the end of its name says."""
    picture(make_grid(tensor, **options)).save(fp, format=format)


def save_gif(frames, path, duration=200):
    """Write images (3, H, W) as an endless GIF, `duration` milliseconds each, the last five times that."""
    pictures = [picture(frame) for frame in frames]
    if not pictures:
        raise ValueError("save_gif: needs at least one frame, got none")
    pictures[0].save(path, format="GIF", save_all=True, append_images=pictures[1:], loop=0,
                     duration=[duration] * (len(pictures) - 1) + [5 * duration])


def picture(image):
    """A tensor (3, H, W) or (1, H, W) as a Pillow image: 0..1 becomes 0..255, rounded, clipped."""
    array = arrays(image, "picture")
    if array.ndim != 3 or array.shape[0] not in (1, 3):
        raise ValueError(f"picture: needs an image (3, H, W) or (1, H, W), got shape {array.shape}")
    pixels = (array * 255 + 0.5).clip(0, 255).astype(np.uint8).transpose(1, 2, 0)  # (C, H, W) -> (H, W, C)
    from PIL import Image  # here, as most programs save no image and should not wait for it

    return Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)


def normalized(images, value_range):
    low, high = value_range or (float(images.min()), float(images.max()))
    return (images.clip(low, high) - low) / max(high - low, 1e-5)


def arrays(tensor, name):
    """The NumPy array of a tensor, or of a list of tensors of one shape."""
    for part in tensor if isinstance(tensor, list) else [tensor]:
        if not isinstance(part, Tensor):
            raise TypeError(f"{name}: needs a tensor or a list of tensors, got {type(part).__name__}")
    if not isinstance(tensor, list):
        return tensor.detach().cpu().numpy()
    if len({part.shape for part in tensor}) != 1:
        raise ValueError(f"{name}: needs images of one shape, got {[part.shape for part in tensor]}")
    return np.stack([part.detach().cpu().numpy() for part in tensor])


def __getattr__(name):
    if name == "data":
        return sys.modules[__package__].data  # which imports it now, if nobody has before
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
