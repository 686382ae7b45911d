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
    hooks, arrived = module._hooks, []  # what backward has brought to the gate at the output

    def at_output(grads):
        grads = run_hooks(module, "full_backward_pre_hook", "grad_output", grads)
        arrived[:] = [grads]
        if inputs is args:  # none requires a gradient, so backward won't reach the other gate
            at_input((None,) * len(args))
        return grads

    def at_input(grads):
        if not arrived:  # backward went around the gate at the output
            return grads
        return run_hooks(module, "full_backward_hook", "grad_input", grads, arrived.pop())

    for hook in list(hooks["forward_pre_hook"].values()):
        changed = hook(module, args)
        args = args if changed is None else as_tuple(changed)
    has_gates = hooks["full_backward_pre_hook"] or hooks["full_backward_hook"]
    inputs = Gate(at_input).through(args) if has_gates else args
    output = call_forward(module, inputs, kwargs)
    for hook in list(hooks["forward_hook"].values()):
        changed = hook(module, inputs, output)
        output = output if changed is None else changed
    outputs = Gate(at_output).through(as_tuple(output)) if has_gates else as_tuple(output)
    return outputs if isinstance(output, tuple) else outputs[0]


def as_tuple(x):
    return x if isinstance(x, tuple) else (x,)


def run_hooks(module, kind, what, grads, *others):
    """The gradients as the module's backward hooks of one kind leave them."""
    for hook in list(module._hooks[kind].values()):
        changed, name = hook(module, grads, *others), f"register_{kind}"
        if changed is None:
            continue
        changed = as_tuple(changed)
        if len(changed) != len(grads):
            raise RuntimeError(
                f"{name}: the hook returned an invalid number of {what}, got {len(changed)}, but "
                f"expected {len(grads)}"
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
