"""Reading values out of a tensor, and the transpose of that: adding them back in.

x[index] copies some places of x, perhaps some of them several times. Its gradient puts each
gradient back where its value was read, and *adds* where a place was read several times:

    Index:    y = x[index]            gradient: Scatter
    Scatter:  x = zeros; x[index] += y    gradient: Index

Each is the other's transpose, so the two differentiate each other to any order. gather (gather.py),
index_select, an embedding table and max pooling are Index with an index array worked out.
"""

import builtins
import itertools

from ..autograd import Function
from ..backend import dtypes
from .arithmetic import check_broadcast, python_number
from .checks import check_tensor, integer, number, one_dim, stored
from .choice import where
from .shape import Pad, reshape


class Index(Function):
    """y = x[index] for slices, integers, None, ..., integer arrays and masks (as arrays)."""

    def __init__(self, index):
        self.index = index
        self.is_view = is_basic(index)

    def forward(self, x):
        self.before = x.shape
        return x[self.index]

    def backward(self, grad):
        return Scatter(self.index, self.before)(grad)


class Scatter(Function):
    """zeros of `shape` with y added at `index`."""

    def __init__(self, index, shape):
        self.index, self.shape = index, shape

    def forward(self, y):
        out = self.backend.xp.zeros(self.shape, y.dtype)
        if is_basic(self.index):  # slices and integers name no place twice
            out[self.index] = y
        else:
            self.backend.add_at(out, self.index, y)
        return out

    def backward(self, grad):
        return Index(self.index)(grad)


def is_basic(index):
    """True for an index of slices, integers, None and ... alone: one that makes a view."""
    return builtins.all(i is None or i is Ellipsis or isinstance(i, (int, slice)) for i in index)


# What users call


def getitem(input, index):
    """x[index], as in PyTorch: slices (with positive steps), integers, None, ..., tensors, lists, masks."""
    for step in normal_index(input, index):
        input = Index(step)(input)
    return input


def _steps(index):
    """PyTorch reads at the integers of an index first, and then at its arrays; NumPy takes both for
    arrays, which moves axes when a slice stands between them. So a mixed index is read in two steps."""
    if not builtins.any(isinstance(part, int) for part in index):
        return [index]
    first = []
    for part in index:
        first += [part] if isinstance(part, int) or part is Ellipsis else [slice(None)] * _dims_used(part)
    return [tuple(first), tuple(part for part in index if not isinstance(part, int))]


def normal_index(x, index):
    """An index as tuples of slices, ints, None, ... and arrays, to be applied in turn; refused if out of range."""
    index = index if isinstance(index, tuple) else (index,)
    index = tuple(_part(x, part) for part in index)
    used = builtins.sum(_dims_used(part) for part in index)
    if used > len(x.shape):
        raise IndexError(f"indexing: {used} indices for a tensor of {len(x.shape)} dimensions, shape {tuple(x.shape)}")
    if builtins.sum(part is Ellipsis for part in index) > 1:
        raise IndexError("indexing: an index may hold ... only once")
    d = 0
    for part in index:
        if part is Ellipsis:
            d += len(x.shape) - used
        else:
            _check_range(x, part, d)
            d += _dims_used(part)
    arrays = [part for part in index if hasattr(part, "dtype")]
    for a, b in itertools.combinations(arrays, 2):
        check_broadcast("indexing", *((int(i.sum()),) if _is_mask(i) else i.shape for i in (a, b)), IndexError)
    return _steps(index) if arrays else [index]


def _part(x, part):
    if part is None or part is Ellipsis:
        return part
    if isinstance(part, slice):
        if part.step is not None and integer("indexing", part.step, "a slice's step") <= 0:
            raise ValueError("indexing: a slice's step must be positive; use flip() to reverse")
        return slice(*(None if v is None else integer("indexing", v, "a slice's bound") for v in (part.start, part.stop, part.step)))
    if isinstance(part, (bool, list, range)) or hasattr(part, "__array__") and not hasattr(part, "grad_fn"):
        try:
            part = x.new_index(part)
        except (TypeError, ValueError):
            raise TypeError(f"indexing: a list used as an index must hold integers or bools, got {part!r}") from None
    if hasattr(part, "grad_fn"):
        if part.backend is not x.backend:
            raise RuntimeError(f"indexing: the tensor is on {x.device} and its index on {part.device}")
        if part.dtype not in (dtypes.int64, dtypes.int32, dtypes.bool_):
            raise IndexError(f"indexing: tensors used as indices must be int64, int32 or bool, got {part.dtype}")
        return part.array if part.shape or part.dtype.kind == "b" else part.item()
    try:
        return integer("indexing", part, "an index")
    except TypeError:
        raise IndexError(
            f"indexing: only integers, slices, None, ..., and tensors or lists of integers or bools are indices, "
            f"got {type(part).__name__}"
        ) from None


