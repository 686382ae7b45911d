"""Copies: of the values, to another dtype, to another device."""

import copy

from ..autograd import Function
from ..backend import Device, dtypes, get_backend
from .arithmetic import cast
from .checks import check_tensor


class Clone(Function):
    """The same values in memory of their own, in the same storage order."""

    def forward(self, x):
        return x.copy(order="K")

    def backward(self, grad):
        return grad


class Transfer(Function):
    """The same values on another device; the gradient comes back."""

    def __init__(self, target):
        self.target = target

    def forward(self, x):
        self.source = self.backend
        self.backend = self.target  # the output is wrapped for the device it is now on
        return self.target.asarray(self.source.to_numpy(x))

    def backward(self, grad):
        return Transfer(self.source)(grad)


def clone(input):
    """A copy of the values that gradients flow through."""
    check_tensor("clone", input)
    return Clone()(input)


def to(input, *args, dtype=None, device=None, copy=False, non_blocking=False):
    """input.to(dtype), .to(device), .to(device, dtype) or .to(other): converted, or itself if nothing changes."""
    for arg in args:
        if hasattr(arg, "grad_fn"):
            dtype, device = arg.dtype, arg.device
        elif isinstance(arg, Device) or (isinstance(arg, str) and arg.partition(":")[0] not in dtypes.NAMES):
            device = arg
        elif arg is not None:
            dtype = dtypes.as_dtype(arg)
    result = input
    if device is not None and get_backend(device) is not input.backend:
        result = Transfer(get_backend(device))(result)
    if dtype is not None:
        result = cast(result, dtypes.as_dtype(dtype))
    return clone(input) if copy and result is input else result


def deepcopy(input, memo):
    """copy.deepcopy of a leaf, gradient included; a computed tensor can't be copied with its history."""
    if input.grad_fn is not None:
        raise RuntimeError("deepcopy: only leaf tensors can be deep-copied; detach() this computed tensor first")
    new = input.__class__.__new__(input.__class__)
    memo[id(input)] = new
    new.__dict__.update(input.__dict__)
    new.array, new.counter = input.array.copy(order="K"), [0]
    new.grad = copy.deepcopy(input.grad, memo)
    return new
