"""Making images larger or smaller, and trading channels for pixels.

Resizing by a fixed rule is linear, and the rows and columns don't mix: nearest reads one pixel
for each (an index), bilinear mixes two (a matrix with two entries a row, left and right).
Pixel shuffle moves r^2 channels of a pixel into an r x r block of pixels (Shi et al. 2016).
"""

import math

from .checks import check_floating, check_ndim, check_tensor, integer, unsupported
from .shape import permute, reshape


def interpolate(
    input, size=None, scale_factor=None, mode="nearest", align_corners=None, recompute_scale_factor=None,
    antialias=False,
):
    """Resize input (N, C, H, W) to `size`, or by `scale_factor` (each a number or a pair).

    mode "nearest" (also for (N, C, L) and (N, C, D, H, W)) or "bilinear". align_corners=True
    (bilinear only) puts the corner pixels of both images on top of each other, otherwise pixels
    are squares and their edges meet. recompute_scale_factor=True takes new size / old size for
    the factor, and not the given one.

    >>> import tinygrad_cv as tg
    >>> tg.nn.functional.interpolate(tg.tensor([[[[1.0, 2.0]]]]), scale_factor=2)
    tensor([[[[1., 1., 2., 2.],
              [1., 1., 2., 2.]]]])
    """
    name = "interpolate"
    check_tensor(name, input)
    if mode not in ("nearest", "bilinear"):
        raise NotImplementedError(f"{name}: mode must be 'nearest' or 'bilinear', got {mode!r}")
    unsupported(name, antialias=antialias)
    dims = len(input.shape) - 2
    if dims not in (1, 2, 3) or (dims != 2 and mode == "bilinear"):
        raise NotImplementedError(f"{name}: mode {mode!r} expects images (N, C, H, W), got shape {tuple(input.shape)}")
    if (size is None) == (scale_factor is None):
        raise ValueError(f"{name}: give either size or scale_factor")
    given = scale_factor if size is None else size
    given = tuple(given) if isinstance(given, (tuple, list)) else (given,) * dims
    if len(given) != dims:
        raise ValueError(f"{name}: {dims} numbers make a size or scale_factor for {tuple(input.shape)}, got {given}")
    factors = given if size is None else (None,) * dims
    size = tuple(
        integer(name, n, "size") if f is None else math.floor(old * f)
        for n, f, old in zip(given, factors, input.shape[2:])
    )
    if min(size) < 1:
        raise RuntimeError(f"{name}: the output would have size {size}")
    steps = [1 / f if f and not recompute_scale_factor else n / m for f, n, m in zip(factors, input.shape[2:], size)]
    if mode == "nearest":
        if align_corners is not None:
            raise ValueError(f"{name}: align_corners is for mode='bilinear' only")
        for dim, (n, m, step) in enumerate(zip(input.shape[2:], size, steps), 2):
            places = [min(math.floor(i * step), n - 1) for i in range(m)]
            input = input[(slice(None),) * dim + (places,)]
        return input
    check_floating(name, input)
    rows, columns = (
        input.new_tensor(_bilinear(n, m, step, align_corners)) for n, m, step in zip(input.shape[2:], size, steps)
    )
    return rows @ input @ columns.T


def _bilinear(n, m, step, align_corners):
    """The (m, n) matrix that mixes, for each of m new pixels, the two nearest of n old ones."""
    matrix = [[0.0] * n for _ in range(m)]
    for i in range(m):
        if align_corners:
            place = i * (n - 1) / (m - 1) if m > 1 else 0.0
        else:
            place = max((i + 0.5) * step - 0.5, 0.0)
        left = min(int(place), n - 1)
        right, share = min(left + 1, n - 1), place - left
        matrix[i][left] += 1 - share
        matrix[i][right] += share
    return matrix


def pixel_shuffle(input, upscale_factor):
    """(N, C r^2, H, W) -> (N, C, H r, W r): channel c r^2 + i r + j becomes pixel (i, j) of each block."""
    check_ndim("pixel_shuffle", input, (3, 4), "(N, C r^2, H, W) or (C r^2, H, W)")
    r = integer("pixel_shuffle", upscale_factor, "upscale_factor")
    *batch, C, H, W = input.shape
    if r < 1 or C % (r * r):
        raise RuntimeError(f"pixel_shuffle: {C} channels can't be divided by upscale_factor^2 = {r}^2")
    n = len(batch)
    x = reshape(input, (*batch, C // (r * r), r, r, H, W))
    x = permute(x, *range(n + 1), n + 3, n + 1, n + 4, n + 2)  # (..., C, H, r, W, r)
    return reshape(x, (*batch, C // (r * r), H * r, W * r))
