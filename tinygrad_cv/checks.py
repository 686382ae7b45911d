"""Checks of arguments, made before an array library is given the numbers.

An operation declares what it takes, and the declaration also documents it:

    @takes("input (N, C, H, W)", "weight (O, C/groups, kh, kw)", "bias (O)?")
    def conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):

Each text names an argument and gives its shape. Equal letters mean equal sizes, C/groups is C
divided by the argument `groups`, `...` stands for any dims, `or` separates two layouts, and `?`
allows None. The arguments must be Tensors of one floating dtype, except those with another kind
after a colon: "any", "numeric" (not bool), or dtypes such as "int64 or uint8". What a declaration
can't express is checked in the body of the function.

Every message names the operation, what it got, what it needs and, where there is one, the way
out. Wrong arguments must be refused here: nothing raised inside NumPy may reach a user.
"""

import functools
import inspect
import math
import numbers
import operator
import re
import warnings

import numpy as np

from .autograd import Function
from .autograd.anomaly import line_of_user


def is_tensor(x):
    """Is x a Tensor?"""
    return isinstance(x, Function.tensor_class)


def takes(*declarations):
    """Check the declared tensor arguments of a function each time before it runs (see above)."""

    def decorate(function):
        parameters = list(inspect.signature(function).parameters)
        wanted = [Argument(function.__name__, text) for text in declarations]
        divisors = re.findall(r"/(\w+)", " ".join(declarations))
        passed = set()  # shapes and dtypes that passed: every training step has the same

        @functools.wraps(function)
        def checked(*args, **kwargs):
            Tensor, seen = Function.tensor_class, [*kwargs]
            for x in (*args, *kwargs.values()) if kwargs else args:
                if isinstance(x, Tensor):
                    seen.append((x.array.shape, x.array.dtype))
                else:
                    seen.append(x if x.__class__ is int else x.__class__)  # an int may be a divisor
            seen = tuple(seen)
            if seen not in passed:
                given, known = dict(zip(parameters, args), **kwargs), {}
                for argument in wanted:
                    argument.check(given, known)
                whole = all(given.get(name, 1).__class__ is int for name in divisors)
                if whole and len(passed) < 1000:  # other divisors are not told apart in `seen`
                    passed.add(seen)
            return function(*args, **kwargs)

        return checked

    return decorate


class Argument:
    """One parsed declaration."""

    def __init__(self, function, text):
        text, _, kind = text.partition(":")
        self.function, self.kind, self.optional = function, kind.strip(), text.endswith("?")
        self.name, self.layout = text.rstrip("?").split(" ", 1)
        self.layouts = [re.findall(r"[^,() ]+", part) for part in self.layout.split(" or ")]

    def check(self, given, known):
        """Compare with the sizes of earlier arguments; `known` is {letter: (size, Argument)}."""
        x = given.get(self.name)
        if x is None and self.optional:
            return
        check_kind(self.function, x, self.kind, self.name)
        if not self.kind:
            check_same_dtype(self.function, known.setdefault("dtype", x), self.name, x)
        shape = x.array.shape
        for text, size in zip(self.layout_for(shape), shape):
            letter, _, divisor = text.partition("/")
            if divisor:
                size *= integer(self.function, given.get(divisor, 1), divisor)
            if letter and known.setdefault(letter, (size, self))[0] != size:
                by = f" with {divisor}={given.get(divisor, 1)}" if divisor else ""
                expected, who = known[letter]
                raise RuntimeError(
                    f"{self.function}: {self.name} {self.layout} has shape {shape}{by}, so "
                    f"{letter} = {size}, but {who.name} {who.layout} has {letter} = {expected}"
                )

    def layout_for(self, shape):
        """The first layout with as many dims as the shape; `...` becomes dims without letters."""
        for layout in self.layouts:
            if "..." in layout:
                i, more = layout.index("..."), len(shape) - len(layout) + 1
                layout = [*layout[:i], *[""] * more, *layout[i + 1 :]]
            if len(layout) == len(shape):
                return layout
        wanted = f"{self.name} {self.layout}"
        raise RuntimeError(f"{self.function}: expected {wanted}, got shape {shape}")


# Tensors


def shown(x):
    """How an error message shows an argument: its shape, its value, or its type."""
    if is_tensor(x):
        return f"a Tensor of shape {x.shape}"
    return repr(x) if isinstance(x, (int, float)) else type(x).__name__


def check_tensor(name, x, what="input"):
    """Refuse anything that is not a Tensor."""
    if not is_tensor(x):
        cure = "make one with tensor(...) or from_numpy(...)"
        raise TypeError(f"{name}: {what} must be a Tensor, got {type(x).__name__}; {cure}")


KINDS = {"": "f", "numeric": "uif", "any": "buif", "bool": "b"}  # letters of NumPy's dtype.kind


def check_kind(name, x, kind="", what="input"):
    """Refuse a Tensor whose dtype is not of the `kind` of a declaration; "" is floating point."""
    check_tensor(name, x, what)
    dtype = x.array.dtype
    fits = dtype.kind in KINDS[kind] if kind in KINDS else str(dtype) in kind.split(" or ")
    if not fits:
        wanted = {"": "of a floating point dtype", "numeric": "of numbers"}.get(kind, kind)
        cure = ".long()" if "int" in kind else "x > 0, say" if kind == "bool" else ".float()"
        raise RuntimeError(f"{name}: {what} must be {wanted}, got {x.dtype}; convert it: {cure}")


