"""Tensor: an array that remembers how it was computed.

Three things make a tensor out of an array: `requires_grad` (is dL/dx needed?), `grad_fn` (the
operation that made it) and `grad` (dL/dx, once backward has run). The operations are in `ops/`,
each with its formula. A function f(input, ...) there is also the method input.f(...), so most
methods are only a name in the list METHODS at the end.
"""

from operator import attrgetter

import numpy as np

from . import dtypes, ops
from .arrays import device_of, libraries, to_numpy
from .autograd import Function
from .autograd import backward as run_backward
from .autograd.hooks import GradientHooks, HookHandle
from .autograd.memory import Memory, store_contiguously
from .checks import check_tensor, one_dim
from .printing import tensor_repr

NOT_NUMBERS = frozenset({type(None), str})  # `x == None` is False, as for any object


class Tensor:
    """Tensor(array) wraps a NumPy or CuPy array without a copy; `tensor(data)` makes one from data.

    `array` is the array, and `memory` counts the writes into it (see autograd/memory.py).
    """

    grad_fn = hooks = _grad = None
    _requires_grad = False  # set on leaves
    strided = False         # True if the order in memory must stay as it is: see autograd/memory.py
    edges = ()              # a leaf ends the engine's walk

    def __init__(self, array, requires_grad=False):
        if array.__class__ not in libraries:
            array = self._checked(array)
        self.array, self.memory = array, Memory()
        if requires_grad:
            self.requires_grad = True

    @staticmethod
    def _checked(array):
        if isinstance(array, np.generic):  # NumPy returns a sum over all dims as a scalar
            return np.asarray(array)
        got = type(array).__name__
        raise TypeError(f"Tensor: expected an array, got {got}; see tensor(...), zeros(...)")

    # What it is

    shape, ndim = property(attrgetter("array.shape")), property(attrgetter("array.ndim"))
    dtype = property(lambda self: dtypes.as_dtype(self.array.dtype))
    device = property(lambda self: device_of(self.array))
    is_leaf = property(lambda self: self.grad_fn is None)
    is_cuda = property(lambda self: self.device.type == "cuda")

    def size(self, dim=None):
        """The shape, or the size of one dim."""
        return self.shape if dim is None else self.shape[one_dim("size", dim, self.ndim)]

    def dim(self): return self.array.ndim
    def numel(self): return self.array.size
    def nelement(self): return self.array.size
    def is_floating_point(self): return self.array.dtype.kind == "f"
    def is_contiguous(self): return not self.strided or self.array.flags.c_contiguous

    def __len__(self):
        if not self.shape:
            raise TypeError("len(): a 0-d tensor has no length")
        return self.shape[0]

    def __repr__(self): return tensor_repr(self)

    # Autograd

    @property
    def requires_grad(self):
        """Is the gradient of this tensor, or of one that it was computed from, needed?"""
        return self._requires_grad or self.grad_fn is not None

    @requires_grad.setter
    def requires_grad(self, wanted):
        if self.grad_fn is not None and not wanted:
            raise RuntimeError("requires_grad: can't be unset on a computed tensor; use detach()")
        if wanted and self.dtype.kind != "f":
            raise RuntimeError(f"requires_grad: only floating point tensors, this is {self.dtype}")
        self._requires_grad = bool(wanted)

    def requires_grad_(self, requires_grad=True):
        """Set `requires_grad` and return the tensor."""
        self.requires_grad = requires_grad
        return self

    def _set_grad(self, value):
        if value is not None:
            check_tensor("grad", value, "a gradient")
            if value is self:
                raise RuntimeError("grad: a tensor can't be its own gradient")
            own, given = self.array, value.array
            same = own.shape == given.shape and own.dtype == given.dtype
            if not same or own.__class__ is not given.__class__:
                own, given = ((x.shape, x.dtype, x.device) for x in (self, value))
                raise RuntimeError(f"grad: needs shape, dtype and device {own}, got {given}")
        self._grad = value

    grad = property(attrgetter("_grad"), _set_grad, doc="dL/dx, or None before backward has run.")

    def backward(self, gradient=None, retain_graph=None, create_graph=False):
        """Add dL/dx to the `.grad` of every leaf x that L was computed from (autograd.backward)."""
        run_backward(self, gradient, retain_graph, create_graph)

    def detach(self):
        """A tensor with the same memory and without history: gradients stop here."""
        y = Tensor(self.array)
        y.memory, y.strided = self.memory.share(self, y), self.strided
        return y

    def detach_(self):
        """Forget the history in place."""
        self.grad_fn, self._requires_grad = None, False
        return self

    @property
    def data(self):
        """The values without history, as `detach()`. Assigning a tensor shares its memory."""
        return self.detach()

    @data.setter
    def data(self, value):
        check_tensor("data", value, "the new value")
        if self.requires_grad and value.dtype.kind != "f":
            raise RuntimeError(f"data: {value.dtype} can't require a gradient, as this tensor does")
        self.array, self.strided = value.array, value.strided
        self.memory = value.memory.share(value, self)

    def retain_grad(self):
        """Keep the gradient of this computed tensor in `.grad`, as leaves do."""
        hooks = self._hooks("retain_grad")
        if self.grad_fn is not None:
            hooks.retain(self)

    def register_hook(self, hook):
        """Call hook(grad) when this tensor's gradient is known; its result replaces the gradient.

        Returns a handle: its remove(), or the end of a `with` block, removes the hook.
        """
        return HookHandle(self._hooks("register_hook"), hook)

    def _hooks(self, name):
        if not self.requires_grad:
            raise RuntimeError(f"{name}: this tensor does not require a gradient")
        owner = self.grad_fn or self
        owner.hooks = GradientHooks() if owner.hooks is None else owner.hooks
        return owner.hooks

    # Values out

    def numpy(self):
        """The values as a NumPy array that shares this tensor's memory (CPU, no history)."""
        if self.requires_grad:
            raise RuntimeError("NumPy would lose the gradient; use x.detach().numpy()")
        if self.device.type != "cpu":
            raise TypeError(f"numpy(): this tensor is on {self.device}; use .cpu().numpy()")
        store_contiguously(self)
        self.memory.outside = True
        return self.array

    def __array__(self, dtype=None, copy=None):
        return np.array(self.numpy(), dtype=dtype, copy=copy)

    def __array_function__(self, function, types, args, options):  # np.stack([x, y])
        return function(*_plain(args), **{key: _plain(x) for key, x in options.items()})

    __array_priority__ = 1000  # np.float64(2) * x is 2 * x, a Tensor

    def item(self):
        """The one value as a Python number."""
        if self.array.size != 1:
            raise RuntimeError(f"item(): expected one element, this tensor has shape {self.shape}")
        return self.array.item()

    def tolist(self): return to_numpy(self.array).tolist()
    def __float__(self): return float(self.item())
    def __int__(self): return int(self.item())

    def __index__(self):
        if self.array.size != 1 or self.dtype.kind == "f":
            raise TypeError(f"an index must be one integer, got {self.dtype} of shape {self.shape}")
        return int(self.item())

    def __bool__(self):
        if self.array.size != 1:
            raise RuntimeError(f"shape {self.shape} is neither true nor false; use any() or all()")
        return bool(self.item())

    def __iter__(self): return (self[i] for i in range(len(self)))
    def __contains__(self, value): return bool(ops.eq(self, value).any())

    def __format__(self, spec):
        if self.ndim and spec:
            raise TypeError(f"format: {spec!r} is for one number, not for shape {self.shape}")
        return format(self.item(), spec) if not self.ndim else repr(self)

    # Copies

    def __reduce_ex__(self, protocol):  # for pickle and copy.deepcopy
        if self.grad_fn is not None:
            raise RuntimeError("only leaf tensors can be copied or stored: detach() this one first")
        own = "memory", "hooks", "_grad"
        state = {name: x for name, x in self.__dict__.items() if name not in own}
        return _rebuilt, (self.__class__, self.memory.share(self)), state

    # Operators; each reflected one carries the expression that it serves

    __add__, __sub__, __mul__, __truediv__ = ops.add, ops.sub, ops.mul, ops.div
    __floordiv__, __mod__, __pow__ = ops.floor_divide, ops.remainder, ops.pow
    __neg__, __abs__, __invert__, __matmul__ = ops.neg, ops.abs, ops.bitwise_not, ops.matmul
    def __pos__(self): return self
    def __radd__(self, other): return ops.add(other, self)              # 2 + x
    def __rsub__(self, other): return ops.sub(other, self)              # 2 - x
    def __rmul__(self, other): return ops.mul(other, self)              # 2 * x
    def __rtruediv__(self, other): return ops.div(other, self)          # 2 / x
    def __rfloordiv__(self, other): return ops.floor_divide(other, self)
    def __rmod__(self, other): return ops.remainder(other, self)
    def __rpow__(self, other): return ops.pow(other, self)              # 2 ** x

    __and__, __or__, __xor__ = ops.bitwise_and, ops.bitwise_or, ops.bitwise_xor
    __rand__, __ror__, __rxor__ = ops.bitwise_and, ops.bitwise_or, ops.bitwise_xor
    __iadd__, __isub__, __imul__, __itruediv__ = ops.add_, ops.sub_, ops.mul_, ops.div_  # x += 2
    __ifloordiv__, __imod__, __ipow__ = ops.floor_divide_, ops.remainder_, ops.pow_
    __iand__, __ior__, __ixor__ = ops.bitwise_and_, ops.bitwise_or_, ops.bitwise_xor_
    __lt__, __le__, __gt__, __ge__ = ops.lt, ops.le, ops.gt, ops.ge
    __getitem__, __setitem__ = ops.getitem, ops.setitem
    __hash__ = object.__hash__  # tensors are keys by identity, as in the engine's tables

    def __eq__(self, other):
        return NotImplemented if other.__class__ in NOT_NUMBERS else ops.eq(self, other)

    def __ne__(self, other):
        return NotImplemented if other.__class__ in NOT_NUMBERS else ops.ne(self, other)

    # Methods that are not just a function's name

    T = property(lambda self: ops.permute(self, *range(self.ndim - 1, -1, -1)))
    mT = property(lambda self: ops.transpose(self, -2, -1))
    clip, type_as = ops.clamp, ops.to
    def where(self, condition, other): return ops.where(condition, self, other)
    def view_as(self, other): return ops.view(self, other.shape)
    def reshape_as(self, other): return ops.reshape(self, other.shape)
    def expand_as(self, other): return ops.expand(self, other.shape)
    def cuda(self, device="cuda"): return ops.to(self, device)
    def cpu(self): return ops.to(self, "cpu")
    def float(self): return ops.cast(self, dtypes.float32)
    def double(self): return ops.cast(self, dtypes.float64)
    def byte(self): return ops.cast(self, dtypes.uint8)
    def long(self): return ops.cast(self, dtypes.int64)
    def int(self): return ops.cast(self, dtypes.int32)
    def bool(self): return ops.cast(self, dtypes.bool_)


