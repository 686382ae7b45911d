"""Making images larger or smaller, and trading channels for pixels.

Resizing is linear, and the axes don't mix: each is resized on its own. Both images span the same
width, and pixels are squares. So if n pixels become m, the middle of new pixel i is at the position
(i + 1/2) * n / m - 1/2 of the old axis, where the middles of the old pixels are at 0, 1, 2, ...

    nearest     the old pixel floor(i * n / m): PyTorch's rule, which forgets both halves
    bilinear    the two old pixels beside the position, each weighted by how near it is

Pixel shuffle moves r^2 channels of a pixel into an r x r block of pixels (Shi et al. 2016).
"""

import math

from ..checks import check_floating, integer, number, takes, unsupported


@takes("input (N, C, ...): numeric")
def interpolate(
    input, size=None, scale_factor=None, mode="nearest", align_corners=None,
    recompute_scale_factor=None, antialias=False,
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
    name, dims = "interpolate", input.ndim - 2
    unsupported(name, antialias=antialias)
    if mode not in ("nearest", "bilinear"):
        raise NotImplementedError(f"{name}: mode must be 'nearest' or 'bilinear', got {mode!r}")
    if dims not in ((2,) if mode == "bilinear" else (1, 2, 3)):
        raise NotImplementedError(f"{name}: mode {mode!r} can't resize shape {input.shape}")
    if align_corners is not None and mode == "nearest":
        raise ValueError(f"{name}: align_corners is for mode 'bilinear' only")
    size, steps = _sizes(name, input, size, scale_factor, recompute_scale_factor)
    for dim, (n, m, step) in enumerate(zip(input.shape[2:], size, steps), 2):
        if mode == "nearest":
            input = _pixels(input, dim, [math.floor(i * step) for i in range(m)])
            continue
        check_floating(name, input)
        if align_corners:
            middles = [i * (n - 1) / max(m - 1, 1) for i in range(m)]
        else:
            middles = [max((i + 0.5) * step - 0.5, 0.0) for i in range(m)]
        right = input.new_tensor([x % 1 for x in middles]).reshape((-1,) + (1,) * (3 - dim))
        left_pixels = _pixels(input, dim, [math.floor(x) for x in middles])
        right_pixels = _pixels(input, dim, [math.floor(x) + 1 for x in middles])
        input = left_pixels * (1 - right) + right_pixels * right
    return input


def _sizes(name, input, size, scale_factor, recompute):
    """The new sizes, and for each axis how many old pixels a new one spans."""
    if (size is None) == (scale_factor is None):
        raise ValueError(f"{name}: give either size or scale_factor")
    old, given = input.shape[2:], scale_factor if size is None else size
    given = given if isinstance(given, (tuple, list)) else (given,) * len(old)
    if len(given) != len(old):
        raise ValueError(f"{name}: expected {len(old)} numbers for {input.shape}, got {given}")
    if size is None:
        factors = [number(name, factor, "scale_factor") for factor in given]
        if not all(0 < factor < math.inf for factor in factors):
            raise ValueError(f"{name}: scale_factor must be positive, got {scale_factor}")
        new = [math.floor(n * factor) for n, factor in zip(old, factors)]
    else:
        new = [integer(name, n, "size") for n in given]
    if min(new) < 1 or 0 in input.shape[1:]:
        raise RuntimeError(f"{name}: can't make an image of size {new} from shape {input.shape}")
    if size is None and not recompute:
        return new, [1 / factor for factor in factors]
    return new, [n / m for n, m in zip(old, new)]


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
