"""How a module is called: forward with the user's hooks around it.

    args -> [forward pre-hooks] -> gate -> forward -> [forward hooks] -> gate -> output

A gate changes nothing on the way forward. Backward reaches the gate at the output first: there
the backward pre-hooks see, and may replace, the gradients with respect to the outputs. It reaches
the gate at the input last: there the backward hooks see the gradients with respect to the inputs,
too. Hooks want all gradients at once, so a gate is one node of the graph: several tensors pass it
joined to one vector, and are cut apart behind it.
"""

import math

from ..arrays import namespace
from ..autograd import Function, is_grad_enabled
from ..autograd.hooks import check_replacement
from ..checks import is_tensor
from ..ops import split


def call_forward(module, args, kwargs):
    """module.forward. The layers of this package put their repr before the message of an error."""
    try:
        return module.forward(*args, **kwargs)
    except Exception as error:
        is_layer = type(module).__module__.startswith(__package__) and not list(module.children())
        if is_layer and error.args and isinstance(error.args[0], str):
            error.args = (f"{module!r}: {error.args[0]}", *error.args[1:])
        raise


def call_with_hooks(module, args, kwargs):
    """module.forward with the module's hooks around it, in the order of registration."""
    hooks, gates = module._hooks, None
    for hook in list(hooks["forward_pre_hook"].values()):
        changed = hook(module, args)
        args = args if changed is None else as_tuple(changed)
    if hooks["full_backward_pre_hook"] or hooks["full_backward_hook"]:
        gates = Gates(module)
        args = gates.enter(args)
    output = call_forward(module, args, kwargs)
    for hook in list(hooks["forward_hook"].values()):
        changed = hook(module, args, output)
        output = output if changed is None else changed
    return output if gates is None else gates.leave(output)


def as_tuple(x):
    return x if isinstance(x, tuple) else (x,)


class Gates:
    """The two gates of one call of a module, and what backward has brought to the second."""

    grad_output = None

    def __init__(self, module):
        self.module = module

    def enter(self, args):
        self.no_grads, passed = (None,) * len(args), Gate(self.at_input).through(args)
        self.is_closed = passed is not args  # else no input requires a gradient
        return passed

    def leave(self, output):
        passed = Gate(self.at_output).through(as_tuple(output))
        return passed if isinstance(output, tuple) else passed[0]

    def at_output(self, grads):
        self.grad_output = self.run("full_backward_pre_hook", "grad_output", grads)
        if not self.is_closed:  # backward won't reach the input
            self.at_input(self.no_grads)
        return self.grad_output

    def at_input(self, grads):
        if self.grad_output is None:  # backward went around the gate at the output
            return grads
        return self.run("full_backward_hook", "grad_input", grads, self.grad_output)

    def run(self, kind, what, grads, *others):
        """The gradients as the module's hooks of one kind leave them."""
        for hook in list(self.module._hooks[kind].values()):
            changed = hook(self.module, grads, *others)
            if changed is None:
                continue
            changed, name = as_tuple(changed), f"register_{kind}"
            if len(changed) != len(grads):
                raise RuntimeError(
                    f"{name}: the hook returned an invalid number of {what}, got {len(changed)}, "
                    f"but expected {len(grads)}"
                )
            for grad, new in zip(grads, changed):
                if new is not grad:
                    check_replacement(name, grad, new)
            grads = changed
        return grads


class Gate(Function):
    """The identity of one tensor, or of several as one vector.

    `callback` takes a tuple of gradients, one for each value or None, and returns such a tuple.
    """

    def __init__(self, callback):
        self.callback = callback

    def through(self, values):
        """The values behind the gate; the same tuple if none of them requires a gradient."""
        self.tracked = [i for i, x in enumerate(values) if is_tensor(x) and x.requires_grad]
        if not self.tracked or not is_grad_enabled():
            return values
        self.count, self.is_view = len(values), len(self.tracked) == 1
        return self.spread(self(*[values[i] for i in self.tracked]), values)

    def forward(self, *arrays):
        self.parts = [(x.shape, x.dtype) for x in arrays]
        if len(arrays) == 1:
            return arrays[0]
        return namespace(arrays[0]).concatenate([x.reshape(-1) for x in arrays])

    def backward(self, grad):
        grads = self.callback(self.spread(grad, [None] * self.count))
        return tuple(grads[i] for i in self.tracked)

    def spread(self, joined, values):
        """The values, with those that were joined in forward replaced by their parts."""
        parts, values = [joined], list(values)
        if len(self.parts) > 1:
            vectors = split(joined, [math.prod(shape) for shape, _ in self.parts])
            parts = [x.reshape(shape).to(dtype) for x, (shape, dtype) in zip(vectors, self.parts)]
        for i, part in zip(self.tracked, parts):
            values[i] = part
        return tuple(values)
