"""Is autograd recording? One flag per thread, and three ways to set it for a while.

    with no_grad(): ...             # don't record: evaluation, optimizer steps
    with enable_grad(): ...         # record again, inside a no_grad block
    with set_grad_enabled(flag): ...

Each is also a decorator: `@no_grad()` above a function switches recording off during each of
its calls. The flag is per thread, so that a data-loading thread can't switch off the training.
"""

import functools
import threading

from ..backend import quiet_context


class _Mode(threading.local):
    enabled = True

    def __init__(self):
        self.quietly = quiet_context().run  # quietly(function, *arguments): infinities and NaN without warnings


mode = _Mode()


def is_grad_enabled():
    """True while operations on tensors that require a gradient are recorded."""
    return mode.enabled


class set_grad_enabled:
    """Context manager, decorator or plain call that sets recording to `enabled`.

    >>> import tinygrad_cv as tg
    >>> x = tg.ones(2, requires_grad=True)
    >>> with tg.set_grad_enabled(False):
    ...     (x * 2).requires_grad
    False
    """

    def __init__(self, enabled):
        self.enabled = bool(enabled)
        self.before = mode.enabled
        mode.enabled = self.enabled

    def __enter__(self):
        mode.enabled = self.enabled
        return self

    def __exit__(self, *exception):
        mode.enabled = self.before

    def __call__(self, function):
        """As a decorator, `function` runs with the flag set, and only while it runs."""
        mode.enabled = self.before
        enabled = self.enabled

        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            with set_grad_enabled(enabled):
                return function(*args, **kwargs)

        return wrapper


class _fixed_mode(set_grad_enabled):
    """no_grad and enable_grad act when entered, not when made; `@no_grad` works without ()."""

    def __new__(cls, function=None):
        made = super().__new__(cls)
        if function is None:
            return made
        made.__init__()
        return made(function)

    def __init__(self, function=None):
        self.before = mode.enabled

    def __enter__(self):
        self.before = mode.enabled
        mode.enabled = self.enabled
        return self


class no_grad(_fixed_mode):
    """Don't record operations: their results don't require a gradient.

    >>> import tinygrad_cv as tg
    >>> x = tg.ones(2, requires_grad=True)
    >>> with tg.no_grad():
    ...     (x * 2).requires_grad
    False
    """

    enabled = False


class enable_grad(_fixed_mode):
    """Record operations again inside a `no_grad` block."""

    enabled = True
