# Written by .ci/stubs.py, for editors and type checkers. The code is in __init__.py.
import builtins
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal
from numpy.typing import DTypeLike
from typing_extensions import Self
from tinygrad_cv import Tensor, device as _Device
from tinygrad_cv.autograd.hooks import HookHandle
class AdaptiveAvgPool2d(Module):
    """Means over h x w nearly equal parts of each image; output_size is h or (h, w).

    Part i of the rows goes from floor(i H / h) to ceil((i + 1) H / h). None keeps a size.
    """
    output_size: int | Sequence[int | None]
    def __init__(self, output_size: int | Sequence[int | None]) -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor) -> Tensor: ...
class AvgPool2d(Module):
    """The mean of each window; stride defaults to kernel_size.

    The padding counts unless count_include_pad=False; what ceil_mode adds beyond it never does.
    divisor_override divides by another number.
    """
    ceil_mode: bool
    count_include_pad: bool
    divisor_override: int | None
    kernel_size: int | Sequence[int]
    padding: int | Sequence[int]
    stride: int | Sequence[int] | None
    def __init__(
        self, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None = None,
        padding: int | Sequence[int] = 0, ceil_mode: bool = False, count_include_pad: bool =
        True, divisor_override: int | None = None) -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor) -> Tensor: ...
class BCELoss(Module):
    """-[t log p + (1 - t) log(1 - p)] for probabilities p = input and targets t.

    Raises RuntimeError for a p or t outside [0, 1]. On a GPU the loss is NaN instead, because the
    host would have to wait for the GPU to see the numbers.

    >>> import tinygrad_cv as tg
    >>> tg.nn.functional.binary_cross_entropy(tg.tensor([0.5]), tg.tensor([1.0]))
    tensor(0.6931)
    """
    reduction: Literal["none", "mean", "sum"]
    weight: Tensor | None
    def __init__(
        self, weight: Tensor | None = None, *, reduction: Literal["none", "mean", "sum"] =
        'mean') -> None: ...
    def forward(self, input: Tensor, target: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor, target: Tensor) -> Tensor: ...
class BCEWithLogitsLoss(Module):
    """The binary cross-entropy of sigmoid(input); pos_weight multiplies the term of t = 1.

    >>> import tinygrad_cv as tg
    >>> tg.nn.functional.binary_cross_entropy_with_logits(tg.tensor([1000.0]), tg.tensor([0.0]))
    tensor(1000.)
    """
    pos_weight: Tensor | None
    reduction: Literal["none", "mean", "sum"]
    weight: Tensor | None
    def __init__(
        self, weight: Tensor | None = None, *, reduction: Literal["none", "mean", "sum"] =
        'mean', pos_weight: Tensor | None = None) -> None: ...
    def forward(self, input: Tensor, target: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor, target: Tensor) -> Tensor: ...
class BatchNorm1d(Module):
    """Batch norm of (N, C) or (N, C, L) (Ioffe and Szegedy 2015)."""
    affine: bool
    bias: Parameter | None
    eps: builtins.float
    momentum: builtins.float
    num_batches_tracked: Tensor | None
    num_features: int
    running_mean: Tensor | None
    running_var: Tensor | None
    track_running_stats: bool
    weight: Parameter | None
    def __init__(
        self, num_features: int, eps: builtins.float = 1e-05, momentum: builtins.float = 0.1,
        affine: bool = True, track_running_stats: bool = True, device: _Device | str | None =
        None, dtype: DTypeLike | None = None) -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor) -> Tensor: ...
