"""The strict stand-in as a device: what `xp` has when it is CuPy, on the arrays of strict_array.py.

Every function and every argument is listed by hand, so that what CuPy lacks is missing here too; a
test compares the lists with CuPy's signatures where CuPy can be imported. No kernel of fast/ is
registered for these arrays: they take the plain ones. The whole suite runs on this device with
TINYGRAD_CV_TEST_DEVICE=strict.
"""

import numpy as np
from strict_array import (
    StrictArray, checked_index, closed, note, opened, operands, synchronize, upload,
)

from tinygrad_cv.arrays import Device, Library

# Elementwise functions
UFUNCS = """
abs absolute add bitwise_and bitwise_or bitwise_xor ceil cos divide equal exp expm1 floor
floor_divide greater greater_equal invert isfinite isinf isnan less less_equal log log1p log2
logaddexp logical_and logical_not logical_or maximum minimum multiply negative not_equal power
reciprocal remainder rint sign sin sqrt square subtract tanh true_divide trunc
"""
UFUNC_ARGUMENTS = {"out", "dtype", "casting", "where"}

# Results that are views, or that keep the strides of what they are like
VIEWS = """
reshape a newshape order; ravel a order; transpose a axes; swapaxes a axis1 axis2; moveaxis a
source destination; broadcast_to array shape; squeeze a axis; flip a axis; split ary
indices_or_sections axis; asarray a dtype order copy; array obj dtype copy order ndmin;
ascontiguousarray a dtype; copy a order; zeros_like a dtype order shape; ones_like a dtype order
shape; full_like a fill_value dtype order shape; empty_like prototype dtype order shape
"""
FRESH = """
zeros shape dtype order; ones shape dtype order; full shape fill_value dtype order; empty shape
dtype order; eye N M k dtype order; identity n dtype; arange start stop step dtype; linspace start
stop num endpoint retstep dtype axis; sum a axis dtype out keepdims; prod a axis dtype out
keepdims; mean a axis dtype out keepdims; var a axis dtype out ddof keepdims; std a axis dtype out
ddof keepdims; max a axis out keepdims; min a axis out keepdims; amax a axis out keepdims; amin a
axis out keepdims; all a axis out keepdims; any a axis out keepdims; argmax a axis dtype out
keepdims; argmin a axis dtype out keepdims; sort a axis kind; clip a a_min a_max out; round a
decimals out; where condition x y; take a indices axis out; repeat a repeats axis; tile A reps;
pad array pad_width mode constant_values; concatenate tup axis out dtype casting; stack tup axis
out dtype casting; matmul out; dot a b out; isclose a b rtol atol equal_nan; allclose a b rtol
atol equal_nan; array_equal a1 a2 equal_nan; nonzero a; unique ar return_index return_inverse
return_counts axis; may_share_memory a b max_work
"""
ARGUMENTS = {row.split()[0]: set(row.split()[1:]) for row in f"{VIEWS};{FRESH}".split(";")}
KEEP_STRIDES = {row.split()[0] for row in VIEWS.split(";")}
SIZED_BY_VALUES = {"nonzero", "unique", "repeat"}  # the host waits
NUMPY_NAMES = {"newshape": "shape"}  # where NumPy spells an argument otherwise
CONSTANTS = """
bool_ int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 floating integer
dtype inf nan pi e finfo iinfo promote_types broadcast_shapes
"""
METHODS = """
all any argmax argmin dot max mean min nonzero prod ravel repeat round squeeze std sum swapaxes
take var
"""


