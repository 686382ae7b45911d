"""Making tensors: from data, filled with one value, counting, and random.

Every function takes `dtype`, `device` and `requires_grad` as PyTorch does. Python floats become
float32 (see `set_default_dtype`), integers int64, and NumPy arrays keep their dtype. Random
numbers are drawn on the host by one seeded generator: see backend/random.py.
"""

import builtins
import math

import numpy as np

from .autograd.grad_mode import mode
from .backend import default_generator, dtypes, get_backend
from .ops.arithmetic import python_number
from .ops.checks import check_floating, check_tensor, integer, number, size_tuple, sizes, stored
from .tensor import Tensor


def _wrap(array, dtype=None, device=None, requires_grad=False):
    backend = get_backend(device)
    if dtype is not None:
        array = mode.quietly(array.astype, dtypes.as_dtype(dtype), copy=False)
    return Tensor(backend.asarray(array), backend, requires_grad)


def tensor(data, *, dtype=None, device=None, requires_grad=False):
    """A tensor with a copy of `data`: numbers, nested lists of numbers, an array, or a Tensor.

    >>> import tinygrad_cv as tg
    >>> tg.tensor([[1, 2], [3, 4]])
    tensor([[1, 2],
            [3, 4]])
    """
    if isinstance(data, Tensor):
        copied = data.detach().clone().to(dtype=dtype, device=device)
        return copied.requires_grad_(requires_grad)
    return _wrap(_host_array("tensor", data, dtype).copy(), dtype, device, requires_grad)


def as_tensor(data, dtype=None, device=None):
    """As `tensor`, but without a copy where `data` is a Tensor or array of the right kind already."""
    if isinstance(data, Tensor):
        return data.to(dtype=dtype, device=device)
    return _wrap(_host_array("as_tensor", data, dtype), dtype, device)