class BatchNorm2d(Module):
    """Batch norm of images (N, C, H, W).

    >>> import tinygrad_cv as tg
    >>> norm = tg.nn.BatchNorm2d(3)
    >>> norm(tg.ones(2, 3, 4, 4)).shape, norm.running_mean
    ((2, 3, 4, 4), tensor([0.1000, 0.1000, 0.1000]))
    """
    affine: bool
    bias: Parameter | None
    eps: builtins.float
    momentum: builtins.float
    num_batches_tracked: Tensor | None
    num_features: int
    running_mean: Tensor | None
    running_var: Tensor | None
    track_running_stats: bool
    weight: Parameter | None
    def __init__(
        self, num_features: int, eps: builtins.float = 1e-05, momentum: builtins.float = 0.1,
        affine: bool = True, track_running_stats: bool = True, device: _Device | str | None =
        None, dtype: DTypeLike | None = None) -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor) -> Tensor: ...
class ConstantPad2d(Module):
    """Images with padding: `padding` is its width on all sides, or (left, right, top, bottom)."""
    mode: Any
    padding: int | Sequence[int]
    value: builtins.float
    def __init__(self, padding: int | Sequence[int], value: builtins.float) -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor) -> Tensor: ...
class Conv2d(Module):
    """A kernel slides over the image; each position gives one number per output channel.

    (N, in_channels, H, W) -> (N, out_channels, h, w). `weight` is (out_channels,
    in_channels/groups, kh, kw).

    >>> import tinygrad_cv as tg
    >>> tg.nn.Conv2d(3, 20, kernel_size=4, stride=2, padding=1)(tg.zeros(2, 3, 16, 16)).shape
    (2, 20, 8, 8)
    """
    bias: Parameter | None
    dilation: tuple[int, int]
    groups: int
    in_channels: int
    kernel_size: tuple[int, int]
    out_channels: int
    padding: int | Sequence[int] | str
    stride: tuple[int, int]
    weight: Parameter
    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int | Sequence[int], stride: int
        | Sequence[int] = 1, padding: int | Sequence[int] | str = 0, dilation: int |
        Sequence[int] = 1, groups: int = 1, bias: bool = True, padding_mode: Literal["zeros"] =
        'zeros', *, device: _Device | str | None = None, dtype: DTypeLike | None = None) -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor) -> Tensor: ...
class ConvTranspose2d(Module):
    """Each input number stamps a kernel onto the output; overlapping stamps add up.

    (N, in_channels, H, W) -> (N, out_channels, h, w). `weight` is (in_channels,
    out_channels/groups, kh, kw), as in the Conv2d whose gradient this is.
    """
    bias: Parameter | None
    dilation: tuple[int, int]
    groups: int
    in_channels: int
    kernel_size: tuple[int, int]
    out_channels: int
    output_padding: int | Sequence[int]
    padding: int | Sequence[int]
    stride: tuple[int, int]
    weight: Parameter
    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int | Sequence[int], stride: int
        | Sequence[int] = 1, padding: int | Sequence[int] = 0, output_padding: int |
        Sequence[int] = 0, groups: int = 1, bias: bool = True, dilation: int | Sequence[int] =
        1, padding_mode: Literal["zeros"] = 'zeros', *, device: _Device | str | None = None,
        dtype: DTypeLike | None = None) -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor) -> Tensor: ...
class CrossEntropyLoss(Module):
    """The cross-entropy of softmax(input): log_softmax over the classes, then nll_loss.

    Targets are class indices, or probabilities of input's shape. label_smoothing s mixes them with
    the uniform distribution: (1 - s) t + s / C (Szegedy et al. 2016).

    >>> import tinygrad_cv as tg
    >>> tg.nn.functional.cross_entropy(tg.zeros(1, 2), tg.tensor([0]))
    tensor(0.6931)
    """
    ignore_index: int
    label_smoothing: builtins.float
    reduction: Literal["none", "mean", "sum"]
    weight: Tensor | None
    def __init__(
        self, weight: Tensor | None = None, *, ignore_index: int = -100, reduction:
        Literal["none", "mean", "sum"] = 'mean', label_smoothing: builtins.float = 0.0) -> None: ...
    def forward(self, input: Tensor, target: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor, target: Tensor) -> Tensor: ...
