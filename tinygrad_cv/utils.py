"""Tensors as pictures: a grid of images, and image files, with torchvision's names and values.

Images are float tensors (C, H, W) with values in [0, 1], on any device.
"""

import numpy as np

from .checks import check_tensor, integer, number
from .creation import full
from .ops import cat, stack


def make_grid(
    tensor, nrow=8, padding=2, normalize=False, value_range=None, scale_each=False, pad_value=0.0
):
    """Images (N, C, H, W), or a list of (C, H, W), as one image (C, H', W') with `nrow` per row.

    `padding` pixels of `pad_value` lie between and around the images. Grey images become RGB; a
    single image has no border. `normalize` maps the range of the values, or value_range =
    (low, high), to [0, 1] and clips; with `scale_each`, it maps each image's own range.

    >>> import tinygrad_cv as tg
    >>> images = tg.zeros(10, 3, 64, 64)  # from a generator, with values in [-1, 1]
    >>> tg.utils.make_grid(images, nrow=5, normalize=True, value_range=(-1, 1)).shape
    (3, 134, 332)
    """
    images = stack(tensor) if isinstance(tensor, list) else tensor
    check_tensor("make_grid", images)
    if images.dtype.kind != "f":  # as floats, 0 to 255 would be white
        raise TypeError(f"make_grid: expected floats from 0 to 1, got {images.dtype}; use x / 255")
    images = images.detach()
    nrow = integer("make_grid", nrow, "nrow", least=1)
    padding = integer("make_grid", padding, "padding", least=0)
    if not 2 <= images.ndim <= 4 or images.numel() == 0:
        raise ValueError(f"make_grid: expected images (N, C, H, W), got shape {images.shape}")
    images = images.reshape((1,) * (4 - images.ndim) + images.shape)  # (H, W) is (1, 1, H, W)
    if normalize:
        parts = images.split(1) if scale_each else [images]
        images = cat([_normalized(part, value_range) for part in parts])
    images = images.repeat(1, 3 if images.shape[1] == 1 else 1, 1, 1)
    count, channels, height, width = images.shape
    if count == 1:
        return images[0]
    columns = min(nrow, count)
    high, wide = height + padding, width + padding  # an image with the border above and left of it
    shape = channels, -(-count // columns) * high + padding, columns * wide + padding
    grid = full(shape, pad_value, dtype=images.dtype, device=images.device)
    for k, image in enumerate(images):
        top, left = padding + k // columns * high, padding + k % columns * wide
        grid[:, top : top + height, left : left + width] = image
    return grid


def save_image(tensor, fp, format=None, **options):
    """Write make_grid(tensor, **options) to a file: [0, 1] becomes 0 to 255, and NaN 0.

    `format` is that of the name's ending, unless given.
    """
    from PIL import Image  # here, because programs that save no image should not wait for it

    grid = make_grid(tensor, **options).cpu().numpy()
    if len(grid) != 3:
        raise ValueError(f"save_image: expected images of 1 or 3 channels, got {len(grid)}")
    pixels = np.nan_to_num(grid.clip(0, 1)) * 255 + 0.5
    Image.fromarray(pixels.astype(np.uint8).transpose(1, 2, 0)).save(fp, format=format)


def _normalized(images, value_range):
    """Images with the values from low to high mapped to [0, 1]."""
    ends = (images.min().item(), images.max().item()) if value_range is None else value_range
    if not isinstance(ends, (tuple, list)) or len(ends) != 2:
        raise TypeError(f"make_grid: value_range must be (low, high), got {value_range!r}")
    low, high = (number("make_grid", end, "each end of value_range") for end in ends)
    if low > high:
        raise ValueError(f"make_grid: expected low <= high, got value_range {value_range!r}")
    return (images.clamp(low, high) - low) / max(high - low, 1e-5)
