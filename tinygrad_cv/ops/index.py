"""Reading values out of a tensor, and the transpose of that: adding them back in.

x[index] copies some elements of x, some of them perhaps several times. Its gradient puts each
gradient back where the value was read, and *adds* where a value was read several times:

    Index:    y = x[index]                 gradient: Scatter
    Scatter:  x = zeros; x[index] += y     gradient: Index

Each is the transpose of the other, so the two differentiate each other to any order. gather,
index_select and embedding are Index with an index array that is worked out first. Padding is
Scatter: the image is written into a larger one.
"""

import math

import numpy as np

from ..arrays import is_array, namespace
from ..autograd import Function
from ..checks import check_tensor, integer, is_tensor, number, one_dim, sizes, stored, takes
from .comparison import where
from .convert import Clone, checked_cast
from .shape import flatten, reshape


class Index(Function):
    """y = x[index] for a tuple of slices, integers, None, ..., integer arrays and masks."""

    def __init__(self, index):
        self.index, self.is_view = index, not any(map(is_array, index))

    def forward(self, x):
        self.before = x.shape
        return at(x, self.index)

    def backward(self, grad):
        return Scatter(self.index, self.before)(grad)


def at(x, index):
    """x[index] of an array; if there is no such place, an error of this library."""
    try:
        return x[index]
    except (IndexError, TypeError, ValueError) as error:
        raise IndexError(f"indexing: {error}, in shape {x.shape}") from None


class Scatter(Function):
    """An array of `shape` full of zeros, with y added at `index`; or of `value`, with y there."""

    on_arrays = True

    def __init__(self, index, shape, value=0):
        self.index, self.new_shape, self.value = index, shape, value

    def forward(self, y):
        x = namespace(y).full_like(y, self.value, shape=self.new_shape)  # in y's storage order
        if any(map(is_array, self.index)):
            namespace(y).add.at(x, self.index, y)
        else:  # names no element twice
            x[self.index] = y
        return x

    def backward(self, grad):
        return Index(self.index)(grad) if is_tensor(grad) else at(grad, self.index)


# What users call


def getitem(input, index):
    """x[index], as in PyTorch: slices (positive steps), integers, None, ..., tensors, lists, masks.

    Slices and integers give a view, even of a single element; tensors, lists and masks a copy.
    """
    for step in normal_index(input, index):
        input = Index(step)(input)
    return input


def normal_index(x, index):
    """The index as one tuple or two, to be applied in turn, with tensors and lists as arrays.

    PyTorch applies integers before tensors. NumPy takes an integer beside an array for an array
    too, and moves axes if a slice stands between them. So an index with both becomes two.
    """
    parts = [_part(x, part) for part in (index if isinstance(index, tuple) else (index,))]
    dots = [i for i, part in enumerate(parts) if part is Ellipsis] or [len(parts)]
    rest = x.ndim - sum(map(_dims, parts))
    if rest < 0 or len(dots) > 1:
        raise IndexError(f"indexing: too many indices (or ...) for a tensor of shape {x.shape}")
    parts[dots[0] : dots[0] + 1] = [slice(None)] * rest
    if not any(map(is_array, parts)):
        return [(*parts, ...)]  # with `...` NumPy returns a 0-d view instead of a scalar
    first, last, dim = [], [], 0
    for part in parts:
        if is_array(part) and part.dtype.kind != "b":
            check_values("indexing", part, -x.shape[dim], x.shape[dim])
        first += [part] if isinstance(part, int) else [slice(None)] * _dims(part)
        last += [] if isinstance(part, int) else [part]
        dim += _dims(part)
    return [(*first, ...), tuple(last)] if len(last) < len(parts) else [tuple(last)]


def _part(x, part):
    """One part of an index: None, ..., a slice, an int, or an array on the device of x."""
    if part is None or part is Ellipsis:
        return part
    if isinstance(part, slice):
        if part.step is not None and part.step < 1:
            raise ValueError("indexing: a slice's step must be positive; use flip() to reverse")
        return part
    if isinstance(part, (bool, list, range, np.ndarray, np.bool_)):
        try:
            array = np.asarray(part)
        except (TypeError, ValueError):
            raise IndexError(f"indexing: {part} is not a list of integers or bools") from None
        part = x.new_tensor(array, dtype=array.dtype if array.size else int)
    if not is_tensor(part):
        return integer("indexing", part, "an index that is not a slice, list or tensor")
    if part.device != x.device or str(part.dtype) not in ("int64", "int32", "bool"):
        got = f"{part.dtype} on {part.device}"
        raise IndexError(f"indexing: expected int64, int32 or bool on {x.device}, got {got}")
    copied = part.shape or part.dtype.kind == "b"  # a later write into it must not change backward
    return part.array.copy() if copied else part.item()


def _dims(part):
    """How many dims of the tensor a part of its index takes."""
    if is_array(part):
        return part.ndim if part.dtype.kind == "b" else 1
    return 0 if part is None or part is Ellipsis else 1


def check_values(name, index, low, high):
    """Refuse an array of integers outside low to high - 1. (CuPy would wrap it around.)"""
    for i in (int(index.min()), int(index.max())) if index.size else ():
        if not low <= i < high:
            raise IndexError(f"{name}: index {i} is out of range, expected {low} to {high - 1}")


def select(input, dim, index):
    """The slice at position `index` of `dim`, without that dim: a view."""
    check_tensor("select", input)
    dim = one_dim("select", dim, input.ndim)
    return getitem(input, (slice(None),) * dim + (integer("select", index, "index"),))


