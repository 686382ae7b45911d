# Written by .ci/stubs.py, for editors and type checkers. The code is in __init__.py.
import builtins
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal, overload
import numpy as np
from numpy.typing import DTypeLike
from typing_extensions import Self, TypeIs
from tinygrad_cv.autograd.hooks import HookHandle
from tinygrad_cv.nn import Parameter
from tinygrad_cv.ops.reduce import ValuesIndices
_Device = device
_DType = dtype
class Generator:
    """A source of random numbers with a seed and a state; `numpy` is the generator that draws.

    >>> import tinygrad_cv as tg
    >>> g = tg.Generator().manual_seed(0)
    >>> state = g.get_state()
    >>> a = tg.randn(3, generator=g)
    >>> g.set_state(state)
    >>> bool((tg.randn(3, generator=g) == a).all())
    True
    """
    @property
    def numpy(self) -> Any: ...
    def __init__(self, device: _Device | str = 'cpu') -> None: ...
    def manual_seed(self, seed: builtins.int) -> Generator:
        """Restart from `seed`, any integer; the same seed gives the same numbers."""
    def get_state(self) -> dict[str, Any]:
        """The state as a dictionary of plain numbers, which a checkpoint can hold."""
    def set_state(self, state: dict[str, Any]) -> None:
        """Return to a state that `get_state` gave."""
    def normal(
        self, shape: builtins.int | Sequence[builtins.int], dtype: DTypeLike) -> np.ndarray: ...
    def uniform(
        self, shape: builtins.int | Sequence[builtins.int], dtype: DTypeLike) -> np.ndarray: ...
