"""Making tensors: from data, filled with one value, counting, and random.

Every function takes the options dtype, device and requires_grad. Python floats become float32
(see `set_default_dtype`), integers int64; what has a dtype of its own keeps it. Random numbers
are drawn on the host by one seeded generator: see random.py.
"""

import math

import numpy as np

from . import dtypes
from .arrays import as_array, find_library, is_array, quietly
from .autograd import no_grad
from .autograd.memory import row_around
from .checks import check_floating, check_tensor, integer, is_tensor, python_number, sizes, stored
from .random import default_generator
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
    _check_dtype(array.dtype)
    given = _around(as_array(array, device))
    made = given.to(dtype=dtype)
    if made is not given and made.dtype.kind in "iu" and bool((made != given).any()):
        low, high = given.min().item(), given.max().item()
        raise RuntimeError(f"tensor: numbers from {low} to {high} can't be stored in {made.dtype}")
    return made


def from_numpy(array):
    """A tensor on the CPU that shares the memory of a NumPy array."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"from_numpy: expected a numpy.ndarray, got {type(array).__name__}")
    _check_dtype(array.dtype)
    return _around(np.asarray(array))


def _around(array):
    """A tensor on an array that others hold: its memory begins and ends with this array."""
    made = Tensor(array)
    made.memory.share().row = row_around(array, array)
    return made


def _from_numbers(data, dtype):
    """Numbers in nested lists as an array, of the widest dtype among them."""
    floats = dtypes.get_default_dtype() if dtype is None else dtypes.float64  # Python's floats
    found = set()

    def plain(x):
        if isinstance(x, (list, tuple, range)):
            return [plain(element) for element in x]
        if hasattr(x, "dtype"):
            _check_dtype(x.dtype)
            found.add(x.dtype)
            return x.item() if is_tensor(x) else x
        x = python_number("tensor", x)
        found.add(floats if isinstance(x, float) else dtypes.dtype_of_number(x))
        return x

    data, widest = plain(data), dtypes.bool_ if found else floats
    for other in found:
        widest = dtypes.result_dtype(widest, False, other, False)
    try:
        return quietly(np.asarray, data, widest)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"tensor: not lists of equal lengths in {widest}: {error}") from None


def _check_dtype(dtype):
    if dtype not in dtypes.ALL:
        raise TypeError(
            f"{dtype} is not a dtype of this library ({', '.join(map(str, dtypes.ALL))}); convert "
            "the numbers first, e.g. with .astype('float32')"
        )


# Filled


def full(size, fill_value, *, dtype=None, device=None, requires_grad=False):
    """A tensor of shape `size`, full of one value, whose type decides the dtype."""
    value = _number("full", fill_value)
    dtype = dtypes.dtype_of_number(value) if dtype is None else dtypes.as_dtype(dtype)
    shape, value = sizes("full", (size,), least=0), stored("full", value, dtype)
    return Tensor(find_library(device).xp.full(shape, value, dtype), requires_grad)


def zeros(*size, **options):
    """zeros(2, 3): a tensor of that shape, full of 0."""
    return full(sizes("zeros", size, least=0), 0.0, **options)


def ones(*size, **options):
    """ones(2, 3): a tensor of that shape, full of 1."""
    return full(sizes("ones", size, least=0), 1.0, **options)


def empty(*size, **options):
    """empty(2, 3): a tensor of that shape to be filled. (It holds zeros: garbage helps nobody.)"""
    return full(sizes("empty", size, least=0), 0.0, **options)


def full_like(input, fill_value, *, dtype=None, device=None, requires_grad=False):
    """One value everywhere, in the shape, dtype and device of `input`."""
    check_tensor("full_like", input)
    dtype, device = input.dtype if dtype is None else dtype, device or input.device
    return full(input.shape, fill_value, dtype=dtype, device=device, requires_grad=requires_grad)


def zeros_like(input, **options):
    """0 everywhere, in the shape, dtype and device of `input`."""
    return full_like(input, 0, **options)


def ones_like(input, **options):
    """1 everywhere, in the shape, dtype and device of `input`."""
    return full_like(input, 1, **options)


def empty_like(input, **options):
    """A tensor to be filled, in the shape, dtype and device of `input`."""
    return full_like(input, 0, **options)


def eye(n, m=None, *, dtype=None, **options):
    """The identity matrix, n x n or n x m."""
    shape = sizes("eye", (n, n if m is None else m), least=0)
    return tensor(np.eye(*shape), dtype=dtype or dtypes.get_default_dtype(), **options)


def _number(name, x):
    return python_number(name, x.item() if is_tensor(x) else x)


# Counting


def arange(start, end=None, step=1, *, dtype=None, **options):
    """start, start + step, ... up to but without `end`; arange(n) counts from 0 to n - 1."""
    limits = (0, start, step) if end is None else (start, end, step)
    start, end, step = (_number("arange", x) for x in limits)
    if not all(map(math.isfinite, (start, end, step))) or step == 0 or (end - start) * step < 0:
        raise RuntimeError(f"arange: can't count from {start} to {end} in steps of {step}")
    if dtype is None:
        whole = all(isinstance(x, int) for x in (start, end, step))
        dtype = dtypes.int64 if whole else dtypes.get_default_dtype()
    elif dtypes.as_dtype(dtype).kind != "f":
        start, end, step = int(start), int(end), int(step)
    numbers = start + step * np.arange(math.ceil((end - start) / step))
    return tensor(numbers, dtype=dtype, **options)


def linspace(start, end, steps, *, dtype=None, **options):
    """`steps` evenly spaced numbers from start to end, both included; integers are rounded to 0."""
    limits = _number("linspace", start), _number("linspace", end)
    dtype = dtypes.get_default_dtype() if dtype is None else dtypes.as_dtype(dtype)
    if dtype.kind != "f":
        limits = map(int, limits)
    numbers = np.linspace(*limits, integer("linspace", steps, "steps", least=0))
    return tensor(numbers if dtype.kind == "f" else np.trunc(numbers), dtype=dtype, **options)


# Random


def manual_seed(seed):
    """Seed all randomness of the library: the same seed gives the same run, on every device."""
    return default_generator.manual_seed(seed)


def rand(*size, generator=None, dtype=None, device=None, requires_grad=False):
    """Uniform numbers in [0, 1)."""
    draw = (generator or default_generator).uniform
    return _drawn("rand", draw, size, dtype, device, requires_grad)


def randn(*size, generator=None, dtype=None, device=None, requires_grad=False):
    """Standard normal numbers: mean 0, variance 1."""
    draw = (generator or default_generator).normal
    return _drawn("randn", draw, size, dtype, device, requires_grad)


def _drawn(name, draw, size, dtype, device, requires_grad):
    dtype = dtypes.get_default_dtype() if dtype is None else dtypes.as_dtype(dtype)
    if dtype.kind != "f":
        raise RuntimeError(f"{name}: expected a floating point dtype, got {dtype}")
    return Tensor(as_array(draw(sizes(name, size, least=0), dtype), device), requires_grad)


@no_grad
def rand_like(input, *, generator=None, **options):
    """Uniform numbers in [0, 1), in the shape, dtype and device of `input`."""
    return empty_like(input, **options).uniform_(generator=generator)


@no_grad
def randn_like(input, *, generator=None, **options):
    """Standard normal numbers, in the shape, dtype and device of `input`."""
    return empty_like(input, **options).normal_(generator=generator)


@no_grad
def normal(mean=0.0, std=1.0, size=None, *, generator=None, **options):
    """Normal numbers with this mean and deviation: numbers and a size, or tensors of them."""
    if size is not None:
        return empty(size, **options).normal_(mean, std, generator=generator)
    if not is_tensor(mean) and not is_tensor(std):
        raise TypeError("normal: needs a size, as in normal(0.0, 1.0, (3,)), or tensors")
    std = mean * 0 + std  # of the shape of both
    if bool((std < 0).any()):
        raise RuntimeError("normal: std must not be negative")
    return std * randn_like(std, generator=generator) + mean


def randint(low, high, size=None, *, generator=None, dtype=dtypes.int64, device=None):
    """Uniform integers in [low, high), or randint(high, size) in [0, high)."""
    if isinstance(high, (tuple, list)):
        low, high, size = 0, low, high
    low, high = integer("randint", low, "low"), integer("randint", high, "high")
    if low >= high or size is None:
        raise RuntimeError(f"randint: needs low < high and a size, got {low}, {high} and {size}")
    for limit in (low, high - 1):
        stored("randint", limit, dtypes.as_dtype(dtype))
    shape = sizes("randint", (size,), least=0)
    draws = (generator or default_generator).integers(low, high, shape)
    return tensor(draws, dtype=dtype, device=device)


def randint_like(input, low, high=None, *, dtype=None, device=None, **options):
    """Uniform integers in [low, high) or [0, low), in the shape, dtype and device of `input`."""
    check_tensor("randint_like", input)
    limits = (0, low) if high is None else (low, high)
    dtype, device = dtype or input.dtype, device or input.device
    return randint(*limits, input.shape, dtype=dtype, device=device, **options)


def randperm(n, *, generator=None, **options):
    """The numbers from 0 to n - 1 in random order."""
    n = integer("randperm", n, "n", least=0)
    return tensor((generator or default_generator).permutation(n), **options)


def bernoulli(input, *, generator=None):
    """1 with the probability that `input` has at each position, else 0."""
    check_floating("bernoulli", input)
    if not bool(((input >= 0) & (input <= 1)).all()):
        raise RuntimeError("bernoulli: input must hold probabilities between 0 and 1")
    return (rand_like(input, generator=generator) < input).to(input.dtype)