class Dropout(Module):
    """Zeros with probability p, the rest over 1 - p: the mean stays (Srivastava et al. 2014)."""
    p: builtins.float
    training: bool
    def __init__(self, p: builtins.float = 0.5, inplace: bool = False) -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor) -> Tensor: ...
class Dropout2d(Module):
    """As `dropout`, but each channel of an image is kept or zeroed as a whole."""
    p: builtins.float
    training: bool
    def __init__(self, p: builtins.float = 0.5, inplace: bool = False) -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor) -> Tensor: ...
class ELU(Module):
    """x where x > 0, alpha (e^x - 1) elsewhere (Clevert et al. 2016)."""
    alpha: builtins.float
    def __init__(self, alpha: builtins.float = 1.0, inplace: bool = False) -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor) -> Tensor: ...
class Embedding(Module):
    """Row i of `weight` for each integer i: (...) -> (..., embedding_dim).

    This is a Linear layer on one-hot vectors, without the multiplications by zero. The rows start
    as draws from N(0, 1).
    """
    embedding_dim: int
    num_embeddings: int
    weight: Parameter
    def __init__(
        self, num_embeddings: int, embedding_dim: int, *, device: _Device | str | None = None,
        dtype: DTypeLike | None = None) -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor) -> Tensor: ...
class Flatten(Module):
    """Merge the dims from start_dim to end_dim into one; by default all but the first."""
    end_dim: int
    start_dim: int
    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor) -> Tensor: ...
class GELU(Module):
    """x P(X <= x) for a standard normal X (Hendrycks, Gimpel 2016), or its "tanh" approximation."""
    approximate: Literal["none", "tanh"]
    def __init__(self, approximate: Literal["none", "tanh"] = 'none') -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor) -> Tensor: ...
class GroupNorm(Module):
    """Normalisation of groups of channels of each sample (N, C, ...) (Wu and He 2018)."""
    affine: bool
    bias: Parameter | None
    eps: builtins.float
    num_channels: int
    num_groups: int
    weight: Parameter | None
    def __init__(
        self, num_groups: int, num_channels: int, eps: builtins.float = 1e-05, affine: bool =
        True, device: _Device | str | None = None, dtype: DTypeLike | None = None) -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor) -> Tensor: ...
class Identity(Module):
    """Returns its input, whatever arguments it was made with."""
    def __init__(self, *args: Any, **kwargs: Any) -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor) -> Tensor: ...
class InstanceNorm2d(Module):
    """Normalisation of each channel of each image (N, C, H, W) on its own (Ulyanov et al. 2016).

    By default it has no scale, shift or running averages.
    """
    affine: bool
    bias: Parameter | None
    eps: builtins.float
    momentum: builtins.float
    num_batches_tracked: Tensor | None
    num_features: int
    running_mean: Tensor | None
    running_var: Tensor | None
    track_running_stats: bool
    weight: Parameter | None
    def __init__(
        self, num_features: int, eps: builtins.float = 1e-05, momentum: builtins.float = 0.1,
        affine: bool = False, track_running_stats: bool = False, device: _Device | str | None =
        None, dtype: DTypeLike | None = None) -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor) -> Tensor: ...
class L1Loss(Module):
    """|input - target|."""
    reduction: Literal["none", "mean", "sum"]
    def __init__(self, *, reduction: Literal["none", "mean", "sum"] = 'mean') -> None: ...
    def forward(self, input: Tensor, target: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor, target: Tensor) -> Tensor: ...
class LeakyReLU(Module):
    """x where x > 0, negative_slope * x elsewhere (Maas et al. 2013)."""
    negative_slope: builtins.float
    def __init__(self, negative_slope: builtins.float = 0.01, inplace: bool = False) -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor) -> Tensor: ...
class Linear(Module):
    """y = x W^T + b: x (..., in_features) -> (..., out_features).

    `weight` is (out_features, in_features), `bias` (out_features,).

    >>> import tinygrad_cv as tg
    >>> tg.nn.Linear(2, 3)(tg.zeros(5, 2)).shape
    (5, 3)
    """
    bias: Parameter | None
    in_features: int
    out_features: int
    weight: Parameter
    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, device: _Device | str |
        None = None, dtype: DTypeLike | None = None) -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor) -> Tensor: ...
