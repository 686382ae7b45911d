"""Hooks on gradients: a user's functions that see a tensor's gradient and may replace it."""

import itertools
import weakref

_keys = itertools.count()


class HookHandle:
    """A registered hook. `remove()` unregisters it, and so does the end of a `with` block."""

    def __init__(self, hooks, hook):
        if not callable(hook):
            raise TypeError(f"a hook must be a function, got {type(hook).__name__}")
        self.hooks, self.key = hooks, next(_keys)  # one function may be registered twice
        hooks[self.key] = hook

    def remove(self): self.hooks.pop(self.key, None)
    def __enter__(self): return self
    def __exit__(self, *exception): self.remove()


class GradientHooks(dict):
    """The hooks of one node, {key: hook}, and the tensor, if any, that is to keep its gradient."""

    # A weak reference, at first to nothing: a node must not refer to its output
    retained = staticmethod(lambda: None)

    def retain(self, tensor): self.retained = weakref.ref(tensor)

    def run(self, grad):
        """The gradient after all hooks, in the order in which they were registered."""
        for hook in list(self.values()):
            changed = hook(grad)
            if changed is not None:
                check_replacement("register_hook", grad, changed)
                grad = changed
        tensor = self.retained()
        if tensor is not None:
            tensor.grad = grad.clone() if tensor.grad is None else tensor.grad + grad
        return grad


def check_replacement(name, grad, changed):
    """Refuse what a hook returned if it can't replace the gradient that the hook was given."""
    if changed.__class__ is not grad.__class__:
        got = type(changed).__name__
    elif (changed.shape, changed.dtype, changed.device) != (grad.shape, grad.dtype, grad.device):
        got = f"a {changed.dtype} tensor of shape {changed.shape} on {changed.device}"
    else:
        return
    like = None if grad is None else f"a {grad.dtype} tensor of shape {grad.shape} on {grad.device}"
    raise RuntimeError(
        f"{name}: a hook must return None or a gradient like the one that it was given, {like}; "
        f"it returned {got}"
    )
