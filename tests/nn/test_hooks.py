"""Hooks of modules, each scene with this library and, where it is installed, with PyTorch."""

import gc
import importlib
import importlib.util

import pytest
from training import no_collector

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


def lists(values):
    return tuple(None if v is None else v.tolist() for v in values)


def test_backward_hooks_see_both_ends(t):
    layer, seen = linear(t), []
    layer.register_full_backward_hook(lambda m, gi, go: seen.append((m, lists(gi), lists(go))))
    x = t.tensor([[1.0, 1.0]], requires_grad=True)
    (layer(x) * 5).sum().backward()
    assert seen == [(layer, ([[10.0, -15.0]],), ([[5.0]],))]
    assert x.grad.tolist() == [[10.0, -15.0]]


def test_backward_hooks_replace_gradients(t):
    layer, order = linear(t), []
    layer.register_full_backward_hook(lambda m, gi, go: order.append(lists(go)) or (gi[0] + 1,))
    x = t.tensor([[1.0, 1.0]], requires_grad=True)
    layer(x).sum().backward()
    assert order == [([[1.0]],)]
    assert x.grad.tolist() == [[3.0, -2.0]] and layer.weight.grad.tolist() == [[1.0, 1.0]]


@pytest.mark.filterwarnings("ignore:Full backward hook is firing")
def test_without_an_input_that_wants_a_gradient(t):
    layer, seen = linear(t), []
    layer.register_full_backward_hook(lambda m, gi, go: seen.append((lists(gi), lists(go))))
    layer(t.ones(1, 2)).sum().backward()
    assert seen == [((None,), ([[1.0]],))]
    layer.register_full_backward_hook(lambda m, gi, go: (t.ones(1, 2),))
    with pytest.raises(RuntimeError, match="[Bb]ackward.hook"):
        layer(t.ones(1, 2)).sum().backward()


def test_a_backward_pass_that_goes_around_the_output_calls_no_hook(t):
    class Keeps(t.nn.Module):
        def forward(self, x):
            self.kept = x * 2
            return x * 3

    module, seen, x = Keeps(), [], t.ones(1, requires_grad=True)
    module.register_full_backward_hook(lambda m, gi, go: seen.append(lists(go)))
    y = module(x)
    for _ in range(2):
        module.kept.sum().backward(retain_graph=True)
    y.sum().backward(retain_graph=True)
    module.kept.sum().backward()
    assert seen == [([1.0],)] and x.grad.tolist() == [9]


def test_no_grad_no_hooks(t):
    layer, seen = linear(t), []
    layer.register_full_backward_hook(lambda *a: seen.append(a))
    with t.no_grad():
        assert not layer(t.ones(1, 2)).requires_grad
    layer.eval()(t.ones(1, 2, requires_grad=True))
    assert seen == []


def test_the_wrong_number_of_gradients_is_refused(t):
    layer = linear(t)
    layer.register_full_backward_hook(lambda m, gi, go: (gi[0], gi[0]))
    with pytest.raises(RuntimeError, match="invalid number of grad_input, got 2, but expected 1"):
        layer(t.ones(1, 2, requires_grad=True)).sum().backward()


@pytest.mark.parametrize("change, returned", [
    (lambda g: g.cpu().numpy() * 2, "ndarray"),
    (lambda g: g[0], r"a float32 tensor of shape \(.,\)"),
    (lambda g: g.double(), r"a float64 tensor of shape \(1, .\)"), (lambda g: None, "NoneType"),
])
def test_what_can_not_stand_for_a_gradient_is_refused_by_name(change, returned):
    layer = linear(tg)
    layer.register_full_backward_hook(lambda m, gi, go: (change(gi[0]),))
    message = f"register_full_backward_hook: a hook must return None or a.*returned {returned}"
    with pytest.raises(RuntimeError, match=message):
        layer(tg.ones(1, 2, requires_grad=True)).sum().backward()


def test_double_backward_goes_through_the_hooks(t):
    layer = linear(t)
    layer.register_full_backward_hook(lambda m, gi, go: (gi[0] * 3,))
    x = t.tensor([[1.0, 2.0]], requires_grad=True)
    (g,) = t.autograd.grad((layer(x) ** 2).sum(), x, create_graph=True)
    g.sum().backward()
    # g = 3 * 2 (w.x) w, so d(sum g)/dx = 6 (sum w) w, and the hook of x triples that again
    assert g.tolist() == [[-48.0, 72.0]] and x.grad.tolist() == [[-36.0, 54.0]]


def test_modules_with_several_inputs_or_outputs_are_refused():
    class Pair(tg.nn.Module):
        def forward(self, x, y):
            return x, y

    pair, x = Pair(), tg.ones(1, requires_grad=True)
    pair.register_full_backward_hook(lambda *a: None)
    with pytest.raises(NotImplementedError, match="2 inputs that require a gradient"):
        pair(x, x)
    with pytest.raises(NotImplementedError, match="one tensor, but Pair returns a tuple"):
        pair(x, 1.0)


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
    for kind in ("forward_pre", "forward", "full_backward"):
        with pytest.raises(TypeError, match="a hook must be a function, got int"):
            getattr(linear(tg), f"register_{kind}_hook")(3)


def test_hooks_leave_no_cycles():
    layer = linear(tg)
    layer.register_full_backward_hook(lambda m, gi, go: None)
    layer(tg.ones(1, 2, requires_grad=True)).sum().backward()
    with no_collector():
        for _ in range(20):
            layer(tg.ones(1, 2, requires_grad=True)).sum().backward()
        assert gc.collect() == 0
