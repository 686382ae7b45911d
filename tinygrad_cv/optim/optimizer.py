"""Optimizer: what gradient descent in all its variants has in common.

    theta <- theta - lr * (something made of the gradient and of its history)

A subclass writes the something, in `update`. Here stand the parameter groups, each with its own
hyper-parameters, and the state that is kept for each parameter; where the numbers lie is the
subject of flat.py.
"""

import itertools

from ..autograd import enable_grad
from ..autograd.grad_mode import mode
from ..ops.checks import number
from .flat import lay_out


class Optimizer:
    """Base of all optimizers: `params` are Tensors, or dicts {"params": [...], "lr": ...}, one a group.

    Raises TypeError for what is no Tensor; ValueError for an empty list, for a parameter given twice, and
    for a tensor that was computed.
    """

    checked = frozenset()  # the names of the settings that have a range, those of every group too

    def __init__(self, params, defaults):
        if hasattr(params, "grad_fn") or not hasattr(params, "__iter__"):
            raise TypeError(
                f"{type(self).__name__}: params must be an iterable of Tensors or dicts, got {type(params).__name__}; "
                "write [tensor] for a single one"
            )
        groups = list(params)
        if not groups:
            raise ValueError(f"{type(self).__name__}: optimizer got an empty parameter list")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        self.defaults = defaults
        self.param_groups = []
        self._flats = []  # for each group its parameters, laid out
        for group in groups:
            self.add_param_group(group)

    # What a subclass writes

    def update(self, group, piece):
        """Change piece.values and piece.state in place, by piece.grads and the group's settings."""
        raise NotImplementedError(f"{type(self).__name__} has no update")

    def names(self, group):
        """The names of what is kept for each parameter."""
        return ()

    # What a user calls

    def step(self, closure=None):
        """Change the parameters by their gradients; those without a gradient stay as they are.

        `closure`, if given, is called first and returns the loss, which is returned.
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        for i, group in enumerate(self.param_groups):
            names = self.names(group)
            if not all([flat.is_current(names) for flat in self._flats[i]]):
                self._flats[i] = lay_out(group["params"], names, self.state)
            for flat in self._flats[i]:
                update = lambda piece: mode.quietly(self._update, group, piece)
                flat.backend.in_parallel(update, flat.pieces(), len(flat.values))
        return loss

    def _update(self, group, piece):
        self.update(group, piece._replace(grads=-piece.grads) if group["maximize"] else piece)

    def zero_grad(self, set_to_none=True):
        """Forget the gradients (or fill them with zeros): backward adds to what is there."""
        for group in self.param_groups:
            for p in group["params"]:
                if set_to_none:
                    p.grad = None
                elif p.grad is not None:
                    p.grad = p.grad.detach().zero_()

    def add_param_group(self, param_group):
        """One more group {"params": [...], ...}; what it does not set has the optimizer's defaults."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group).__name__}")
        given = param_group["params"]
        if isinstance(given, set):
            raise TypeError("optimizer parameters need an order, which a set does not have; use a list")
        params = [given] if hasattr(given, "grad_fn") else list(given)
        known = {p for group in self.param_groups for p in group["params"]}
        for p in params:
            if not hasattr(p, "grad_fn"):
                raise TypeError(f"{type(self).__name__}: can only optimize Tensors, but one of the params is {type(p).__name__}")
            if not p.is_leaf:
                raise ValueError(f"{type(self).__name__}: can't optimize a non-leaf Tensor: each step computes it anew from others")
            if p in known:
                raise ValueError(f"{type(self).__name__}: some parameters appear more than once in the parameter groups")
            known.add(p)
        check_numbers(self, {key: value for key, value in param_group.items() if key in self.checked})
        group = {**self.defaults, **param_group, "params": params}
        self.param_groups.append(group)
        self._flats.append(lay_out(params, self.names(group), {}))

    # State

    @property
    def state(self):
        """{parameter: {"exp_avg": tensor, ...}} of those that have seen a step; the tensors are views."""
        return {p: entry for flats in self._flats for flat in flats for p, entry in flat.state()}

    def state_dict(self):
        """State and settings in PyTorch's format: {"state": {number: {...}}, "param_groups": [...]}."""
        number = {p: i for i, p in enumerate(self._all())}
        groups = [{**group, "params": [number[p] for p in group["params"]]} for group in self.param_groups]
        return {"state": {number[p]: entry for p, entry in self.state.items()}, "param_groups": groups}

    def load_state_dict(self, state_dict):
        """Go on from a state_dict of the same optimizer; ValueError if groups or shapes differ."""
        saved = state_dict["param_groups"]
        sizes, own_sizes = [[len(g["params"]) for g in groups] for groups in (saved, self.param_groups)]
        if sizes != own_sizes:
            raise ValueError(f"loaded state dict has groups of sizes {sizes}, the optimizer {own_sizes}")
        numbers = itertools.chain.from_iterable(group["params"] for group in saved)
        state = {}
        for number, p in zip(numbers, self._all()):
            entry = {k: v for k, v in state_dict["state"].get(number, {}).items() if v is not None}
            for name, value in entry.items():
                if name != "step" and tuple(value.shape) != tuple(p.shape):
                    raise ValueError(f"loaded {name!r} {tuple(value.shape)} does not fit {tuple(p.shape)}")
            state[p] = entry
        for i, (group, settings) in enumerate(zip(self.param_groups, saved)):
            group.update({**settings, "params": group["params"]})
            self._flats[i] = lay_out(group["params"], self.names(group), state)

    def _all(self):
        return [p for group in self.param_groups for p in group["params"]]

    def __repr__(self):
        text = f"{type(self).__name__} ("
        for i, group in enumerate(self.param_groups):
            text += f"\nParameter Group {i}\n"
            text += "".join(f"    {key}: {group[key]}\n" for key in sorted(group) if key != "params")
        return text + ")"


def check_settings(optimizer, options, **settings):
    """Refuse negative hyper-parameters, and those of PyTorch's options that would change the result."""
    name = type(optimizer).__name__
    for key, value in options.items():
        if key not in ("foreach", "fused", "capturable", "differentiable"):
            raise TypeError(f"{name} got an unexpected argument {key!r}")
        if value and key in ("capturable", "differentiable"):
            raise NotImplementedError(f"{name}: {key}=True is not supported")
    optimizer.checked = frozenset(settings)
    check_numbers(optimizer, settings)


def check_numbers(optimizer, settings):
    """Refuse hyper-parameters that are out of range."""
    name = type(optimizer).__name__
    betas = settings.get("betas", (0.0, 0.0))
    if not isinstance(betas, (tuple, list)) or len(betas) != 2:
        raise ValueError(f"{name}: betas must be a pair, got {betas!r}")
    for i, beta in enumerate(betas):
        if not 0 <= number(name, beta, "each of betas") < 1:
            raise ValueError(f"{name}: Invalid beta parameter at index {i}: {beta} (betas must be in [0, 1))")
    for key, value in settings.items():
        if key == "betas":
            continue
        if hasattr(value, "grad_fn"):
            raise NotImplementedError(f"{name}: a Tensor as {key} is not supported; pass its .item()")
        number(name, value, key)
        if not value >= 0:
            raise ValueError(f"{name}: invalid {key}: {value} (it must not be negative)")
