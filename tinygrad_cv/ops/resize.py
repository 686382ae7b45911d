"""Making images larger or smaller, and trading channels for pixels.

Resizing is linear, and the axes don't mix: each is resized on its own. Both images span the same
width, and pixels are squares. So if n pixels become m, the middle of new pixel i is at the position
(i + 1/2) * n / m - 1/2 of the old axis, where the middles of the old pixels are at 0, 1, 2, ...

    nearest     the old pixel floor(i * n / m): PyTorch's rule, which forgets both halves
    bilinear    the two old pixels beside the position, each weighted by how near it is

Pixel shuffle moves r^2 channels of a pixel into an r x r block of pixels (Shi et al. 2016).
"""

import math

from ..checks import check_floating, integer, number, takes
from ..dtypes import float32


@takes("input (N, C, ...): numeric")
def interpolate(
    input, size=None, scale_factor=None, mode="nearest", align_corners=None,
    recompute_scale_factor=None,
):
    """Resize the axes after (N, C) to `size`, or by `scale_factor`: a number, or one for each axis.

    mode "nearest" takes 1 to 3 axes, "bilinear" 2. With align_corners=True ("bilinear") the middles
    of the corner pixels of both images meet. If scale_factor * n is not an integer, n / m differs
    from 1 / scale_factor, which is used unless recompute_scale_factor=True.

    >>> import tinygrad_cv as tg
    >>> tg.nn.functional.interpolate(tg.tensor([[[[1.0, 2.0]]]]), scale_factor=2)
    tensor([[[[1., 1., 2., 2.],
              [1., 1., 2., 2.]]]])
    """
    name = "interpolate"
    if mode not in ("nearest", "bilinear"):
        raise NotImplementedError(f"{name}: mode must be 'nearest' or 'bilinear', got {mode!r}")
    if input.ndim not in ((4,) if mode == "bilinear" else (3, 4, 5)):
        raise NotImplementedError(f"{name}: mode {mode!r} can't resize shape {input.shape}")
    if mode == "bilinear":
        check_floating(name, input)
    elif align_corners is not None:
        raise ValueError(f"{name}: align_corners is for mode 'bilinear' only")
    for dim, m, step in _axes(input, size, scale_factor, recompute_scale_factor):
        if mode == "nearest":
            rounded = float32.dtype.type  # as in PyTorch, before it rounds down
            pixels = [int(rounded(i) * rounded(step)) for i in range(m)]
            input = _pixels(input, dim, pixels)
            continue
        if align_corners:
            middles = [i * (input.shape[dim] - 1) / max(m - 1, 1) for i in range(m)]
        else:
            middles = [max((i + 0.5) * step - 0.5, 0.0) for i in range(m)]
        left = [math.floor(x) for x in middles]
        share = input.new_tensor([x % 1 for x in middles]).reshape((-1,) + (1,) * (3 - dim))
        right_pixels = _pixels(input, dim, [i + 1 for i in left])
        input = _pixels(input, dim, left) * (1 - share) + right_pixels * share
    return input


def _axes(input, size, scale_factor, recompute):
    """For each axis its dim, its new size, and how many old pixels a new one spans."""
    name, old, given = "interpolate", input.shape[2:], scale_factor if size is None else size
    if (size is None) == (scale_factor is None):
        raise ValueError(f"{name}: give either size or scale_factor")
    given = given if isinstance(given, (tuple, list)) else (given,) * len(old)
    if len(given) != len(old):
        raise ValueError(f"{name}: expected {len(old)} numbers for {input.shape}, got {given}")
    for dim, (n, wanted) in enumerate(zip(old, given), 2):
        if size is None and not 0 < number(name, wanted, "scale_factor") < math.inf:
            raise ValueError(f"{name}: scale_factor must be positive, got {scale_factor}")
        m = math.floor(n * wanted) if size is None else integer(name, wanted, "size")
        if m < 1 or 0 in input.shape[1:]:
            raise RuntimeError(f"{name}: can't make an image of size {given} from {input.shape}")
        yield dim, m, n / m if size is not None or recompute else 1 / wanted


def _pixels(x, dim, positions):
    """The pixels at these positions of an axis; beyond its last pixel, that pixel."""
    return x[(slice(None),) * dim + ([min(i, x.shape[dim] - 1) for i in positions],)]


@takes("input (..., C, H, W): any")
def pixel_shuffle(input, upscale_factor):
    """(..., C r^2, H, W) -> (..., C, H r, W r): channel c r^2 + i r + j becomes pixel (i, j)."""
    *batch, C, H, W = input.shape
    r = integer("pixel_shuffle", upscale_factor, "upscale_factor", 1)
    if C % (r * r):
        raise RuntimeError(f"pixel_shuffle: {C} channels can't be divided by {r}^2")
    n = len(batch)
    x = input.reshape(*batch, C // (r * r), r, r, H, W)
    x = x.permute(*range(n + 1), n + 3, n + 1, n + 4, n + 2)  # (..., C, H, r, W, r)
    return x.reshape(*batch, C // (r * r), H * r, W * r)
