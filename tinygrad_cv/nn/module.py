"""Module: a function that carries parameters, and may be made of other Modules.

A network is a tree of Modules. The members of a Module are of three kinds: parameters (tensors
that training changes), buffers (tensors that are kept but not trained, such as the running mean
of batch norm) and other Modules. All are ordinary attributes. `_kinds` notes the kind of each, as
the class Parameter, Tensor (a buffer) or Module, in the order of registration, for the methods that
collect them: `parameters` for an optimizer, `state_dict` for a checkpoint. A member's name is its
path in the tree: "features.0.weight".
"""

from collections import defaultdict, namedtuple

from .. import dtypes
from ..autograd.hooks import HookHandle
from ..checks import check_tensor, flag, shown
from ..ops.inplace import check_writable
from ..tensor import Tensor
from .hooks import call_with_hooks

IncompatibleKeys = namedtuple("IncompatibleKeys", "missing_keys unexpected_keys")


class Parameter(Tensor):
    """A leaf that requires a gradient, and shares the memory of the Tensor `data`."""

    def __init__(self, data, requires_grad=True):
        check_tensor("Parameter", data, "data")
        super().__init__(data.array, requires_grad)
        self.memory, self.strided = data.memory.share(data, self), data.strided

    def __repr__(self): return f"Parameter containing:\n{super().__repr__()}"


