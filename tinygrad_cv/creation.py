"""Making tensors: from data, filled with one value, counting, and random.

Every function takes the options dtype, device and requires_grad. Python floats become float32
(see `set_default_dtype`), integers int64; what has a dtype of its own keeps it. Random numbers
are drawn on the host by one seeded generator: see random.py.
"""

import math
from functools import partialmethod

import numpy as np

from . import dtypes
from .arrays import as_array, find_library, is_array, namespace, on_host, quietly
from .autograd import no_grad
from .checks import check_tensor, integer, is_tensor, number, sizes, stored
from .ops.inplace import draw_integers
from .random import Generator, default_generator
from .tensor import Tensor


def tensor(data, *, dtype=None, device=None, requires_grad=False):
    """A tensor with a copy of `data`: numbers, nested lists of numbers, an array, or a Tensor.

    >>> import tinygrad_cv as tg
    >>> tg.tensor([[1, 2], [3, 4]])
    tensor([[1, 2],
            [3, 4]])
    """
    return as_tensor(data, dtype, device).detach().clone().requires_grad_(requires_grad)


def as_tensor(data, dtype=None, device=None):
    """As `tensor`, but without a copy where `data` is a Tensor or an array of that kind already."""
    if is_tensor(data):
        return data.to(dtype=dtype, device=device)
    array = data if is_array(data) else _from_numbers(data, dtype)
    dtypes.as_dtype(array.dtype)
    given = Tensor(as_array(array, device))
    if given.array is data and on_host(data):  # others hold this array
        given.memory.outside = True
        given.strided = not data.flags.c_contiguous
    made = given.to(dtype=dtype)
    if made is not given and made.dtype.kind in "iu" and bool((made != given).any()):
        low, high = given.min().item(), given.max().item()
        raise RuntimeError(f"tensor: numbers from {low} to {high} can't be stored in {made.dtype}")
    return made


