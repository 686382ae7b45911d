"""In-place operations: `x += y` (which calls x.add_(y)), `x[i] = y`, x.fill_(2) and the like.

Backward works with values that forward saved, so writing over a value needs three rules:

1. What autograd need not record (no tensor in it requires a gradient, or no_grad is on) is written
   into the memory of x, and `memory.version` grows by 1. A Function remembers the version of what
   it saved, and its backward refuses to use any other (see Function.saved).
2. What autograd must record writes over nothing. `x += y` computes x + y in new memory, and the
   object x takes over the result and its history: x *moves*. `x[i] = y` moves x to a copy with
   y in it, which passes no gradient on to the values that y replaced.
3. A move is refused if x is a leaf that requires a gradient, for it would no longer be a leaf, and
   if another tensor shares the memory of x: it would not see the new values. So `x[2:5] += y` is
   refused if it must be recorded, because the view x[2:5] would move away from x.
"""

from ..arrays import is_writable
from ..autograd import Function
from ..autograd.grad_mode import mode
from ..checks import check_floating, check_tensor, integer, is_tensor, number, stored
from ..random import default_generator
from .arithmetic import add, div, floor_divide, lerp, mul, remainder, sub
from .comparison import bitwise_and, bitwise_or, bitwise_xor, clamp
from .convert import checked_cast, to
from .index import Index, at, masked_fill, normal_index
from .pointwise import pow
from .shape import reshape


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


def check_not_shared(name, x):
    """Refuse to move x to other memory if another tensor or array uses the memory of x (rule 3)."""
    if x.memory.is_shared(x):
        raise RuntimeError(
            f"{name}: the result requires a gradient and needs new memory, but the old memory of "
            f"this tensor of shape {x.shape} is in use elsewhere: in a view, in a tensor that this "
            "is a view of, in a detach() or a NumPy array. Make a new tensor, as in x = x + y; for "
            "a part of x write x[i] = x[i].clone() + y"
        )


def checked_values(name, x, values, shape):
    """The Tensor `values`, ready to be written: the dtype of x, and no more dims than `shape`."""
    if values.device != x.device:
        raise RuntimeError(f"{name}: x is on {x.device}, the values on {values.device}; use .to()")
    extra = max(len(values.shape) - len(shape), 0)
    pairs = zip(values.shape[::-1], shape[::-1])
    if any(n != 1 for n in values.shape[:extra]) or any(m not in (1, n) for m, n in pairs):
        raise RuntimeError(f"{name}: values of shape {values.shape} don't fit into {shape}")
    values = checked_cast(name, values, x)
    return reshape(values, values.shape[extra:]) if extra else values


def write(name, x, values, index=...):
    """x[index] = values, broadcast, for a Tensor `values`; returns x."""
    x.array[index] = checked_values(name, x, values, at(x.array, index).shape).array
    x.memory.version += 1
    return x


def move(x, y):
    """Let the object x take over the memory and the history of y; returns x (rule 2)."""
    hooks = x.grad_fn.hooks if x.grad_fn else None
    x.array, x.memory, x.strided, x.grad_fn = y.array, y.memory, y.strided, y.grad_fn
    if hooks is not None and hooks.retained() is x:  # retain_grad() is for what x is at last
        del hooks.retained
        x.retain_grad()
    return x


def alias(x):
    """A second Tensor with the memory and the history that x has now, before x moves."""
    y = Function.tensor_class(x.array)
    y.memory, y.strided, y.grad_fn = x.memory, x.strided, x.grad_fn
    return y