class LogSigmoid(Module):
    """log sigmoid(x); its slope is sigmoid(-x)."""
    def forward(self, input: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor) -> Tensor: ...
class LogSoftmax(Module):
    """log softmax(x) along `dim`, computed without the quotient: it is never log 0."""
    dim: int | None
    dtype: DTypeLike | None
    def __init__(self, dim: int | None = None, dtype: DTypeLike | None = None) -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor) -> Tensor: ...
class MSELoss(Module):
    """(input - target)^2."""
    reduction: Literal["none", "mean", "sum"]
    def __init__(self, *, reduction: Literal["none", "mean", "sum"] = 'mean') -> None: ...
    def forward(self, input: Tensor, target: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor, target: Tensor) -> Tensor: ...
class MaxPool2d(Module):
    """The maximum of each window; stride defaults to kernel_size. Padding is never the maximum.

    ceil_mode=True lets the last windows hang over the edge. return_indices=True returns a pair: the
    maxima, and the position row * W + column of each. At ties the first position gets the gradient.

    >>> import tinygrad_cv as tg
    >>> tg.nn.functional.max_pool2d(tg.arange(16.).reshape(1, 1, 4, 4), 2)
    tensor([[[[ 5.,  7.],
              [13., 15.]]]])
    """
    ceil_mode: bool
    dilation: int | Sequence[int]
    kernel_size: int | Sequence[int]
    padding: int | Sequence[int]
    return_indices: bool
    stride: int | Sequence[int] | None
    def __init__(
        self, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None = None,
        padding: int | Sequence[int] = 0, dilation: int | Sequence[int] = 1, return_indices:
        bool = False, ceil_mode: bool = False) -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor) -> Tensor: ...
class Module:
    """Base of all layers and networks: a subclass defines its members and its `forward`.

    >>> import tinygrad_cv as tg
    >>> class Net(tg.nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.hidden = tg.nn.Linear(2, 3)
    ...     def forward(self, x):
    ...         return self.hidden(x).tanh()
    >>> [name for name, _ in Net().named_parameters()]
    ['hidden.weight', 'hidden.bias']
    """
    training: bool
    def __init__(self) -> None: ...
    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes. Call the module, not this: the call also runs the hooks."""
    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...
    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """As self.name = param, if the name is free; None reserves the name."""
    def register_buffer(self, name: str, tensor: Tensor | None) -> None:
        """Add a tensor that is saved and moved with the module, but not trained."""
    def add_module(self, name: str, module: Module) -> None:
        """As self.name = module, if the name is free. It need be no identifier: "0" is fine."""
    def named_modules(
        self, memo: set[Module] | None = None, prefix: str = '') -> Iterator[tuple[str, Module]]:
        """This module under the name `prefix`, then everything below it, as (name, module)."""
    def named_parameters(
        self, prefix: str = '', recurse: bool = True) -> Iterator[tuple[str, Parameter]]:
        """(name, parameter) of everything that training changes."""
    def named_buffers(self, prefix: str = '', recurse: bool = True) -> Iterator[tuple[str, Tensor]]:
        """(name, buffer) of everything that is kept but not trained."""
    def named_children(self) -> Iterator[tuple[str, Module]]:
        """(name, module) of the modules directly below this one."""
    def modules(self) -> Iterator[Module]: ...
    def children(self) -> Iterator[Module]: ...
    def parameters(self, recurse: bool = True) -> Iterator[Parameter]: ...
    def buffers(self, recurse: bool = True) -> Iterator[Tensor]: ...
    def apply(self, fn: Callable[[Module], Any]) -> Self:
        """Call fn(module) on every module, children first: the usual way to initialise weights."""
    def train(self, mode: bool = True) -> Self:
        """Set the flag `training`, which dropout and batch norm look at. Returns self."""
    def eval(self) -> Self: ...
    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Freeze (False) or unfreeze all parameters."""
    def zero_grad(self, set_to_none: bool = True) -> None:
        """Set the gradients to None, or fill them with zeros (set_to_none=False)."""
    def to(self, *args: Any, **kwargs: Any) -> Self:
        """Move to a device and/or convert to a floating dtype, in place: to("cuda", tg.float64)."""
    def cuda(self, device: _Device | str = 'cuda') -> Self: ...
    def cpu(self) -> Self: ...
    def float(self) -> Self: ...
    def double(self) -> Self: ...
    def state_dict(self, *, prefix: str = '') -> dict[str, Tensor]:
        """{name: tensor} of all parameters and buffers. The tensors share the module's memory.
        (Unlike in parameters(), a shared member has all of its names here, as in PyTorch's files.)

        >>> import tinygrad_cv as tg
        >>> list(tg.nn.BatchNorm1d(3).state_dict())
        ['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked']
        """
    def load_state_dict(self, state_dict: dict[str, Any], strict: bool = True) -> Any:
        """Copy in the values of {name: Tensor}; nothing is copied unless everything fits.

        A RuntimeError lists missing and unexpected names (not with strict=False) and wrong shapes.
        Returns (missing_keys, unexpected_keys).
        """
    def register_forward_pre_hook(self, hook: Callable[..., Any]) -> HookHandle:
        """hook(module, args) before each forward; what it returns, if anything, replaces args."""
    def register_forward_hook(self, hook: Callable[..., Any]) -> HookHandle:
        """hook(module, args, output) after each forward; what it returns replaces the output."""
    def register_full_backward_hook(self, hook: Callable[..., Any]) -> HookHandle:
        """hook(module, grad_input, grad_output), two tuples, after backward; its result replaces
        grad_input. The module must have one output, and one input that requires a gradient.
        """
    def extra_repr(self) -> str:
        """What repr shows between the parentheses."""
