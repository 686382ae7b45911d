# Written by .ci/stubs.py, for editors and type checkers. The code is in utils.py.
from collections.abc import Sequence
from typing import Any
from tinygrad_cv import Tensor
def make_grid(
    tensor: Tensor | Sequence[Tensor], nrow: int = 8, padding: int | Sequence[int] = 2,
    normalize: bool = False, value_range: tuple[float, float] | None = None, scale_each: bool =
    False, pad_value: float = 0.0) -> Tensor:
    """Images (N, C, H, W), or a list of (C, H, W), as one image (C, H', W') with `nrow` per row.

    `padding` pixels of `pad_value` lie between and around the images. Grey images become RGB; a
    single image has no border. `normalize` maps the range of the values, or value_range =
    (low, high), to [0, 1] and clips; with `scale_each`, it maps each image's own range.

    >>> import tinygrad_cv as tg
    >>> images = tg.zeros(10, 3, 64, 64)  # from a generator, with values in [-1, 1]
    >>> tg.utils.make_grid(images, nrow=5, normalize=True, value_range=(-1, 1)).shape
    (3, 134, 332)
    """
def save_image(
    tensor: Tensor | Sequence[Tensor], fp: Any, format: str | None = None, **options: Any) -> None:
    """Write make_grid(tensor, **options) to a file: [0, 1] becomes 0 to 255, and NaN 0.

    `format` is that of the name's ending, unless given.
    """
