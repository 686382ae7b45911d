"""How inputs for the operations are drawn: kinds of values, kinds of shapes, Hypothesis's choice.

A `draw(pick)` returns NumPy arrays for the inputs and a dictionary of parameters; `pick(options)`
chooses, the simplest option standing first, because Hypothesis shrinks towards it. Values
keep away from kinks and poles. Floating inputs are differentiated unless they are Fixed.
"""

import numpy as np

import tinygrad_cv as tg


class Fixed(np.ndarray):
    """An input that is not differentiated, as the weights of a loss."""


# Values


def normal(rng, shape):
    return rng.standard_normal(shape)


def with_zero(rng, shape):
    """For functions that are smooth at 0, but may be made of pieces that are not."""
    x = np.asarray(rng.standard_normal(shape))
    x.reshape(-1)[:1] = 0
    return x


def positive(rng, shape):
    return rng.uniform(0.4, 2.5, shape)


def probability(rng, shape):
    return rng.uniform(0.1, 0.9, shape)


def away_from(*kinks):
    def values(rng, shape):
        x = np.asarray(rng.uniform(min(kinks) - 2, max(kinks) + 2, shape))
        for kink in kinks:
            x = np.where(abs(x - kink) < 0.1, kink + 0.2, x)
        return x

    return values


def distinct(rng, shape):
    """No two entries nearer than 0.05: no ties."""
    count = int(np.prod(shape))
    return (rng.permutation(count) - count / 2 + rng.uniform(0, 0.5)).reshape(shape) / 10


def index(n):
    return lambda rng, shape: rng.integers(0, n, shape)


def target(n):
    """Class indices, the first of them 0: so ignoring another class never ignores all."""

    def values(rng, shape):
        classes = np.asarray(rng.integers(0, n, shape))
        classes.reshape(-1)[0] = 0
        return classes

    return values


def fixed(kind):
    return lambda rng, shape: np.asarray(kind(rng, shape)).view(Fixed)


def mask(rng, shape):
    return rng.random(shape) < 0.5


def draws(values, *shapes, **parameters):
    """One of `shapes` (a tuple of shapes, one for each input) and one option for each parameter."""

    def draw(pick):
        chosen = pick(shapes)
        rng = np.random.default_rng(pick(range(100)))
        kinds = values if isinstance(values, tuple) else (values,) * len(chosen)
        arrays = [np.asanyarray(kind(rng, shape)) for kind, shape in zip(kinds, chosen)]
        return arrays, {name: pick(options) for name, options in parameters.items()}

    return draw


def one(values):
    return draws(values, ((2, 3),), ((),), ((1,),), ((2, 1, 3),), ((0, 3),))


def two(*values):
    """Pairs of shapes that broadcast."""
    shapes = (
        ((2, 3), (2, 3)), ((2, 3), (3,)), ((2, 1), (1, 3)), ((3,), ()), ((), (2, 2)), ((1,), (1,)),
        ((0, 3), (3,)),
    )  # fmt: skip
    return draws(values * (2 // len(values)), *shapes)


def reduced(values, dim=(0, -1), shapes=(((2, 3),), ((3, 1),), ((2, 3, 2),)), **parameters):
    return draws(values, *shapes, dim=dim, keepdim=(False, True), **parameters)


PAIRS = (((4,), (4,)), ((2, 3), (2, 3)), ((), ()), ((2, 1), (2, 1)))


def losses(*values, shapes=PAIRS, **parameters):
    return draws(values, *shapes, reduction=("mean", "sum", "none"), **parameters)


def convolution(transposed):
    """Any small convolution whose output is not empty."""

    def draw(pick):
        groups, many = pick((1, 2)), pick((1, 2))
        inside, outside = groups * pick((1, 2)), groups * many
        kernel = pick((3, 1, 2)), pick((2, 3, 1))
        stride, padding, dilation = (tuple((pick((1, 2)), pick((2, 1)))) for _ in range(3))
        # how much more than the padding the kernel covers
        reach = [d * (k - 1) - 2 * p for k, p, d in zip(kernel, padding, dilation)]
        if transposed:
            size = tuple(max(1, 1 - r // s) + pick((1, 0, 2)) for r, s in zip(reach, stride))
        else:
            size = tuple(max(1, r + 1) + pick((1, 0, 2)) for r in reach)
        parameters = dict(stride=stride, padding=padding, dilation=dilation, groups=groups)
        if transposed:
            extra = tuple(pick((0, 1)) if max(s, d) > 1 else 0 for s, d in zip(stride, dilation))
            parameters["output_padding"] = extra
        weight = (inside, many, *kernel) if transposed else (outside, inside // groups, *kernel)
        rng = np.random.default_rng(pick(range(100)))
        shapes = (pick((1, 2)), inside, *size), weight, (outside,)
        return [normal(rng, shape) for shape in shapes], parameters

    return draw


def is_differentiated(array):
    return array.dtype.kind == "f" and not isinstance(array, Fixed)


def leaf(*values, dtype=tg.float64):
    return tg.tensor(values if len(values) > 1 else values[0], dtype=dtype, requires_grad=True)


def to_tensor(t, array, double=True, layout="C"):
    """A leaf of the library t (tinygrad_cv or torch), stored in the order that `layout` says."""
    axes = list(range(array.ndim))
    last = axes[:1] + axes[2:] + axes[1:2]
    stored = {"C": axes, "reversed": axes[::-1], "channels last": last}[layout]
    x = t.tensor(np.array(array.transpose(stored)))
    if layout != "C" and axes:
        x = x.permute(*(stored.index(axis) for axis in axes)).detach()
    if array.dtype.kind == "f":
        x = x.double() if double else x.float()
    return x.requires_grad_(is_differentiated(array))