METHODS = """
    clone contiguous to
    add sub mul div floor_divide remainder pow lerp matmul mm bmm maximum minimum clamp
    abs neg sign floor ceil round square sqrt rsqrt exp expm1 log log1p sin cos tanh
    sigmoid relu softmax log_softmax
    eq ne lt le gt ge equal allclose isnan isfinite
    sum mean prod var std norm max min amax amin argmax argmin any all logsumexp
    reshape view flatten unflatten permute transpose t squeeze unsqueeze flip expand repeat
    narrow split chunk unbind select gather index_select masked_fill
    add_ sub_ mul_ div_ pow_ lerp_ clamp_ masked_fill_ copy_ fill_ zero_
    normal_ uniform_ random_
"""
for _name in METHODS.split():
    setattr(Tensor, _name, getattr(ops, _name))


def _plain(x):
    """An argument of a NumPy function, with an array for each Tensor."""
    if isinstance(x, (list, tuple)):
        return (list if isinstance(x, list) else tuple)(map(_plain, x))  # or a named tuple
    return x.numpy() if isinstance(x, Tensor) else x


def _rebuilt(cls, memory):
    new = cls.__new__(cls)
    new.memory = memory.share(new)
    return new


Function.tensor_class = Tensor  # the class in which results and gradients are wrapped