def flip(input, *axes, dims=None):
    """The order reversed along each of `dims`: flip(x, 0, 1) or flip(x, dims=(0, 1)). A copy."""
    check_tensor("flip", input)
    axes = sizes("flip", axes if dims is None else (dims,))
    dims = {one_dim("flip", dim, input.ndim) for dim in axes}
    steps = [slice(None, None, -1 if d in dims else 1) for d in range(input.ndim)]
    return Clone("C")(Index((*steps, ...))(input))


@takes("input ...:any", "index (n) or ():int64 or int32")
def index_select(input, dim, index):
    """The slices of `input` along `dim` at the positions in `index`, in that order."""
    dim, x = one_dim("index_select", dim, input.ndim), input if input.shape else reshape(input, 1)
    check_values("index_select", index.array, 0, x.shape[dim])
    y = getitem(x, (slice(None),) * dim + (flatten(index),))
    return y if input.shape else reshape(y, ())


@takes("input ...:any", "index ...:int64 or int32")
def gather(input, dim, index):
    """out[i, j] = input[i, index[i, j]] for dim=1: an index of its own for every value."""
    dim, x = one_dim("gather", dim, input.ndim), input if input.shape else reshape(input, 1)
    i = reshape(index, index.shape or (1,)).array.copy()
    check_values("gather", i, 0, x.shape[dim])
    if not i.size:
        return reshape(getitem(flatten(x), flatten(index)), i.shape)
    larger = [m > n and d != dim for d, (m, n) in enumerate(zip(i.shape, x.shape))]
    if i.ndim != x.ndim or any(larger):
        raise RuntimeError(
            f"gather: index {index.shape} must have the dims of input {input.shape}, and only dim "
            f"{dim} may be larger"
        )
    places = grid(i)
    places[dim] = i  # each value keeps its position, except along dim
    return reshape(Index(tuple(places))(x), index.shape)


def grid(x):
    """For each dim of an array the positions along it; they broadcast to the shape of the array."""
    dims = range(x.ndim)
    axes = [[-1 if e == d else 1 for e in dims] for d in dims]
    return [namespace(x).arange(n).reshape(axis) for n, axis in zip(x.shape, axes)]


@takes("input ...:any", "mask ...:bool")
def masked_fill(input, mask, value):
    """`input` with `value`, a number or a tensor, wherever the mask is true."""
    return where(mask, checked_cast("masked_fill", value, input), input)


@takes("input ...:int64 or int32", "weight (V, D)")
def embedding(input, weight):
    """The rows of weight (V, D) at the indices in input (...): (..., D).

    That is one_hot(input) @ weight without the products with 0.
    """
    check_values("embedding", input.array, 0, len(weight))
    return Index((input.array.copy(),))(weight)


@takes("tensor ...:int64")
def one_hot(tensor, num_classes=-1):
    """Classes (...) as vectors (..., num_classes) of 0 and one 1; -1: the largest class + 1."""
    if integer("one_hot", num_classes, "num_classes") == -1:
        num_classes = int(tensor.array.max()) + 1 if tensor.numel() else 0
    check_values("one_hot", tensor.array, 0, num_classes)
    y = tensor.new_zeros((*tensor.shape, num_classes), dtype="int64")
    y.array[(*grid(tensor.array), tensor.array)] = 1
    return y


FRAMES = {  # which of n pixels stands at position p, which may lie outside 0 to n - 1
    "reflect": lambda p, n: n - 1 - abs(n - 1 - abs(p)),
    "replicate": lambda p, n: min(max(p, 0), n - 1),
    "circular": lambda p, n: p % n,
}


def pad(input, pad, mode="constant", value=None):
    """A frame around the last dims: pad = (left, right, top, bottom, ...), last dim first.

    mode: "constant" (`value`, default 0), "reflect", "replicate", "circular". Negative widths cut.

    >>> import tinygrad_cv as tg
    >>> tg.nn.functional.pad(tg.tensor([[1, 2, 3]]), (1, 1), mode="reflect")
    tensor([[2, 1, 2, 3, 2]])
    """
    check_tensor("pad", input)
    pad = sizes("pad", (pad,))
    widths = list(zip(pad[::2], pad[1::2]))
    widths = [(0, 0)] * (input.ndim - len(widths)) + widths[::-1]  # a pair for each dim
    kept = [slice(max(-b, 0), n - max(-a, 0)) for (b, a), n in zip(widths, input.shape)]
    if len(pad) % 2 or len(widths) > input.ndim or any(s.start > s.stop for s in kept):
        raise RuntimeError(f"pad: {pad} is no pair per dim, or cuts more than shape {input.shape}")
    if mode not in ("constant", *FRAMES):
        raise ValueError(f"pad: mode must be 'constant' or one of {[*FRAMES]}, got {mode!r}")
    input = Index((*kept, ...))(input) if min(pad, default=0) < 0 else input
    if mode == "constant" or max(pad, default=0) <= 0:
        inside = [slice(max(b, 0), max(b, 0) + n) for (b, _), n in zip(widths, input.shape)]
        shape = tuple(s.stop + max(a, 0) for s, (_, a) in zip(inside, widths))
        value = stored("pad", 0 if value is None else number("pad", value, "value"), input.dtype)
        return Scatter((*inside, ...), shape, value)(input)
    for dim, ((before, after), n) in enumerate(zip(widths, input.shape)):
        if max(before, after) > 0:
            most = {"reflect": n - 1, "circular": n}.get(mode, math.inf)
            if n == 0 or max(before, after) > most:
                raise RuntimeError(f"pad: {mode!r} can't pad a size of {n} by {before} and {after}")
            positions = range(-max(before, 0), n + max(after, 0))
            pixels = [FRAMES[mode](p, n) for p in positions]
            input = getitem(input, (slice(None),) * dim + (pixels,))
    return input