class Tensor:
    """Tensor(array) wraps a NumPy or CuPy array without a copy; `tensor(data)` makes one from data.

    `array` is the array, and `memory` counts the writes into it (see autograd/memory.py).
    """
    @property
    def T(self) -> Tensor: ...
    array: Any
    data: Tensor
    """The values without history, as `detach()`. Assigning a tensor shares its memory."""
    @property
    def device(self) -> _Device: ...
    @property
    def dtype(self) -> _DType: ...
    grad: Tensor | None
    """dL/dx, or None before backward has run."""
    grad_fn: Any
    @property
    def is_cuda(self) -> builtins.bool: ...
    @property
    def is_leaf(self) -> builtins.bool: ...
    @property
    def mT(self) -> Tensor: ...
    memory: Any
    @property
    def ndim(self) -> builtins.int:
        """attrgetter(attr, ...) --> attrgetter object

        Return a callable object that fetches the given attribute(s) from its operand.
        After f = attrgetter('name'), the call f(r) returns r.name.
        After g = attrgetter('name', 'date'), the call g(r) returns (r.name, r.date).
        After h = attrgetter('name.first', 'name.last'), the call h(r) returns
        (r.name.first, r.name.last).
        """
    requires_grad: builtins.bool
    """Is the gradient of this tensor, or of one that it was computed from, needed?"""
    @property
    def shape(self) -> tuple[builtins.int, ...]:
        """attrgetter(attr, ...) --> attrgetter object

        Return a callable object that fetches the given attribute(s) from its operand.
        After f = attrgetter('name'), the call f(r) returns r.name.
        After g = attrgetter('name', 'date'), the call g(r) returns (r.name, r.date).
        After h = attrgetter('name.first', 'name.last'), the call h(r) returns
        (r.name.first, r.name.last).
        """
    strided: Any
    def __init__(self, array: Any, requires_grad: builtins.bool = False) -> None: ...
    @overload
    def size(self) -> tuple[builtins.int, ...]:
        """The shape, or the size of one dim."""
    @overload
    def size(self, dim: builtins.int) -> builtins.int:
        """The shape, or the size of one dim."""
    def dim(self) -> builtins.int: ...
    def numel(self) -> builtins.int: ...
    def nelement(self) -> builtins.int: ...
    def is_floating_point(self) -> builtins.bool: ...
    def is_contiguous(self) -> builtins.bool: ...
    def __len__(self) -> builtins.int: ...
    def requires_grad_(self, requires_grad: builtins.bool = True) -> Self:
        """Set `requires_grad` and return the tensor."""
    def backward(
        self, gradient: Tensor | None = None, retain_graph: builtins.bool | None = None,
        create_graph: builtins.bool = False) -> None:
        """Add dL/dx to the `.grad` of every leaf x that L was computed from (autograd.backward)."""
    def detach(self) -> Tensor:
        """A tensor with the same memory and without history: gradients stop here."""
    def detach_(self) -> Self:
        """Forget the history in place."""
    def retain_grad(self) -> None:
        """Keep the gradient of this computed tensor in `.grad`, as leaves do."""
    def register_hook(self, hook: Callable[..., Any]) -> HookHandle:
        """Call hook(grad) when this tensor's gradient is known; its result replaces the gradient.

        Returns a handle: its remove(), or the end of a `with` block, removes the hook.
        """
    def numpy(self) -> np.ndarray:
        """The values as a NumPy array that shares this tensor's memory (CPU, no history)."""
    def __array__(
        self, dtype: DTypeLike | None = None, copy: builtins.bool | None = None) -> np.ndarray: ...
    def item(self) -> builtins.float | Any:
        """The one value as a Python number."""
    def tolist(self) -> Any: ...
    def __float__(self) -> builtins.float: ...
    def __int__(self) -> builtins.int: ...
    def __index__(self) -> builtins.int: ...
    def __bool__(self) -> builtins.bool: ...
    def __iter__(self) -> Iterator[Tensor]: ...
    def __contains__(self, value: Tensor | builtins.float) -> builtins.bool: ...
    # tinygrad_cv/ops/arithmetic.py
    def __add__(self, other: Tensor | builtins.float) -> Tensor: ...
    def __sub__(self, other: Tensor | builtins.float) -> Tensor: ...
    def __mul__(self, other: Tensor | builtins.float) -> Tensor: ...
    def __truediv__(self, other: Tensor | builtins.float) -> Tensor: ...
    def __floordiv__(self, other: Tensor | builtins.float) -> Tensor: ...
    def __mod__(self, other: Tensor | builtins.float) -> Tensor: ...
    # tinygrad_cv/ops/pointwise.py
    def __pow__(self, exponent: Tensor | builtins.float) -> Tensor: ...
    # tinygrad_cv/ops/arithmetic.py
    def __neg__(self) -> Tensor: ...
    # tinygrad_cv/ops/pointwise.py
    def __abs__(self) -> Tensor: ...
    # tinygrad_cv/ops/comparison.py
    def __invert__(self) -> Tensor: ...
    # tinygrad_cv/ops/linalg.py
    def __matmul__(self, other: Tensor | builtins.float) -> Tensor: ...
    # tinygrad_cv/tensor.py
    def __radd__(self, other: Tensor | builtins.float) -> Tensor: ...
    def __rsub__(self, other: Tensor | builtins.float) -> Tensor: ...
    def __rmul__(self, other: Tensor | builtins.float) -> Tensor: ...
    def __rtruediv__(self, other: Tensor | builtins.float) -> Tensor: ...
    def __rfloordiv__(self, other: Tensor | builtins.float) -> Tensor: ...
    def __rmod__(self, other: Tensor | builtins.float) -> Tensor: ...
    def __rpow__(self, other: Tensor | builtins.float) -> Tensor: ...
    # tinygrad_cv/ops/comparison.py
    def __and__(self, other: Tensor | builtins.float) -> Tensor: ...
    def __or__(self, other: Tensor | builtins.float) -> Tensor: ...
    def __xor__(self, other: Tensor | builtins.float) -> Tensor: ...
    def __rand__(self, other: Tensor | builtins.float) -> Tensor: ...
    def __ror__(self, other: Tensor | builtins.float) -> Tensor: ...
    def __rxor__(self, other: Tensor | builtins.float) -> Tensor: ...
    # tinygrad_cv/ops/inplace.py
    def __iadd__(self, other: Tensor | builtins.float) -> Self: ...
    def __isub__(self, other: Tensor | builtins.float) -> Self: ...
    def __imul__(self, other: Tensor | builtins.float) -> Self: ...
    def __itruediv__(self, other: Tensor | builtins.float) -> Self: ...
    def __ifloordiv__(self, other: Tensor | builtins.float) -> Self: ...
    def __imod__(self, other: Tensor | builtins.float) -> Self: ...
    def __ipow__(self, exponent: Tensor | builtins.float) -> Self: ...
    def __iand__(self, other: Tensor | builtins.float) -> Self: ...
    def __ior__(self, other: Tensor | builtins.float) -> Self: ...
    def __ixor__(self, other: Tensor | builtins.float) -> Self: ...
    # tinygrad_cv/ops/comparison.py
    def __lt__(self, other: Tensor | builtins.float) -> Tensor: ...
    def __le__(self, other: Tensor | builtins.float) -> Tensor: ...
    def __gt__(self, other: Tensor | builtins.float) -> Tensor: ...
    def __ge__(self, other: Tensor | builtins.float) -> Tensor: ...
    # tinygrad_cv/ops/index.py
    def __getitem__(self, index: Any) -> Tensor: ...
    # tinygrad_cv/ops/inplace.py
    def __setitem__(self, index: Any, value: Tensor | builtins.float) -> None: ...
    # tinygrad_cv/tensor.py
    def __eq__(self, other: Tensor | builtins.float) -> Tensor: ...  # type: ignore
    def __ne__(self, other: Tensor | builtins.float) -> Tensor: ...  # type: ignore
    # tinygrad_cv/ops/comparison.py
    def clip(
        self, min: Tensor | builtins.float | None = None, max: Tensor | builtins.float | None =
        None) -> Tensor:
        """input limited to [min, max], which are numbers, tensors or None. If min > max, max wins."""
    # tinygrad_cv/ops/convert.py
    def type_as(
        self, *args: Any, dtype: DTypeLike | None = None, device: _Device | str | None = None,
        copy: builtins.bool = False, non_blocking: builtins.bool = False) -> Tensor:
        """to(dtype), to(device), to(device, dtype) or to(other): converted, or itself if it is that.

        copy=True copies in any case; non_blocking changes nothing here.
        """
    # tinygrad_cv/tensor.py
    def where(self, condition: Tensor, other: Tensor | builtins.float) -> Tensor: ...
    def view_as(self, other: Tensor) -> Tensor: ...
    def reshape_as(self, other: Tensor) -> Tensor: ...
    def expand_as(self, other: Tensor) -> Tensor: ...
    def cuda(self, device: _Device | str = 'cuda') -> Tensor: ...
    def cpu(self) -> Tensor: ...
    def float(self) -> Tensor: ...
    def double(self) -> Tensor: ...
    def byte(self) -> Tensor: ...
    def long(self) -> Tensor: ...
    def int(self) -> Tensor: ...
    def bool(self) -> Tensor: ...
    # tinygrad_cv/ops/convert.py
    def clone(self) -> Tensor:
        """A copy of the values; gradients flow through it."""
    def contiguous(self) -> Tensor:
        """The tensor itself if it is stored in the order of its shape; otherwise a copy that is."""
    def to(
        self, *args: Any, dtype: DTypeLike | None = None, device: _Device | str | None = None,
        copy: builtins.bool = False, non_blocking: builtins.bool = False) -> Tensor:
        """to(dtype), to(device), to(device, dtype) or to(other): converted, or itself if it is that.

        copy=True copies in any case; non_blocking changes nothing here.
        """
    # tinygrad_cv/ops/arithmetic.py
    def add(self, other: Tensor | builtins.float, *, alpha: builtins.float = 1) -> Tensor:
        """input + alpha * other, broadcast."""
    def sub(self, other: Tensor | builtins.float, *, alpha: builtins.float = 1) -> Tensor:
        """input - alpha * other, broadcast."""
    def mul(self, other: Tensor | builtins.float) -> Tensor:
        """input * other, broadcast."""
    def div(
        self, other: Tensor | builtins.float, *, rounding_mode: Literal["trunc", "floor"] | None
        = None) -> Tensor:
        """input / other as floats; or rounded to whole numbers, down ("floor") or to 0 ("trunc")."""
    def floor_divide(self, other: Tensor | builtins.float) -> Tensor:
        """floor(input / other); integers stay integers, and an integer zero as divisor is refused."""
    def remainder(self, other: Tensor | builtins.float) -> Tensor:
        """input - other * floor(input / other), which has the sign of `other`."""
    # tinygrad_cv/ops/pointwise.py
    def pow(self, exponent: Tensor | builtins.float) -> Tensor:
        """input^exponent, broadcast. An integer to a negative power is refused: it is a fraction."""
    # tinygrad_cv/ops/arithmetic.py
    def lerp(self, end: Tensor, weight: Tensor | builtins.float) -> Tensor:
        """input + weight * (end - input): on the line from input (weight 0) to end (weight 1)."""
    # tinygrad_cv/ops/linalg.py
    def matmul(self, other: Tensor | builtins.float) -> Tensor:
        """The matrix product. Leading dims are batches, which are broadcast.

        A vector counts as a row on the left and as a column on the right.

        >>> import tinygrad_cv as tg
        >>> tg.matmul(tg.ones(2, 3), tg.ones(3))
        tensor([3., 3.])
        """
    def mm(self, mat2: Tensor) -> Tensor:
        """The product of two matrices."""
    def bmm(self, mat2: Tensor) -> Tensor:
        """The products of two batches of matrices."""
    # tinygrad_cv/ops/comparison.py
    def maximum(self, other: Tensor | builtins.float) -> Tensor:
        """The larger of two tensors, element by element."""
    def minimum(self, other: Tensor | builtins.float) -> Tensor:
        """The smaller of two tensors, element by element."""
    def clamp(
        self, min: Tensor | builtins.float | None = None, max: Tensor | builtins.float | None =
        None) -> Tensor:
        """input limited to [min, max], which are numbers, tensors or None. If min > max, max wins."""
    # tinygrad_cv/ops/pointwise.py
    def abs(self) -> Tensor:
        """|input|; its gradient at 0 is 0."""
    # tinygrad_cv/ops/arithmetic.py
    def neg(self) -> Tensor:
        """-input, for numbers: the opposite of a bool is ~input."""
    # tinygrad_cv/ops/pointwise.py
    def sign(self) -> Tensor:
        """-1, 0 or 1, and 0 for a NaN."""
    def floor(self) -> Tensor:
        """The largest integer not above input."""
    def ceil(self) -> Tensor:
        """The smallest integer not below input."""
    def round(self, *, decimals: builtins.int = 0) -> Tensor:
        """The nearest integer, halves to the even one; or the nearest number with so many decimals."""
    def square(self) -> Tensor:
        """input * input; bools become integers first."""
    def sqrt(self) -> Tensor:
        """The square root; NaN below 0."""
    def rsqrt(self) -> Tensor:
        """1 / sqrt(input)."""
    def exp(self) -> Tensor:
        """e^input."""
    def expm1(self) -> Tensor:
        """e^input - 1, exact where input is small."""
    def log(self) -> Tensor:
        """The natural logarithm; -inf at 0, NaN below."""
    def log1p(self) -> Tensor:
        """ln(1 + input), exact for small input."""
    def sin(self) -> Tensor:
        """The sine of input, in radians."""
    def cos(self) -> Tensor:
        """The cosine of input, in radians."""
    def tanh(self) -> Tensor:
        """(e^x - e^-x) / (e^x + e^-x)."""
    def sigmoid(self) -> Tensor:
        """1 / (1 + e^-x)."""
    # tinygrad_cv/ops/activation.py
    def relu(self, inplace: builtins.bool = False) -> Tensor:
        """max(0, x).

        >>> import tinygrad_cv as tg
        >>> tg.relu(tg.tensor([-1.0, 2.0]))
        tensor([0., 2.])
        """
    def softmax(self, dim: builtins.int | None = None, dtype: DTypeLike | None = None) -> Tensor:
        """exp(x) / sum exp(x) along `dim`: positive numbers that add up to 1; exp of log_softmax.

        >>> import tinygrad_cv as tg
        >>> tg.softmax(tg.tensor([0.0, 0.0]), dim=0)
        tensor([0.5000, 0.5000])
        """
    def log_softmax(
        self, dim: builtins.int | None = None, dtype: DTypeLike | None = None) -> Tensor:
        """log softmax(x) along `dim`, computed without the quotient: it is never log 0."""
    # tinygrad_cv/ops/comparison.py
    def eq(self, other: Tensor | builtins.float) -> Tensor:
        """input == other, element by element."""
    def ne(self, other: Tensor | builtins.float) -> Tensor:
        """input != other, element by element."""
    def lt(self, other: Tensor | builtins.float) -> Tensor:
        """input < other, element by element."""
    def le(self, other: Tensor | builtins.float) -> Tensor:
        """input <= other, element by element."""
    def gt(self, other: Tensor | builtins.float) -> Tensor:
        """input > other, element by element."""
    def ge(self, other: Tensor | builtins.float) -> Tensor:
        """input >= other, element by element."""
    def equal(self, other: Tensor | builtins.float) -> builtins.bool:
        """True (a Python bool) if both tensors have the same shape and equal values."""
    def allclose(
        self, other: Tensor | builtins.float, rtol: builtins.float = 1e-05, atol: builtins.float
        = 1e-08, equal_nan: builtins.bool = False) -> builtins.bool:
        """|input - other| <= atol + rtol |other| everywhere, or equal, or (equal_nan) both NaN.

        The answer is a Python bool. Integers are compared in int64, so that no digit is lost.
        """
    def isnan(self) -> Tensor:
        """True where input is not a number: the only value that differs from itself."""
    def isfinite(self) -> Tensor:
        """True where input is neither infinite nor NaN."""
    # tinygrad_cv/ops/reduce.py
    def sum(
        self, dim: builtins.int | Sequence[builtins.int] | None = None, keepdim: builtins.bool =
        False) -> Tensor:
        """The sum over `dim` (an int, a tuple, or None for all); integers and bools sum as int64.

        >>> import tinygrad_cv as tg
        >>> tg.sum(tg.ones(2, 3), dim=1)
        tensor([3., 3.])
        """
    def mean(
        self, dim: builtins.int | Sequence[builtins.int] | None = None, keepdim: builtins.bool =
        False) -> Tensor:
        """The mean over `dim` (an int, a tuple, or None for all) of a floating point tensor."""
    def prod(
        self, dim: builtins.int | Sequence[builtins.int] | None = None, keepdim: builtins.bool =
        False, *, dtype: DTypeLike | None = None) -> Tensor:
        """The product over `dim` (an int, a tuple, or None for all); integers multiply as int64.

        The two halves are multiplied with each other until one factor is left. Dividing the product
        by each factor would give the gradient faster, but NaN where a factor is zero.
        """
    def var(
        self, dim: builtins.int | Sequence[builtins.int] | None = None, unbiased: builtins.bool
        = True, keepdim: builtins.bool = False, *, correction: builtins.float | None = None) -> Tensor:
        """sum (x - mean)^2 / (n - correction), computed in float64.

        correction is 1 for a sample (unbiased=True), 0 for a whole population (unbiased=False).
        var(x, False) means var(x, unbiased=False).
        """
    def std(
        self, dim: builtins.int | Sequence[builtins.int] | None = None, unbiased: builtins.bool
        = True, keepdim: builtins.bool = False, *, correction: builtins.float | None = None) -> Tensor:
        """The square root of `var`, rounded after the root; its gradient at 0 is 0."""
    def norm(
        self, p: builtins.float | str = 'fro', dim: builtins.int | Sequence[builtins.int] | None
        = None, keepdim: builtins.bool = False) -> Tensor:
        """The p-norm (sum |x|^p)^(1/p) over `dim`; p may be "fro" (the 2-norm), inf or -inf."""
    @overload
    def max(self) -> Tensor:
        """max(x): the maximum. max(x, dim): (values, indices). max(x, y): `maximum(x, y)`.

        Elements that tie share the gradient of max(x); that of max(x, dim) goes to the first of them.

        >>> import tinygrad_cv as tg
        >>> values, indices = tg.max(tg.tensor([[1.0, 5.0], [7.0, 2.0]]), dim=1)
        >>> values, indices
        (tensor([5., 7.]), tensor([1, 0]))
        """
    @overload
    def max(self, dim: builtins.int, keepdim: builtins.bool = False) -> ValuesIndices:
        """max(x): the maximum. max(x, dim): (values, indices). max(x, y): `maximum(x, y)`.

        Elements that tie share the gradient of max(x); that of max(x, dim) goes to the first of them.

        >>> import tinygrad_cv as tg
        >>> values, indices = tg.max(tg.tensor([[1.0, 5.0], [7.0, 2.0]]), dim=1)
        >>> values, indices
        (tensor([5., 7.]), tensor([1, 0]))
        """
    @overload
    def max(self, other: Tensor) -> Tensor:
        """max(x): the maximum. max(x, dim): (values, indices). max(x, y): `maximum(x, y)`.

        Elements that tie share the gradient of max(x); that of max(x, dim) goes to the first of them.

        >>> import tinygrad_cv as tg
        >>> values, indices = tg.max(tg.tensor([[1.0, 5.0], [7.0, 2.0]]), dim=1)
        >>> values, indices
        (tensor([5., 7.]), tensor([1, 0]))
        """
    @overload
    def min(self) -> Tensor:
        """min(x), min(x, dim) and min(x, y), as `max`."""
    @overload
    def min(self, dim: builtins.int, keepdim: builtins.bool = False) -> ValuesIndices:
        """min(x), min(x, dim) and min(x, y), as `max`."""
    @overload
    def min(self, other: Tensor) -> Tensor:
        """min(x), min(x, dim) and min(x, y), as `max`."""
    def amax(
        self, dim: builtins.int | Sequence[builtins.int] | None = None, keepdim: builtins.bool =
        False) -> Tensor:
        """The maximum over `dim`; ties share the gradient evenly."""
    def amin(
        self, dim: builtins.int | Sequence[builtins.int] | None = None, keepdim: builtins.bool =
        False) -> Tensor:
        """The minimum over `dim`; ties share the gradient evenly."""
    def argmax(self, dim: builtins.int | None = None, keepdim: builtins.bool = False) -> Tensor:
        """The index of the maximum along `dim` (None: all), the first at ties."""
    def argmin(self, dim: builtins.int | None = None, keepdim: builtins.bool = False) -> Tensor:
        """The index of the minimum along `dim` (None: all), the first at ties."""
    def any(
        self, dim: builtins.int | Sequence[builtins.int] | None = None, keepdim: builtins.bool =
        False) -> Tensor:
        """True where one of the elements over `dim` is nonzero."""
    def all(
        self, dim: builtins.int | Sequence[builtins.int] | None = None, keepdim: builtins.bool =
        False) -> Tensor:
        """True where all elements over `dim` are nonzero."""
    def logsumexp(
        self, dim: builtins.int | Sequence[builtins.int], keepdim: builtins.bool = False) -> Tensor:
        """log sum exp over `dim`, as m + log sum exp(x - m) with m the maximum: no overflow."""
    # tinygrad_cv/ops/shape.py
    def reshape(self, *shape: builtins.int | Sequence[builtins.int]) -> Tensor:
        """The same values under a new shape; one size may be -1 and is then worked out.

        >>> import tinygrad_cv as tg
        >>> tg.arange(6).reshape(2, -1)
        tensor([[0, 1, 2],
                [3, 4, 5]])
        """
    def view(self, *shape: builtins.int | Sequence[builtins.int]) -> Tensor:
        """As reshape, but never a copy: RuntimeError where the order in memory asks for one."""
    def flatten(self, start_dim: builtins.int = 0, end_dim: builtins.int = -1) -> Tensor:
        """The dims from start_dim to end_dim merged into one."""
    def unflatten(self, dim: builtins.int, sizes: Sequence[builtins.int]) -> Tensor:
        """One dim split into several; one of their sizes may be -1."""
    def permute(self, *dims: builtins.int | Sequence[builtins.int]) -> Tensor:
        """The axes in another order: axis i of the result is axis dims[i] of the input."""
    def transpose(self, dim0: builtins.int, dim1: builtins.int) -> Tensor:
        """Two axes swapped."""
    def t(self) -> Tensor:
        """A matrix transposed; a vector as it is."""
    def squeeze(self, dim: builtins.int | Sequence[builtins.int] | None = None) -> Tensor:
        """Without its dims of size 1: all of them, or those among `dim`."""
    def unsqueeze(self, dim: builtins.int) -> Tensor:
        """With a new dim of size 1 at position `dim`."""
    # tinygrad_cv/ops/index.py
    def flip(
        self, *axes: builtins.int | Sequence[builtins.int], dims: builtins.int |
        Sequence[builtins.int] | None = None) -> Tensor:
        """The order reversed along each of `dims`: flip(x, 0, 1) or flip(x, dims=(0, 1)). A copy."""
    # tinygrad_cv/ops/shape.py
    def expand(self, *shape: builtins.int | Sequence[builtins.int]) -> Tensor:
        """Dims of size 1 repeated, and new ones in front, as a read-only view; -1 keeps a size."""
    def repeat(self, *repeats: builtins.int | Sequence[builtins.int]) -> Tensor:
        """Copies of the whole tensor side by side: `repeats` of them along each dim."""
    # tinygrad_cv/ops/join.py
    def narrow(self, dim: builtins.int, start: builtins.int, length: builtins.int) -> Tensor:
        """The `length` positions from `start` on along `dim`, as a view."""
    def split(
        self, split_size_or_sections: builtins.int | Sequence[builtins.int], dim: builtins.int =
        0) -> tuple[Tensor, ...]:
        """Pieces of one size (the last may be smaller), or of the listed sizes, as views."""
    def chunk(self, chunks: builtins.int, dim: builtins.int = 0) -> tuple[Tensor, ...]:
        """`chunks` pieces of equal size (the last may be smaller, or missing), as views."""
    def unbind(self, dim: builtins.int = 0) -> tuple[Tensor, ...]:
        """The slices along `dim`, without it, as views."""
    # tinygrad_cv/ops/index.py
    def select(self, dim: builtins.int, index: builtins.int) -> Tensor:
        """The slice at position `index` of `dim`, without that dim: a view."""
    def gather(self, dim: builtins.int, index: Tensor) -> Tensor:
        """out[i, j] = input[i, index[i, j]] for dim=1: an index of its own for every value."""
    def index_select(self, dim: builtins.int, index: Tensor) -> Tensor:
        """The slices of `input` along `dim` at the positions in `index`, in that order."""
    def masked_fill(self, mask: Tensor, value: Tensor | builtins.float) -> Tensor:
        """`input` with `value`, a number or a tensor, wherever the mask is true."""
    # tinygrad_cv/ops/inplace.py
    def add_(self, other: Tensor | builtins.float, *, alpha: builtins.int = 1) -> Self:
        """add(x, ...), in place of x."""
    def sub_(self, other: Tensor | builtins.float, *, alpha: builtins.int = 1) -> Self:
        """sub(x, ...), in place of x."""
    def mul_(self, other: Tensor | builtins.float) -> Self:
        """mul(x, ...), in place of x."""
    def div_(
        self, other: Tensor | builtins.float, *, rounding_mode: Literal["trunc", "floor"] | None
        = None) -> Self:
        """div(x, ...), in place of x."""
    def pow_(self, exponent: Tensor | builtins.float) -> Self:
        """pow(x, ...), in place of x."""
    def lerp_(self, end: Tensor, weight: Tensor) -> Self:
        """lerp(x, ...), in place of x."""
    def clamp_(
        self, min: Tensor | builtins.float | None = None, max: Tensor | builtins.float | None =
        None) -> Self:
        """clamp(x, ...), in place of x."""
    def masked_fill_(self, mask: Tensor, value: Tensor | builtins.float) -> Self:
        """masked_fill(x, ...), in place of x."""
    def copy_(self, other: Tensor) -> Self:
        """Overwrite x with the values of `other`, converted from any device and dtype, broadcast."""
    def fill_(self, value: Tensor | builtins.float) -> Self:
        """Overwrite x with one number."""
    def zero_(self) -> Self:
        """Overwrite x with 0."""
    def normal_(
        self, mean: builtins.float = 0.0, std: builtins.float = 1.0, generator: Generator | None
        = None) -> Self:
        """Fill x with draws from the normal distribution N(mean, std^2)."""
    def uniform_(
        self, a: builtins.float = 0.0, b: builtins.float = 1.0, generator: Generator | None =
        None) -> Self:
        """Fill x with draws from the uniform distribution on [a, b)."""
    def random_(
        self, low: builtins.int, high: builtins.int | None = None, generator: Generator | None =
        None) -> Self:
        """Fill x with integers, uniform in [low, high); random_(n) draws from [0, n)."""
    # tinygrad_cv/creation.py
    def new_tensor(
        self, data: Any, *, dtype: DTypeLike | None = None, device: _Device | str | None = None,
        requires_grad: builtins.bool = False) -> Tensor:
        """What `make` makes, of the dtype and on the device of x."""
    def new_full(
        self, size: builtins.int | Sequence[builtins.int], fill_value: builtins.float, *, dtype:
        DTypeLike | None = None, device: _Device | str | None = None, requires_grad:
        builtins.bool = False) -> Tensor:
        """What `make` makes, of the dtype and on the device of x."""
    def new_zeros(
        self, *size: builtins.int | Sequence[builtins.int], dtype: DTypeLike | None = None,
        device: _Device | str | None = None, requires_grad: builtins.bool = False) -> Tensor:
        """What `make` makes, of the dtype and on the device of x."""
    def new_ones(
        self, *size: builtins.int | Sequence[builtins.int], dtype: DTypeLike | None = None,
        device: _Device | str | None = None, requires_grad: builtins.bool = False) -> Tensor:
        """What `make` makes, of the dtype and on the device of x."""
    def new_empty(
        self, *size: builtins.int | Sequence[builtins.int], dtype: DTypeLike | None = None,
        device: _Device | str | None = None, requires_grad: builtins.bool = False) -> Tensor: ...
