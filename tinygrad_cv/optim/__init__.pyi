# Written by .ci/stubs.py, for editors and type checkers. The code is in __init__.py.
from collections.abc import Callable, Iterable
from typing import Any
from tinygrad_cv import Tensor
from tinygrad_cv.nn import Parameter
class Adam(Optimizer):
    """Adam with weight decay: weight_decay * theta is added to the gradient.

    maximize=True climbs the gradient. There is no amsgrad.

    >>> import tinygrad_cv as tg
    >>> p = tg.nn.Parameter(tg.tensor([1.0]))
    >>> p.grad = tg.tensor([1000.0])
    >>> tg.optim.Adam([p], lr=0.25).step()
    >>> p.data
    tensor([0.7500])
    """
    def __init__(
        self, params: Iterable[Tensor] | Iterable[dict[str, Any]], lr: float = 0.001, betas:
        tuple[float, float] = (0.9, 0.999), eps: float = 1e-08, weight_decay: float = 0, *,
        maximize: bool = False, decoupled_weight_decay: bool = False) -> None: ...
class AdamW(Adam):
    """Adam that first multiplies theta by 1 - lr * weight_decay (Loshchilov and Hutter 2019).

    Adam's weight_decay is divided by sqrt(v), so that weights with large gradients hardly decay.
    """
    def __init__(
        self, params: Iterable[Tensor] | Iterable[dict[str, Any]], lr: float = 0.001, betas:
        tuple[float, float] = (0.9, 0.999), eps: float = 1e-08, weight_decay: float = 0.01) -> None: ...
class Optimizer:
    """Base: `params` are Tensors, or dicts {"params": [...], "lr": ...}, one for each group."""
    defaults: dict[str, Any]
    param_groups: Any
    state: Any
    def __init__(
        self, params: Iterable[Tensor] | Iterable[dict[str, Any]], defaults: dict[str, Any]) -> None: ...
    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add {"params": [...], ...}; settings that it leaves out are the optimizer's defaults."""
    def check_settings(self, group: dict[str, Any]) -> None:
        """Refuse settings that are out of range."""
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change every parameter that has a gradient.

        `closure`, if given, is called first: it computes the gradients and returns the loss.
        """
    def update(self, p: Tensor, grad: Tensor, group: dict[str, Any]) -> None:
        """Change p.array in place, given the array `grad` and the settings in `group`."""
    def history(self, p: Tensor, *names: str) -> list[Any]:
        """The arrays of these names in p's state. They start as zeros like p, "step" as one 0."""
    def zero_grad(self, set_to_none: bool = True) -> None:
        """Set the gradients to None (or to zeros), because backward adds to what is there."""
    def state_dict(self) -> dict[str, Any]:
        """Settings and state in PyTorch's format, parameters as numbers; nothing is copied."""
    def load_state_dict(self, state_dict: dict[str, Any]) -> Any:
        """Continue from a copy of a state_dict; ValueError if it does not fit this optimizer."""
class RMSprop(Optimizer):
    """A running mean v of the squared gradient g (Hinton 2012, lecture 6):

        g <- g + weight_decay theta
        v <- alpha v + (1 - alpha) g^2
        theta <- theta - lr g / (sqrt(v) + eps)

    With momentum, theta moves by lr b instead, where b <- momentum b + g / (sqrt(v) + eps).

    >>> import tinygrad_cv as tg
    >>> p = tg.nn.Parameter(tg.tensor([1.0]))
    >>> p.grad = tg.tensor([2.0])
    >>> tg.optim.RMSprop([p], lr=0.05).step()      # 0.05 * 2 / sqrt(0.01 * 4)
    >>> p.data
    tensor([0.5000])
    """
    def __init__(
        self, params: Iterable[Tensor] | Iterable[dict[str, Any]], lr: float = 0.01, alpha:
        float = 0.99, eps: float = 1e-08, weight_decay: float = 0, momentum: float = 0,
        centered: bool = False, *, maximize: bool = False) -> None: ...
class SGD(Optimizer):
    """Steps against the gradient g, or against a running sum b of it (Sutskever et al. 2013):

        g <- g + weight_decay theta
        b <- momentum b + (1 - dampening) g         (b = g in the first step)
        theta <- theta - lr b                       (nesterov: lr (g + momentum b))

    >>> import tinygrad_cv as tg
    >>> p = tg.nn.Parameter(tg.tensor([1.0]))
    >>> p.grad = tg.tensor([2.0])
    >>> tg.optim.SGD([p], lr=0.25).step()
    >>> p.data
    tensor([0.5000])
    """
    def __init__(
        self, params: Iterable[Tensor] | Iterable[dict[str, Any]], lr: float = 0.001, momentum:
        float = 0, dampening: float = 0, weight_decay: float = 0, nesterov: bool = False, *,
        maximize: bool = False) -> None: ...
from tinygrad_cv.optim import lr_scheduler as lr_scheduler
