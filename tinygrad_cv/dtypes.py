"""Element types, and the dtype of the result when two of them are combined.

A Tensor's dtype is one of the objects below; an array has NumPy's. Promotion differs from NumPy's:
NumPy turns float32 * int64 into float64. PyTorch and this library keep float32, because adding an
integer must not double a network's memory. The rule has three lines:

    bool < integer < floating: the operand of the higher kind decides;
    within a kind, the smallest dtype that holds both (int8 and uint8 give int16);
    a 0-d tensor or a Python number counts only if its kind is higher.
"""

import numpy as np


class DType:
    """An element type: float32 and the others. It equals NumPy's dtype, np.float32 and "float32".

    `dtype` is NumPy's, by which NumPy and CuPy accept the object wherever they expect a dtype.
    NumPy also takes None for float64; here None equals no dtype.
    """

    def __init__(self, name):
        self.name, self.dtype = name, np.dtype(name)
        self.kind, self.itemsize = self.dtype.kind, self.dtype.itemsize
        self.is_floating_point = self.kind == "f"

    def __eq__(self, other): return other is not None and self.dtype == other
    def __hash__(self): return hash(self.dtype)
    def __repr__(self): return self.name
    def __reduce__(self): return as_dtype, (self.name,)  # a copy is the same object


ALL = tuple(map(DType, "bool uint8 int8 int16 int32 int64 float32 float64".split()))
bool_, uint8, int8, int16, int32, int64, float32, float64 = ALL
OURS = {dtype.dtype: dtype for dtype in ALL}  # by NumPy's
NAMES = {dtype.name for dtype in ALL} | {"float", "int", "float16", "half"}  # last two: refused
_default = float32


def get_default_dtype():
    """The floating dtype of new tensors: float32 unless `set_default_dtype` changed it."""
    return _default


def set_default_dtype(dtype):
    """Make `dtype` (float32 or float64) the dtype of tensors made from Python floats."""
    global _default
    dtype = as_dtype(dtype)
    if dtype.kind != "f":
        raise TypeError(f"set_default_dtype: expected float32 or float64, got {dtype}")
    _default = dtype


def as_dtype(dtype):
    """The dtype object for a dtype, its name, or the Python types bool, int and float (float64)."""
    try:
        return OURS[np.dtype(dtype or object)]  # np.dtype(None) would be float64
    except (TypeError, ValueError, KeyError):
        known = ", ".join(map(str, ALL))
        raise TypeError(f"dtype must be one of {known}, got {dtype!r}") from None


def kind(dtype):
    """0 for bool, 1 for integers, 2 for floating dtypes: the higher kind decides."""
    return {"b": 0, "f": 2}.get(dtype.kind, 1)


def dtype_of_number(number):
    """The dtype that a Python number would have as a tensor of its own."""
    return bool_ if number.__class__ is bool else int64 if number.__class__ is int else _default


def result_dtype(a, a_is_scalar, b, b_is_scalar):
    """The dtype of an operation between dtypes `a` and `b`, by the rule at the top of the file."""
    if kind(a) != kind(b):
        return a if kind(a) > kind(b) else b
    if a_is_scalar != b_is_scalar:
        return b if a_is_scalar else a
    return as_dtype(np.promote_types(a, b))