def abs(input: Tensor) -> Tensor:
    """|input|; its gradient at 0 is 0."""
def add(input: Tensor, other: Tensor | builtins.float, *, alpha: builtins.float = 1) -> Tensor:
    """input + alpha * other, broadcast."""
def all(
    input: Tensor, dim: builtins.int | Sequence[builtins.int] | None = None, keepdim:
    builtins.bool = False) -> Tensor:
    """True where all elements over `dim` are nonzero."""
def allclose(
    input: Tensor, other: Tensor | builtins.float, rtol: builtins.float = 1e-05, atol:
    builtins.float = 1e-08, equal_nan: builtins.bool = False) -> builtins.bool:
    """|input - other| <= atol + rtol |other| everywhere, or equal, or (equal_nan) both NaN.

    The answer is a Python bool. Integers are compared in int64, so that no digit is lost.
    """
def amax(
    input: Tensor, dim: builtins.int | Sequence[builtins.int] | None = None, keepdim:
    builtins.bool = False) -> Tensor:
    """The maximum over `dim`; ties share the gradient evenly."""
def amin(
    input: Tensor, dim: builtins.int | Sequence[builtins.int] | None = None, keepdim:
    builtins.bool = False) -> Tensor:
    """The minimum over `dim`; ties share the gradient evenly."""
