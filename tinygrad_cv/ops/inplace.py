"""Writing into a tensor's memory, where that breaks no gradient.

Backward works with values that forward saved. Writing over a value therefore needs two rules:

1. A tensor that autograd tracks is not written to: `y = x + 1` says the same as `x.add_(1)` and
   leaves the old value for whoever saved it. Under no_grad a leaf may be written (that is what
   an optimizer does).
2. Every write adds one to the version counter of the memory. A Function remembers the version
   that it saved, and its backward refuses to run on another.
"""

from ..autograd.grad_mode import mode
from ..backend.random import default_generator
from .arithmetic import add, div, mul, python_number, sub
from .checks import check_tensor, number, stored
from .choice import clamp
from .gather import scattered
from .index import getitem, masked_fill, normal_index

# Where `y = mul(x, ...)` for mul_ has no counterpart: what makes a new tensor of these values.
INSTEAD = {
    "x[...] = v": "use where() or cat()", "copy_": "use the other tensor itself", "fill_": "use full_like(x, ...)",
    "normal_": "use randn_like(x)", "uniform_": "use rand_like(x)", "bernoulli_": "use bernoulli(p)",
}


def check_writable(name, x, *sources):
    """Refuse a write that autograd would have to record."""
    check_tensor(name, x)
    instead = INSTEAD.get(name) or f"write `y = {name.rstrip('_')}(x, ...)` for a new tensor"
    if mode.enabled and x.requires_grad:
        raise RuntimeError(
            f"{name}: this tensor of shape {tuple(x.shape)} requires a gradient, and a write in place would break it; "
            f"{instead}, or, to change its values without a gradient, write inside `with no_grad():`"
        )
    if mode.enabled and any(getattr(s, "requires_grad", False) for s in sources):
        raise RuntimeError(
            f"{name}: the values written require a gradient, which a write in place would lose; {instead}, "
            "or detach() them first"
        )


def write(name, x, values, index=...):
    """x[index] = values (a Tensor or a number), cast to x's dtype, and a new version of x."""
    place = x.array[index] if index is not ... else x.array
    if hasattr(values, "grad_fn"):
        if values.backend is not x.backend:
            raise RuntimeError(f"{name}: the tensor is on {x.device}, the values are on {values.device}; use .to(...)")
        if not _fits(values.shape, place.shape) or len(values.shape) > place.ndim and name != "x[...] = v":
            raise RuntimeError(f"{name}: values of shape {tuple(values.shape)} don't fit into shape {place.shape}")
        if values.dtype.kind == "f" and x.dtype.kind != "f" and name not in ("copy_", "x[...] = v"):
            raise RuntimeError(f"{name}: a result of dtype {values.dtype} can't be stored in a tensor of {x.dtype}")
        values = values.array.reshape(values.shape[max(0, len(values.shape) - place.ndim) :])
    mode.quietly(x.array.__setitem__, index, values)
    x.bump_version()
    return x


def _fits(shape, place):
    """Can values of `shape` be broadcast into `place` (leading sizes of 1 don't count)?"""
    lead = len(shape) - len(place)
    return set(shape[: max(lead, 0)]) <= {1} and all(n in (1, m) for m, n in zip(place[::-1], shape[::-1]))


def copy_(x, other):
    """Overwrite x with the values of `other`, from any device and dtype, broadcast."""
    check_writable("copy_", x, other)
    check_tensor("copy_", other, "other")
    return write("copy_", x, other.detach().to(x.device))


def fill_(x, value):
    """Overwrite x with one number."""
    check_writable("fill_", x, value)
    if hasattr(value, "grad_fn") and value.shape:
        raise RuntimeError(f"fill_: value must be a number or a 0-d tensor, got shape {tuple(value.shape)}")
    return write("fill_", x, as_tensor("fill_", x, value))


def as_tensor(name, x, value):
    """A number as a tensor of x's dtype and device; a tensor as it is."""
    if hasattr(value, "grad_fn"):
        return value
    return x.new_tensor(stored(name, python_number(name, value), x.dtype))


