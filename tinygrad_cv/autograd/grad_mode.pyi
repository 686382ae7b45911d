# Written by .ci/stubs.py, for editors and type checkers. The code is in grad_mode.py.
from collections.abc import Callable
from typing import Any, TypeVar, overload
from typing_extensions import Self
F = TypeVar("F", bound=Callable[..., Any])
class GradMode:
    """Sets the flag to `enabled` when entered and restores it when left."""
    before: Any
    enabled: bool
    def __init__(self, enabled: bool) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *exception: Any) -> None: ...
    def __call__(self, function: F) -> F: ...
@overload
def enable_grad(function: F) -> F:
    """Record operations again inside a `no_grad` block."""
@overload
def enable_grad(function: None = None) -> GradMode:
    """Record operations again inside a `no_grad` block."""
def inference_mode(mode: bool = True) -> GradMode:
    """inference_mode() is no_grad(); inference_mode(False) is enable_grad()."""
def is_grad_enabled() -> bool:
    """True while operations on tensors that require a gradient are recorded."""
@overload
def no_grad(function: F) -> F:
    """Don't record operations: their results don't require a gradient.

    >>> import tinygrad_cv as tg
    >>> x = tg.ones(2, requires_grad=True)
    >>> with tg.no_grad():
    ...     (x * 2).requires_grad
    False
    """
@overload
def no_grad(function: None = None) -> GradMode:
    """Don't record operations: their results don't require a gradient.

    >>> import tinygrad_cv as tg
    >>> x = tg.ones(2, requires_grad=True)
    >>> with tg.no_grad():
    ...     (x * 2).requires_grad
    False
    """
class set_grad_enabled(GradMode):
    """Set recording to `enabled`: at once, and for a `with` block or a decorated function."""
    ...
