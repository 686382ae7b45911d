"""How a module is called: forward with the user's hooks around it.

    args -> [forward pre-hooks] -> gate -> forward -> [forward hooks] -> gate -> output

A gate is an identity: it changes nothing in the forward pass. The backward pass reaches the gate
at the output first. There the backward pre-hooks see the gradients with respect to the outputs,
and may replace them. It reaches the gate at the input last. There the backward hooks do the same
for the inputs. A hook is given all gradients at once. So a gate joins several tensors to one
vector, whose gradient holds the gradients of all, and splits the vector again.
"""

import math

from ..autograd import is_grad_enabled
from ..autograd.hooks import check_replacement
from ..checks import is_tensor
from ..ops import cat, split


def name_layer(module, error):
    """Let the message of an error in a layer of this package begin with the layer's repr."""
    is_layer = type(module).__module__.startswith(__package__) and not list(module.children())
    if is_layer and error.args and isinstance(error.args[0], str):
        error.args = (f"{module!r}: {error.args[0]}", *error.args[1:])


def call_with_hooks(module, args, kwargs):
    """module.forward with the module's hooks around it, in the order of registration."""
    hooks, arrived = module._hooks, []  # the gradients that have reached the gate at the output

    def at_output(grads):
        grads = run_hooks(module, "full_backward_pre_hook", "grad_output", grads)
        arrived[:] = [grads]
        if inputs is args:  # none requires a gradient, so backward won't reach the other gate
            at_input((None,) * len(args))
        return grads

    def at_input(grads):
        if not arrived:  # the backward pass did not go through the gate at the output
            return grads
        return run_hooks(module, "full_backward_hook", "grad_input", grads, arrived.pop())

    for hook in list(hooks["forward_pre_hook"].values()):
        changed = hook(module, args)
        args = args if changed is None else as_tuple(changed)
    has_gates = hooks["full_backward_pre_hook"] or hooks["full_backward_hook"]
    inputs = gate(args, at_input) if has_gates else args
    output = module.forward(*inputs, **kwargs)
    for hook in list(hooks["forward_hook"].values()):
        changed = hook(module, inputs, output)
        output = output if changed is None else changed
    outputs = gate(as_tuple(output), at_output) if has_gates else as_tuple(output)
    return outputs if isinstance(output, tuple) else outputs[0]


def as_tuple(x):
    return x if isinstance(x, tuple) else (x,)


def run_hooks(module, kind, what, grads, *others):
    """The gradients after all of the module's backward hooks of one kind."""
    for hook in list(module._hooks[kind].values()):
        changed, name = hook(module, grads, *others), f"register_{kind}"
        changed = grads if changed is None else as_tuple(changed)
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


def gate(values, callback):
    """The same values; in the backward pass, callback(gradients) replaces their gradients.

    Gradients are a tuple as long as `values`, with None for a value that has no gradient.
    """
    tracked = [i for i, x in enumerate(values) if is_tensor(x) and x.requires_grad]
    if not tracked or not is_grad_enabled():
        return values
    count, likes = len(values), [(values[i].shape, values[i].dtype) for i in tracked]

    def join(values):
        return cat([values[i].reshape(-1) for i in tracked])

    def spread(joined, values):
        parts = split(joined, [math.prod(shape) for shape, _ in likes])
        for i, part, (shape, dtype) in zip(tracked, parts, likes):
            values[i] = part.reshape(shape).to(dtype)
        return tuple(values)

    joined = join(values)
    joined.register_hook(lambda grad: join(callback(spread(grad, [None] * count))))
    return spread(joined, list(values))
