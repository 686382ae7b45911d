"""Is autograd recording? A flag that Function.__call__ asks, and four ways to set it for a while.

    with no_grad(): ...                 # don't record: evaluation, optimizer steps
    with enable_grad(): ...             # record again, inside a no_grad block
    with set_grad_enabled(flag): ...    # also as a plain call: set_grad_enabled(False)
    with inference_mode(): ...          # here the same as no_grad

Each is also a decorator: `@no_grad()` above a function, a method or a generator function switches
recording off while its body runs. Each thread has its own flag, so that no_grad() in a thread that
loads data does not stop the recording in the thread that trains.
"""

import functools
import inspect
import threading


class _Mode(threading.local):
    enabled = True


mode = _Mode()


def is_grad_enabled():
    """True while operations on tensors that require a gradient are recorded."""
    return mode.enabled


class GradMode:
    """Sets the flag to `enabled` when entered and restores it when left."""

    def __init__(self, enabled):
        self.enabled, self.before = bool(enabled), []  # a stack: one object may be entered twice

    def __enter__(self):
        self.before.append(mode.enabled)
        mode.enabled = self.enabled
        return self

    def __exit__(self, *exception): mode.enabled = self.before.pop()

    def __call__(self, function):
        """As a decorator: the flag is set while the body of `function` runs."""

        @functools.wraps(function)
        def call(*args, **kwargs):
            with GradMode(self.enabled):  # a new one: each call, and each thread, has its own
                return function(*args, **kwargs)

        @functools.wraps(function)
        def generate(*args, **kwargs):
            generator = function(*args, **kwargs)
            resume, value = generator.send, None
            while True:  # the flag is set while the body runs, not while it waits
                try:
                    with GradMode(self.enabled):
                        item = resume(value)
                except StopIteration as stop:
                    return stop.value
                try:
                    resume, value = generator.send, (yield item)
                except BaseException as error:  # from throw() or close(): the body handles it
                    resume, value = generator.throw, error

        return generate if inspect.isgeneratorfunction(function) else call


class set_grad_enabled(GradMode):
    """Set recording to `enabled`: at once, and for a `with` block or a decorated function."""

    def __init__(self, enabled):
        super().__init__(enabled)
        super().__enter__()

    def __enter__(self):
        return self if self.before else super().__enter__()  # __init__ has entered the first time

    def __call__(self, function):
        self.__exit__()
        return super().__call__(function)


def no_grad(function=None):
    """Don't record operations: their results don't require a gradient.

    >>> import tinygrad_cv as tg
    >>> x = tg.ones(2, requires_grad=True)
    >>> with tg.no_grad():
    ...     (x * 2).requires_grad
    False
    """
    return GradMode(False) if function is None else GradMode(False)(function)


def enable_grad(function=None):
    """Record operations again inside a `no_grad` block."""
    return GradMode(True) if function is None else GradMode(True)(function)


def inference_mode(mode=True):
    """inference_mode() is no_grad(); inference_mode(False) is enable_grad()."""
    return no_grad(mode) if callable(mode) else GradMode(not mode)