def _is_mask(part):
    return hasattr(part, "dtype") and part.dtype.kind == "b"


def _dims_used(part):
    return 0 if part is None or part is Ellipsis else part.ndim if _is_mask(part) else 1


def _check_range(x, part, d):
    if isinstance(part, int):
        if not -x.shape[d] <= part < x.shape[d]:
            raise IndexError(f"indexing: {part} is out of range for dim {d} of size {x.shape[d]}")
    elif _is_mask(part):
        if part.shape != x.shape[d : d + part.ndim]:
            raise IndexError(f"indexing: a mask of shape {part.shape} does not fit the shape {tuple(x.shape)} from dim {d} on")
    elif hasattr(part, "dtype") and part.size:
        check_index_values("indexing", part, x.shape[d], d)


def check_index_values(name, index, size, dim):
    """Refuse index arrays that reach outside; CuPy would wrap them around in silence."""
    if index.size and not (int(index.min()) >= -size and int(index.max()) < size):
        raise IndexError(f"{name}: index {int(index.min())} to {int(index.max())} is out of range for dim {dim} of size {size}")


def select(input, dim, index):
    """The slice number `index` along `dim`, without that dim."""
    check_tensor("select", input)
    if not input.shape:
        raise IndexError("select: a 0-d tensor has no dim to be read along")
    dim, index = one_dim("select", dim, len(input.shape)), integer("select", index, "index")
    if not -input.shape[dim] <= index < input.shape[dim]:
        raise IndexError(f"select: {index} is out of range for dim {dim} of size {input.shape[dim]}")
    return getitem(input, (slice(None),) * dim + (index,))


def index_select(input, dim, index):
    """The slices of `input` along `dim` that the 1-d integer tensor `index` names, in its order."""
    check_tensor("index_select", input)
    check_tensor("index_select", index, "index")
    if len(index.shape) > 1 or index.dtype.kind not in "iu":
        raise (IndexError if len(index.shape) > 1 else RuntimeError)(
            f"index_select: index must be a 1-d integer tensor, got {index.dtype} of shape {tuple(index.shape)}")
    dim = one_dim("index_select", dim, len(input.shape))
    if index.array.size and int(index.array.min()) < 0:
        raise IndexError(f"index_select: index {int(index.array.min())} is negative")
    check_index_values("index_select", index.array, input.shape[dim] if input.shape else 1, dim)
    if not input.shape:
        return reshape(getitem(reshape(input, (1,)), (index.reshape(-1),)), ())
    return getitem(input, (slice(None),) * dim + (index.reshape(-1),))


def masked_fill(input, mask, value):
    """`input` with `value` wherever the bool tensor `mask` is true."""
    check_tensor("masked_fill", input)
    check_tensor("masked_fill", mask, "mask")
    if hasattr(value, "grad_fn") and value.shape:
        raise RuntimeError(f"masked_fill: value must be a number or a 0-d tensor, got shape {tuple(value.shape)}")
    if mask.dtype.kind != "b":
        raise RuntimeError(f"masked_fill: the mask must be a bool tensor, got {mask.dtype}; compare, e.g. x > 0")
    check_broadcast("masked_fill", input.shape, mask.shape)
    if not hasattr(value, "grad_fn"):
        stored("masked_fill", python_number("masked_fill", value), input.dtype if input.dtype.kind == "f" else dtypes.float64)
    return where(mask, value, input).to(input.dtype)


def masked_select(input, mask):
    """A row of the elements of `input` where the bool tensor `mask` is true, both broadcast."""
    check_tensor("masked_select", input)
    check_tensor("masked_select", mask, "mask")
    if mask.dtype.kind != "b":
        raise RuntimeError(f"masked_select: mask must be a bool tensor, got {mask.dtype}")
    check_broadcast("masked_select", input.shape, mask.shape)
    rank = builtins.max(len(input.shape), len(mask.shape))
    a, b = ((1,) * (rank - len(x.shape)) + x.shape for x in (input, mask))
    shape = tuple(n if m == 1 else m for m, n in zip(a, b))
    return getitem(input.expand(shape), (mask.expand(shape),))


