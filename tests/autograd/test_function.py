"""What a user hangs on the graph (hooks, Functions of one's own), and when the graph goes away."""

import weakref

import pytest
from draws import leaf
from training import no_collector

import tinygrad_cv as tg
from tinygrad_cv.autograd import Function

F = tg.nn.functional


def nodes_of(*tensors):
    """All Functions that `tensors` were computed from."""
    seen, stack = [], [t.grad_fn for t in tensors]
    while stack:
        node = stack.pop()
        if isinstance(node, Function) and node not in seen:
            seen.append(node)
            stack.extend(node.edges)
    return seen


# Hooks, retain_grad, detach


def test_hooks_see_and_replace_gradients():
    x = leaf(1.0, 2.0)
    y = x * 3
    seen = []
    y.register_hook(lambda grad: seen.append(grad.tolist()))
    handle = y.register_hook(lambda grad: grad * 10)
    y.sum().backward(retain_graph=True)
    assert seen == [[1, 1]] and x.grad.tolist() == [30, 30]
    handle.remove()
    handle.remove()  # a second time does nothing
    x.grad = None
    y.sum().backward()
    assert len(seen) == 2 and x.grad.tolist() == [3, 3]


def test_a_leaf_s_hook_sees_the_sum_of_its_uses():
    x = leaf(1.0)
    seen = []
    handle = x.register_hook(lambda grad: seen.append(grad.item()) or -grad)
    (x + 2 * x).backward()
    assert seen == [3] and x.grad.item() == -3
    y = x * 2
    y.register_hook(lambda grad: 10 * grad)
    assert tg.autograd.grad(y, [y, x], retain_graph=True) == (1, -20)  # y's before its own hook
    (by_x,) = tg.autograd.grad(x * 5, x)
    assert by_x.item() == -5
    handle.remove()
    (x * 5).backward()
    assert x.grad.item() == 2


def test_hooks_while_recording():
    x = leaf(2.0)
    y = x * x
    y.register_hook(lambda grad: grad * x)
    (g,) = tg.autograd.grad(y, x, create_graph=True)  # x * 2 x
    assert g.item() == 8
    assert tg.autograd.grad(g, x)[0].item() == 8


def test_hooks_are_refused_where_they_would_never_run():
    with pytest.raises(RuntimeError, match="register_hook.*does not require a gradient"):
        tg.ones(1).register_hook(print)


@pytest.mark.parametrize("bad", [
    lambda grad: 3.0, lambda grad: grad.sum(), lambda grad: grad.float(), lambda grad: grad.tolist()
])
def test_a_hook_must_return_a_gradient(bad):
    x = leaf(1.0, 2.0)
    x.register_hook(bad)
    with pytest.raises(RuntimeError, match="hook"):
        (x * 2).sum().backward()


def test_retain_grad():
    x = leaf(1.0, 2.0)
    y = x * 3
    y.retain_grad()
    y.retain_grad()  # a second time does nothing
    start = tg.tensor([1.0, 10.0], dtype=tg.float64)
    y.backward(start, retain_graph=True)
    assert y.grad.tolist() == [1, 10] and x.grad.tolist() == [3, 30]
    y.grad.zero_()
    assert start.tolist() == [1, 10] and x.grad.tolist() == [3, 30]
    y.backward(start)
    assert y.grad.tolist() == [1, 10]
    z = x * 3
    z.retain_grad()  # what it keeps is what the hooks have made, also those that come later
    z.register_hook(lambda grad: grad * 10)
    z.sum().backward()
    assert z.grad.tolist() == [10, 10]
    x.retain_grad()  # a leaf keeps its gradient anyway
    with pytest.raises(RuntimeError, match="retain_grad.*does not require a gradient"):
        y.detach().retain_grad()


def test_detach():
    x = leaf(1.0, 2.0)
    y = x * 3
    (x * y.detach()).sum().backward()
    assert x.grad.tolist() == [3, 6] and y.requires_grad
    y.detach_()
    assert y.is_leaf and not y.requires_grad and y.grad_fn is None
    x.grad = None
    y.requires_grad_()
    (y * 2).sum().backward()
    assert y.grad.tolist() == [2, 2] and x.grad is None