class ModuleList(Module):
    """A list of modules, registered as parts of the module that holds it. It has no forward."""
    def __init__(self, modules: Iterable[Module] = ()) -> None: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Module]: ...
    def __getitem__(self, index: Any) -> Any: ...
    def __setitem__(self, index: Any, module: Module) -> None: ...
    def append(self, module: Module) -> Self:
        """Add a module at the end; returns self."""
    def extend(self, modules: Iterable[Module]) -> Self:
        """Add modules at the end; returns self."""
    def __iadd__(self, modules: Iterable[Module]) -> Self: ...
class NLLLoss(Module):
    """-input[target]: the negative log-likelihood of the right class, from log-probabilities.

    input (N, C, ...) or (C,), target: class indices (N, ...) or (). weight (C,) has one factor per
    class; the mean divides by their sum. A target equal to ignore_index does not count.
    Raises IndexError for an unknown class; on a GPU the loss is NaN instead.
    """
    ignore_index: int
    reduction: Literal["none", "mean", "sum"]
    weight: Tensor | None
    def __init__(
        self, weight: Tensor | None = None, *, ignore_index: int = -100, reduction:
        Literal["none", "mean", "sum"] = 'mean') -> None: ...
    def forward(self, input: Tensor, target: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor, target: Tensor) -> Tensor: ...
class PReLU(Module):
    """A leaky ReLU that learns its slope: one for all channels, or num_parameters, one for each."""
    num_parameters: int
    weight: Parameter
    def __init__(
        self, num_parameters: int = 1, init: builtins.float = 0.25, device: _Device | str | None
        = None, dtype: DTypeLike | None = None) -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor) -> Tensor: ...
class Parameter(Tensor):
    """A leaf that requires a gradient, and shares the memory of the Tensor `data`."""
    memory: Any
    strided: Any
    def __init__(self, data: Tensor, requires_grad: bool = True) -> None: ...