def any(
    input: Tensor, dim: builtins.int | Sequence[builtins.int] | None = None, keepdim:
    builtins.bool = False) -> Tensor:
    """True where one of the elements over `dim` is nonzero."""
@overload
def arange(
    end: builtins.float, *, dtype: DTypeLike | None = None, device: _Device | str | None = None,
    requires_grad: builtins.bool = False) -> Tensor:
    """start, start + step, ... up to but without `end`; arange(n) counts from 0 to n - 1."""
@overload
def arange(
    start: builtins.float, end: builtins.float, step: builtins.float = 1, *, dtype: DTypeLike |
    None = None, device: _Device | str | None = None, requires_grad: builtins.bool = False) -> Tensor:
    """start, start + step, ... up to but without `end`; arange(n) counts from 0 to n - 1."""
def argmax(
    input: Tensor, dim: builtins.int | None = None, keepdim: builtins.bool = False) -> Tensor:
    """The index of the maximum along `dim` (None: all), the first at ties."""
def argmin(
    input: Tensor, dim: builtins.int | None = None, keepdim: builtins.bool = False) -> Tensor:
    """The index of the minimum along `dim` (None: all), the first at ties."""
def as_tensor(
    data: Any, dtype: DTypeLike | None = None, device: _Device | str | None = None) -> Tensor:
    """As `tensor`, but without a copy where `data` is a Tensor or an array of that kind already."""
