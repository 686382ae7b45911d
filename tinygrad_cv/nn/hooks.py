"""How a module with hooks is called: forward with the user's functions around it.

    x -> [forward pre-hooks] -> clone -> forward -> [forward hooks] -> clone -> y

The clones are there if the module has backward hooks. A clone changes nothing, but is a place for
a hook on a gradient. The backward pass reaches the one at the output first: there the gradient with
respect to y is noted. It reaches the one at the input last: there the module's backward hooks are
given both gradients, and may replace the one with respect to x.
"""

from ..autograd import is_grad_enabled
from ..autograd.hooks import check_replacement
from ..checks import is_tensor

NAME = "register_full_backward_hook"


def call_with_hooks(module, args, kwargs):
    """module.forward with the module's hooks around it, in the order of registration."""
    hooks = module._hooks
    for hook in list(hooks["forward_pre_hook"].values()):
        changed = hook(module, args)
        args = args if changed is None else as_tuple(changed)

    def run(*args):
        output = module.forward(*args, **kwargs)
        for hook in list(hooks["forward_hook"].values()):
            changed = hook(module, args, output)
            output = output if changed is None else changed
        return output

    return watched(module, run, args) if hooks["full_backward_hook"] else run(*args)


def watched(module, run, args):
    """run(*args), with the module's backward hooks called in the backward pass."""
    tracked = [i for i, x in enumerate(args) if is_tensor(x) and x.requires_grad]
    tracked, noted = tracked if is_grad_enabled() else [], []
    if len(tracked) > 1:
        raise NotImplementedError(
            f"{NAME}: {type(module).__name__} has {len(tracked)} inputs that require a gradient, "
            "and only one is possible; use register_hook on the tensors"
        )

    def at_input(grad):
        if not noted:  # the backward pass came to the input without passing through the output
            return grad
        grad_output = (noted.pop(),)
        for hook in list(module._hooks["full_backward_hook"].values()):
            grads = tuple(grad if i in tracked else None for i in range(len(args)))
            changed = hook(module, grads, grad_output)
            changed = grads if changed is None else as_tuple(changed)
            if len(changed) != len(args):
                got = f"got {len(changed)}, but expected {len(args)}"
                raise RuntimeError(f"{NAME}: invalid number of grad_input, {got}")
            for old, new in zip(grads, changed):
                if new is not old:
                    check_replacement(NAME, old, new)
                    grad = new
        return grad

    def at_output(grad):
        noted.append(grad)
        if not tracked:  # the backward pass won't reach the input
            at_input(None)

    output = run(*[hooked(x, at_input) if i in tracked else x for i, x in enumerate(args)])
    if not is_tensor(output):
        got = f"{type(module).__name__} returns a {type(output).__name__}"
        raise NotImplementedError(f"{NAME}: the output must be one tensor, but {got}")
    return hooked(output, at_output) if output.requires_grad else output


def as_tuple(x): return x if isinstance(x, tuple) else (x,)


def hooked(x, hook):
    """The same values, with a hook on their gradient."""
    x = x.clone()
    x.register_hook(hook)
    return x