def check_floating(name, x, what="input"): check_kind(name, x, "", what)
def check_numeric(name, x): check_kind(name, x, "numeric")


def check_same_dtype(name, x, what, other):
    """Refuse two tensors that would be combined in two precisions."""
    if other.dtype != x.dtype:
        cure = f"convert one of them, e.g. with .to({what}.dtype) or module.to(input.dtype)"
        raise RuntimeError(f"{name}: {what} is {other.dtype} beside {x.dtype}; {cure}")


def check_broadcast(name, a, b):
    """Refuse two shapes that can't be broadcast together, counted from the last axis."""
    for m, n in zip(reversed(a), reversed(b)):
        if m != n and m != 1 and n != 1:
            why = f"counted from the last axis, sizes must be equal or 1, but {m} meets {n}"
            raise RuntimeError(f"{name}: shapes {a} and {b} can't be broadcast together: {why}")


# Numbers


def number(name, value, what="anything but a Tensor (see from_numpy)"):
    """An int, float or bool from any kind of number, NumPy's included."""
    if value.__class__ is float:
        return value
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if not isinstance(value, numbers.Real):
        raise TypeError(f"{name}: {what} must be a number, got {shown(value)}")
    try:
        as_float = float(value)
    except OverflowError:
        raise RuntimeError(f"{name}: a number must be below 1e308") from None
    return int(value) if isinstance(value, numbers.Integral) else as_float


def stored(name, value, dtype):
    """The number as a tensor of `dtype` holds it; RuntimeError if it can't: 300 or 0.5 in uint8."""
    if dtype.kind == "f":
        if float(np.finfo(dtype).max) < abs(value) < math.inf:
            raise RuntimeError(f"{name}: {value} is too large for {dtype}")
        return value
    low, high = (0, 1) if dtype.kind == "b" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    if not low <= value <= high or value != int(value):  # a NaN is not between them
        raise RuntimeError(f"{name}: {value} can't be stored in a tensor of {dtype}; convert it")
    return bool(value) if dtype.kind == "b" else int(value)  # True | 0 would be an int


def flag(name, value, what):
    """Refuse anything but True and False: 1 and "no" are mistakes."""
    if not isinstance(value, bool):
        raise TypeError(f"{name}: {what} must be True or False, got {shown(value)}")
    return value


def integer(name, value, what, least=None):
    """A Python int from an int or an integer tensor of one element, at least `least`."""
    try:
        value = operator.index(None if isinstance(value, bool) else value)
    except TypeError:
        raise TypeError(f"{name}: {what} must be an integer, got {shown(value)}") from None
    if not -(2**63) <= value < 2**63:
        raise RuntimeError(f"{name}: {what} must fit into int64, got {value}")
    if least is not None and value < least:
        raise ValueError(f"{name}: {what} must be at least {least}, got {value}")
    return value


# Dims and sizes


def one_dim(name, dim, ndim):
    """A dim counted from the front: -1 becomes ndim - 1. (A 0-d tensor counts as 1-d here.)"""
    dim, count = integer(name, dim, "dim"), max(ndim, 1)
    if not -count <= dim < count:
        raise IndexError(f"{name}: dim {dim} is out of range, expected {-count} to {count - 1}")
    return dim % count


def some_dims(name, dim, ndim):
    """The dims of a reduction as a tuple, counted from the front; None and () mean all of them."""
    if dim is None or isinstance(dim, (tuple, list)) and not dim:
        return tuple(range(ndim))
    dims = tuple(one_dim(name, d, ndim) for d in (dim if isinstance(dim, (tuple, list)) else [dim]))
    if len(set(dims)) != len(dims):
        raise RuntimeError(f"{name}: dim {dim} names a dimension twice")
    return dims if ndim else ()


def sizes(name, size, least=None):
    """A shape given as f(2, 3) or f((2, 3)) as a tuple of ints, none of them below `least`."""
    if len(size) == 1 and isinstance(size[0], (tuple, list)):
        size = size[0]
    size = tuple(integer(name, n, "every size", least) for n in size)
    if math.prod(size) >= 2**63:
        raise RuntimeError(f"{name}: no memory for size {size}")
    return size


def pair(name, value, what, least=0):
    """An int, or a sequence of two, as a pair (vertical, horizontal), neither below `least`."""
    values = value if isinstance(value, (tuple, list)) else [value]
    if len(values) not in (1, 2):
        raise RuntimeError(f"{name}: {what} must be an integer or a pair, got {value!r}")
    return tuple(integer(name, n, what, least) for n in (values[0], values[-1]))


def missing(owner):
    """A __getattr__ for a module: PyTorch has more names than this library."""

    def refuse(name):
        instead = "docs/from_pytorch.md says what to write instead"
        raise AttributeError(f"{owner} has no {name!r}; {instead}")

    return refuse


_warned = {}  # where the module `warnings` notes what it has shown: each line once only


def warn(message):
    """A UserWarning that points at the user's line: the innermost one outside the library."""
    warnings.warn_explicit(message, UserWarning, *line_of_user(), registry=_warned)
