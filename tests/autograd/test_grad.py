"""autograd.grad: gradients that are returned, and which way the walk takes to them."""

import pytest
from draws import leaf

import tinygrad_cv as tg
from tinygrad_cv.autograd import Function


def test_grad_touches_no_grad():
    x, w = leaf(1.0, 2.0), leaf(3.0, 4.0)
    y = (x * w).sum()
    by_w, by_x = tg.autograd.grad(y, [w, x])
    assert by_w.tolist() == [1, 2] and by_x.tolist() == [3, 4]
    assert x.grad is None and w.grad is None
    assert not by_w.requires_grad


def test_grad_by_inner_values():
    x = leaf(3.0)
    y = x * x
    z = y * y * x
    by_y, by_x = tg.autograd.grad(z, [y, x])
    assert (by_y.item(), by_x.item()) == (2 * 9 * 3, 5 * 3.0**4)
    (by_itself,) = tg.autograd.grad(z, z)
    assert by_itself.item() == 1


def test_grad_s_results_are_their_own_memory():
    x, y = leaf(1.0), leaf(2.0)
    start = tg.tensor(1.0, dtype=tg.float64)
    a, b = tg.autograd.grad(x + y, [x, y], start)
    a.zero_()
    assert b.item() == 1 and start.item() == 1


def test_unused_inputs():
    x, unused = leaf(1.0), leaf(2.0)
    with pytest.raises(RuntimeError, match="input 1 was not used.*allow_unused=True"):
        tg.autograd.grad(x * 2, [x, unused])
    by_x, none = tg.autograd.grad(x * 2, [x, unused], allow_unused=True)
    assert by_x.item() == 2 and none is None


def test_grad_refuses_inputs_that_want_no_gradient():
    with pytest.raises(RuntimeError, match="input 0 does not require a gradient.*requires_grad_"):
        tg.autograd.grad(leaf(1.0) * 2, tg.ones(1))
    with pytest.raises(RuntimeError, match="needs inputs"):
        tg.autograd.grad(leaf(1.0) * 2, [])
    with pytest.raises(RuntimeError, match="1 tensors but 2 gradients"):
        tg.autograd.grad(leaf(1.0) * 2, leaf(1.0), [tg.ones(()), tg.ones(())])


class Watched(Function):
    """x, noting the calls of backward."""

    def __init__(self, calls):
        self.calls = calls

    def forward(self, *arrays):
        return arrays[0] * 1

    def backward(self, grad):
        self.calls.append(list(self.needs_input_grad))
        return (grad,) * len(self.needs_input_grad)


def test_only_branches_that_lead_to_an_input_are_walked():
    needed, other = [], []
    x, y = leaf(1.0), leaf(2.0)
    z = Watched(needed)(x) * Watched(other)(y)
    tg.autograd.grad(z, x, retain_graph=True)
    assert (len(needed), len(other)) == (1, 0)
    z.backward()
    assert (len(needed), len(other)) == (2, 1)


def test_backward_is_told_which_inputs_need_a_gradient():
    calls = []
    x, y, z = leaf(1.0), leaf(2.0), tg.tensor(1.0, dtype=tg.float64)
    w = Watched(calls)(x, 5.0, z, y)
    tg.autograd.grad(w, y, retain_graph=True)
    w.backward()
    assert calls == [[False, False, False, True], [True, False, False, True]]
    assert x.grad.item() == y.grad.item() == 1 and z.grad is None