from tinygrad_cv import autograd as autograd
def bitwise_and(input: Tensor, other: Tensor | builtins.float) -> Tensor:
    """input & other, for bools or integers."""
def bitwise_not(input: Tensor) -> Tensor:
    """~input, for bools or integers."""
def bitwise_or(input: Tensor, other: Tensor | builtins.float) -> Tensor:
    """input | other, for bools or integers."""
def bitwise_xor(input: Tensor, other: Tensor | builtins.float) -> Tensor:
    """input ^ other, for bools or integers."""
def bmm(input: Tensor, mat2: Tensor) -> Tensor:
    """The products of two batches of matrices."""
bool: dtype
def cat(tensors: Iterable[Tensor], dim: builtins.int = 0) -> Tensor:
    """Tensors joined along an existing dim; their other sizes must agree."""
def ceil(input: Tensor) -> Tensor:
    """The smallest integer not below input."""
def chunk(input: Tensor, chunks: builtins.int, dim: builtins.int = 0) -> tuple[Tensor, ...]:
    """`chunks` pieces of equal size (the last may be smaller, or missing), as views."""
def clamp(
    input: Tensor, min: Tensor | builtins.float | None = None, max: Tensor | builtins.float |
    None = None) -> Tensor:
    """input limited to [min, max], which are numbers, tensors or None. If min > max, max wins."""
def clone(input: Tensor) -> Tensor:
    """A copy of the values; gradients flow through it."""
def cos(input: Tensor) -> Tensor:
    """The cosine of input, in radians."""
from tinygrad_cv import cuda as cuda
from tinygrad_cv import data as data
class device:
    """Where a tensor's memory is: device("cuda:0").type is "cuda" and .index is 0.

    >>> import tinygrad_cv as tg
    >>> tg.device("cpu")
    device(type='cpu')
    """
    index: builtins.int | None
    type: str
    def __init__(self, name: str, index: builtins.int | None = None) -> None: ...
    def __eq__(self, other: object) -> builtins.bool: ...
def div(
    input: Tensor, other: Tensor | builtins.float, *, rounding_mode: Literal["trunc", "floor"] |
    None = None) -> Tensor:
    """input / other as floats; or rounded to whole numbers, down ("floor") or to 0 ("trunc")."""
double: dtype
from tinygrad_cv.nn.functional import dropout as dropout
class dtype:
    """An element type: float32 and the others. It equals NumPy's dtype, np.float32 and "float32".

    `dtype` is NumPy's, by which NumPy and CuPy accept the object wherever they expect a dtype.
    NumPy also takes None for float64; here None equals no dtype.
    """
    dtype: np.dtype[Any]
    is_floating_point: builtins.bool
    itemsize: builtins.int
    kind: str
    name: str
    def __init__(self, name: str) -> None: ...
    def __eq__(self, other: object) -> builtins.bool: ...
e: builtins.float
empty = zeros
empty_like = zeros_like
from tinygrad_cv.autograd.grad_mode import enable_grad as enable_grad
def eq(input: Tensor, other: Tensor | builtins.float) -> Tensor:
    """input == other, element by element."""
