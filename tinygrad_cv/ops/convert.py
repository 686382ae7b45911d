"""Copies: of the values, to another dtype, to another device."""

from .. import dtypes
from ..arrays import Device, as_array, device_of, find_library, namespace
from ..autograd import Function
from ..checks import is_tensor, number, stored
from .arithmetic import cast


class Clone(Function):
    """The same values in memory of their own: stored as x is ("K"), or as the shape says ("C")."""

    def __init__(self, order="K"): self.order = order

    def forward(self, x):
        return x.copy(order=self.order)

    def backward(self, grad):
        return grad


class Transfer(Function):
    """The same values on another device; the gradient comes back."""

    def __init__(self, device): self.device = device

    def forward(self, x):
        self.source = device_of(x)
        return as_array(x, self.device)

    def backward(self, grad):
        return Transfer(self.source)(grad)


def checked_cast(name, value, like):
    """A number or Tensor in the dtype of the Tensor `like`; refused if integers can't hold it."""
    if not is_tensor(value):
        value = stored(name, number(name, value), like.dtype)
        return Function.tensor_class(namespace(like.array).full((), value, like.dtype))
    made = cast(value, like.dtype)
    if made is value or made.dtype.kind == "f":
        return made
    if value.dtype.kind == "f" or bool((made.array != value.array).any()):
        raise RuntimeError(
            f"{name}: these values of {value.dtype} can't be stored in a tensor of {like.dtype}; "
            "convert them first, e.g. with .round() and .to(...)"
        )
    return made


def clone(input):
    """A copy of the values; gradients flow through it."""
    return Clone()(input)


def contiguous(input):
    """The tensor itself if it is stored in the order of its shape; otherwise a copy that is."""
    return input if input.is_contiguous() else Clone("C")(input)


def to(input, *args, dtype=None, device=None, copy=False, non_blocking=False):
    """to(dtype), to(device), to(device, dtype) or to(other): converted, or itself if it is that.

    copy=True copies in any case; non_blocking changes nothing here.
    """
    for arg in args:
        if is_tensor(arg):
            dtype, device = arg.dtype, arg.device
        elif isinstance(arg, Device) or isinstance(arg, str) and arg not in dtypes.NAMES:
            device = arg
        elif arg is not None:
            dtype = arg
    result = input
    if device is not None and find_library(device).device != input.device:
        result = Transfer(find_library(device).device)(result)
    if dtype is not None:
        result = cast(result, dtypes.as_dtype(dtype))
    return clone(input) if copy and result is input else result