def in_place(operation):
    """A function that makes x operation(x, ...): add_ from add. `x += y` is x.add_(y)."""
    name = operation.__name__ + "_"

    def change(x, *args, **options):
        tensors = [t for t in (x, *args, *options.values()) if is_tensor(t)]
        # A leaf that requires a gradient never moves; another tensor does if y will require one
        moves = mode.enabled and not x._requires_grad and any(t.requires_grad for t in tensors)
        if moves:
            check_not_shared(name, x)
        else:
            check_writable(name, x)  # refuses that leaf (rule 3)
        before = alias(x)
        args = [before if arg is x else arg for arg in args]
        options = {key: before if option is x else option for key, option in options.items()}
        y = checked_cast(name, operation(before, *args, **options), x)
        if y.shape != x.shape:
            raise RuntimeError(f"{name}: a result of shape {y.shape} doesn't fit into {x.shape}")
        return move(x, y) if moves else write(name, x, y)

    change.__name__, change.__doc__ = name, f"{operation.__name__}(x, ...), in place of x."
    return change


add_, sub_, mul_, div_, pow_ = map(in_place, (add, sub, mul, div, pow))
floor_divide_, remainder_, clamp_ = map(in_place, (floor_divide, remainder, clamp))
bitwise_and_, bitwise_or_, bitwise_xor_ = map(in_place, (bitwise_and, bitwise_or, bitwise_xor))
lerp_, masked_fill_ = map(in_place, (lerp, masked_fill))


# Other values


class Put(Function):
    """A copy of x with `values` at an index, which normal_index gave as one or two steps. What the
    values overwrite has no gradient any more."""

    def __init__(self, steps): self.steps = steps

    def forward(self, x, values):
        y = x.copy(order="K")
        *first, last = self.steps
        (y[first[0]] if first else y)[last] = values
        return y

    def backward(self, grad):
        at_values = grad
        for step in self.steps:
            at_values = Index(step)(at_values)
        return Put(self.steps)(grad, 0.0), at_values


def assign(name, x, index, value):
    """x[index] = value, recorded where autograd tracks x or the value; returns x."""
    check_tensor(name, x)
    tracked = x.requires_grad or is_tensor(value) and value.requires_grad
    moves = mode.enabled and not x._requires_grad and tracked  # a leaf never moves (rule 3)
    check_not_shared(name, x) if moves else check_writable(name, x, value)
    steps = *first, last = normal_index(x, index)
    place = Function.tensor_class(at(x.array, first[0]) if first else x.array)  # a view
    place.memory, value = x.memory, checked_cast(name, value, x)
    if moves:
        value = checked_values(name, x, value, at(place.array, last).shape)
        return move(x, Put(steps)(alias(x), value))
    write(name, place, value, last)
    return x


def setitem(x, index, value):
    """x[index] = value, a number or a tensor that can be broadcast to x[index]."""
    assign("x[...] = v", x, index, value)


def copy_(x, other):
    """Overwrite x with the values of `other`, converted from any device and dtype, broadcast."""
    check_tensor("copy_", other, "other")
    return assign("copy_", x, ..., to(other, x))


def fill_(x, value):
    """Overwrite x with one number."""
    if is_tensor(value) and value.ndim:
        raise RuntimeError(f"fill_: expected one number, got shape {value.shape}; use copy_")
    return assign("fill_", x, ..., value)


def zero_(x):
    """Overwrite x with 0."""
    return fill_(x, 0)


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


def random_(x, low, high=None, generator=None):
    """Fill x with integers, uniform in [low, high); random_(n) draws from [0, n)."""
    check_writable("random_", x)
    return draw_integers("random_", x, low, high, generator)


def draw_integers(name, x, low, high, generator):
    """Fill x with integers, uniform in [low, high), or in [0, low) without `high`."""
    low, high = (0, low) if high is None else (low, high)
    low, high = integer(name, low, "low"), integer(name, high, "high")
    if low >= high:
        raise RuntimeError(f"{name}: expected low < high, got low={low} and high={high}")
    for end in (low, high - 1):
        stored(name, end, x.dtype)
    draws = (generator or default_generator).numpy.integers(low, high, x.shape)
    return write(name, x, x.new_tensor(draws))


def _draw(name, x, draw, generator):
    check_floating(name, x)
    check_writable(name, x)
    return write(name, x, x.new_tensor(draw(generator or default_generator)))
