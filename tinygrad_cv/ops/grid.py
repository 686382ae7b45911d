"""Reading an image at any places: rotations, zooms and other warps, with gradients for image and places.

A grid has for each new pixel the place (x, y) where the old image is read, with (-1, -1) its upper left and
(1, 1) its lower right corner. A place between pixels is a weighted sum of those around it, the weights a
product of one for x and one for y: that is what `interpolate` does, with places that need not be regular.
affine_grid makes a grid from a matrix: spatial transformers learn that matrix (Jaderberg et al. 2015).
"""

from .arithmetic import remainder
from .checks import check_floating, check_ndim, check_same_dtype, check_tensor, flag, sizes
from .choice import clamp, minimum, where
from .comparison import logical_and
from .index import getitem
from .linalg import matmul
from .pointwise import abs, floor, round
from .resize import cubic_far, cubic_near
from .shape import permute, reshape

MODES, PADDINGS = ("bilinear", "nearest", "bicubic"), ("zeros", "border", "reflection")


def affine_grid(theta, size, align_corners=None):
    """The grid for a warp by matrices `theta` (N, 2, 3): a new pixel at (x, y) is read at theta (x, y, 1).

    `size` (N, C, H, W) is that of the new images; the result has shape (N, H, W, 2).

    >>> import tinygrad_cv as tg
    >>> mirror = tg.tensor([[[-1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])
    >>> grid = tg.nn.functional.affine_grid(mirror, (1, 1, 1, 2))
    >>> tg.nn.functional.grid_sample(tg.tensor([[[[3.0, 4.0]]]]), grid)
    tensor([[[[4., 3.]]]])
    """
    check_tensor("affine_grid", theta, "theta")
    check_floating("affine_grid", theta)
    N, _, H, W = size = _four(size)
    if theta.shape != (N, 2, 3):
        raise ValueError(f"affine_grid: expected theta ({N}, 2, 3) for the size {size}, got {tuple(theta.shape)}")
    aligned = _aligned("affine_grid", align_corners)
    xp, ones = theta.backend.xp, theta.new_ones(H, W).array
    x, y = (_middles(xp, n, aligned) for n in (W, H))
    places = theta.new_tensor(xp.stack([x * ones, y[:, None] * ones, ones], -1))  # (H, W, 3)
    return reshape(matmul(reshape(places, (H * W, 3)), theta.mT), (N, H, W, 2))


def _four(size):
    size = sizes("affine_grid", (size,))
    if len(size) != 4:
        raise NotImplementedError(f"affine_grid: size must be (N, C, H, W), got {size}")
    if min(size) < 1:
        raise ValueError(f"affine_grid: every size must be at least 1, got {size}")
    return size


def _aligned(name, align_corners):
    return align_corners is not None and flag(name, align_corners, "align_corners")


def _middles(xp, n, align_corners):
    """Where n pixels have their middles, if the corners (or the corner pixels' middles) are at -1 and 1."""
    return (2 * xp.arange(n) + 1 - n) / max(n - 1 if align_corners else n, 1)


def grid_sample(input, grid, mode="bilinear", padding_mode="zeros", align_corners=None):
    """The images (N, C, H, W) read at the places of grid (N, H', W', 2): (N, C, H', W').

    Beyond the image are zeros, its border pixels or its reflection. align_corners=True puts the middles of
    the corner pixels at -1 and 1, False (the default) their outer corners.
    """
    name = "grid_sample"
    check_ndim(name, input, (4,), "(N, C, H, W)")
    check_ndim(name, grid, (4,), "(N, H, W, 2)", "grid")
    check_floating(name, input)
    check_same_dtype(name, input, grid=grid)
    if mode not in MODES or padding_mode not in PADDINGS:
        raise ValueError(f"{name}: mode must be one of {MODES} and padding_mode of {PADDINGS}, got {mode!r} and {padding_mode!r}")
    if grid.shape[0] != input.shape[0] or grid.shape[3] != 2 or 0 in input.shape[1:]:
        raise RuntimeError(f"{name}: expected images (N, C, H, W), grid (N, H', W', 2), got {tuple(input.shape)}, {tuple(grid.shape)}")
    aligned = _aligned(name, align_corners)
    images = permute(input, 0, 2, 3, 1)  # (N, H, W, C): an index for each of the first three reads a pixel
    n = input.wrap(input.backend.xp.arange(input.shape[0]).reshape(-1, 1, 1))
    rows, columns = (
        _terms(getitem(grid, (..., axis)), size, mode, padding_mode, aligned)
        for axis, size in ((1, input.shape[2]), (0, input.shape[3]))
    )
    y = 0
    for i, weight_i in rows:
        for j, weight_j in columns:
            y = y + getitem(images, (n, i, j)) * (weight_i * weight_j).unsqueeze(3)
    return permute(y, 0, 3, 1, 2)


def _terms(places, n, mode, padding_mode, align_corners):
    """For places along an axis of n pixels: each pixel that they are mixed from, and its weight (0 if there is none)."""
    places = (places + 1) * ((n - 1) / 2) if align_corners else ((places + 1) * n - 1) / 2
    if mode != "bicubic":
        places = _brought_inside(places, n, padding_mode, align_corners)
    first = (round if mode == "nearest" else floor)(places.detach())
    t = places - first
    if mode == "nearest":
        weights = {0: t * 0 + 1}
    elif mode == "bilinear":
        weights = {0: 1 - t, 1: t}
    else:
        weights = {-1: cubic_far(t + 1), 0: cubic_near(t), 1: cubic_near(1 - t), 2: cubic_far(2 - t)}
    terms = []
    for k, weight in weights.items():
        pixel = first + k
        if mode == "bicubic":
            pixel = _brought_inside(pixel, n, padding_mode, align_corners)
        inside = logical_and(pixel >= 0, pixel <= n - 1)  # False for NaN, too
        terms.append((where(inside, pixel, 0.0).long(), where(inside, weight, 0.0)))
    return terms


def _brought_inside(places, n, padding_mode, align_corners):
    """Places beyond the border moved onto it, or reflected by it."""
    if padding_mode == "zeros":
        return places
    if padding_mode == "reflection":
        low, span = (0, n - 1) if align_corners else (-0.5, n)
        if span == 0:
            return places * 0
        folded = remainder(abs(places - low), 2 * span)  # there and back again
        places = minimum(folded, 2 * span - folded) + low
    return clamp(places, 0, n - 1)
