"""Optimizer: what all variants of gradient descent have in common.

    theta <- theta - lr * (a direction, computed from the gradient and its history)

Two attributes decide what a step does, and nothing else keeps a copy of them:

    param_groups   [{"params": [parameter, ...], "lr": 0.1, ...}, ...]
    state          {parameter: {"exp_avg": tensor, ...}}: the history

Both may be edited between steps: set a learning rate, replace a parameter, pop its state. A step
writes into the parameters' own memory, so every tensor that shares it sees the change.

A subclass defines the direction: its `update` changes one parameter (see sgd.py). A subclass that
was written for PyTorch and has a `step` of its own works as well.
"""

import copy
from collections import defaultdict

from ..arrays import is_writable, namespace, quietly
from ..autograd import enable_grad, no_grad
from ..checks import check_tensor, is_tensor, number, warn
from ..creation import tensor
from ..ops.inplace import check_writable
from ..tensor import Tensor

LATER = {"maximize", "decoupled_weight_decay"}  # settings that files of older PyTorch don't have


class Optimizer:
    """Base: `params` are Tensors, or dicts {"params": [...], "lr": ...}, one for each group."""

    not_negative = ()  # the settings that must not be negative
    buffers = ()       # the names in the state of a parameter

    def __init__(self, params, defaults, **options):
        for name, value in options.items():
            if value or name not in ("foreach", "fused", "capturable", "differentiable"):
                raise TypeError(f"{self._name()}: there is no {name}={value!r} here")
        groups = list(params) if hasattr(params, "__iter__") and not is_tensor(params) else []
        if not groups:
            raise ValueError(f"{self._name()}: needs a list of Tensors or dicts, and not empty")
        self.defaults, self.param_groups, self.state = defaults, [], defaultdict(dict)
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def _name(self): return type(self).__name__
    def _parameters(self): return [p for group in self.param_groups for p in group["params"]]

    def add_param_group(self, param_group):
        """Add {"params": [...], ...}; settings that it leaves out are the optimizer's defaults."""
        params = param_group.get("params", set()) if isinstance(param_group, dict) else set()
        if isinstance(params, set):
            raise TypeError(f"{self._name()}: a group must be a dict, with its params in a list")
        group, before = {**self.defaults, **param_group}, set(self._parameters())
        group["params"] = params = [params] if is_tensor(params) else list(params)
        for p in params:
            check_tensor(self._name(), p, "each of params")
            if not p.is_leaf:
                raise ValueError(f"{self._name()}: can't optimize a computed (non-leaf) tensor")
            if p in before:
                raise ValueError(f"{self._name()}: a parameter appears in more than one group")
        if len(set(params)) < len(params):
            warn(f"{self._name()}: duplicate parameters are updated more than once in a step")
        self.check_settings(group)
        self.param_groups.append(group)

    def check_settings(self, group):
        """Refuse settings that are out of range."""
        for key in self.not_negative:
            if not number(self._name(), group[key], key) >= 0:  # `not >=` refuses a NaN, too
                raise ValueError(f"{self._name()}: invalid {key}: {group[key]} (it must be >= 0)")

    def step(self, closure=None):
        """Change every parameter that has a gradient.

        `closure`, if given, is called first: it computes the gradients and returns the loss.
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        with no_grad():
            quietly(self._update_all)
        return loss

    def _update_all(self):
        for group in self.param_groups:
            maximize = group.get("maximize")
            for p in group["params"]:
                grad = p.grad
                if grad is None:
                    continue
                if not is_writable(p.array):  # (quicker than check_writable)
                    check_writable(self._name(), p)  # raises the error that says what to do
                grad = like_parameter("gradient", grad, p).array
                self.update(p, -grad if maximize else grad, group)
                p.memory.version += 1

    def update(self, p, grad, group):
        """Change p.array in place, given the array `grad` and the settings in `group`."""
        raise NotImplementedError(f"{self._name()} has neither an update nor a step")

    def history(self, p, *names):
        """The arrays of these names in p's state. They start as zeros like p, "step" as one 0."""
        state, arrays = self.state[p], []
        for name in names:
            x = state.get(name)
            if x is None:
                zeros = namespace(p.array).zeros_like(p.array)  # in the storage order of p
                x = state[name] = tensor(0.0, device="cpu") if name == "step" else Tensor(zeros)
            elif name != "step":
                x = state[name] = like_parameter(name, x, p)
            arrays.append(x.array)
        return arrays

    def zero_grad(self, set_to_none=True):
        """Set the gradients to None (or to zeros), because backward adds to what is there."""
        for p in self._parameters():
            if p.grad is not None:
                p.grad = None if set_to_none else p.grad.detach().zero_()

    def state_dict(self):
        """Settings and state in PyTorch's format, parameters as numbers; nothing is copied."""
        numbers = {p: i for i, p in enumerate(self._parameters())}
        groups = [{**g, "params": [numbers[p] for p in g["params"]]} for g in self.param_groups]
        state = {i: dict(self.state[p]) for p, i in numbers.items() if self.state.get(p)}
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state_dict):
        """Continue from a copy of a state_dict; ValueError if it does not fit this optimizer."""
        if not isinstance(state_dict, dict) or "param_groups" not in state_dict:
            raise ValueError(f"{self._name()}: this is not a state_dict of an optimizer")
        saved, state = copy.deepcopy(state_dict["param_groups"]), defaultdict(dict)
        sizes, own = [[len(g["params"]) for g in groups] for groups in (saved, self.param_groups)]
        if sizes != own:
            raise ValueError(f"{self._name()}: groups of sizes {sizes} don't fit those of {own}")
        for settings, group in zip(saved, self.param_groups):
            missing = sorted(self.defaults.keys() - settings.keys() - LATER)
            if missing:
                raise ValueError(f"{self._name()}: another optimizer's state, without {missing}")
            for i, p in zip(settings["params"], group["params"]):
                for name, value in state_dict["state"].get(i, {}).items():
                    if value is not None:  # as older PyTorch's SGD stores without momentum
                        state[p][name] = self._loaded(p, name, value)
            settings["params"] = group["params"]
        for settings, group in zip(saved, self.param_groups):
            group.update(settings)
        self.state = state

    def _loaded(self, p, name, value):
        if not self.buffers:  # a subclass with its own `step` may keep anything
            return copy.deepcopy(value)
        if name not in self.buffers:
            raise ValueError(f"{self._name()}: another optimizer's state, with {name!r}")
        if not is_tensor(value) and hasattr(value, "numpy"):
            got = f"{type(value).__module__}.{type(value).__name__}; use tensor(x.numpy())"
            raise TypeError(f"{self._name()}: {name} must be a Tensor, got {got}")
        value = tensor(value)
        return value.cpu() if name == "step" else like_parameter(name, value, p)

    def __setstate__(self, state):  # subclasses written for PyTorch extend it
        self.__dict__.update(state)

    def __repr__(self):
        groups = [{k: v for k, v in g.items() if k != "params"} for g in self.param_groups]
        return f"{self._name()}({', '.join(map(str, groups))})"


def like_parameter(what, x, p):
    """The gradient (or an entry of the state) x of the parameter p, with dtype and device of p."""
    given, own = x.array, p.array
    if given.shape != own.shape:
        raise RuntimeError(
            f"optimizer: the {what} of a parameter of shape {p.shape} has shape {x.shape}; to "
            "start over, call zero_grad() and optimizer.state.clear()"
        )
    same = given.dtype is own.dtype and given.__class__ is own.__class__
    return x if same else x.to(p.device, p.dtype)
