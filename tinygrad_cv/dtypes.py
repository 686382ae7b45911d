"""Element types, and what results when two of them meet.

A dtype is a NumPy dtype object; CuPy uses the same ones. What differs from NumPy is promotion.
NumPy turns float32 * int64 into float64; PyTorch, and this library, keep float32, because a
network must not double its memory when somebody adds an integer. The rule in three lines:

    bool < integer < floating: the operand of the higher kind decides;
    within a kind, the wider one decides;
    a 0-d tensor or a Python number counts only if its kind is higher.
"""

import numpy as np

bool_ = np.dtype("bool")
uint8 = np.dtype("uint8")
int8 = np.dtype("int8")
int16 = np.dtype("int16")
int32 = np.dtype("int32")
int64 = np.dtype("int64")
float32 = np.dtype("float32")
float64 = np.dtype("float64")

ALL = (bool_, uint8, int8, int16, int32, int64, float32, float64)
NAMES = {str(dtype) for dtype in ALL} | {"float", "int", "float16", "half"}  # the last: refused
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
        found = np.dtype(dtype)
    except TypeError:
        found = None
    if dtype is None or found is None or found not in ALL:  # NumPy's dtypes equal None
        raise TypeError(f"dtype must be one of {', '.join(map(str, ALL))}, got {dtype!r}")
    return found


def kind(dtype):
    """0 for bool, 1 for integers, 2 for floating dtypes: the order in which kinds win."""
    return 0 if dtype.kind == "b" else 1 if dtype.kind in "iu" else 2


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