def setitem(x, index, value):
    """x[index] = value, a number or a tensor that can be broadcast to x[index]."""
    name = "x[...] = v"
    check_writable(name, x, value)
    *first, last = normal_index(x, index)
    place = getitem(x, *first) if first else x
    return write(name, place, as_tensor(name, x, value), last)


def add_(x, other, *, alpha=1):
    """x += alpha * other."""
    check_writable("add_", x, other)
    return write("add_", x, add(x.detach(), other, alpha=alpha))


def sub_(x, other, *, alpha=1):
    """x -= alpha * other."""
    check_writable("sub_", x, other)
    return write("sub_", x, sub(x.detach(), other, alpha=alpha))


def mul_(x, other):
    """x *= other."""
    check_writable("mul_", x, other)
    return write("mul_", x, mul(x.detach(), other))


def div_(x, other, *, rounding_mode=None):
    """x /= other."""
    check_writable("div_", x, other)
    return write("div_", x, div(x.detach(), other, rounding_mode=rounding_mode))


def clamp_(x, min=None, max=None):
    """Limit x to [min, max]."""
    check_writable("clamp_", x, min, max)
    return write("clamp_", x, clamp(x.detach(), min, max))


def masked_fill_(x, mask, value):
    """Overwrite x with a number wherever the mask is true."""
    check_writable("masked_fill_", x, value)
    return write("masked_fill_", x, masked_fill(x.detach(), mask, value))


def scatter_(x, dim, index, src=None, *, value=None, reduce=None):
    """Write src at the places that index names along dim (see scatter)."""
    check_writable("scatter_", x, src)
    return write("scatter_", x, scattered("scatter_", x.detach(), dim, index, value if src is None else src, reduce))


def augmented(name, in_place, new, x, other):
    """x += other and the like: in place for an untracked x, a new tensor for a computed one.

    `loss += term` goes on from a value that autograd made: it must become `loss = loss + term`.
    A leaf that requires a gradient is refused, because the name would no longer be the leaf.
    """
    if mode.enabled and (x.grad_fn is not None or (not x.requires_grad and getattr(other, "requires_grad", False))):
        return new(x, other)
    return in_place(x, other)


# Random values, drawn on the host (see backend/random.py)


def _floating(name, x):
    check_writable(name, x)
    if x.dtype.kind != "f":
        raise RuntimeError(f"{name}: expected a floating point tensor, got {x.dtype}")


def normal_(x, mean=0.0, std=1.0, generator=None):
    """Fill x with draws from the normal distribution N(mean, std^2)."""
    _floating("normal_", x)
    number("normal_", mean, "mean")
    if not number("normal_", std, "std") >= 0:
        raise RuntimeError(f"normal_: std must not be negative, got {std}")
    return _draw("normal_", x, generator, lambda rng: rng.normal(x.shape, x.dtype) * std + mean)


def uniform_(x, a=0.0, b=1.0, generator=None):
    """Fill x with draws from the uniform distribution on [a, b)."""
    _floating("uniform_", x)
    if not number("uniform_", a, "a") <= number("uniform_", b, "b"):
        raise RuntimeError(f"uniform_: expected a <= b, got a={a} and b={b}")
    return _draw("uniform_", x, generator, lambda rng: rng.uniform(x.shape, x.dtype) * (b - a) + a)


def bernoulli_(x, p=0.5, generator=None):
    """Fill x with 1 (probability p) and 0."""
    check_writable("bernoulli_", x)
    if hasattr(p, "grad_fn"):
        raise NotImplementedError("bernoulli_: p must be a number; for a tensor of probabilities use bernoulli(p)")
    if not 0 <= number("bernoulli_", p, "p") <= 1:
        raise RuntimeError(f"bernoulli_: p must be a probability, got {p}")
    return _draw("bernoulli_", x, generator, lambda rng: rng.uniform(x.shape, x.dtype) < p)


def _draw(name, x, generator, draw):
    values = draw(generator or default_generator)
    return write(name, x, x.wrap(x.backend.asarray(values)).to(x.dtype))
