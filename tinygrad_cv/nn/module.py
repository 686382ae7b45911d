"""Module: a function that carries parameters, and may be made of other Modules.

A network is a tree of Modules. Each has three kinds of members:

    parameters   tensors that training changes                  (self.weight = Parameter(...))
    buffers      tensors that are only remembered, such as      (self.register_buffer(...))
                 the running mean of batch norm
    modules      the parts, themselves Modules                  (self.layer = Linear(2, 3))

They are ordinary attributes: reading `self.weight` costs what reading any attribute costs.
`_kinds` notes for each member's name which kind it is, and keeps the order of registration;
every walk over the tree (parameters for the optimizer, the state_dict for a checkpoint, `to`
for a device) goes by it. A name in the tree is the path to it: "features.0.weight".
"""

from collections import namedtuple

from ..backend import dtypes
from ..tensor import Tensor
from .hooks import HookHandle, call_with_hooks
from .parameter import Parameter


class Module:
    """Base of all layers and networks: a subclass says what it has, and what it computes.

    >>> import tinygrad_cv as tg
    >>> class Net(tg.nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.hidden = tg.nn.Linear(2, 3)
    ...     def forward(self, x):
    ...         return self.hidden(x).tanh()
    >>> net = Net()
    >>> net(tg.zeros(5, 2)).shape
    (5, 3)
    >>> [name for name, _ in net.named_parameters()]
    ['hidden.weight', 'hidden.bias']
    """

    def __init__(self):
        # Not by attribute: __setattr__ below looks at _kinds.
        self.__dict__.update(training=True, _kinds={}, _temporary=set(), _hooks={})

    def forward(self, *args, **kwargs):
        """What the module computes. Call the module, not this: the call also runs the hooks."""
        raise NotImplementedError(f"{type(self).__name__} is missing the required forward function")

    def __call__(self, *args, **kwargs):
        if self._hooks:
            return call_with_hooks(self, args, kwargs)
        try:
            return self.forward(*args, **kwargs)
        except Exception as error:
            if type(self).__module__.startswith(__package__) and not self._members(Module):
                sign(self, error)
            raise

    # Members

    def __setattr__(self, name, value):
        kinds = self.__dict__.get("_kinds")
        if isinstance(value, (Parameter, Module)):
            if kinds is None:
                raise AttributeError(f"call super().__init__() before assigning {name!r}")
            kinds[name] = Parameter if isinstance(value, Parameter) else Module
            self._temporary.discard(name)
        elif kinds and value is not None and not isinstance(value, kinds.get(name, object)):
            # A plain tensor in a parameter's place would silently no longer be trained.
            raise TypeError(
                f"cannot assign {type(value).__name__} to {name!r} of {type(self).__name__}: "
                f"{kinds[name].__name__} or None expected"
            )
        object.__setattr__(self, name, value)

    def __delattr__(self, name):
        object.__delattr__(self, name)
        self._kinds.pop(name, None)
        self._temporary.discard(name)

    def _register(self, name, value, kind):
        if not isinstance(name, str):
            raise TypeError(f"a member's name must be a string, got {type(name).__name__}")
        if not name or "." in name:
            raise KeyError(f"a member's name must not be empty or contain a dot, got {name!r}")
        if hasattr(self, name) and self._kinds.get(name) is not kind:
            raise KeyError(f"{type(self).__name__} already has an attribute {name!r}")
        if value is not None and not isinstance(value, kind):
            raise TypeError(f"{name!r} must be a {kind.__name__} or None, got {type(value).__name__}")
        self._kinds[name] = kind
        object.__setattr__(self, name, value)

    def register_parameter(self, name, param):
        """The same as self.name = param; None reserves the name for a parameter that is left out."""
        self._register(name, param, Parameter)

    def register_buffer(self, name, tensor, persistent=True):
        """A tensor that belongs to the module without being trained; in the state_dict if persistent."""
        self._register(name, tensor, Tensor)
        (self._temporary.discard if persistent else self._temporary.add)(name)

    def add_module(self, name, module):
        """The same as self.name = module, for names that are no identifiers, such as "0"."""
        self._register(name, module, Module)

    def _members(self, kind):
        """(name, value) of this module's own members of one kind, without those that are None."""
        own = self.__dict__
        return [(name, own[name]) for name, k in self._kinds.items() if k is kind and own[name] is not None]

    # The tree. What is shared appears once, under the first of its names.

    def named_modules(self, memo=None, prefix="", remove_duplicate=True):
        """This module under the name `prefix`, then everything under it, as (name, module)."""
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, child in self._members(Module):
            yield from child.named_modules(memo, f"{prefix}.{name}" if prefix else name, remove_duplicate)

    def _named_tensors(self, kind, prefix, recurse, remove_duplicate):
        seen = set()
        modules = self.named_modules(None, prefix, remove_duplicate) if recurse else [(prefix, self)]
        for path, module in modules:
            for name, tensor in module._members(kind):
                if tensor not in seen:
                    if remove_duplicate:
                        seen.add(tensor)
                    yield f"{path}.{name}" if path else name, tensor

    def named_parameters(self, prefix="", recurse=True, remove_duplicate=True):
        """(name, parameter) of everything that training changes."""
        return self._named_tensors(Parameter, prefix, recurse, remove_duplicate)

    def named_buffers(self, prefix="", recurse=True, remove_duplicate=True):
        """(name, buffer) of everything that is remembered but not trained."""
        return self._named_tensors(Tensor, prefix, recurse, remove_duplicate)

    def named_children(self):
        """(name, module) of the direct parts."""
        seen = set()
        for name, child in self._members(Module):
            if child not in seen:
                seen.add(child)
                yield name, child

    def modules(self): return (module for _, module in self.named_modules())
    def children(self): return (child for _, child in self.named_children())
    def parameters(self, recurse=True): return (p for _, p in self.named_parameters(recurse=recurse))
    def buffers(self, recurse=True): return (b for _, b in self.named_buffers(recurse=recurse))

    def get_submodule(self, target):
        """The module at a path such as "features.0"; AttributeError if there is none."""
        found = self
        for name in target.split(".") if target else ():
            found = dict(found._members(Module)).get(name)
            if found is None:
                raise AttributeError(f"{type(self).__name__} has no module {target!r}: no {name!r} there")
        return found

    def get_parameter(self, target):
        """The parameter at a path such as "features.0.weight"; AttributeError if there is none."""
        path, _, name = target.rpartition(".")
        found = dict(self.get_submodule(path)._members(Parameter)).get(name)
        if found is None:
            raise AttributeError(f"{type(self).__name__} has no parameter {target!r}")
        return found

    # Modes and conversions

    def apply(self, fn):
        """Call fn(module) on every module, parts first: the usual way to initialise weights."""
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    def train(self, mode=True):
        """Training or evaluation: dropout and batch norm behave differently. Returns self."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for child in self.children():
            child.train(mode)
        return self

    def eval(self):
        """train(False)."""
        return self.train(False)

    def requires_grad_(self, requires_grad=True):
        """Freeze (False) or unfreeze all parameters."""
        for p in self.parameters():
            p.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none=True):
        """Forget the gradients, or fill them with zeros."""
        for p in self.parameters():
            if set_to_none:
                p.grad = None
            elif p.grad is not None:
                p.grad = p.grad.detach().zero_()

    def to(self, *args, **kwargs):
        """Move to a device and/or convert to a floating dtype, in place: `to("cuda", tg.float64)`."""
        for tensor in [*self.parameters(), *self.buffers()]:
            for t in (tensor, tensor.grad):
                if t is not None:
                    moved = t.detach().to(*args, **kwargs)
                    if moved.is_floating_point() != t.is_floating_point():
                        if t.is_floating_point():
                            raise TypeError(f"Module.to: expected a floating point dtype, got {moved.dtype}")
                        moved = t.detach().to(moved.device)  # an integer buffer stays one
                    if moved.array is not t.array:
                        t.data = moved
        return self

    def cuda(self, device="cuda"): return self.to(device)
    def cpu(self): return self.to("cpu")
    def float(self): return self.to(dtypes.float32)
    def double(self): return self.to(dtypes.float64)

    # Checkpoints

    def state_dict(self, *, destination=None, prefix="", keep_vars=False):
        """{name: tensor} of all parameters and persistent buffers; the tensors share the module's memory.

        >>> import tinygrad_cv as tg
        >>> list(tg.nn.BatchNorm1d(3).state_dict())
        ['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked']
        """
        destination = {} if destination is None else destination
        for name, tensor in self._members(Parameter) + self._members(Tensor):
            if name not in self._temporary:
                destination[prefix + name] = tensor if keep_vars else tensor.detach()
        for name, child in self._members(Module):
            child.state_dict(destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        return destination

    def load_state_dict(self, state_dict, strict=True, assign=False):
        """Copy the values in; nothing is copied unless everything fits.

        Raises RuntimeError that lists missing and unexpected names (not with strict=False) and wrong shapes.
        Returns (missing_keys, unexpected_keys).
        """
        if assign:
            raise NotImplementedError("load_state_dict: assign=True is not supported: values are copied")
        if not hasattr(state_dict, "keys"):
            raise TypeError(f"load_state_dict: expected a dict of tensors, got {type(state_dict).__name__}")
        own, errors = self.state_dict(), []
        # Checkpoints of PyTorch before 0.4.1 don't have the counter, and it is rarely used.
        missing = [key for key in own if key not in state_dict and not key.endswith("num_batches_tracked")]
        unexpected = [key for key in state_dict if key not in own]
        for what, keys in ("Missing", missing), ("Unexpected", unexpected):
            if strict and keys:
                errors.append(f"{what} key(s) in state_dict: " + ", ".join(f'"{key}"' for key in keys) + ". ")
        errors += [_mismatch(key, own[key], state_dict[key]) for key in own if key in state_dict]
        if any(errors):
            lines = "\n\t".join(filter(None, errors))
            raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t{lines}")
        for key in own:
            if key in state_dict:
                own[key].copy_(state_dict[key].detach())
        return IncompatibleKeys(missing, unexpected)

    # Hooks (see hooks.py). Each method returns a handle, whose remove() takes the hook away again.

    def register_forward_pre_hook(self, hook, *, prepend=False, with_kwargs=False):
        """hook(module, args) before each forward; what it returns, if anything, replaces args.

        With with_kwargs=True it is hook(module, args, kwargs), and returns None or (args, kwargs).
        """
        return HookHandle(self._hooks, "before", hook, prepend, with_kwargs)

    def register_forward_hook(self, hook, *, prepend=False, with_kwargs=False, always_call=False):
        """hook(module, args, output) after each forward; what it returns, if anything, is the output.

        With with_kwargs=True it is hook(module, args, kwargs, output). always_call=True: even if forward fails.
        """
        return HookHandle(self._hooks, "after", hook, prepend, with_kwargs, always_call)

    def register_full_backward_pre_hook(self, hook, prepend=False):
        """hook(module, grad_output) when backward arrives; a tuple that it returns replaces grad_output."""
        return HookHandle(self._hooks, "backward_before", hook, prepend)

    def register_full_backward_hook(self, hook, prepend=False):
        """hook(module, grad_input, grad_output) when backward has passed; what it returns replaces grad_input.

        grad_input and grad_output are tuples with one gradient for each positional argument and each
        output, None for what wants none.
        """
        return HookHandle(self._hooks, "backward_after", hook, prepend)

    # Printing

    def extra_repr(self):
        """What repr shows between the brackets."""
        return ""

    def __repr__(self):
        return self._repr([(name, repr(child)) for name, child in self._members(Module)])

    def _repr(self, children):
        extra = self.extra_repr()
        lines = [f"({name}): " + text.replace("\n", "\n  ") for name, text in children]
        if lines:
            extra = "\n  " + "\n  ".join(extra.splitlines() + lines) + "\n"
        return f"{type(self).__name__}({extra})"


# What load_state_dict(strict=False) left out.
IncompatibleKeys = namedtuple("IncompatibleKeys", "missing_keys unexpected_keys")


def _mismatch(key, own, loaded):
    """The error message if `loaded` can't be copied into `own`, else None."""
    if not isinstance(loaded, Tensor):
        return f'"{key}": expected a Tensor, got {type(loaded).__name__}'
    if loaded.shape != own.shape:
        return (
            f"size mismatch for {key}: copying a param with shape {tuple(loaded.shape)} from checkpoint, "
            f"the shape in current model is {tuple(own.shape)}."
        )
    return None


def sign(layer, error):
    """Put the layer's name before the message of an operation in it."""
    if error.args and isinstance(error.args[0], str) and not error.args[0].startswith(repr(layer)):
        error.args = (f"{layer!r}: {error.args[0]}", *error.args[1:])


def refuse_input(layer, input, expected, error=RuntimeError):
    """Say at a layer's door what it takes and what it got."""
    if not isinstance(input, Tensor):
        raise TypeError(f"{layer!r}: expected a Tensor {expected}, got {type(input).__name__}")
    raise error(f"{layer!r}: expected input {expected}, got {tuple(input.shape)}")
