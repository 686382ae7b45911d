"""Pictures of tensors: a grid of images, a file of it, and a GIF; torchvision's names and values.

Images are float tensors (C, H, W) with values in [0, 1], on any device.
"""

import numpy as np

from .arrays import to_numpy
from .checks import integer, is_tensor
from .creation import from_numpy


def make_grid(
    tensor, nrow=8, padding=2, normalize=False, value_range=None, scale_each=False, pad_value=0.0
):
    """Images (N, C, H, W), or a list of (C, H, W), as one image (C, H', W') with `nrow` per row.

    `padding` pixels of `pad_value` lie between and around the images. Grey images become RGB; a
    single image has no border. `normalize` maps the range of the values, or value_range =
    (low, high), to [0, 1] and clips; with `scale_each` the range of each image by itself.

    >>> import tinygrad_cv as tg
    >>> images = tg.zeros(10, 3, 64, 64)  # from a generator, with values in [-1, 1]
    >>> tg.utils.make_grid(images, nrow=5, normalize=True, value_range=(-1, 1)).shape
    (3, 134, 332)
    """
    images, device = _array("make_grid", tensor)
    if not 2 <= images.ndim <= 4 or images.size == 0:
        raise ValueError(f"make_grid: expected images (N, C, H, W), got shape {images.shape}")
    images = images.reshape((1,) * (4 - images.ndim) + images.shape)  # (H, W) is (1, 1, H, W)
    if normalize:
        parts = np.split(images, len(images)) if scale_each else [images]
        images = np.concatenate([_normalized(part, value_range) for part in parts])
    if images.shape[1] == 1:
        images = images.repeat(3, axis=1)
    count, channels, height, width = images.shape
    if count == 1:
        return from_numpy(images[0].copy()).to(device)
    columns = min(integer("make_grid", nrow, "nrow", least=1), count)
    rows = -(-count // columns)
    high, wide = height + padding, width + padding  # an image with the border above and left of it
    cells = np.full((rows * columns, channels, high, wide), pad_value, images.dtype)
    cells[:count, :, padding:, padding:] = images
    cells = cells.reshape(rows, columns, channels, high, wide).transpose(2, 0, 3, 1, 4)
    grid = cells.reshape(channels, rows * high, columns * wide)
    grid = np.pad(grid, ((0, 0), (0, padding), (0, padding)), constant_values=pad_value)
    return from_numpy(grid).to(device)


def save_image(tensor, fp, format=None, **options):
    """Write make_grid(tensor, **options) to a file, in `format` or the one that its name says."""
    picture(make_grid(tensor, **options)).save(fp, format=format)


def save_gif(frames, path, duration=200):
    """Write images (3, H, W) as an endless GIF, `duration` ms each, the last five times that."""
    frames = list(frames)
    if not frames:
        raise ValueError("save_gif: expected at least one frame, got none")
    first, *rest = map(picture, frames)
    times = [duration] * len(rest) + [5 * duration]
    first.save(path, format="GIF", save_all=True, append_images=rest, loop=0, duration=times)


def picture(image):
    """A tensor (3, H, W) or (1, H, W) as a Pillow image: [0, 1] becomes 0 to 255."""
    from PIL import Image  # here, as most programs save no image and should not wait for it

    array, _ = _array("picture", image)
    if array.ndim != 3 or array.shape[0] not in (1, 3):
        raise ValueError(f"picture: expected shape (3, H, W) or (1, H, W), got {array.shape}")
    pixels = (array * 255 + 0.5).clip(0, 255).astype(np.uint8).transpose(1, 2, 0)  # (H, W, C)
    return Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)


def _normalized(images, value_range):
    low, high = value_range or (float(images.min()), float(images.max()))
    return (images.clip(low, high) - low) / max(high - low, 1e-5)


def _array(name, tensor):
    """A tensor, or a list of tensors of one shape, as a NumPy array; and the device."""
    parts = tensor if isinstance(tensor, list) else [tensor]
    if not all(map(is_tensor, parts)):
        raise TypeError(f"{name}: expected a tensor or a list of tensors, got {tensor!r:.60}")
    if len({x.shape for x in parts}) != 1:
        raise ValueError(f"{name}: expected images of one shape, got {[x.shape for x in parts]}")
    arrays = [to_numpy(x.array) for x in parts]
    return np.stack(arrays) if isinstance(tensor, list) else arrays[0], parts[0].device