def from_numpy(array):
    """A CPU tensor that shares the memory of a NumPy array."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"from_numpy: expected a numpy.ndarray, got {type(array).__name__}")
    dtypes.as_dtype(array.dtype)
    return Tensor(array, get_backend("cpu"))


def is_tensor(obj):
    """Is this object a Tensor?"""
    return isinstance(obj, Tensor)


def _host_array(name, data, dtype):
    """`data` as a NumPy array of a dtype that we have; tensors inside lists count as numbers."""
    if isinstance(data, (list, tuple)):
        data = _numbers(data)
    try:
        array = np.asarray(data)
    except ValueError:
        raise ValueError(f"{name}: nested lists must have equal lengths at every level") from None
    if array.dtype.kind == "c":
        raise NotImplementedError(f"{name}: complex numbers are not supported")
    if array.dtype.kind == "O" and isinstance(data, int):
        raise ValueError(f"{name}: {data} does not fit into int64")
    if array.dtype.kind not in "bifu":
        raise TypeError(f"{name}: expected numbers, nested lists of numbers or an array, got {type(data).__name__} "
                        f"with elements that are not numbers")
    if isinstance(data, (np.ndarray, np.generic)):
        dtypes.as_dtype(array.dtype)
        return array
    if dtype is not None and array.size and dtypes.as_dtype(dtype).kind in "iu":  # a float that is too large becomes inf
        for extreme in array.min(), array.max():
            stored(name, extreme, dtypes.as_dtype(dtype))
    if array.dtype.kind == "f" and dtype is None:
        dtype = dtypes.get_default_dtype()
    return array if dtype is None else mode.quietly(array.astype, dtypes.as_dtype(dtype))


def _numbers(data):
    if isinstance(data, Tensor):
        if data.numel() != 1:
            raise ValueError(f"tensor: of tensors in a list each must be one number, got shape {data.shape}; use stack()")
        return data.item()
    return [_numbers(x) if isinstance(x, (list, tuple, Tensor)) else x for x in data]


# Filled


def _scalar(name, x):
    """A Python number from a number or a 0-d tensor."""
    if isinstance(x, Tensor) and x.ndim:
        raise RuntimeError(f"{name}: expected a number or a 0-d tensor, got shape {x.shape}")
    return python_number(name, x.item() if isinstance(x, Tensor) else x)


def _filled(name, size, value, dtype, device, requires_grad):
    shape, backend = sizes(name, size, least=0), get_backend(device)
    dtype = dtypes.get_default_dtype() if dtype is None else dtypes.as_dtype(dtype)
    return Tensor(backend.full(shape, stored(name, value, dtype), dtype), backend, requires_grad)


def zeros(*shape, size=None, dtype=None, device=None, requires_grad=False):
    """zeros(2, 3): a tensor of that shape, full of 0."""
    return _filled("zeros", shape if size is None else (size,), 0, dtype, device, requires_grad)


def ones(*shape, size=None, dtype=None, device=None, requires_grad=False):
    """ones(2, 3): a tensor of that shape, full of 1."""
    return _filled("ones", shape if size is None else (size,), 1, dtype, device, requires_grad)


def full(size, fill_value, *, dtype=None, device=None, requires_grad=False):
    """A tensor of shape `size`, full of one value, whose type decides the dtype."""
    value, size = _scalar("full", fill_value), size_tuple("full", size)
    dtype = dtypes.dtype_of_number(value) if dtype is None else dtype
    return _filled("full", size, value, dtype, device, requires_grad)


def empty(*shape, size=None, dtype=None, device=None, requires_grad=False):
    """empty(2, 3): a tensor of that shape to be filled. (It holds zeros: nobody gains from garbage.)"""
    return _filled("empty", shape if size is None else (size,), 0, dtype, device, requires_grad)


def _like(name, input, value, dtype, device, requires_grad=False):
    check_tensor(name, input)
    backend = input.backend if device is None else get_backend(device)
    dtype = input.array.dtype if dtype is None else dtypes.as_dtype(dtype)
    return Tensor(backend.full(input.array.shape, stored(name, value, dtype), dtype), backend, requires_grad)


def zeros_like(input, *, dtype=None, device=None, requires_grad=False):
    """0 everywhere, in the shape, dtype and device of `input`."""
    return _like("zeros_like", input, 0, dtype, device, requires_grad)


def ones_like(input, *, dtype=None, device=None, requires_grad=False):
    """1 everywhere, in the shape, dtype and device of `input`."""
    return _like("ones_like", input, 1, dtype, device, requires_grad)


def full_like(input, fill_value, *, dtype=None, device=None, requires_grad=False):
    """One value everywhere, in the shape, dtype and device of `input`."""
    return _like("full_like", input, _scalar("full_like", fill_value), dtype, device, requires_grad)


def empty_like(input, *, dtype=None, device=None, requires_grad=False):
    """A tensor to be filled, in the shape, dtype and device of `input`."""
    return _like("empty_like", input, 0, dtype, device, requires_grad)


def eye(n, m=None, *, dtype=None, device=None, requires_grad=False):
    """The identity matrix, n x n or n x m."""
    shape = sizes("eye", (n, n if m is None else m), least=0)
    return _wrap(np.eye(*shape), dtype or dtypes.get_default_dtype(), device, requires_grad)


# Counting


def arange(start=None, end=None, step=1, *, dtype=None, device=None, requires_grad=False):
    """start, start + step, ... up to but without `end`; arange(n) counts 0 to n - 1."""
    start, end, step = (None if x is None else _scalar("arange", x) for x in (start, end, step))
    if step is None or step != 1 and (start is None or end is None):
        raise TypeError("arange: with a step it needs start and end, too")
    start, end = (0, start) if end is None else (start or 0, end)
    if not all(map(math.isfinite, (start, end, step))) or step == 0 or (end - start) * step < 0:
        raise RuntimeError(f"arange: can't count from {start} to {end} in steps of {step}")
    floats = builtins.any(isinstance(x, float) for x in (start, end, step))
    dtype = dtypes.as_dtype(dtype or (dtypes.get_default_dtype() if floats else dtypes.int64))
    if dtype.kind == "b":
        raise NotImplementedError("arange: not defined for bool")
    if dtype == dtypes.int64:
        start, end, step = int(start), int(end), int(step)
    count = math.ceil((end - start) / step)
    if dtype.kind in "iu":
        start, step = int(start), int(step)
    return _wrap(start + step * np.arange(count), dtype, device, requires_grad)


def linspace(start, end, steps, *, dtype=None, device=None, requires_grad=False):
    """`steps` evenly spaced numbers from start to end, both included."""
    if integer("linspace", steps, "steps") < 0:
        raise RuntimeError(f"linspace: steps must not be negative, got {steps}")
    start, end = (_scalar("linspace", x) for x in (start, end))
    if dtype is not None and dtypes.as_dtype(dtype).kind != "f":
        start, end = int(start), int(end)
    return _wrap(np.linspace(start, end, steps), dtype or dtypes.get_default_dtype(), device, requires_grad)


# Random


def manual_seed(seed):
    """Seed all randomness of the library: the same seed gives the same run, on every device."""
    return default_generator.manual_seed(seed)


def _drawn(name, draw, size, dtype, device, requires_grad):
    dtype = dtypes.get_default_dtype() if dtype is None else dtypes.as_dtype(dtype)
    if dtype.kind != "f":
        raise RuntimeError(f"{name}: expected a floating dtype, got {dtype}")
    shape, backend = sizes(name, size, least=0), get_backend(device)
    return Tensor(backend.asarray(draw(shape, dtype)), backend, requires_grad)


def rand(*shape, size=None, generator=None, dtype=None, device=None, requires_grad=False):
    """Uniform numbers in [0, 1)."""
    size = shape if size is None else (size,)
    return _drawn("rand", (generator or default_generator).uniform, size, dtype, device, requires_grad)


def randn(*shape, size=None, generator=None, dtype=None, device=None, requires_grad=False):
    """Standard normal numbers: mean 0, variance 1."""
    size = shape if size is None else (size,)
    return _drawn("randn", (generator or default_generator).normal, size, dtype, device, requires_grad)


def normal(mean=0.0, std=1.0, size=None, *, generator=None, dtype=None, device=None, requires_grad=False):
    """Normal numbers with the given mean and standard deviation: numbers and a size, or tensors of them."""
    if isinstance(mean, Tensor) or isinstance(std, Tensor):
        mean, std = (x if isinstance(x, Tensor) else number("normal", x, "mean and std") for x in (mean, std))
        if isinstance(std, Tensor) and bool((std < 0).any()):
            raise RuntimeError("normal: std must not be negative")
        mean = (mean + std * 0).detach()  # a tensor of the shape of both
        return mean + (std * randn_like(mean, generator=generator)).detach()
    if size is None:
        raise TypeError("normal: needs a size, e.g. normal(0.0, 1.0, (3,)), or tensors for mean or std")
    number("normal", mean, "mean")
    number("normal", std, "std")
    if not std >= 0:
        raise RuntimeError(f"normal: std must not be negative, got {std}")
    return _filled("normal", size_tuple("normal", size), 0, dtype, device, False).normal_(mean, std, generator=generator).requires_grad_(requires_grad)


def randint(low, high=None, size=None, *, generator=None, dtype=None, device=None):
    """Uniform integers in [low, high), or randint(high, size) in [0, high)."""
    if isinstance(high, (tuple, list)):
        low, high, size = 0, low, high
    if size is None:
        raise TypeError("randint: needs a size, e.g. randint(0, 10, (3,))")
    return _integers("randint", low, high, size_tuple("randint", size), generator, dtype or dtypes.int64, device)


def _integers(name, low, high, shape, generator, dtype, device):
    low, high = (0, low) if high is None else (low, high)
    low, high = integer(name, low, "low"), integer(name, high, "high")
    if low >= high:
        raise RuntimeError(f"{name}: expected low < high, got {low} and {high}")
    if dtypes.as_dtype(dtype).kind in "iu":
        for bound in low, high - 1:
            stored(name, bound, dtypes.as_dtype(dtype))
    return _wrap((generator or default_generator).integers(low, high, shape, dtypes.int64), dtype, device)


def randperm(n, *, generator=None, dtype=None, device=None):
    """The numbers 0 to n - 1 in random order."""
    (n,) = sizes("randperm", (integer("randperm", n, "n"),), least=0)
    return _wrap((generator or default_generator).permutation(n), dtype, device)


def bernoulli(input, *, generator=None):
    """1 with the probability that `input` holds at each place, else 0."""
    check_floating("bernoulli", input)
    if input.numel() and not 0 <= input.min().item() <= input.max().item() <= 1:
        raise RuntimeError("bernoulli: input must hold probabilities between 0 and 1")
    return (rand_like(input, generator=generator) < input.detach()).to(input.dtype)


def _float_like(name, input, dtype, device):
    check_tensor(name, input)
    wanted = input.dtype if dtype is None else dtypes.as_dtype(dtype)
    if wanted.kind != "f":
        raise NotImplementedError(f"{name}: needs a floating dtype, got {wanted}; pass dtype=")
    return _like(name, input, 0, dtype, device)


def rand_like(input, *, generator=None, dtype=None, device=None, requires_grad=False):
    """Uniform numbers in [0, 1), in the shape, dtype and device of `input`."""
    return _float_like("rand_like", input, dtype, device).uniform_(generator=generator).requires_grad_(requires_grad)


def randn_like(input, *, generator=None, dtype=None, device=None, requires_grad=False):
    """Standard normal numbers, in the shape, dtype and device of `input`."""
    return _float_like("randn_like", input, dtype, device).normal_(generator=generator).requires_grad_(requires_grad)


def randint_like(input, low, high=None, *, generator=None, dtype=None, device=None):
    """Uniform integers in [low, high), in the shape, dtype and device of `input`."""
    check_tensor("randint_like", input)
    return _integers("randint_like", low, high, input.shape, generator, dtype or input.dtype, device or input.device)
