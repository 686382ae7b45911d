"""Errors at the door: what operations check before an array library sees the numbers.

Every message names the operation, what it got, what it needs and, where there is one, the way
out. What is not refused here must be right: nothing raised from inside NumPy reaches a user.
"""

import builtins
import math
import numbers
import operator

from ..backend import dtypes


def shown(x):
    """How an error message shows an argument: a tensor by its shape, anything else by its type."""
    return f"a Tensor of shape {tuple(x.shape)}" if hasattr(x, "grad_fn") else type(x).__name__


def check_tensor(name, x, what="input"):
    """Refuse what is no Tensor."""
    if not hasattr(x, "grad_fn"):
        raise TypeError(
            f"{name}: {what} must be a Tensor, got {type(x).__name__}; make one with tensor(...) or from_numpy(...)"
        )


def check_ndim(name, x, allowed, layout, what="input"):
    """Refuse a tensor without one of the `allowed` numbers of dimensions; `layout` is e.g. (N, C, H, W)."""
    check_tensor(name, x, what)
    if len(x.shape) not in allowed:
        raise RuntimeError(f"{name}: expected {what} {layout}, got {len(x.shape)} dimensions, shape {tuple(x.shape)}")


def check_same_dtype(name, x, **others):
    """Refuse tensors that would be multiplied in two precisions."""
    for what, other in others.items():
        if other is not None and other.dtype != x.dtype:
            raise RuntimeError(
                f"{name}: input is {x.dtype} but {what} is {other.dtype}; convert one, "
                f"e.g. with .to({what}.dtype) or module.to(input.dtype)"
            )


def check_floating(name, x):
    """Refuse integers and booleans, which have no gradient and no mean."""
    if not hasattr(x, "grad_fn"):
        check_tensor(name, x)
    if x.array.dtype.kind != "f":
        raise RuntimeError(f"{name}: expected a floating point tensor, got {x.dtype}; convert it with .float()")


def floating(x):
    """x itself, or x in the default dtype if it holds integers or booleans."""
    return x if x.dtype.kind == "f" else x.to(dtypes.get_default_dtype())


def check_numeric(name, x):
    """Refuse booleans, which can't be counted with."""
    check_tensor(name, x)
    if x.dtype.kind == "b":
        raise NotImplementedError(f"{name}: not defined for bool; convert the input with .long() or .float()")


def unsupported(name, **given):
    """Refuse arguments that PyTorch has and we have not, unless they ask for nothing."""
    for what, value in given.items():
        if value is not None and value is not False:
            raise NotImplementedError(f"{name}: the argument {what} is not supported")


def stored(name, number, dtype):
    """A number as a tensor of `dtype` stores it; RuntimeError where it can't: 300 in uint8, 1e50 in float32."""
    if dtype.kind == "f" and dtypes.largest(dtype) < builtins.abs(number) < math.inf:
        raise RuntimeError(f"{name}: {number} can't be converted to {dtype} without overflow")
    if dtype.kind not in "iu":
        return number
    most = (1 << 8 * dtype.itemsize - (dtype.kind == "i")) - 1
    if not -most - 1 <= number <= most:  # True for NaN, too
        raise RuntimeError(f"{name}: {number} does not fit into a tensor of {dtype}")
    return dtypes.wrap(int(number), dtype)


def number(name, value, what):
    """Refuse what is no Python (or NumPy) number."""
    if not isinstance(value, numbers.Real):
        raise TypeError(f"{name}: {what} must be a number, got {shown(value)}")
    return value


def flag(name, value, what):
    """Refuse what is neither True nor False: 1 and "no" are mistakes."""
    if not isinstance(value, bool):
        raise TypeError(f"{name}: {what} must be True or False, got {shown(value)}")
    return value


def integer(name, value, what):
    """A Python int from an int or an integer tensor of one element."""
    if value.__class__ is int:
        return value
    if isinstance(value, bool) or isinstance(value, float):
        raise TypeError(f"{name}: {what} must be an integer, got {value!r}")
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(f"{name}: {what} must be an integer, got {type(value).__name__}") from None


def one_dim(name, dim, ndim):
    """A dimension counted from the end made to count from the front."""
    dim = integer(name, dim, "dim")
    if not -max(ndim, 1) <= dim < max(ndim, 1):
        raise IndexError(
            f"{name}: dim {dim} is out of range for a tensor of {ndim} dimensions "
            f"(expected {-max(ndim, 1)} to {max(ndim, 1) - 1})"
        )
    return dim + max(ndim, 1) if dim < 0 else dim


def some_dims(name, dim, ndim, keepdim=False):
    """The dims of a reduction as a tuple of non-negative ints; None and () mean all of them."""
    if keepdim.__class__ is not bool:
        flag(name, keepdim, "keepdim")
    if dim is None or isinstance(dim, (tuple, list)) and not dim:
        return tuple(range(ndim))
    dims = tuple(one_dim(name, d, ndim) for d in (dim if isinstance(dim, (tuple, list)) else (dim,)))
    if len(set(dims)) != len(dims):
        raise RuntimeError(f"{name}: dim {dim} names a dimension twice")
    return dims if ndim else ()


def sizes(name, size, least=None):
    """A shape given as f(2, 3) or f((2, 3)) as a tuple of ints, none of them under `least`."""
    if len(size) == 1 and isinstance(size[0], (tuple, list)):
        size = size[0]
    shape = tuple(integer(name, n, "every size") for n in size)
    if least is not None and builtins.min(shape, default=least) < least:
        raise RuntimeError(f"{name}: sizes must not be negative, got {shape}")
    return shape


def size_tuple(name, size):
    """A shape that is to be given as a tuple or list."""
    if not isinstance(size, (tuple, list)):
        raise TypeError(f"{name}: size must be a tuple of integers, got {shown(size)}")
    return sizes(name, (size,), least=0)


def pair(name, value, what, least=0):
    """An int, or a sequence of two, as a pair (vertical, horizontal), none of them under `least`."""
    values = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    if len(values) == 1:
        values *= 2
    if len(values) != 2:
        raise RuntimeError(f"{name}: {what} must be an integer or a pair, got {value!r}")
    values = tuple(integer(name, v, what) for v in values)
    if min(values) < least:
        raise RuntimeError(f"{name}: {what} must be at least {least}, got {value!r}")
    return values