def equal(input: Tensor, other: Tensor | builtins.float) -> builtins.bool:
    """True (a Python bool) if both tensors have the same shape and equal values."""
def exp(input: Tensor) -> Tensor:
    """e^input."""
def expm1(input: Tensor) -> Tensor:
    """e^input - 1, exact where input is small."""
def eye(
    n: builtins.int, m: builtins.int | None = None, *, dtype: DTypeLike | None = None, device:
    _Device | str | None = None, requires_grad: builtins.bool = False) -> Tensor:
    """The identity matrix, n x n or n x m."""
def flatten(input: Tensor, start_dim: builtins.int = 0, end_dim: builtins.int = -1) -> Tensor:
    """The dims from start_dim to end_dim merged into one."""
def flip(
    input: Tensor, *axes: builtins.int | Sequence[builtins.int], dims: builtins.int |
    Sequence[builtins.int] | None = None) -> Tensor:
    """The order reversed along each of `dims`: flip(x, 0, 1) or flip(x, dims=(0, 1)). A copy."""
float: dtype
float32: dtype
float64: dtype
def floor(input: Tensor) -> Tensor:
    """The largest integer not above input."""
def floor_divide(input: Tensor, other: Tensor | builtins.float) -> Tensor:
    """floor(input / other); integers stay integers, and an integer zero as divisor is refused."""
def from_numpy(array: Any) -> Tensor:
    """A tensor on the CPU that shares the memory of a NumPy array."""
def full(size: builtins.int | Sequence[builtins.int], fill_value: builtins.float) -> Tensor:
    """A tensor of shape `size`, full of one value, whose type decides the dtype."""
def full_like(
    input: Tensor, fill_value: builtins.float, *, dtype: DTypeLike | None = None, device:
    _Device | str | None = None, requires_grad: builtins.bool = False) -> Tensor:
    """As full, in the shape, dtype and device of `input`."""
def gather(input: Tensor, dim: builtins.int, index: Tensor) -> Tensor:
    """out[i, j] = input[i, index[i, j]] for dim=1: an index of its own for every value."""
def ge(input: Tensor, other: Tensor | builtins.float) -> Tensor:
    """input >= other, element by element."""
def get_default_dtype() -> _DType:
    """The floating dtype of new tensors: float32 unless `set_default_dtype` changed it."""
def get_rng_state() -> dict[str, Any]:
    """The state as a dictionary of plain numbers, which a checkpoint can hold."""
from tinygrad_cv.autograd import gradcheck as gradcheck
from tinygrad_cv.autograd import gradgradcheck as gradgradcheck
def gt(input: Tensor, other: Tensor | builtins.float) -> Tensor:
    """input > other, element by element."""
def index_select(input: Tensor, dim: builtins.int, index: Tensor) -> Tensor:
    """The slices of `input` along `dim` at the positions in `index`, in that order."""
inf: builtins.float
from tinygrad_cv.autograd.grad_mode import inference_mode as inference_mode
int: dtype
int16: dtype
int32: dtype
int64: dtype
int8: dtype
from tinygrad_cv.autograd import is_anomaly_enabled as is_anomaly_enabled
def is_floating_point(self: Tensor) -> builtins.bool: ...
from tinygrad_cv.autograd.grad_mode import is_grad_enabled as is_grad_enabled
def is_tensor(x: Any) -> TypeIs[Tensor]:
    """Is x a Tensor?"""
def isfinite(input: Tensor) -> Tensor:
    """True where input is neither infinite nor NaN."""
def isnan(input: Tensor) -> Tensor:
    """True where input is not a number: the only value that differs from itself."""
def le(input: Tensor, other: Tensor | builtins.float) -> Tensor:
    """input <= other, element by element."""
def lerp(input: Tensor, end: Tensor, weight: Tensor | builtins.float) -> Tensor:
    """input + weight * (end - input): on the line from input (weight 0) to end (weight 1)."""
def linspace(
    start: builtins.float, end: builtins.float, steps: builtins.int, *, dtype: DTypeLike | None
    = None, device: _Device | str | None = None, requires_grad: builtins.bool = False) -> Tensor:
    """`steps` evenly spaced numbers from start to end, both included."""
def load(file: Any, map_location: str = 'cpu', *, weights_only: builtins.bool = True) -> Any:
    """The content of a file of `save`, `torch.save` or safetensors, on the device `map_location`.

    `file` is a path or an open binary file. Nothing in it is ever executed, whoever made it and
    whatever weights_only says. float16 and bfloat16 tensors become float32; Parameters become
    Tensors that require a gradient. Tensors that shared memory share it again.

    A dict as map_location, such as {"cuda:0": "cpu"}, says where to put what was saved on a device;
    only PyTorch's files tell, everything else counts as saved on "cpu". A function means "cpu", as
    the functions that scripts pass there do.

    ValueError if the file is damaged, or holds anything but tensors and plain containers. `save`
    has an example.
    """
def log(input: Tensor) -> Tensor:
    """The natural logarithm; -inf at 0, NaN below."""
def log1p(input: Tensor) -> Tensor:
    """ln(1 + input), exact for small input."""
from tinygrad_cv.nn.functional import log_softmax as log_softmax
def logsumexp(
    input: Tensor, dim: builtins.int | Sequence[builtins.int], keepdim: builtins.bool = False) -> Tensor:
    """log sum exp over `dim`, as m + log sum exp(x - m) with m the maximum: no overflow."""
long: dtype
def lt(input: Tensor, other: Tensor | builtins.float) -> Tensor:
    """input < other, element by element."""
def manual_seed(seed: builtins.int) -> Generator:
    """Restart from `seed`, any integer; the same seed gives the same numbers."""
def masked_fill(input: Tensor, mask: Tensor, value: Tensor | builtins.float) -> Tensor:
    """`input` with `value`, a number or a tensor, wherever the mask is true."""
def matmul(input: Tensor, other: Tensor | builtins.float) -> Tensor:
    """The matrix product. Leading dims are batches, which are broadcast.

    A vector counts as a row on the left and as a column on the right.

    >>> import tinygrad_cv as tg
    >>> tg.matmul(tg.ones(2, 3), tg.ones(3))
    tensor([3., 3.])
    """
@overload
def max(input: Tensor) -> Tensor:
    """max(x): the maximum. max(x, dim): (values, indices). max(x, y): `maximum(x, y)`.

    Elements that tie share the gradient of max(x); that of max(x, dim) goes to the first of them.

    >>> import tinygrad_cv as tg
    >>> values, indices = tg.max(tg.tensor([[1.0, 5.0], [7.0, 2.0]]), dim=1)
    >>> values, indices
    (tensor([5., 7.]), tensor([1, 0]))
    """
@overload
def max(input: Tensor, dim: builtins.int, keepdim: builtins.bool = False) -> ValuesIndices:
    """max(x): the maximum. max(x, dim): (values, indices). max(x, y): `maximum(x, y)`.

    Elements that tie share the gradient of max(x); that of max(x, dim) goes to the first of them.

    >>> import tinygrad_cv as tg
    >>> values, indices = tg.max(tg.tensor([[1.0, 5.0], [7.0, 2.0]]), dim=1)
    >>> values, indices
    (tensor([5., 7.]), tensor([1, 0]))
    """
