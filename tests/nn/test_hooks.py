"""Hooks of modules, each scene with this library and, where it is installed, with PyTorch."""

import importlib
import importlib.util

import pytest

import tinygrad_cv as tg

LIBRARIES = ["tinygrad_cv"] + ["torch"] * bool(importlib.util.find_spec("torch"))


@pytest.fixture(params=LIBRARIES)
def t(request):
    return importlib.import_module(request.param)


def linear(t, weight=(2.0, -3.0)):
    layer = t.nn.Linear(2, 1, bias=False)
    with t.no_grad():
        layer.weight.copy_(t.tensor([list(weight)]))
    return layer


def test_forward_hooks_run_in_order_and_are_removed_one_by_one(t):
    layer, order = linear(t), []

    def hook(*arguments):
        order.append("twice")

    layer.register_forward_pre_hook(lambda *a: order.append("before"))
    first, second = layer.register_forward_hook(hook), layer.register_forward_hook(hook)
    with layer.register_forward_hook(lambda *a: order.append("inside")):
        layer(t.ones(1, 2))
    assert order == ["before", "twice", "twice", "inside"]
    first.remove()
    first.remove()
    layer(t.ones(1, 2))
    assert order[4:] == ["before", "twice"]
    second.remove()
    layer(t.ones(1, 2))
    assert order[6:] == ["before"]


def test_forward_hooks_watch_and_replace(t):
    layer, seen = linear(t), []
    layer.register_forward_pre_hook(lambda m, args: args[0] * 2)  # one value stands for a tuple
    layer.register_forward_hook(lambda m, args, out: seen.append((m, args[0].tolist(), out.item())))
    layer.register_forward_hook(lambda m, args, out: out + args[0].sum())
    assert layer(t.ones(1, 2)).item() == 2.0 and seen == [(layer, [[2.0, 2.0]], -2.0)]
    with pytest.raises(RuntimeError):
        layer(t.ones(1, 3))
    assert len(seen) == 1


def test_a_hook_must_be_a_function():
    for kind in ("forward_pre", "forward"):
        with pytest.raises(TypeError, match="a hook must be a function, got int"):
            getattr(linear(tg), f"register_{kind}_hook")(3)
