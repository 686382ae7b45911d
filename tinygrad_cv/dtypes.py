"""Element types, and the dtype of the result when two of them are combined.

A dtype is a NumPy dtype object; CuPy uses the same ones. Only promotion differs from NumPy. NumPy
turns float32 * int64 into float64. PyTorch and this library keep float32, because adding an
integer must not double a network's memory. The rule has three lines:

    bool < integer < floating: the operand of the higher kind decides;
    within a kind, the smallest dtype that holds both (int8 and uint8 give int16);
    a 0-d tensor or a Python number counts only if its kind is higher.
"""

import numpy as np

ALL = tuple(map(np.dtype, "bool uint8 int8 int16 int32 int64 float32 float64".split()))
bool_, uint8, int8, int16, int32, int64, float32, float64 = ALL
NAMES = {str(dtype) for dtype in ALL} | {"float", "int", "float16", "half"}  # last two: refused
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
    """The dtype object for a dtype, its name, or the Python types bool, int and float."""
    if dtype is float:
        return _default
    try:
        return ALL[ALL.index(np.dtype(dtype or object))]  # np.dtype(None) would be float64
    except (TypeError, ValueError):
        known = ", ".join(map(str, ALL))
        raise TypeError(f"dtype must be one of {known}, got {dtype!r}") from None


def kind(dtype):
    """0 for bool, 1 for integers, 2 for floating dtypes: the higher kind decides."""
    return {"b": 0, "f": 2}.get(dtype.kind, 1)


def dtype_of_number(number):
    """The dtype that a Python number would have as a tensor of its own."""
    return bool_ if number.__class__ is bool else int64 if number.__class__ is int else _default


def result_dtype(a, a_is_scalar, b, b_is_scalar):
    """The dtype of a binary operation between dtypes `a` and `b` (see the rule above)."""
    if kind(a) != kind(b):
        return a if kind(a) > kind(b) else b
    if a_is_scalar != b_is_scalar:
        return b if a_is_scalar else a
    return np.promote_types(a, b)