@overload
def max(input: Tensor, other: Tensor) -> Tensor:
    """max(x): the maximum. max(x, dim): (values, indices). max(x, y): `maximum(x, y)`.

    Elements that tie share the gradient of max(x); that of max(x, dim) goes to the first of them.

    >>> import tinygrad_cv as tg
    >>> values, indices = tg.max(tg.tensor([[1.0, 5.0], [7.0, 2.0]]), dim=1)
    >>> values, indices
    (tensor([5., 7.]), tensor([1, 0]))
    """
def maximum(input: Tensor, other: Tensor | builtins.float) -> Tensor:
    """The larger of two tensors, element by element."""
def mean(
    input: Tensor, dim: builtins.int | Sequence[builtins.int] | None = None, keepdim:
    builtins.bool = False) -> Tensor:
    """The mean over `dim` (an int, a tuple, or None for all) of a floating point tensor."""
@overload
def min(input: Tensor) -> Tensor:
    """min(x), min(x, dim) and min(x, y), as `max`."""
@overload
def min(input: Tensor, dim: builtins.int, keepdim: builtins.bool = False) -> ValuesIndices:
    """min(x), min(x, dim) and min(x, y), as `max`."""
@overload
def min(input: Tensor, other: Tensor) -> Tensor:
    """min(x), min(x, dim) and min(x, y), as `max`."""
def minimum(input: Tensor, other: Tensor | builtins.float) -> Tensor:
    """The smaller of two tensors, element by element."""
def mm(input: Tensor, mat2: Tensor) -> Tensor:
    """The product of two matrices."""
from tinygrad_cv import models as models
def mul(input: Tensor, other: Tensor | builtins.float) -> Tensor:
    """input * other, broadcast."""
nan: builtins.float
def narrow(input: Tensor, dim: builtins.int, start: builtins.int, length: builtins.int) -> Tensor:
    """The `length` positions from `start` on along `dim`, as a view."""
def ne(input: Tensor, other: Tensor | builtins.float) -> Tensor:
    """input != other, element by element."""
def neg(input: Tensor) -> Tensor:
    """-input, for numbers: the opposite of a bool is ~input."""
from tinygrad_cv import nn as nn
from tinygrad_cv.autograd.grad_mode import no_grad as no_grad
def norm(
    input: Tensor, p: builtins.float | str = 'fro', dim: builtins.int | Sequence[builtins.int] |
    None = None, keepdim: builtins.bool = False) -> Tensor:
    """The p-norm (sum |x|^p)^(1/p) over `dim`; p may be "fro" (the 2-norm), inf or -inf."""
@overload
def normal(
    mean: builtins.float, std: builtins.float, size: builtins.int | Sequence[builtins.int], *,
    generator: Generator | None = None, dtype: DTypeLike | None = None, device: _Device | str |
    None = None, requires_grad: builtins.bool = False) -> Tensor:
    """Normal numbers with this mean and standard deviation: numbers, or tensors without a size."""
@overload
def normal(
    mean: Tensor | builtins.float = 0.0, std: Tensor | builtins.float = 1.0, *, generator:
    Generator | None = None, dtype: DTypeLike | None = None, device: _Device | str | None =
    None, requires_grad: builtins.bool = False) -> Tensor:
    """Normal numbers with this mean and standard deviation: numbers, or tensors without a size."""
@overload
def ones(
    *size: builtins.int | Sequence[builtins.int], dtype: DTypeLike | None = None, device:
    _Device | str | None = None, requires_grad: builtins.bool = False) -> Tensor:
    """ones(2, 3): a tensor of that shape, full of 1."""
@overload
def ones(
    *, size: builtins.int | Sequence[builtins.int], dtype: DTypeLike | None = None, device:
    _Device | str | None = None, requires_grad: builtins.bool = False) -> Tensor:
    """ones(2, 3): a tensor of that shape, full of 1."""
def ones_like(
    input: Tensor, *, dtype: DTypeLike | None = None, device: _Device | str | None = None,
    requires_grad: builtins.bool = False) -> Tensor:
    """As ones, in the shape, dtype and device of `input`."""
from tinygrad_cv import optim as optim
from tinygrad_cv import parallel as parallel
def permute(input: Tensor, *dims: builtins.int | Sequence[builtins.int]) -> Tensor:
    """The axes in another order: axis i of the result is axis dims[i] of the input."""
pi: builtins.float
def pow(input: Tensor, exponent: Tensor | builtins.float) -> Tensor:
    """input^exponent, broadcast. An integer to a negative power is refused: it is a fraction."""
def prod(
    input: Tensor, dim: builtins.int | Sequence[builtins.int] | None = None, keepdim:
    builtins.bool = False, *, dtype: DTypeLike | None = None) -> Tensor:
    """The product over `dim` (an int, a tuple, or None for all); integers multiply as int64.

    The two halves are multiplied with each other until one factor is left. Dividing the product
    by each factor would give the gradient faster, but NaN where a factor is zero.
    """
@overload
def rand(
    *size: builtins.int | Sequence[builtins.int], generator: Generator | None = None, dtype:
    DTypeLike | None = None, device: _Device | str | None = None, requires_grad: builtins.bool =
    False) -> Tensor:
    """rand(2, 3): uniform numbers in [0, 1), from the option `generator` or the default one."""
@overload
def rand(
    *, size: builtins.int | Sequence[builtins.int], generator: Generator | None = None, dtype:
    DTypeLike | None = None, device: _Device | str | None = None, requires_grad: builtins.bool =
    False) -> Tensor:
    """rand(2, 3): uniform numbers in [0, 1), from the option `generator` or the default one."""
def rand_like(
    input: Tensor, *, generator: Generator | None = None, dtype: DTypeLike | None = None,
    device: _Device | str | None = None, requires_grad: builtins.bool = False) -> Tensor:
    """As rand, in the shape, dtype and device of `input`."""
def randint(
    low: builtins.int = 0, high: builtins.int | None = None, size: builtins.int |
    Sequence[builtins.int] | None = None, *, generator: Generator | None = None, dtype:
    DTypeLike = ..., device: _Device | str | None = None) -> Tensor:
    """Uniform integers in [low, high), or randint(high, size) in [0, high)."""
@overload
def randn(
    *size: builtins.int | Sequence[builtins.int], generator: Generator | None = None, dtype:
    DTypeLike | None = None, device: _Device | str | None = None, requires_grad: builtins.bool =
    False) -> Tensor:
    """randn(2, 3): standard normal numbers, with mean 0 and variance 1; options as in `rand`."""
@overload
def randn(
    *, size: builtins.int | Sequence[builtins.int], generator: Generator | None = None, dtype:
    DTypeLike | None = None, device: _Device | str | None = None, requires_grad: builtins.bool =
    False) -> Tensor:
    """randn(2, 3): standard normal numbers, with mean 0 and variance 1; options as in `rand`."""
def randn_like(
    input: Tensor, *, generator: Generator | None = None, dtype: DTypeLike | None = None,
    device: _Device | str | None = None, requires_grad: builtins.bool = False) -> Tensor:
    """As randn, in the shape, dtype and device of `input`."""
def randperm(
    n: builtins.int, *, generator: Generator | None = None, dtype: DTypeLike | None = None,
    device: _Device | str | None = None, requires_grad: builtins.bool = False) -> Tensor:
    """The numbers from 0 to n - 1 in random order."""
