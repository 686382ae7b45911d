"""An array for machines without a GPU: NumPy inside, CuPy's refusals outside.

Code written on NumPy meets CuPy's differences only on a GPU, one exception at a time, or, worse, as
silent slowness. `StrictArray` holds a NumPy array and lets only that through which CuPy 14 takes:

    refused    implicit conversion (np.asarray(x), np.exp(x), np.sum(x)), NumPy arrays and floating
               scalars as operands, functions and arguments that CuPy lacks (where= in a sum)
    imitated   reductions and x[0] give 0-d arrays; elementwise results are C-ordered whatever the
               strides of the inputs; index arrays that run out of range wrap; `empty` holds garbage
               (here NaN)
    counted    arrays and lists that are brought to the device; and what makes the host wait for it:
               bool, int, float, item, tolist, get, nonzero, x[mask]

It is written by composition, not by subclassing, and operator by operator: whatever is not written
here fails. `strict.py` has the functions. A subclass is an array of another device.
"""

import contextlib
import operator
from types import SimpleNamespace

import numpy as np

_watchers = []


class Watch:
    """What happened inside `with watch() as seen`.

    dtypes are those of all results, except views, sums, and memory from `empty(shape, dtype)`: a
    sum may be as exact as it likes, but what is computed from it should not stay float64.
    """

    def __init__(self):
        self.synchronizations = self.uploads = 0
        self.dtypes = set()


@contextlib.contextmanager
def watch():
    seen = Watch()
    _watchers.append(seen)
    try:
        yield seen
    finally:
        _watchers.remove(seen)


def synchronize():
    for seen in _watchers:
        seen.synchronizations += 1


def upload():
    for seen in _watchers:
        seen.uploads += 1


def opened(value, name):
    """The NumPy array inside, or the plain value; TypeError for what CuPy would not take."""
    if isinstance(value, StrictArray):
        return value._array
    if isinstance(value, np.ndarray):
        raise TypeError(f"{name}: Unsupported type <class 'numpy.ndarray'>; upload it with asarray")
    if isinstance(value, (np.inexact, np.bool_)):
        raise TypeError(f"{name}: a {type(value).__name__} of NumPy promotes; use a Python number")
    if isinstance(value, (list, tuple)):
        return type(value)(opened(v, name) for v in value)
    return value


def operands(name, values):
    """The same for an operator's or an elementwise function's operands: no lists either."""
    if any(isinstance(x, (list, tuple)) for x in values):
        raise TypeError(f"{name}: Unsupported type list or tuple")
    return [opened(x, name) for x in values]


def note(array):
    for seen in _watchers:
        seen.dtypes.add(str(array.dtype))
    return array


def closed(result, array_type, given=(), c_order=False, noted=True):
    """Wrap what NumPy returned; an array that was passed in (out=) is returned itself."""
    for x in given:
        if isinstance(x, StrictArray) and x._array is result:
            return x
    if isinstance(result, (np.ndarray, np.generic)):
        array = np.asarray(result, order="C" if c_order else "K")
        return array_type(note(array) if noted else array)
    if isinstance(result, (list, tuple)):
        return type(result)(closed(r, array_type, given, c_order, noted) for r in result)
    return result


def checked_index(index, shape):
    """What NumPy must be given to do as CuPy does: arrays of integers wrap."""
    items = list(index) if isinstance(index, tuple) else [index]
    items = [opened(i, "index") for i in items]
    used = sum(_axes(i) for i in items)
    if not any(i is Ellipsis for i in items):
        items.append(Ellipsis)  # so that NumPy returns an array, never a scalar
    axis = 0
    for place, item in enumerate(items):
        if isinstance(item, np.ndarray) and item.dtype.kind in "iu":
            if axis < len(shape) and shape[axis]:
                items[place] = item % shape[axis]
        axis += len(shape) - used if item is Ellipsis else _axes(item)
    return tuple(items)


def _axes(item):
    """How many axes one item of an index takes."""
    if item is None or item is Ellipsis:
        return 0
    return item.ndim if isinstance(item, np.ndarray) and item.dtype == bool else 1


class Flags:
    """x.flags as CuPy has it: nothing can be set, and there is no `writeable`."""

    def __init__(self, flags):
        self.c_contiguous, self.f_contiguous = flags.c_contiguous, flags.f_contiguous
        self.owndata = flags.owndata


