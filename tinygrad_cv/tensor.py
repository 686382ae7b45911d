"""Tensor: an array that remembers how it was computed.

Three things make a tensor out of an array: `requires_grad` (does somebody want dL/dx?),
`grad_fn` (the operation that made it) and `grad` (dL/dx, once backward has run). The operations
stand in `ops/`, where each has its formula: a function f(input, ...) is at once the method
input.f(...), so most of the methods below are only names for them.
"""

from . import ops
from .autograd import Function
from .autograd import backward as run_backward
from .backend import dtypes, get_backend
from .ops.arithmetic import python_number
from .printing import tensor_repr


INCOMPARABLE = frozenset({type(None), str})  # `x == None` is False, as for any object


class Tensor:
    """`Tensor(array, backend)` wraps an array without a copy; `tensor(...)` makes one from data.

    In old scripts Tensor(2, 3) is a tensor of that shape, and Tensor([1.0, 2.0]) one of those values: legacy.py.
    """

    grad = grad_fn = hooks = None
    retains_grad = False
    wants_grad = False            # set on leaves; `requires_grad` also knows of computed tensors
    edges = ()                    # a leaf ends the engine's walk
    __array_ufunc__ = None        # `ndarray + tensor` asks Tensor.__radd__, which says what to do

    def __init__(self, array=(), backend=None, requires_grad=False, *sizes):
        try:
            self.array = array if array.__class__ is backend.array_type else backend.asarray(array)
        except AttributeError:  # no backend was given
            made = self.as_in_old_scripts(array, backend, requires_grad, *sizes)
            self.array, backend, requires_grad = made.array, made.backend, False
        self.backend = backend
        self.counter = [0]        # how often this memory was written to; shared by all its views
        if requires_grad:
            self.requires_grad = True

    def wrap(self, array, backend=None):
        """A plain Tensor around an array, on this tensor's device unless `backend` says otherwise."""
        return Tensor(array, backend or self.backend)

    # What it is

    shape = property(lambda self: self.array.shape)
    dtype = property(lambda self: self.array.dtype)
    device = property(lambda self: self.backend.device)
    ndim = property(lambda self: len(self.array.shape))
    is_leaf = property(lambda self: self.grad_fn is None)
    is_cuda = property(lambda self: self.backend.device.type == "cuda")
    version = property(lambda self: self.counter[0])

    def size(self, dim=None):
        """The shape, or the size of one dim."""
        return self.shape if dim is None else self.shape[ops.one_dim("size", dim, self.ndim)]

    def dim(self): return len(self.array.shape)
    def numel(self): return self.array.size
    def nelement(self): return self.array.size
    def element_size(self): return self.array.itemsize
    def is_floating_point(self): return self.array.dtype.kind == "f"
    def is_contiguous(self): return True  # the storage order is ours to choose and never shows

    def __len__(self):
        if not self.shape:
            raise TypeError("len(): a 0-d tensor has no length")
        return self.shape[0]

    def __repr__(self):
        return tensor_repr(self)

    # Autograd

    @property
    def requires_grad(self):
        """Does somebody want this tensor's gradient, or that of one that it was made from?"""
        return self.wants_grad or self.grad_fn is not None

    @requires_grad.setter
    def requires_grad(self, wanted):
        if self.grad_fn is not None and not wanted:
            raise RuntimeError("requires_grad: only a leaf can stop requiring a gradient; use detach() on a computed tensor")
        if wanted and self.dtype.kind != "f":
            raise RuntimeError(f"requires_grad: only floating point tensors have gradients, this one is {self.dtype}")
        self.wants_grad = bool(wanted)

    def requires_grad_(self, requires_grad=True):
        """Set `requires_grad` and return the tensor."""
        self.requires_grad = requires_grad
        return self

    def backward(self, gradient=None, retain_graph=None, create_graph=False):
        """Add dL/dx to the `.grad` of every leaf x that this tensor L was computed from.

        >>> import tinygrad_cv as tg
        >>> x = tg.tensor([1.0, 2.0], requires_grad=True)
        >>> (x ** 2).sum().backward()
        >>> x.grad
        tensor([2., 4.])
        """
        run_backward(self, gradient, retain_graph, create_graph)

    def detach(self):
        """The same memory without history: gradients stop here."""
        y = Tensor(self.array, self.backend)
        y.counter = self.counter
        return y

    def detach_(self):
        """Forget the history in place."""
        self.grad_fn, self.wants_grad = None, False
        return self

    @property
    def data(self):
        """The values without history, as `detach()`; assigning replaces them."""
        return self.detach()

    @data.setter
    def data(self, values):
        ops.check_tensor("data", values, "the new value")
        self.array, self.backend = values.array, values.backend
        self.bump_version()

    def retain_grad(self):
        """Keep the gradient of this computed tensor in `.grad`, as leaves do."""
        if not self.requires_grad:
            raise RuntimeError("retain_grad: this tensor does not require a gradient, so there will be none to keep")
        if self.grad_fn is not None and not self.retains_grad:
            self.retains_grad = True
            self.register_hook(lambda g: setattr(self, "grad", g.clone() if self.grad is None else self.grad + g))

    def register_hook(self, hook):
        """Call hook(grad) when this tensor's gradient is known; what it returns replaces the gradient.

        Returns a handle whose `remove()` takes the hook away again.
        """
        if not self.requires_grad:
            raise RuntimeError("register_hook: this tensor does not require a gradient, so the hook would never run")
        owner = self.grad_fn or self
        owner.hooks = (owner.hooks or []) + [hook]
        return HookHandle(owner, hook)

    # Values out

    def numpy(self):
        """The values as a NumPy array that shares this tensor's memory (CPU, no history)."""
        if self.requires_grad:
            raise RuntimeError("numpy(): this tensor requires a gradient, which NumPy would lose; use .detach().numpy()")
        if self.backend.device.type != "cpu":
            raise TypeError(f"numpy(): this tensor is on {self.device}; use .cpu().numpy()")
        return self.array

    def __array__(self, dtype=None, copy=None):
        array = self.numpy()
        return array if dtype is None else array.astype(dtype)

    def item(self):
        """The one value as a Python number."""
        if self.array.size != 1:
            raise RuntimeError(f"item(): only a tensor with one element is a number, this one has shape {self.shape}")
        return self.array.item()

    def tolist(self): return self.backend.to_numpy(self.array).tolist()
    def __float__(self): return float(self.item())
    def __int__(self): return int(self.item())
    def __index__(self):
        if self.array.size != 1 or self.dtype.kind == "f":
            raise TypeError(f"only an integer tensor with one element is an index, got {self.dtype} of shape {self.shape}")
        return int(self.item())

    def __bool__(self):
        if self.array.size != 1:
            raise RuntimeError(f"a tensor of shape {self.shape} is neither true nor false; use any() or all()")
        return bool(self.item())

    def __iter__(self):
        if not self.shape:
            raise TypeError("iteration over a 0-d tensor")
        return iter(ops.unbind(self))

    def __contains__(self, value): return bool(ops.eq(self, value).any())
    def __format__(self, spec): return format(self.item(), spec) if self.ndim == 0 else format(repr(self), spec)

    # Copies and conversions

    def clone(self): return ops.clone(self)
    def contiguous(self): return self
    def to(self, *args, **kwargs): return ops.to(self, *args, **kwargs)
    def type(self, dtype): return ops.to(self, dtype)
    def type_as(self, other): return ops.to(self, other.dtype)
    def cuda(self, device="cuda"): return ops.to(self, device)
    def cpu(self): return ops.to(self, "cpu")
    def float(self): return ops.cast(self, dtypes.float32)
    def double(self): return ops.cast(self, dtypes.float64)
    def half(self): return ops.cast(self, dtypes.float16)
    def byte(self): return ops.cast(self, dtypes.uint8)
    def long(self): return ops.cast(self, dtypes.int64)
    def int(self): return ops.cast(self, dtypes.int32)
    def bool(self): return ops.cast(self, dtypes.bool_)
    def __deepcopy__(self, memo): return ops.deepcopy(self, memo)

    def new_tensor(self, data, dtype=None):
        """Numbers as a tensor of this one's device, and dtype unless another is given."""
        return Tensor(self.backend.asarray(data, dtype or self.dtype), self.backend)

    def new_index(self, data):
        """A list as an index tensor on this device: integers or bools as they come."""
        array = self.backend.asarray(data)
        return Tensor(array.astype(dtypes.int64) if array.size == 0 else array, self.backend)

    def new_full(self, size, fill_value, *, dtype=None, device=None, requires_grad=False):
        """A tensor of that size, on this one's device and of its dtype unless others are given."""
        backend = self.backend if device is None else get_backend(device)
        dtype = self.dtype if dtype is None else dtypes.as_dtype(dtype)
        value = ops.stored("new_full", python_number("new_full", fill_value), dtype)
        return Tensor(backend.full(ops.size_tuple("new_full", size), value, dtype), backend, requires_grad)

    def new_zeros(self, *size, **options): return self.new_full(ops.sizes("new_zeros", size, least=0), 0, **options)
    def new_ones(self, *size, **options): return self.new_full(ops.sizes("new_ones", size, least=0), 1, **options)
    def new_empty(self, *size, **options): return self.new_full(ops.sizes("new_empty", size, least=0), 0, **options)

    # Arithmetic; each reflected operator carries the expression that it serves

    add, sub, mul, div, pow = ops.add, ops.sub, ops.mul, ops.div, ops.pow
    matmul, mm, bmm, addmm, outer, dot = ops.matmul, ops.mm, ops.bmm, ops.addmm, ops.outer, ops.dot
    maximum, minimum, clamp, clamp_min, clamp_max = ops.maximum, ops.minimum, ops.clamp, ops.clamp_min, ops.clamp_max
    floor_divide, remainder, square, lerp, reciprocal = ops.floor_divide, ops.remainder, ops.square, ops.lerp, ops.reciprocal
    multiply, divide, true_divide, subtract, clip = mul, div, div, sub, clamp
    def where(self, condition, other): return ops.where(condition, self, other)

    def __add__(self, other): return ops.add(self, other)
    def __radd__(self, other): return ops.add(other, self)              # 2 + x
    def __sub__(self, other): return ops.sub(self, other)
    def __rsub__(self, other): return ops.sub(other, self)              # 2 - x
    def __mul__(self, other): return ops.mul(self, other)
    def __rmul__(self, other): return ops.mul(other, self)              # 2 * x
    def __truediv__(self, other): return ops.div(self, other)
    def __rtruediv__(self, other): return ops.div(other, self)          # 2 / x
    def __rfloordiv__(self, other): return ops.floor_divide(other, self)
    def __rmod__(self, other): return ops.remainder(other, self)
    def __rpow__(self, other): return ops.pow(other, self)              # 2 ** x
    def __pos__(self): return self
    __floordiv__, __mod__, __pow__, __matmul__ = floor_divide, remainder, pow, matmul
    __neg__, __abs__, __invert__ = ops.neg, ops.abs, ops.bitwise_not
    __and__, __or__, __xor__ = __rand__, __ror__, __rxor__ = ops.bitwise_and, ops.bitwise_or, ops.bitwise_xor

    # Comparison. Tensors are still usable as keys: by identity, as the engine's tables do.

    __hash__ = object.__hash__
    def __eq__(self, other): return ops.eq(self, other) if other.__class__ not in INCOMPARABLE else NotImplemented
    def __ne__(self, other): return ops.ne(self, other) if other.__class__ not in INCOMPARABLE else NotImplemented
    eq, ne, equal, allclose, isclose = ops.eq, ops.ne, ops.equal, ops.allclose, ops.isclose
    lt, le, gt, ge = __lt__, __le__, __gt__, __ge__ = ops.lt, ops.le, ops.gt, ops.ge
    logical_not, logical_and, logical_or, logical_xor = ops.logical_not, ops.logical_and, ops.logical_or, ops.logical_xor
    bitwise_and, bitwise_or, bitwise_xor = ops.bitwise_and, ops.bitwise_or, ops.bitwise_xor
    bitwise_not, bitwise_left_shift, bitwise_right_shift = ops.bitwise_not, ops.bitwise_left_shift, ops.bitwise_right_shift
    __lshift__, __rshift__ = bitwise_left_shift, bitwise_right_shift
    isnan, isinf, isfinite = ops.isnan, ops.isinf, ops.isfinite

    # Functions of one variable

    abs, neg, sign, floor, ceil, round = ops.abs, ops.neg, ops.sign, ops.floor, ops.ceil, ops.round
    exp, expm1, log, log1p, log2, log10 = ops.exp, ops.expm1, ops.log, ops.log1p, ops.log2, ops.log10
    sin, cos, tanh, sigmoid, relu, sqrt, rsqrt = ops.sin, ops.cos, ops.tanh, ops.sigmoid, ops.relu, ops.sqrt, ops.rsqrt

    tan, asin, acos, atan, sinh, cosh = ops.tan, ops.asin, ops.acos, ops.atan, ops.sinh, ops.cosh
    asinh, acosh, atanh, erf, trunc, fmod = ops.asinh, ops.acosh, ops.atanh, ops.erf, ops.trunc, ops.fmod

    # Reductions

    sum, mean, prod, var, std, norm = ops.sum, ops.mean, ops.prod, ops.var, ops.std, ops.norm
    max, min, amax, amin, argmax, argmin = ops.max, ops.min, ops.amax, ops.amin, ops.argmax, ops.argmin
    sort, argsort, topk, cumsum, cumprod = ops.sort, ops.argsort, ops.topk, ops.cumsum, ops.cumprod
    any, all, logsumexp, softmax, log_softmax = ops.any, ops.all, ops.logsumexp, ops.softmax, ops.log_softmax

    # Shapes

    @property
    def T(self): return ops.permute(self, *range(self.ndim - 1, -1, -1))
    @property
    def mT(self):
        if self.ndim < 2:
            raise RuntimeError(f"mT: expected a matrix or a batch of matrices, got shape {self.shape}")
        return ops.transpose(self, -2, -1)
    t, reshape, flatten, unflatten, permute = ops.t, ops.reshape, ops.flatten, ops.unflatten, ops.permute
    transpose, squeeze, unsqueeze, flip = ops.transpose, ops.squeeze, ops.unsqueeze, ops.flip
    expand, broadcast_to, repeat, narrow = ops.expand, ops.broadcast_to, ops.repeat, ops.narrow
    chunk, unbind, ravel = ops.chunk, ops.unbind, ops.ravel
    def view(self, *shape, size=None): return ops.reshape(self, *shape, shape=size)
    def view_as(self, other): return ops.reshape(self, other.shape)
    def reshape_as(self, other): return ops.reshape(self, other.shape)
    def expand_as(self, other): return ops.expand(self, other.shape)
    def split(self, split_size, dim=0): return ops.split(self, split_size, dim)

    # Indexing

    __getitem__, gather, index_select, nonzero = ops.getitem, ops.gather, ops.index_select, ops.nonzero
    masked_fill, masked_select, select, scatter = ops.masked_fill, ops.masked_select, ops.select, ops.scatter
    scatter_add, tril, triu = ops.scatter_add, ops.tril, ops.triu
    def __setitem__(self, index, value): ops.setitem(self, index, value)

    # In place: on tensors that autograd does not track (see ops/inplace.py)

    def bump_version(self):
        """Note that this memory was written to: what saved it for backward will refuse to use it."""
        self.counter[0] += 1

    def copy_(self, other): return ops.copy_(self, other)
    def fill_(self, value): return ops.fill_(self, value)
    def zero_(self): return ops.fill_(self, 0)
    def add_(self, other, *, alpha=1): return ops.add_(self, other, alpha=alpha)
    def sub_(self, other, *, alpha=1): return ops.sub_(self, other, alpha=alpha)
    def mul_(self, other): return ops.mul_(self, other)
    def div_(self, other, *, rounding_mode=None): return ops.div_(self, other, rounding_mode=rounding_mode)
    def clamp_(self, min=None, max=None): return ops.clamp_(self, min, max)
    def masked_fill_(self, mask, value): return ops.masked_fill_(self, mask, value)
    def scatter_(self, dim, index, src=None, **options): return ops.scatter_(self, dim, index, src, **options)
    def normal_(self, mean=0.0, std=1.0, *, generator=None): return ops.normal_(self, mean, std, generator)
    def uniform_(self, a=0.0, b=1.0, *, generator=None): return ops.uniform_(self, a, b, generator)
    def bernoulli_(self, p=0.5, *, generator=None): return ops.bernoulli_(self, p, generator)
    def __iadd__(self, other): return ops.augmented("add_", ops.add_, ops.add, self, other)
    def __isub__(self, other): return ops.augmented("sub_", ops.sub_, ops.sub, self, other)
    def __imul__(self, other): return ops.augmented("mul_", ops.mul_, ops.mul, self, other)
    def __itruediv__(self, other): return ops.augmented("div_", ops.div_, ops.div, self, other)


Tensor.tensor_class = Function.tensor_class = Tensor  # what results, and gradients, are wrapped in


class HookHandle:
    """Takes a hook away again."""

    def __init__(self, owner, hook):
        self.owner, self.hook = owner, hook

    def remove(self):
        if self.owner.hooks and self.hook in self.owner.hooks:
            self.owner.hooks = [h for h in self.owner.hooks if h is not self.hook]