class PixelShuffle(Module):
    """(..., C r^2, H, W) -> (..., C, H r, W r): channel c r^2 + i r + j becomes pixel (i, j)."""
    upscale_factor: int
    def __init__(self, upscale_factor: int) -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor) -> Tensor: ...
class ReLU(Module):
    """max(0, x).

    >>> import tinygrad_cv as tg
    >>> tg.relu(tg.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """
    def __init__(self, inplace: bool = False) -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor) -> Tensor: ...
class ReLU6(Module):
    """y = min(max(0, x), 6); its slope is 1 between the limits, 0 at them and beyond."""
    def __init__(self, inplace: bool = False) -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor) -> Tensor: ...
class ReflectionPad2d(Module):
    """Images with padding: `padding` is its width on all sides, or (left, right, top, bottom)."""
    mode: Any
    padding: int | Sequence[int]
    value: Any
    def __init__(self, padding: int | Sequence[int]) -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor) -> Tensor: ...
class ReplicationPad2d(Module):
    """Images with padding: `padding` is its width on all sides, or (left, right, top, bottom)."""
    mode: Any
    padding: int | Sequence[int]
    value: Any
    def __init__(self, padding: int | Sequence[int]) -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor) -> Tensor: ...
class Sequential(Module):
    """Each module's output is the next one's input: Sequential(a, b)(x) = b(a(x)).

    Takes modules, or one dict of named modules.

    >>> import tinygrad_cv as tg
    >>> net = tg.nn.Sequential(tg.nn.Linear(2, 3), tg.nn.ReLU())
    >>> net(tg.zeros(4, 2)).shape
    (4, 3)
    """
    def __init__(self, *modules: Module | dict[str, Module]) -> None: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Module]: ...
    def __getitem__(self, index: Any) -> Any: ...
    def __setitem__(self, index: Any, module: Module) -> None: ...
    def append(self, module: Module) -> Self:
        """Add a module at the end; returns self."""
    def extend(self, modules: Iterable[Module]) -> Self:
        """Add modules at the end; returns self."""
    def forward(self, input: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor) -> Tensor: ...
class SiLU(Module):
    """x sigmoid(x), also known as swish (Ramachandran et al. 2017)."""
    def __init__(self, inplace: bool = False) -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor) -> Tensor: ...
class Sigmoid(Module):
    """1 / (1 + e^-x)."""
    def forward(self, input: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor) -> Tensor: ...
class SmoothL1Loss(Module):
    """d^2 / (2 beta) for errors d below beta, |d| - beta / 2 beyond; beta = 0 is the L1 loss."""
    beta: builtins.float
    reduction: Literal["none", "mean", "sum"]
    def __init__(
        self, *, reduction: Literal["none", "mean", "sum"] = 'mean', beta: builtins.float = 1.0) -> None: ...
    def forward(self, input: Tensor, target: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor, target: Tensor) -> Tensor: ...
class Softmax(Module):
    """exp(x) / sum exp(x) along `dim`: positive numbers that add up to 1; exp of log_softmax.

    >>> import tinygrad_cv as tg
    >>> tg.softmax(tg.tensor([0.0, 0.0]), dim=0)
    tensor([0.5000, 0.5000])
    """
    dim: int | None
    dtype: DTypeLike | None
    def __init__(self, dim: int | None = None, dtype: DTypeLike | None = None) -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor) -> Tensor: ...
class Softplus(Module):
    """log(1 + e^(beta x)) / beta, a smooth ReLU; beyond the threshold it is x to the last digit."""
    beta: builtins.float
    threshold: builtins.float
    def __init__(self, beta: builtins.float = 1.0, threshold: builtins.float = 20.0) -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor) -> Tensor: ...
class Tanh(Module):
    """(e^x - e^-x) / (e^x + e^-x)."""
    def forward(self, input: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor) -> Tensor: ...
class Unflatten(Module):
    """Split one dim into several. One of their sizes may be -1: it follows from the others."""
    dim: int
    unflattened_size: Sequence[int]
    def __init__(self, dim: int, unflattened_size: Sequence[int]) -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor) -> Tensor: ...
