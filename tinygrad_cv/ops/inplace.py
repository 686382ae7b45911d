"""Writing into a tensor's memory, where that breaks no gradient.

Backward works with values that forward saved. Writing over a value therefore needs two rules:

1. A tensor that autograd tracks is not written to: `y = x + 1` says the same as `x.add_(1)` and
   leaves the old value for whoever saved it. Under no_grad a leaf may be written to, as
   optimizers do.
2. Every write is counted (`memory.written()`). A Function remembers the count of what it saved,
   and its backward refuses to run on another.
"""

from ..arrays import is_writable
from ..autograd.grad_mode import mode
from ..checks import check_floating, check_tensor, is_tensor, number
from ..random import default_generator
from .arithmetic import add, div, floor_divide, mul, remainder, sub
from .choice import clamp
from .comparison import bitwise_and, bitwise_or, bitwise_xor
from .convert import exactly, to
from .index import Index, masked_fill, normal_index
from .pointwise import pow


def check_writable(name, x, *sources):
    """Refuse to write where memory is read-only, or where autograd would have to record it."""
    check_tensor(name, x)
    tracked = [t for t in (x, *sources) if is_tensor(t) and t.requires_grad]
    if mode.enabled and tracked:
        raise RuntimeError(
            f"{name}: a tensor of shape {tracked[0].shape} requires a gradient, which a write in "
            "place would lose. Make a new tensor, as in `y = x + 1`, or write inside no_grad()"
        )
    if not is_writable(x.array):
        raise RuntimeError(
            f"{name}: memory of shape {x.shape} is read-only, because expand() made elements share "
            "it or because NumPy locked it; write into a clone() of the tensor"
        )


def write(name, x, values, index=...):
    """x[index] = values, broadcast, for a Tensor `values`; returns x."""
    place = x if index is ... else Index(index)(x.detach())
    if values.device != x.device:
        raise RuntimeError(f"{name}: x is on {x.device}, the values on {values.device}; use .to()")
    extra = max(values.ndim - place.ndim, 0)
    shape = values.shape[extra:]  # leading sizes of 1 don't count
    pairs = zip(shape[::-1], place.shape[::-1])
    if max(values.shape[:extra], default=1) != 1 or any(m not in (1, n) for m, n in pairs):
        raise RuntimeError(f"{name}: values of shape {values.shape} don't fit into {place.shape}")
    x.array[index] = exactly(name, values, x).array.reshape(shape)
    x.memory.written()
    return x


def setitem(x, index, value):
    """x[index] = value, a number or a tensor that can be broadcast to x[index]."""
    check_writable("x[...] = v", x, value)
    *first, last = normal_index(x, index)
    place = Index(first[0])(x.detach()) if first else x  # a view
    write("x[...] = v", place, exactly("x[...] = v", value, x), last)


def copy_(x, other):
    """Overwrite x with the values of `other`, converted from any device and dtype, broadcast."""
    check_tensor("copy_", other, "other")
    check_writable("copy_", x, other)
    return write("copy_", x, to(other.detach(), x))


def fill_(x, value):
    """Overwrite x with one number."""
    check_writable("fill_", x, value)
    return write("fill_", x, exactly("fill_", value, x))


def zero_(x):
    """Overwrite x with 0."""
    return fill_(x, 0)


def in_place(operation):
    """A function that writes operation(x, ...) into x: add_ from add."""
    name = operation.__name__ + "_"

    def change(x, *args, **options):
        check_writable(name, x, *args, *options.values())
        return write(name, x, operation(x.detach(), *args, **options))

    change.__name__, change.__doc__ = name, f"{operation.__name__}(x, ...), written into x."
    return change


add_, sub_, mul_, div_, pow_ = map(in_place, (add, sub, mul, div, pow))
clamp_, masked_fill_ = map(in_place, (clamp, masked_fill))


def augmented(operation):
    """x += y and the like: in place where that is allowed, and a new tensor for a computed x.

    `loss += term` goes on from a value that autograd made, so it must mean `loss = loss + term`.
    A leaf that requires a gradient is refused, because the name would no longer be the leaf.
    """
    change = in_place(operation)

    def operator(x, other):
        tracked = is_tensor(other) and other.requires_grad and not x.requires_grad
        if mode.enabled and (x.grad_fn is not None or tracked):
            return operation(x, other)
        return change(x, other)

    return operator


iadd, isub, imul, itruediv = map(augmented, (add, sub, mul, div))
ipow, ifloordiv, imod = map(augmented, (pow, floor_divide, remainder))
iand, ior, ixor = map(augmented, (bitwise_and, bitwise_or, bitwise_xor))


# Random values


def normal_(x, mean=0.0, std=1.0, generator=None):
    """Fill x with draws from the normal distribution N(mean, std^2)."""
    if not number("normal_", std, "std") >= 0:
        raise RuntimeError(f"normal_: std must not be negative, got {std}")
    mean = number("normal_", mean, "mean")
    return _draw("normal_", x, lambda rng: rng.normal(x.shape, x.dtype) * std + mean, generator)


def uniform_(x, a=0.0, b=1.0, generator=None):
    """Fill x with draws from the uniform distribution on [a, b)."""
    if not number("uniform_", a, "a") <= number("uniform_", b, "b"):
        raise RuntimeError(f"uniform_: expected a <= b, got a={a} and b={b}")
    return _draw("uniform_", x, lambda rng: rng.uniform(x.shape, x.dtype) * (b - a) + a, generator)


def bernoulli_(x, p=0.5, generator=None):
    """Fill x with 1 (with probability p) and 0."""
    if not 0 <= number("bernoulli_", p, "p") <= 1:
        raise RuntimeError(f"bernoulli_: p must be a probability, got {p}")
    return _draw("bernoulli_", x, lambda rng: rng.uniform(x.shape, x.dtype) < p, generator)


def _draw(name, x, draw, generator):
    check_floating(name, x)
    check_writable(name, x)
    return write(name, x, x.new_tensor(draw(generator or default_generator)))