class Module:
    """Base of all layers and networks: a subclass defines its members and its `forward`.

    >>> import tinygrad_cv as tg
    >>> class Net(tg.nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.hidden = tg.nn.Linear(2, 3)
    ...     def forward(self, x):
    ...         return self.hidden(x).tanh()
    >>> [name for name, _ in Net().named_parameters()]
    ['hidden.weight', 'hidden.bias']
    """

    def __init__(self):  # _kinds: {name of a member: Parameter, Module, or Tensor for a buffer}
        self.training, self._kinds, self._hooks = True, {}, defaultdict(dict)

    def forward(self, *args, **kwargs):
        """What the module computes. Call the module, not this: the call also runs the hooks."""
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    def __call__(self, *args, **kwargs):
        try:
            if self._hooks:
                return call_with_hooks(self, args, kwargs)
            return self.forward(*args, **kwargs)
        except Exception as error:
            name_layer(self, error)
            raise

    # Members

    def __setattr__(self, name, value):
        kinds = self.__dict__.get("_kinds")
        if isinstance(value, (Parameter, Module)):
            if kinds is None:
                owner = type(self).__name__
                raise AttributeError(f"{owner}: call super().__init__() before assigning {name!r}")
            kinds[name] = Parameter if isinstance(value, Parameter) else Module
        elif kinds and name in kinds and not isinstance(value, (kinds[name], type(None))):
            # A plain tensor instead of a parameter would silently no longer be trained
            owner, kind = type(self).__name__, kinds[name].__name__
            raise TypeError(f"{owner}: {name!r} must be a {kind} or None, got {shown(value)}")
        object.__setattr__(self, name, value)

    def __delattr__(self, name):
        object.__delattr__(self, name)
        self._kinds.pop(name, None)

    def _register(self, name, value, kind):
        owner = type(self).__name__
        if "_kinds" not in self.__dict__:
            raise AttributeError(f"{owner}: call super().__init__() before registering {name!r}")
        if not isinstance(name, str) or not name or "." in name:
            raise KeyError(f"{owner}: a name must be a string, not empty, without dots: {name!r}")
        if hasattr(self, name) and self._kinds.get(name) is not kind:
            raise KeyError(f"{owner} has an attribute {name!r} already")
        if value is not None and not isinstance(value, kind):
            raise TypeError(f"{owner}: {name!r} must be a {kind.__name__}, got {shown(value)}")
        self._kinds[name] = kind
        object.__setattr__(self, name, value)

    def register_parameter(self, name, param):
        """As self.name = param, if the name is free; None reserves the name."""
        self._register(name, param, Parameter)

    def register_buffer(self, name, tensor):
        """Add a tensor that is saved and moved with the module, but not trained."""
        self._register(name, tensor, Tensor)

    def add_module(self, name, module):
        """As self.name = module, if the name is free. It need be no identifier: "0" is fine."""
        self._register(name, module, Module)

    def _members(self, kind):
        """(name, value) of this module's own members of one kind, without those that are None."""
        own = self.__dict__
        return [(n, own[n]) for n, k in self._kinds.items() if k is kind and own[n] is not None]

    # The tree. A member that is shared appears once, under the first of its names.

    def named_modules(self, memo=None, prefix=""):
        """This module under the name `prefix`, then everything below it, as (name, module)."""
        memo = set() if memo is None else memo
        if self not in memo:
            memo.add(self)
            yield prefix, self
            for name, child in self._members(Module):
                yield from child.named_modules(memo, f"{prefix}.{name}" if prefix else name)

    def _named_tensors(self, kind, prefix, recurse):
        """(name, tensor) of the parameters or buffers, in the order of registration."""
        seen = set()
        for path, module in self.named_modules(prefix=prefix) if recurse else [(prefix, self)]:
            for name, tensor in module._members(kind):
                if tensor not in seen:
                    seen.add(tensor)
                    yield f"{path}.{name}" if path else name, tensor

    def named_parameters(self, prefix="", recurse=True):
        """(name, parameter) of everything that training changes."""
        return self._named_tensors(Parameter, prefix, recurse)

    def named_buffers(self, prefix="", recurse=True):
        """(name, buffer) of everything that is kept but not trained."""
        return self._named_tensors(Tensor, prefix, recurse)

    def named_children(self):
        """(name, module) of the modules directly below this one."""
        names = {}
        for name, child in self._members(Module):
            names.setdefault(child, name)
        return ((name, child) for child, name in names.items())

    def modules(self): return (module for _, module in self.named_modules())
    def children(self): return (child for _, child in self.named_children())
    def parameters(self, recurse=True): return (p for _, p in self.named_parameters("", recurse))
    def buffers(self, recurse=True): return (b for _, b in self.named_buffers("", recurse))

    # Modes and conversions

    def apply(self, fn):
        """Call fn(module) on every module, children first: the usual way to initialise weights."""
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    def train(self, mode=True):
        """Set the flag `training`, which dropout and batch norm look at. Returns self."""
        self.training = flag("train", mode, "mode")
        for child in self.children():
            child.train(mode)
        return self

    def eval(self): return self.train(False)

    def requires_grad_(self, requires_grad=True):
        """Freeze (False) or unfreeze all parameters."""
        for p in self.parameters():
            p.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none=True):
        """Set the gradients to None, or fill them with zeros (set_to_none=False)."""
        for p in self.parameters():
            if p.grad is not None:
                p.grad = None if set_to_none else p.grad.detach().zero_()

    def to(self, *args, **kwargs):
        """Move to a device and/or convert to a floating dtype, in place: to("cuda", tg.float64)."""
        tensors = [*self.parameters(), *self.buffers()]
        for t in tensors + [t.grad for t in tensors if t.grad is not None]:
            moved = t.detach().to(*args, **kwargs)
            if not t.is_floating_point():
                moved = t.detach().to(moved.device)  # an integer buffer keeps its dtype
            elif not moved.is_floating_point():
                raise TypeError(f"Module.to: expected a floating point dtype, got {moved.dtype}")
            if moved.array is not t.array:
                t.data = moved
        return self

    def cuda(self, device="cuda"): return self.to(device)
    def cpu(self): return self.to("cpu")
    def float(self): return self.to(dtypes.float32)
    def double(self): return self.to(dtypes.float64)

    # Checkpoints

    def state_dict(self, *, prefix=""):
        """{name: tensor} of all parameters and buffers. The tensors share the module's memory.
        (Unlike in parameters(), a shared member has all of its names here, as in PyTorch's files.)

        >>> import tinygrad_cv as tg
        >>> list(tg.nn.BatchNorm1d(3).state_dict())
        ['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked']
        """
        found = {}
        for name, tensor in self._members(Parameter) + self._members(Tensor):
            found[prefix + name] = tensor.detach()
        for name, child in self._members(Module):
            found.update(child.state_dict(prefix=f"{prefix}{name}."))
        return found

    def load_state_dict(self, state_dict, strict=True):
        """Copy in the values of {name: Tensor}; nothing is copied unless everything fits.

        A RuntimeError lists missing and unexpected names (not with strict=False) and wrong shapes.
        Returns (missing_keys, unexpected_keys).
        """
        if not isinstance(state_dict, dict):
            raise TypeError(f"load_state_dict: expected a dict, got {shown(state_dict)}")
        own, wrong = self.state_dict(), []
        common = [name for name in own if name in state_dict]
        # Checkpoints of PyTorch before 0.4.1 lack this counter, and no result depends on it
        missing = [n for n in own if n not in state_dict and not n.endswith("num_batches_tracked")]
        unexpected = [name for name in state_dict if name not in own]
        for put in ("module.", "_orig_mod."):  # by DataParallel and by torch.compile
            if unexpected and not common and all(str(name).startswith(put) for name in state_dict):
                way = f"{{name.removeprefix({put!r}): x for name, x in state_dict.items()}}"
                raise RuntimeError(f"load_state_dict: all names begin with {put!r}; load {way}")
        for name in common:
            check_writable(f"load_state_dict: {name}", own[name])
            x, shape, kind = state_dict[name], own[name].shape, type(state_dict[name])
            if not isinstance(x, Tensor):
                got = f"{kind.__module__}.{kind.__name__}; make one, e.g. tensor(x.numpy())"
                wrong.append(f"{name!r}: expected a Tensor, got {got}")
            elif x.shape != shape:
                wrong.append(f"size mismatch for {name}: {shape} here, {x.shape} loaded")
        if strict and missing:
            wrong.append(f"missing in the state_dict: {missing}")
        if strict and unexpected:
            wrong.append(f"unexpected in the state_dict: {unexpected}")
        if wrong:
            raise RuntimeError("\n\t".join([f"load_state_dict of {type(self).__name__}:", *wrong]))
        for name in common:
            own[name].copy_(state_dict[name].detach())
        return IncompatibleKeys(missing, unexpected)

    # Hooks (see hooks.py). Each method returns a handle; its remove() unregisters the hook.

    def register_forward_pre_hook(self, hook):
        """hook(module, args) before each forward; what it returns, if anything, replaces args."""
        return HookHandle(self._hooks["forward_pre_hook"], hook)

    def register_forward_hook(self, hook):
        """hook(module, args, output) after each forward; what it returns replaces the output."""
        return HookHandle(self._hooks["forward_hook"], hook)

    def register_full_backward_hook(self, hook):
        """hook(module, grad_input, grad_output), two tuples, after backward; its result replaces
        grad_input. The module must have one output, and one input that requires a gradient."""
        return HookHandle(self._hooks["full_backward_hook"], hook)

    # Printing

    def extra_repr(self):
        """What repr shows between the parentheses."""
        return ""

    def __repr__(self):
        extra, children = self.extra_repr(), self._members(Module)
        if children:
            lines = [f"({name}): {child!r}".replace("\n", "\n  ") for name, child in children]
            extra = "\n  " + "\n  ".join([*extra.splitlines(), *lines]) + "\n"
        return f"{type(self).__name__}({extra})"


def name_layer(module, error):
    """Let the message of an error in a layer of this package begin with the layer's repr."""
    is_layer = type(module).__module__.startswith(__package__)
    is_layer = is_layer and not list(module.children())  # the innermost alone, not its containers
    if is_layer and error.args and isinstance(error.args[0], str):
        error.args = (f"{module!r}: {error.args[0]}", *error.args[1:])
