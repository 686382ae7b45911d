"""How a module with hooks is called: forward with the user's functions around it.

    args -> [forward pre-hooks] -> gate -> forward -> [forward hooks] -> gate -> output

A gate is an identity: it changes nothing in the forward pass. The backward pass reaches the gate
at the output first, and there the gradients with respect to the outputs are noted. It reaches the
gate at the input last. There the backward hooks see both, and may replace the gradients with
respect to the inputs. A hook is given all gradients at once. So a gate joins the tensors to one
vector, whose gradient holds the gradients of all, and splits the vector again.
"""

import math

from ..autograd import is_grad_enabled
from ..autograd.hooks import check_replacement
from ..checks import is_tensor
from ..ops import cat, split


def call_with_hooks(module, args, kwargs):
    """module.forward with the module's hooks around it, in the order of registration."""
    hooks, arrived = module._hooks, []  # the gradients that have reached the gate at the output

    def at_output(grads):
        arrived[:] = [grads]
        if inputs is args:  # none requires a gradient, so backward won't reach the other gate
            at_input((None,) * len(args))
        return grads

    def at_input(grads):
        if arrived:  # the backward pass went through the gate at the output
            grads = run_backward_hooks(module, grads, arrived.pop())
        return grads

    for hook in list(hooks["forward_pre_hook"].values()):
        changed = hook(module, args)
        args = args if changed is None else as_tuple(changed)
    inputs = gate(args, at_input) if hooks["full_backward_hook"] else args
    output = module.forward(*inputs, **kwargs)
    for hook in list(hooks["forward_hook"].values()):
        changed = hook(module, inputs, output)
        output = output if changed is None else changed
    if not hooks["full_backward_hook"]:
        return output
    outputs = gate(as_tuple(output), at_output)
    return outputs if isinstance(output, tuple) else outputs[0]


def as_tuple(x):
    return x if isinstance(x, tuple) else (x,)


def run_backward_hooks(module, grad_input, grad_output):
    """The gradients with respect to the inputs after all of the module's backward hooks."""
    name = "register_full_backward_hook"
    for hook in list(module._hooks["full_backward_hook"].values()):
        changed = hook(module, grad_input, grad_output)
        changed = grad_input if changed is None else as_tuple(changed)
        if len(changed) != len(grad_input):
            got = f"got {len(changed)}, but expected {len(grad_input)}"
            raise RuntimeError(f"{name}: the hook returned an invalid number of grad_input, {got}")
        for grad, new in zip(grad_input, changed):
            if new is not grad:
                check_replacement(name, grad, new)
        grad_input = changed
    return grad_input


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