class StrictArray:
    __slots__ = ("_array",)
    __hash__ = None

    def __init__(self, array): self._array = array

    # What NumPy tries in order to get at the values

    def __array__(self, *args, **kwargs):
        raise TypeError("Implicit conversion to a NumPy array is not allowed; use `.get()`")

    def __array_ufunc__(self, ufunc, *args, **kwargs):
        raise TypeError(f"np.{ufunc.__name__} on an array of the device: call it on its xp")

    def __array_function__(self, function, *args, **kwargs):
        raise TypeError(f"np.{function.__name__} on an array of the device: call it on its xp")

    # What waits for the device

    def get(self):
        synchronize()
        return self._array.copy()

    def item(self):
        synchronize()
        return self._array.item()

    def tolist(self):
        synchronize()
        return self._array.tolist()

    def __bool__(self):
        synchronize()
        return bool(self._array)

    def __int__(self): return int(self.item())
    def __float__(self): return float(self.item())
    def __repr__(self): return f"strict_{self._array!r}"

    # Attributes

    shape = property(lambda self: self._array.shape)
    strides = property(lambda self: self._array.strides)
    dtype = property(lambda self: self._array.dtype)
    ndim = property(lambda self: self._array.ndim)
    size = property(lambda self: self._array.size)
    nbytes = property(lambda self: self._array.nbytes)
    itemsize = property(lambda self: self._array.itemsize)
    flags = property(lambda self: Flags(self._array.flags))
    base = property(lambda self: closed(self._array.base, type(self), noted=False))
    data = property(lambda self: SimpleNamespace(ptr=self._array.ctypes.data))
    T = property(lambda self: type(self)(self._array.T))
    mT = property(lambda self: type(self)(self._array.mT))

    def __len__(self): return len(self._array)
    def __iter__(self): return (self[i] for i in range(len(self)))

    # Indexing

    def __getitem__(self, index):
        index = checked_index(index, self.shape)
        if any(isinstance(i, np.ndarray) and i.dtype == bool for i in index):
            synchronize()
        return type(self)(self._array[index])

    def __setitem__(self, index, value):
        self._array[checked_index(index, self.shape)] = operands("setitem", (value,))[0]

    # Methods whose arguments differ from those of the function

    def astype(self, dtype, order="K", casting=None, subok=None, copy=True):
        with np.errstate(all="ignore"):
            result = self._array.astype(dtype, order=order, copy=copy)
        return closed(result, type(self), (self,))

    def copy(self, order="C"): return type(self)(self._array.copy(order))
    def fill(self, value): self._array.fill(opened(value, "fill"))

    def reshape(self, *shape, order="C"):
        return type(self)(self._array.reshape(*shape, order=order))

    def flatten(self, order="C"): return type(self)(self._array.flatten(order))
    def transpose(self, *axes): return type(self)(self._array.transpose(*axes))


def _binary(name):
    function = getattr(operator, name)

    def method(self, other):
        return _operate(function, name, type(self), self, other)

    def reflected(self, other):
        return _operate(function, name, type(self), other, self)

    return method, reflected


def _operate(function, name, array_type, a, b):
    a, b = operands(name, (a, b))
    if not all(isinstance(x, (np.ndarray, np.integer, int, float)) for x in (a, b)):
        return NotImplemented
    with np.errstate(all="ignore"):
        return closed(function(a, b), array_type, c_order=True)


def _in_place(name):
    function = getattr(operator, name)

    def method(self, other):
        with np.errstate(all="ignore"):
            function(self._array, *operands(name, (other,)))
        return self

    return method


def _unary(name):
    function = getattr(operator, name)
    return lambda self: closed(function(self._array), type(self), c_order=True)


for _name in "add sub mul truediv floordiv mod pow matmul and_ or_ xor".split():
    _plain = _name.rstrip("_")
    _method, _reflected = _binary(_name)
    setattr(StrictArray, f"__{_plain}__", _method)
    setattr(StrictArray, f"__r{_plain}__", _reflected)
    if _name != "matmul":
        setattr(StrictArray, f"__i{_plain}__", _in_place("i" + _plain))
for _name in "eq ne lt le gt ge".split():
    setattr(StrictArray, f"__{_name}__", _binary(_name)[0])
for _name in "neg pos abs invert".split():
    setattr(StrictArray, f"__{_name}__", _unary(_name))