from tinygrad_cv.nn.functional import relu as relu
def remainder(input: Tensor, other: Tensor | builtins.float) -> Tensor:
    """input - other * floor(input / other), which has the sign of `other`."""
def reshape(input: Tensor, *shape: builtins.int | Sequence[builtins.int]) -> Tensor:
    """The same values under a new shape; one size may be -1 and is then worked out.

    >>> import tinygrad_cv as tg
    >>> tg.arange(6).reshape(2, -1)
    tensor([[0, 1, 2],
            [3, 4, 5]])
    """
def round(input: Tensor, *, decimals: builtins.int = 0) -> Tensor:
    """The nearest integer, halves to the even one; or the nearest number with so many decimals."""
def rsqrt(input: Tensor) -> Tensor:
    """1 / sqrt(input)."""
def save(obj: Any, file: Any) -> Tensor:
    """Write dicts, lists, tuples, numbers, strings, None and Tensors, nested in any way.

    `file` is a path, or a binary file that is open for writing. A path has its old content until
    the new one is complete: see files.py. A path that ends in .safetensors gets a file for PyTorch
    and others, which can only hold {name: Tensor}: see safetensors.py. .pth and .pt are refused.

    Kept are values, dtypes, shapes, `requires_grad`, and that two places hold the same tensor, or
    tensors with the same array, as x and x.detach(). Not kept: devices, gradients, the class
    Parameter (it becomes a Tensor), and what is a view of what: a view is stored as a tensor of
    its own.

    >>> import tinygrad_cv as tg, io
    >>> file = io.BytesIO()
    >>> tg.save({"epoch": 3, "weight": tg.ones(2)}, file)
    >>> tg.load(io.BytesIO(file.getvalue()))
    {'epoch': 3, 'weight': tensor([1., 1.])}
    """
def select(input: Tensor, dim: builtins.int, index: builtins.int) -> Tensor:
    """The slice at position `index` of `dim`, without that dim: a view."""
def set_default_device(device: _Device | str) -> None:
    """Make `device` the one on which tensors are created when no device is given."""
def set_default_dtype(dtype: DTypeLike) -> None:
    """Make `dtype` (float32 or float64) the dtype of tensors made from Python floats."""
from tinygrad_cv.autograd.grad_mode import set_grad_enabled as set_grad_enabled
def set_rng_state(state: dict[str, Any]) -> Tensor:
    """Return to a state that `get_state` gave."""
from tinygrad_cv.nn.functional import sigmoid as sigmoid
def sign(input: Tensor) -> Tensor:
    """-1, 0 or 1, and 0 for a NaN."""
def sin(input: Tensor) -> Tensor:
    """The sine of input, in radians."""
from tinygrad_cv.nn.functional import softmax as softmax
def split(
    input: Tensor, split_size_or_sections: builtins.int | Sequence[builtins.int], dim:
    builtins.int = 0) -> tuple[Tensor, ...]:
    """Pieces of one size (the last may be smaller), or of the listed sizes, as views."""
def sqrt(input: Tensor) -> Tensor:
    """The square root; NaN below 0."""
def square(input: Tensor) -> Tensor:
    """input * input; bools become integers first."""
def squeeze(input: Tensor, dim: builtins.int | Sequence[builtins.int] | None = None) -> Tensor:
    """Without its dims of size 1: all of them, or those among `dim`."""
def stack(tensors: Iterable[Tensor], dim: builtins.int = 0) -> Tensor:
    """Tensors of one shape joined along a new dim."""
def std(
    input: Tensor, dim: builtins.int | Sequence[builtins.int] | None = None, unbiased:
    builtins.bool = True, keepdim: builtins.bool = False, *, correction: builtins.float | None =
    None) -> Tensor:
    """The square root of `var`, rounded after the root; its gradient at 0 is 0."""
def sub(input: Tensor, other: Tensor | builtins.float, *, alpha: builtins.float = 1) -> Tensor:
    """input - alpha * other, broadcast."""
def sum(
    input: Tensor, dim: builtins.int | Sequence[builtins.int] | None = None, keepdim:
    builtins.bool = False) -> Tensor:
    """The sum over `dim` (an int, a tuple, or None for all); integers and bools sum as int64.

    >>> import tinygrad_cv as tg
    >>> tg.sum(tg.ones(2, 3), dim=1)
    tensor([3., 3.])
    """
def t(input: Tensor) -> Tensor:
    """A matrix transposed; a vector as it is."""
from tinygrad_cv.nn.functional import tanh as tanh
def tensor(
    data: Any, *, dtype: DTypeLike | None = None, device: _Device | str | None = None,
    requires_grad: builtins.bool = False) -> Tensor:
    """A tensor with a copy of `data`: numbers, nested lists of numbers, an array, or a Tensor.

    >>> import tinygrad_cv as tg
    >>> tg.tensor([[1, 2], [3, 4]])
    tensor([[1, 2],
            [3, 4]])
    """
def transpose(input: Tensor, dim0: builtins.int, dim1: builtins.int) -> Tensor:
    """Two axes swapped."""
uint8: dtype
def unbind(input: Tensor, dim: builtins.int = 0) -> tuple[Tensor, ...]:
    """The slices along `dim`, without it, as views."""
def unflatten(input: Tensor, dim: builtins.int, sizes: Sequence[builtins.int]) -> Tensor:
    """One dim split into several; one of their sizes may be -1."""
def unsqueeze(input: Tensor, dim: builtins.int) -> Tensor:
    """With a new dim of size 1 at position `dim`."""
from tinygrad_cv import utils as utils
def var(
    input: Tensor, dim: builtins.int | Sequence[builtins.int] | None = None, unbiased:
    builtins.bool = True, keepdim: builtins.bool = False, *, correction: builtins.float | None =
    None) -> Tensor:
    """sum (x - mean)^2 / (n - correction), computed in float64.

    correction is 1 for a sample (unbiased=True), 0 for a whole population (unbiased=False).
    var(x, False) means var(x, unbiased=False).
    """
from tinygrad_cv import viz as viz
def where(
    condition: Tensor, input: Tensor | builtins.float, other: Tensor | builtins.float) -> Tensor:
    """input where condition is true, other elsewhere; all three are broadcast.

    >>> import tinygrad_cv as tg
    >>> x = tg.tensor([-1.0, 2.0])
    >>> tg.where(x > 0, x, 0.1 * x)
    tensor([-0.1000,  2.0000])
    """
@overload
def zeros(
    *size: builtins.int | Sequence[builtins.int], dtype: DTypeLike | None = None, device:
    _Device | str | None = None, requires_grad: builtins.bool = False) -> Tensor:
    """zeros(2, 3): a tensor of that shape, full of 0."""
@overload
def zeros(
    *, size: builtins.int | Sequence[builtins.int], dtype: DTypeLike | None = None, device:
    _Device | str | None = None, requires_grad: builtins.bool = False) -> Tensor:
    """zeros(2, 3): a tensor of that shape, full of 0."""
def zeros_like(
    input: Tensor, *, dtype: DTypeLike | None = None, device: _Device | str | None = None,
    requires_grad: builtins.bool = False) -> Tensor:
    """As zeros, in the shape, dtype and device of `input`."""