def test_requires_grad_refuses():
    with pytest.raises(RuntimeError, match="only floating point.*int64"):
        tg.tensor([1, 2]).requires_grad_()
    with pytest.raises(RuntimeError, match="detach"):
        (leaf(1.0) * 2).requires_grad_(False)


def test_a_leaf_that_was_frozen_after_forward_gets_no_gradient():
    x, w = leaf(1.0), leaf(2.0)
    y = x * w
    w.requires_grad_(False)
    y.backward()
    assert x.grad.item() == 2 and w.grad is None


# Memory


def small_network():
    x = tg.randn(4, 2, 6, 6, dtype=tg.float64, requires_grad=True)
    h = F.conv2d(x, tg.randn(3, 2, 3, 3, dtype=tg.float64, requires_grad=True))
    h = F.leaky_relu(F.batch_norm(h, None, None, training=True), 0.2)
    logits = h.tanh().exp().mean((2, 3))
    return x, F.binary_cross_entropy_with_logits(logits, tg.ones_like(logits))


@pytest.mark.parametrize("walks", ["none", "backward", "create_graph", "retain_grad", "hooks"])
def test_the_graph_goes_with_the_loss(walks):
    with no_collector():
        x, loss = small_network()
        last = [loss]
        if walks == "backward":
            loss.backward(retain_graph=True)
        if walks == "create_graph":
            (g,) = tg.autograd.grad(loss, x, create_graph=True)
            last.append((g * g).sum())
            last[-1].backward()
            del g
        if walks == "retain_grad":
            loss.retain_grad()
            loss.backward()
        if walks == "hooks":
            loss.register_hook(lambda grad: grad * 2)
            loss.backward()
        nodes = [weakref.ref(node) for node in nodes_of(*last)]
        assert len(nodes) > 5
        del loss, last
        assert [node() for node in nodes if node()] == []


def test_what_was_saved_is_freed_as_the_walk_goes():
    with no_collector():
        x = leaf(1.0, 2.0)
        h = x * 2
        saved = weakref.ref(h)
        loss = (h * h).sum()
        del h
        assert saved() is not None
        loss.backward()
        assert saved() is None and loss.grad_fn is not None


# One's own Functions


def function(forward, backward=None):
    methods = {} if backward is None else {"backward": backward}
    return type("Mine", (Function,), {"forward": forward, **methods})()


def test_an_exception_passes_through_and_leaves_nothing_behind():
    def fail(self, _):
        raise ZeroDivisionError

    x = leaf(1.0)
    with pytest.raises(ZeroDivisionError):
        function(fail)(x)
    y = function(lambda self, x: x * 1, fail)(x * 1) * 2
    for create_graph in (False, True):
        with pytest.raises(ZeroDivisionError):
            y.backward(retain_graph=True, create_graph=create_graph)
        assert tg.is_grad_enabled() and x.grad is None
    (x * 2).backward()
    assert x.grad.item() == 2


def test_functions_that_break_the_rules():
    x = leaf(1.0, 2.0)
    with pytest.raises((RuntimeError, NotImplementedError), match="Mine has no backward"):
        function(lambda self, x: x * 1)(x).sum().backward()
    with pytest.raises((RuntimeError, NotImplementedError), match="Mine has no forward"):
        type("Mine", (Function,), {})()(x)
    wrong_shape = function(lambda self, x: x * 1, lambda self, grad: tg.ones(3, dtype=tg.float64))
    message = r"Mine.backward returned a gradient of shape \(3,\).* of shape \(2,\)"
    with pytest.raises(RuntimeError, match=message):
        wrong_shape(x).sum().backward()
    for shares in ((), (None, None)):
        with pytest.raises(RuntimeError, match=f"Mine.backward .* {len(shares)} .* for 1 inputs"):
            function(lambda self, x: x * 1, lambda self, grad: shares)(x).sum().backward()
    with pytest.raises(TypeError, match=r"Mine: expected Tensors, got \(list\)"):
        function(lambda self, x: x)([1.0])
    assert x.grad is None


def test_none_is_no_gradient():
    x, y = leaf(1.0), leaf(2.0)
    function(lambda self, x, y: x * y, lambda self, grad: (None, grad))(x, y).backward()
    assert x.grad is None and y.grad.item() == 1