class Ufunc:
    """An elementwise function, and its unbuffered in-place form `at`."""

    def __init__(self, name, array_type):
        self.name, self.array_type, self.function = name, array_type, getattr(np, name)

    def __call__(self, *args, **kwargs):
        _refuse_arguments(self.name, kwargs, UFUNC_ARGUMENTS)
        plain = operands(self.name, args)
        options = {k: opened(v, self.name) for k, v in kwargs.items()}
        with np.errstate(all="ignore"):
            result = self.function(*plain, **options)
        return closed(result, self.array_type, [*args, *kwargs.values()], c_order=True)

    def at(self, a, indices, b):
        if self.name not in ("add", "subtract", "maximum", "minimum"):
            raise NotImplementedError(f"CuPy has no {self.name}.at")
        with np.errstate(all="ignore"):
            index = checked_index(indices, a.shape)
            self.function.at(a._array, index, opened(b, f"{self.name}.at"))


def _refuse_arguments(name, kwargs, allowed):
    for key in kwargs:
        if key not in allowed:
            raise TypeError(f"{name}: CuPy has no argument {key!r} here, only {sorted(allowed)}")


def _function(name, arguments, array_type):
    function = getattr(np, name)
    uploads = name in ("asarray", "array", "ascontiguousarray")

    def call(*args, **kwargs):
        _refuse_arguments(name, kwargs, arguments)
        args = list(args)
        if uploads and not isinstance(args[0], StrictArray):
            upload()
            if isinstance(args[0], (np.ndarray, np.generic)):
                of_columns = args[0].flags.f_contiguous and not args[0].flags.c_contiguous
                # The host's memory is not the device's; only these two of its layouts arrive there
                args[0] = array_type(note(np.array(args[0], order="F" if of_columns else "C")))
        if name in SIZED_BY_VALUES and isinstance(args[-1], StrictArray):
            synchronize()
        if name == "take" and isinstance(args[1], StrictArray):
            axis = kwargs.get("axis", args[2] if len(args) > 2 else None)
            size = args[0].size if axis is None else args[0].shape[axis]
            args[1] = args[1] % size if size else args[1]
        plain = [opened(a, name) for a in args]
        plain_kwargs = {NUMPY_NAMES.get(k, k): opened(v, name) for k, v in kwargs.items()}
        with np.errstate(all="ignore"):
            result = function(*plain, **plain_kwargs)
        if name.startswith("empty") and result.dtype.kind == "f":
            result.fill(np.nan)
        if isinstance(result, bool) and name != "may_share_memory":
            result = np.asarray(result)
        given = [*args, *kwargs.values()]
        noted = name != "sum" and not (name == "empty" and len(given) > 1)
        return closed(result, array_type, given, name not in KEEP_STRIDES, noted)

    call.__name__ = name
    return call


class Namespace:
    """What stands for the module `cupy`: the attributes listed above and no others."""

    def __init__(self, **names):
        self.__dict__.update(names)

    def __getattr__(self, name):
        raise AttributeError(
            f"no {name!r} on the strict device; if CuPy has it, list it in tests/strict.py"
        )


def _method(function):
    return lambda self, *args, **kwargs: function(self, *args, **kwargs)


def library(array_type, name):
    """A device called `name` for a class of arrays, which gets its methods from the functions."""

    def as_strided(x, shape=None, strides=None):
        x = opened(x, "as_strided")
        return array_type(np.lib.stride_tricks.as_strided(x, shape, strides))

    xp = Namespace(
        __name__=name,
        ndarray=array_type,
        asnumpy=lambda x: x.get(),
        lib=Namespace(stride_tricks=Namespace(as_strided=as_strided)),
        **{ufunc: Ufunc(ufunc, array_type) for ufunc in UFUNCS.split()},
        **{constant: getattr(np, constant) for constant in CONSTANTS.split()},
        **{f: _function(f, arguments, array_type) for f, arguments in ARGUMENTS.items()},
    )
    for method in METHODS.split():
        setattr(array_type, method, _method(getattr(xp, method)))
    array_type.clip = lambda self, min=None, max=None, out=None: xp.clip(self, min, max, out=out)
    return Library(xp, Device(name))


STRICT = library(StrictArray, "strict")
strict_xp = STRICT.xp
