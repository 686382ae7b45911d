"""Tensor: an array that remembers how it was computed.

Three things make a tensor out of an array: `requires_grad` (does somebody want dL/dx?),
`grad_fn` (the operation that made it) and `grad` (dL/dx, once backward has run). Everything
else below is one line a method: the operations stand in `ops/`, where each has its formula.
"""

from . import ops
from .autograd import Function
from .autograd import backward as run_backward
from .backend import dtypes
from .printing import tensor_repr


class Tensor:
    """`Tensor(array, backend)` wraps an array without a copy; `tensor(...)` makes one from data."""

    grad = grad_fn = hooks = None
    retains_grad = False
    wants_grad = False            # set on leaves; `requires_grad` also knows of computed tensors
    edges = ()                    # a leaf ends the engine's walk
    __array_ufunc__ = None        # `ndarray + tensor` asks Tensor.__radd__, which says what to do

    def __init__(self, array, backend, requires_grad=False):
        self.array = array if array.__class__ is backend.array_type else backend.asarray(array)
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

    def __contains__(self, value): return bool((self == value).any())
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

    def new_zeros(self, *size): return self.wrap(self.backend.xp.zeros(ops.sizes("new_zeros", size), self.dtype))
    def new_ones(self, *size): return self.wrap(self.backend.xp.ones(ops.sizes("new_ones", size), self.dtype))

    # Arithmetic: each reflected operator carries the expression that it serves

    def __add__(self, other): return ops.add(self, other)
    def __radd__(self, other): return ops.add(other, self)              # 2 + x
    def __sub__(self, other): return ops.sub(self, other)
    def __rsub__(self, other): return ops.sub(other, self)              # 2 - x
    def __mul__(self, other): return ops.mul(self, other)
    def __rmul__(self, other): return ops.mul(other, self)              # 2 * x
    def __truediv__(self, other): return ops.div(self, other)
    def __rtruediv__(self, other): return ops.div(other, self)          # 2 / x
    def __floordiv__(self, other): return ops.floor_divide(self, other)
    def __rfloordiv__(self, other): return ops.floor_divide(other, self)
    def __mod__(self, other): return ops.remainder(self, other)
    def __rmod__(self, other): return ops.remainder(other, self)
    def __pow__(self, other): return ops.pow(self, other)
    def __rpow__(self, other): return ops.pow(other, self)              # 2 ** x
    def __matmul__(self, other): return ops.matmul(self, other)
    def __neg__(self): return ops.neg(self)
    def __pos__(self): return self
    def __abs__(self): return ops.abs(self)
    def __invert__(self): return ops.bitwise_not(self)
    def __and__(self, other): return ops.bitwise_and(self, other)
    def __or__(self, other): return ops.bitwise_or(self, other)
    def __xor__(self, other): return ops.bitwise_xor(self, other)
    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__

    def add(self, other, *, alpha=1): return ops.add(self, other, alpha=alpha)
    def sub(self, other, *, alpha=1): return ops.sub(self, other, alpha=alpha)
    def mul(self, other): return ops.mul(self, other)
    def div(self, other, *, rounding_mode=None): return ops.div(self, other, rounding_mode=rounding_mode)
    def pow(self, exponent): return ops.pow(self, exponent)
    def matmul(self, other): return ops.matmul(self, other)
    def mm(self, mat2): return ops.mm(self, mat2)
    def bmm(self, mat2): return ops.bmm(self, mat2)
    def maximum(self, other): return ops.maximum(self, other)
    def minimum(self, other): return ops.minimum(self, other)
    def where(self, condition, other): return ops.where(condition, self, other)
    def clamp(self, min=None, max=None): return ops.clamp(self, min, max)
    multiply, divide, subtract, clip = mul, div, sub, clamp

    # Comparison. Tensors are still usable as keys: by identity, as the engine's tables do.

    __hash__ = object.__hash__
    def __eq__(self, other): return ops.eq(self, other)
    def __ne__(self, other): return ops.ne(self, other)
    def __lt__(self, other): return ops.lt(self, other)
    def __le__(self, other): return ops.le(self, other)
    def __gt__(self, other): return ops.gt(self, other)
    def __ge__(self, other): return ops.ge(self, other)
    eq, ne, lt, le, gt, ge = __eq__, __ne__, __lt__, __le__, __gt__, __ge__
    def logical_not(self): return ops.logical_not(self)
    def logical_and(self, other): return ops.logical_and(self, other)
    def logical_or(self, other): return ops.logical_or(self, other)
    def isnan(self): return ops.isnan(self)
    def isinf(self): return ops.isinf(self)
    def isfinite(self): return ops.isfinite(self)
    def equal(self, other): return ops.equal(self, other)
    def allclose(self, other, rtol=1e-5, atol=1e-8): return ops.allclose(self, other, rtol, atol)

    # Functions of one variable

    def abs(self): return ops.abs(self)
    def neg(self): return ops.neg(self)
    def exp(self): return ops.exp(self)
    def expm1(self): return ops.expm1(self)
    def log(self): return ops.log(self)
    def log1p(self): return ops.log1p(self)
    def sqrt(self): return ops.sqrt(self)
    def rsqrt(self): return ops.rsqrt(self)
    def square(self): return ops.square(self)
    def reciprocal(self): return ops.div(1, self)
    def sin(self): return ops.sin(self)
    def cos(self): return ops.cos(self)
    def tanh(self): return ops.tanh(self)
    def sigmoid(self): return ops.sigmoid(self)
    def relu(self): return ops.relu(self)
    def sign(self): return ops.sign(self)
    def floor(self): return ops.floor(self)
    def round(self): return ops.round(self)

    # Reductions

    def sum(self, dim=None, keepdim=False, *, dtype=None): return ops.sum(self, dim, keepdim, dtype=dtype)
    def mean(self, dim=None, keepdim=False, *, dtype=None): return ops.mean(self, dim, keepdim, dtype=dtype)
    def var(self, dim=None, keepdim=False, **kw): return ops.var(self, dim=dim, keepdim=keepdim, **kw)
    def std(self, dim=None, keepdim=False, **kw): return ops.std(self, dim=dim, keepdim=keepdim, **kw)
    def prod(self, dim=None, keepdim=False, *, dtype=None): return ops.prod(self, dim, keepdim, dtype=dtype)
    def max(self, dim=None, keepdim=False): return ops.max(self, dim, keepdim)
    def min(self, dim=None, keepdim=False): return ops.min(self, dim, keepdim)
    def amax(self, dim=(), keepdim=False): return ops.amax(self, dim, keepdim)
    def amin(self, dim=(), keepdim=False): return ops.amin(self, dim, keepdim)
    def argmax(self, dim=None, keepdim=False): return ops.argmax(self, dim, keepdim)
    def argmin(self, dim=None, keepdim=False): return ops.argmin(self, dim, keepdim)
    def any(self, dim=None, keepdim=False): return ops.any(self, dim, keepdim)
    def all(self, dim=None, keepdim=False): return ops.all(self, dim, keepdim)
    def norm(self, p=2, dim=None, keepdim=False): return ops.norm(self, p, dim, keepdim)
    def logsumexp(self, dim, keepdim=False): return ops.logsumexp(self, dim, keepdim)
    def softmax(self, dim): return ops.softmax(self, dim)
    def log_softmax(self, dim): return ops.log_softmax(self, dim)

    # Shapes

    @property
    def T(self): return ops.permute(self, *range(self.ndim - 1, -1, -1))
    @property
    def mT(self): return ops.transpose(self, -2, -1)
    def t(self): return ops.t(self)
    def reshape(self, *shape): return ops.reshape(self, *shape)
    def view(self, *shape): return ops.reshape(self, *shape)
    def view_as(self, other): return ops.reshape(self, other.shape)
    def reshape_as(self, other): return ops.reshape(self, other.shape)
    def flatten(self, start_dim=0, end_dim=-1): return ops.flatten(self, start_dim, end_dim)
    def unflatten(self, dim, sizes): return ops.unflatten(self, dim, sizes)
    def permute(self, *dims): return ops.permute(self, *dims)
    def transpose(self, dim0, dim1): return ops.transpose(self, dim0, dim1)
    def squeeze(self, dim=None): return ops.squeeze(self, dim)
    def unsqueeze(self, dim): return ops.unsqueeze(self, dim)
    def expand(self, *sizes): return ops.expand(self, *sizes)
    def expand_as(self, other): return ops.expand(self, other.shape)
    def repeat(self, *sizes): return ops.repeat(self, *sizes)
    def split(self, split_size, dim=0): return ops.split(self, split_size, dim)
    def chunk(self, chunks, dim=0): return ops.chunk(self, chunks, dim)
    def unbind(self, dim=0): return ops.unbind(self, dim)
    def narrow(self, dim, start, length): return ops.narrow(self, dim, start, length)
    def flip(self, *dims): return ops.flip(self, *dims)

    # Indexing

    def __getitem__(self, index): return ops.getitem(self, index)
    def __setitem__(self, index, value): ops.setitem(self, index, value)
    def gather(self, dim, index): return ops.gather(self, dim, index)
    def index_select(self, dim, index): return ops.index_select(self, dim, index)
    def masked_fill(self, mask, value): return ops.masked_fill(self, mask, value)
    def masked_select(self, mask): return ops.getitem(self, mask)
    def nonzero(self): return ops.nonzero(self)

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
    def div_(self, other): return ops.div_(self, other)
    def clamp_(self, min=None, max=None): return ops.clamp_(self, min, max)
    def masked_fill_(self, mask, value): return ops.masked_fill_(self, mask, value)
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