class Upsample(Module):
    """Resize the axes after (N, C) to `size`, or by `scale_factor`: a number, or one for each axis.

    mode "nearest" takes 1 to 3 axes, "bilinear" 2. With align_corners=True ("bilinear") the middles
    of the corner pixels of both images meet. If scale_factor * n is not an integer, n / m differs
    from 1 / scale_factor, which is used unless recompute_scale_factor=True.

    >>> import tinygrad_cv as tg
    >>> tg.nn.functional.interpolate(tg.tensor([[[[1.0, 2.0]]]]), scale_factor=2)
    tensor([[[[1., 1., 2., 2.],
              [1., 1., 2., 2.]]]])
    """
    align_corners: bool | None
    mode: str
    recompute_scale_factor: bool | None
    scale_factor: builtins.float | Sequence[builtins.float] | None
    size: int | Sequence[int] | None
    def __init__(
        self, size: int | Sequence[int] | None = None, scale_factor: builtins.float |
        Sequence[builtins.float] | None = None, mode: str = 'nearest', align_corners: bool |
        None = None, recompute_scale_factor: bool | None = None) -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor) -> Tensor: ...
class UpsamplingBilinear2d(Upsample):
    """Resize the axes after (N, C) to `size`, or by `scale_factor`: a number, or one for each axis.

    mode "nearest" takes 1 to 3 axes, "bilinear" 2. With align_corners=True ("bilinear") the middles
    of the corner pixels of both images meet. If scale_factor * n is not an integer, n / m differs
    from 1 / scale_factor, which is used unless recompute_scale_factor=True.

    >>> import tinygrad_cv as tg
    >>> tg.nn.functional.interpolate(tg.tensor([[[[1.0, 2.0]]]]), scale_factor=2)
    tensor([[[[1., 1., 2., 2.],
              [1., 1., 2., 2.]]]])
    """
    align_corners: Any
    mode: Any
    recompute_scale_factor: bool | None
    scale_factor: builtins.float | Sequence[builtins.float] | None
    size: int | Sequence[int] | None
    def __init__(
        self, size: int | Sequence[int] | None = None, scale_factor: builtins.float |
        Sequence[builtins.float] | None = None, recompute_scale_factor: bool | None = None) -> None: ...
class UpsamplingNearest2d(Upsample):
    """Resize the axes after (N, C) to `size`, or by `scale_factor`: a number, or one for each axis.

    mode "nearest" takes 1 to 3 axes, "bilinear" 2. With align_corners=True ("bilinear") the middles
    of the corner pixels of both images meet. If scale_factor * n is not an integer, n / m differs
    from 1 / scale_factor, which is used unless recompute_scale_factor=True.

    >>> import tinygrad_cv as tg
    >>> tg.nn.functional.interpolate(tg.tensor([[[[1.0, 2.0]]]]), scale_factor=2)
    tensor([[[[1., 1., 2., 2.],
              [1., 1., 2., 2.]]]])
    """
    align_corners: bool | None
    mode: Any
    recompute_scale_factor: bool | None
    scale_factor: builtins.float | Sequence[builtins.float] | None
    size: int | Sequence[int] | None
    def __init__(
        self, size: int | Sequence[int] | None = None, scale_factor: builtins.float |
        Sequence[builtins.float] | None = None, align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None) -> None: ...
class ZeroPad2d(Module):
    """Images with padding: `padding` is its width on all sides, or (left, right, top, bottom)."""
    mode: Any
    padding: int | Sequence[int]
    value: Any
    def __init__(self, padding: int | Sequence[int]) -> None: ...
    def forward(self, input: Tensor) -> Tensor: ...
    def __call__(self, input: Tensor) -> Tensor: ...
from tinygrad_cv.nn import functional as functional
from tinygrad_cv.nn import init as init
from tinygrad_cv.nn import utils as utils
