"""Hooks: functions of the user's that run before and after a module's forward, and in its backward.

    args -> [forward pre-hooks] -> gate -> forward -> [forward hooks] -> gate -> output

What passes a gate is unchanged. On the way back the gate at the output is met first: there the
backward pre-hooks see, and may replace, the gradient by the output. The gate at the input comes last:
there the backward hooks see the gradients by the inputs, beside those by the outputs. A gate is one
node whatever it lets through, so that all gradients arrive together: several tensors pass it joined
to one vector, and are cut apart behind it.
"""

import math

from ..autograd import Function, is_grad_enabled
from ..tensor import Tensor


class HookHandle:
    """A registered hook; `remove()` takes it away again."""

    def __init__(self, hooks, when, hook, prepend=False, with_kwargs=False, always_call=False):
        if not callable(hook):
            raise TypeError(f"a hook must be a function, got {type(hook).__name__}")
        self.hooks, self.hook, self.with_kwargs, self.always_call = hooks, hook, with_kwargs, always_call
        later = dict(hooks) if prepend else {}
        if prepend:
            hooks.clear()
        hooks[self] = when
        hooks.update(later)

    def remove(self):
        self.hooks.pop(self, None)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.remove()


def call_with_hooks(module, args, kwargs):
    """module.forward(*args, **kwargs) with the module's hooks around it."""
    hooks = {when: [] for when in ("before", "after", "backward_before", "backward_after")}
    for handle, when in module._hooks.items():
        hooks[when].append(handle)
    called, output = set(), None
    try:
        for handle in hooks["before"]:
            args, kwargs = _before(handle, module, args, kwargs)
        gates = None
        if hooks["backward_before"] or hooks["backward_after"]:
            gates = Gates(module, hooks["backward_before"], hooks["backward_after"])
            args = gates.enter(args)
        output = module.forward(*args, **kwargs)
        for handle in hooks["after"]:
            called.add(handle)
            changed = _after(handle, module, args, kwargs, output)
            output = output if changed is None else changed
        return output if gates is None else gates.leave(output)
    except Exception:
        for handle in hooks["after"]:  # those that run even if something before them failed
            if handle.always_call and handle not in called:
                _after(handle, module, args, kwargs, output)
        raise


def _before(handle, module, args, kwargs):
    if not handle.with_kwargs:
        changed = handle.hook(module, args)
        return (args if changed is None else changed if isinstance(changed, tuple) else (changed,)), kwargs
    changed = handle.hook(module, args, kwargs)
    if changed is None:
        return args, kwargs
    if not isinstance(changed, tuple) or len(changed) != 2:
        raise RuntimeError(
            f"register_forward_pre_hook: a hook with kwargs must return None or (args, kwargs), got {changed!r}"
        )
    return changed


def _after(handle, module, args, kwargs, output):
    return handle.hook(module, args, kwargs, output) if handle.with_kwargs else handle.hook(module, args, output)


class Gates:
    """The two gates of one call of a module, and what its backward hooks are to be told."""

    def __init__(self, module, before, after):
        self.module, self.before, self.after = module, before, after
        self.grad_output = self.inputs = None

    def enter(self, args):
        self.count = len(args)
        args, self.inputs = _pass(args, self.at_input)
        return args

    def leave(self, output):
        outputs = output if isinstance(output, tuple) else (output,)
        passed, _ = _pass(outputs, self.at_output)
        return passed if isinstance(output, tuple) else passed[0]

    def at_output(self, grads):
        """Backward arrives: the pre-hooks see the gradients by the outputs."""
        for handle in self.before:
            grads = _replaced("backward pre-hook", "grad_output", grads, handle.hook(self.module, grads))
        if self.inputs:
            self.grad_output = grads
            return grads
        nothing = (None,) * self.count  # no input wants a gradient, so this is the last that is seen of backward
        for handle in self.after:
            changed = handle.hook(self.module, nothing, grads)
            if changed is not None and any(g is not None for g in changed):
                raise RuntimeError("backward hook: no input requires a gradient, so there is none to be replaced")
        return grads

    def at_input(self, grads):
        """Backward leaves: the hooks see the gradients by the inputs, too."""
        if self.grad_output is not None:
            for handle in self.after:
                changed = handle.hook(self.module, grads, self.grad_output)
                grads = _replaced("backward hook", "grad_input", grads, changed)
        self.grad_output = None
        return grads


def _replaced(hook, what, grads, changed):
    if changed is None:
        return grads
    changed = changed if isinstance(changed, tuple) else (changed,)
    if len(changed) != len(grads):
        raise RuntimeError(f"{hook}: returned an invalid number of {what}, got {len(changed)}, but expected {len(grads)}")
    return changed


def _pass(values, callback):
    """`values` behind a gate, and which of them went through it: the tensors that require a gradient."""
    places = [i for i, x in enumerate(values) if isinstance(x, Tensor) and x.requires_grad]
    if not places or not is_grad_enabled():
        return values, []
    tensors = [values[i] for i in places]
    gate = Gate(callback, places, len(values))
    y, behind = gate(*tensors), list(values)
    if len(tensors) == 1:
        behind[places[0]] = y
    else:
        for i, x, start in zip(places, tensors, gate.starts):
            behind[i] = y[start : start + x.numel()].reshape(x.shape).to(x.dtype)
    return tuple(behind), places


class Gate(Function):
    """The identity, of one tensor or of several joined to a vector; its gradients go through `callback`."""

    is_view = True

    def __init__(self, callback, places, count):
        self.callback, self.places, self.count = callback, places, count

    def forward(self, *arrays):
        self.shapes = [x.shape for x in arrays]
        self.starts = [sum(map(math.prod, self.shapes[:i])) for i in range(len(arrays))]
        return arrays[0] if len(arrays) == 1 else self.backend.xp.concatenate([x.reshape(-1) for x in arrays])

    def backward(self, grad):
        grads = [None] * self.count
        for place, shape, start in zip(self.places, self.shapes, self.starts):
            one = len(self.places) == 1
            grads[place] = grad if one else grad[start : start + math.prod(shape)].reshape(shape)
        grads = self.callback(tuple(grads))
        return tuple(grads[place] for place in self.places)