def nonzero(input, *, as_tuple=False):
    """The indices of the nonzero elements, one row each; as_tuple=True gives one tensor for each dim."""
    check_tensor("nonzero", input)
    if as_tuple:
        return nonzero(input if input.shape else input.reshape(1)).unbind(1)
    xp = input.backend.xp
    found = xp.nonzero(input.array.reshape(input.shape or (1,)))
    return input.wrap(xp.stack(found, 1)[:, : len(input.shape)])


def pad(input, pad, mode="constant", value=None):
    """A frame around the last dims: pad = (left, right, top, bottom, ...), last dim first.

    mode "constant" (with `value`, default 0), "reflect", "replicate" or "circular". Negative
    widths crop (in every mode).

    >>> import tinygrad_cv as tg
    >>> tg.nn.functional.pad(tg.tensor([[1, 2, 3]]), (1, 1), mode="reflect")
    tensor([[2, 1, 2, 3, 2]])
    """
    check_tensor("pad", input)
    rank = len(input.shape)
    if not isinstance(pad, (tuple, list)):
        raise TypeError(f"pad: pad must be a tuple of widths, got {pad!r}")
    widths = [integer("pad", n, "every width") for n in pad]
    if len(widths) % 2 or len(widths) > 2 * rank:
        raise RuntimeError(f"pad: needs a pair of widths for each padded dim, at most {rank} pairs, got {tuple(pad)}")
    pairs = [(0, 0)] * (rank - len(widths) // 2) + list(zip(widths[::2], widths[1::2]))[::-1]
    if mode == "constant":
        return _pad_constant(input, pairs, 0 if value is None else number("pad", value, "value"))
    if mode not in ("reflect", "replicate", "circular"):
        raise NotImplementedError(f"pad: mode must be 'constant', 'reflect', 'replicate' or 'circular', got {mode!r}")
    if input.dtype.kind == "b" and mode != "circular":
        raise NotImplementedError(f"pad: mode {mode!r} is not defined for bool; convert the input with .float()")
    if value not in (None, 0):
        raise RuntimeError(f"pad: mode {mode!r} takes no value, got {value!r}")
    if not 1 <= len(widths) // 2 <= 3 or rank - len(widths) // 2 not in (1, 2):
        raise NotImplementedError(
            f"pad: mode {mode!r} pads the 1 to 3 dims after (N, C) or (C,), not {len(widths) // 2} of {rank}"
        )
    for dim, (before, after) in enumerate(pairs):
        if before or after:
            input = getitem(input, (slice(None),) * dim + (_mirror(input.shape[dim], before, after, mode),))
    return input


def _pad_constant(x, pairs, value):
    crop = tuple(slice(builtins.max(0, -b), n - builtins.max(0, -a)) for (b, a), n in zip(pairs, x.shape))
    for (b, a), n in zip(pairs, x.shape):
        if n + b + a < 0:
            raise RuntimeError(f"pad: widths {b} and {a} leave nothing of a dim of size {n}")
    if builtins.any(b < 0 or a < 0 for b, a in pairs):
        x = getitem(x, crop)
    pairs = [(builtins.max(b, 0), builtins.max(a, 0)) for b, a in pairs]
    return Pad(pairs, value)(x)


def _mirror(n, before, after, mode):
    """Which place of an axis of n each place of the padded axis shows."""
    limit = n - 1 if mode == "reflect" else n if mode == "circular" else None
    if n == 0 or n + before + after < 1 or (limit is not None and builtins.max(before, after) > limit):
        raise RuntimeError(f"pad: mode {mode!r} can't pad a dim of size {n} by {before} and {after}")
    if mode == "circular":  # what is cropped is gone before the rest goes round
        left = range(builtins.max(-before, 0), n + builtins.min(after, 0))
        return [left[i % len(left)] for i in range(-builtins.max(before, 0), len(left) + builtins.max(after, 0))]
    places = range(-before, n + after)
    if mode == "replicate":
        return [builtins.min(builtins.max(i, 0), n - 1) for i in places]
    return [n - 1 - builtins.abs(n - 1 - builtins.abs(i)) for i in places]