def from_numpy(array):
    """A tensor on the CPU that shares the memory of a NumPy array."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"from_numpy: expected a numpy.ndarray, got {type(array).__name__}")
    return as_tensor(np.asarray(array), device="cpu")


def _from_numbers(data, dtype):
    """Numbers in nested lists as an array, of the widest dtype among them."""
    floats = dtypes.get_default_dtype() if dtype is None else dtypes.float64  # Python's floats
    found = set()

    def plain(x):
        if isinstance(x, (list, tuple, range)):
            return [plain(element) for element in x]
        if hasattr(x, "dtype"):
            found.add(dtypes.as_dtype(x.dtype))
            return x.item() if is_tensor(x) else x
        x = number("tensor", x, "every element")
        found.add(floats if isinstance(x, float) else dtypes.dtype_of_number(x))
        return x

    data = plain(data)
    if not found or dtype is not None and dtypes.as_dtype(dtype).kind == "f":
        found.add(floats)  # which hold integers beyond int64, too
    widest = dtypes.bool_
    for other in found:
        widest = dtypes.result_dtype(widest, False, other, False)
    try:
        return quietly(np.asarray, data, widest)
    except ValueError as error:
        raise ValueError(f"tensor: not lists of equal lengths: {error}") from None
    except OverflowError:
        return stored("tensor", max(np.asarray(data, object).flat, key=abs), widest)  # refuses it


def _numbers(name, *given, dtype=None):
    """Numbers from numbers and tensors of one element; an integer `dtype` drops their fractions."""
    found = [number(name, x.item() if is_tensor(x) else x) for x in given]
    if dtype is None:
        return found
    whole = dtype.kind != "f"
    return [stored(name, int(x) if whole and abs(x) < math.inf else x, dtype) for x in found]


def _array(name, make, size, *arguments):
    """make(size, *arguments), an array; refused if there is no memory for it."""
    try:
        return quietly(make, size, *arguments)
    except (ValueError, OverflowError, MemoryError) as error:
        raise RuntimeError(f"{name}: no memory for size {size}: {error}") from None


def _alike(x, make, *args, dtype=None, device=None, **options):
    """What `make` makes, of the dtype and on the device of x."""
    return make(*args, dtype=dtype or x.dtype, device=device or x.device, **options)


def _like(make, plain=None):
    """The function that makes what `make` makes, in the shape, dtype and device of a tensor.

    `plain` is the name of the same in the array library: a GAN's loss calls ones_like each step.
    """

    def like(input, *value, **options):
        check_tensor(name, input)
        if plain and not value and not options:
            x = input.array
            return Tensor(_array(name, getattr(namespace(x), plain), x.shape, x.dtype))
        return _alike(input, make, input.shape, *value, **options)

    like.__name__ = like.__qualname__ = name = f"{make.__name__}_like"
    like.__doc__ = f"As {make.__name__}, in the shape, dtype and device of `input`."
    return like


# Filled


def _filled(name, size, value, dtype=None, device=None, requires_grad=False):
    shape, (value,) = sizes(name, size, least=0), _numbers(name, value)
    dtype = dtypes.dtype_of_number(value) if dtype is None else dtypes.as_dtype(dtype)
    xp, value = find_library(device).xp, stored(name, value, dtype)
    return Tensor(_array(name, xp.full, shape, value, dtype), requires_grad)


def full(size, fill_value, **options):
    """A tensor of shape `size`, full of one value, whose type decides the dtype."""
    return _filled("full", (size,), fill_value, **options)


def zeros(*size, **options):
    """zeros(2, 3): a tensor of that shape, full of 0."""
    return _filled("zeros", options.pop("size", size), 0.0, **options)


def ones(*size, **options):
    """ones(2, 3): a tensor of that shape, full of 1."""
    return _filled("ones", options.pop("size", size), 1.0, **options)


full_like, zeros_like, ones_like = _like(full), _like(zeros, "zeros"), _like(ones, "ones")
empty, empty_like = zeros, zeros_like  # to be filled; garbage in them would help nobody
for _make in tensor, full, zeros, ones:
    setattr(Tensor, f"new_{_make.__name__}", partialmethod(_alike, _make))
Tensor.new_empty = Tensor.new_zeros


def eye(n, m=None, *, dtype=None, **options):
    """The identity matrix, n x n or n x m."""
    n, m = sizes("eye", (n, n if m is None else m), least=0)
    dtype = dtype or dtypes.get_default_dtype()
    return tensor(_array("eye", np.eye, n, m), dtype=dtype, **options)


# Counting


def arange(start, end=None, step=1, *, dtype=None, **options):
    """start, start + step, ... up to but without `end`; arange(n) counts from 0 to n - 1."""
    limits = (0, start, step) if end is None else (start, end, step)
    of_floats = float in map(type, _numbers("arange", *limits))
    dtype = dtypes.as_dtype(dtype or (dtypes.get_default_dtype() if of_floats else int))
    held = dtype if dtype.kind == "f" else dtypes.int64
    start, end, step = _numbers("arange", *limits, dtype=held)
    if step == 0 or not 0 <= (end - start) / step < math.inf:
        raise RuntimeError(f"arange: can't count from {start} to {end} with step {step} in {dtype}")
    count = math.ceil((end - start) / step)
    return tensor(start + step * _array("arange", np.arange, count), dtype=dtype, **options)


def linspace(start, end, steps, *, dtype=None, **options):
    """`steps` evenly spaced numbers from start to end, both included."""
    dtype = dtypes.as_dtype(dtype or dtypes.get_default_dtype())
    steps = integer("linspace", steps, "steps", least=0)
    start, end = _numbers("linspace", start, end, dtype=dtype)
    numbers = _array("linspace", lambda n: np.linspace(float(start), float(end), n), steps)
    return tensor(numbers if dtype.kind == "f" else np.trunc(numbers), dtype=dtype, **options)


# Random


def _drawn(name, draw, size, generator=None, dtype=None, device=None, requires_grad=False):
    dtype = dtypes.as_dtype(dtype or dtypes.get_default_dtype())
    shape = sizes(name, size, least=0)
    if dtype.kind != "f":
        raise RuntimeError(f"{name}: expected a floating point dtype, got {dtype}")
    source = generator or default_generator
    array = _array(name, lambda shape: draw(source, shape, dtype), shape)
    return Tensor(as_array(array, device), requires_grad)


def rand(*size, **options):
    """rand(2, 3): uniform numbers in [0, 1), from the option `generator` or the default one."""
    return _drawn("rand", Generator.uniform, options.pop("size", size), **options)


def randn(*size, **options):
    """randn(2, 3): standard normal numbers, with mean 0 and variance 1; options as in `rand`."""
    return _drawn("randn", Generator.normal, options.pop("size", size), **options)


rand_like, randn_like = _like(rand), _like(randn)


@no_grad
def normal(mean=0.0, std=1.0, size=None, *, generator=None, **options):
    """Normal numbers with this mean and standard deviation: numbers, or tensors without a size."""
    if size is not None:
        return empty(size, **options).normal_(mean, std, generator=generator)
    alike = mean + std
    check_tensor("normal", alike, "without a size, mean or std")
    if bool((as_tensor(std) < 0).any()):
        raise RuntimeError("normal: std must not be negative")
    return mean + std * randn_like(alike, generator=generator, **options)


def randint(low=0, high=None, size=None, *, generator=None, dtype=dtypes.int64, device=None):
    """Uniform integers in [low, high), or randint(high, size) in [0, high)."""
    high, size = (None, high) if size is None else (high, size)
    x = _filled("randint", (size,), 0, dtype, device)
    return draw_integers("randint", x, low, high, generator)


def randperm(n, *, generator=None, **options):
    """The numbers from 0 to n - 1 in random order."""
    n, draw = integer("randperm", n, "n", least=0), (generator or default_generator).numpy
    return tensor(_array("randperm", draw.permutation, n), **options)
