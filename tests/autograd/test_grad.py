"""autograd.grad: gradients that are returned, and gradients of gradients."""

import pytest
from draws import leaf

import tinygrad_cv as tg
from tinygrad_cv.autograd import Function
from tinygrad_cv.gradcheck import gradcheck

F = tg.nn.functional


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


# Derivatives of derivatives


def test_backward_with_create_graph():
    x = leaf(2.0)
    (x**3).backward(create_graph=True)
    slope, x.grad = x.grad, None
    assert slope.requires_grad
    slope.backward()
    assert x.grad.item() == 12


def test_the_gradient_of_an_input_used_by_its_own_gradient():
    """Hessian times vector: the gradient is a function of x and of w, and both get their share."""
    x, w = leaf(1.0, 2.0), leaf(3.0, 4.0)
    (g,) = tg.autograd.grad((x**3 * w).sum(), x, create_graph=True)  # 3 x^2 w
    (g * tg.tensor([1.0, 10.0], dtype=tg.float64)).sum().backward()
    assert x.grad.tolist() == [18, 480] and w.grad.tolist() == [3, 120]


def test_the_gradient_penalty_of_wgan_gp():
    """Through convolution, batch norm and leaky ReLU, by every weight: |dD/dx| differentiated."""
    conv, dense = tg.randn(3, 2, 3, 3, dtype=tg.float64), tg.randn(1, 12, dtype=tg.float64)
    scale, shift = tg.rand(3, dtype=tg.float64) + 0.5, tg.randn(3, dtype=tg.float64)
    images = tg.randn(4, 2, 4, 4, dtype=tg.float64)
    weights = [w.requires_grad_() for w in (conv, scale, shift, dense)]

    def penalty(conv, scale, shift, dense):
        x = images.detach().requires_grad_()
        h = F.conv2d(x, conv, stride=2, padding=1)
        h = F.leaky_relu(F.batch_norm(h, None, None, scale, shift, training=True), 0.2)
        (slope,) = tg.autograd.grad(F.linear(h.flatten(1), dense).sum(), x, create_graph=True)
        return ((slope.flatten(1).norm(dim=1) - 1) ** 2).mean()

    assert gradcheck(penalty, weights)
    grads = tg.autograd.grad(penalty(*weights), [conv, scale, dense])
    assert all(g.abs().max().item() > 1e-3 for g in grads)
