"""Saved values are guarded: to change one between forward and backward is an error."""

import contextlib

import pytest

import tinygrad_cv as tg
from tinygrad_cv import nn

F = nn.functional


def values():
    return tg.tensor([[1.0, 2.0], [3.0, 4.0]])


def assign(x):
    x[0, 1] = 7.0


def assign_data(x):
    x.data = tg.ones(2, 2)


def augment(x):
    x += 1


WRITES = {
    "fill_": lambda x: x.fill_(2.0), "zero_": lambda x: x.zero_(),
    "copy_": lambda x: x.copy_(tg.ones(2, 2)), "add_": lambda x: x.add_(1),
    "sub_": lambda x: x.sub_(x, alpha=2), "mul_": lambda x: x.mul_(2),
    "div_": lambda x: x.div_(tg.ones(2)), "clamp_": lambda x: x.clamp_(0, 1),
    "masked_fill_": lambda x: x.masked_fill_(x > 1, 0.0), "normal_": lambda x: x.normal_(),
    "uniform_": lambda x: x.uniform_(), "random_": lambda x: x.random_(9),
    "lerp_": lambda x: x.lerp_(tg.ones(2), 0.1),
    "x[...] = v": assign, "x += 1": augment, "x.data = v": assign_data,
    "a write into x.data": lambda x: x.data.zero_(),
    "a write into x.detach()": lambda x: x.detach().add_(1),
    "a write into a row": lambda x: x[0].zero_(), "nn.init": lambda x: nn.init.normal_(x),
}
writes = pytest.mark.parametrize("name", WRITES)
INDEXED = {
    "x[i]": lambda x, i: x[i], "x[i, :1]": lambda x, i: x[i, :1],
    "x[mask]": lambda x, i: x[i], "index_select": lambda x, i: x.index_select(0, i),
    "gather": lambda x, i: x.gather(0, i.unsqueeze(1)), "embedding": lambda x, i: F.embedding(i, x),
}


@pytest.mark.parametrize("name", INDEXED)
def test_an_index_may_be_written_to(name):
    """(In PyTorch, backward is refused.)"""
    x, i = values().requires_grad_(), tg.tensor([False, True] if "mask" in name else [1])
    y = INDEXED[name](x, i)
    i.zero_()
    y.sum().backward()
    assert x.grad[0].tolist() == [0, 0] and x.grad[1, 0].item() == 1


@writes
@pytest.mark.parametrize("tracked", [True, False])
def test_a_write_to_a_saved_value_is_an_error(name, tracked):
    """To a weight, with no_grad, or to a constant, of which autograd knows nothing."""
    w = values().requires_grad_()
    x = w if tracked else values()
    loss = (w * x).sum()
    with tg.no_grad() if tracked else contextlib.nullcontext():
        WRITES[name](x)
    message = r"Mul: a tensor of shape \(2, 2\).*changed in place"
    with pytest.raises(RuntimeError, match=message):
        loss.backward()
    assert w.grad is None


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("operation", [
    tg.exp, tg.tanh, tg.sigmoid, tg.sqrt, F.relu, lambda x: F.leaky_relu(x, 0.2),
    lambda x: x.amax(0),
])
def test_a_write_to_a_saved_output_is_an_error(operation, create_graph):
    w = values().requires_grad_()
    y = operation(w)
    with tg.no_grad():
        y.mul_(2)
    with pytest.raises(RuntimeError, match="changed in place"):
        y.sum().backward(create_graph=create_graph)


def network():
    return nn.Sequential(
        nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.LeakyReLU(0.2), nn.Flatten(), nn.Linear(12, 4),
        nn.Tanh(), nn.Linear(4, 1),
    )  # fmt: skip


def images():
    return tg.randn(4, 2, 4, 4)


@pytest.mark.parametrize("optimizer", [
    lambda p: tg.optim.SGD(p, lr=0.1), lambda p: tg.optim.SGD(p, lr=0.1, momentum=0.9),
    tg.optim.Adam, tg.optim.AdamW, tg.optim.RMSprop,
])
def test_a_step_between_forward_and_backward_is_an_error(optimizer):
    net = network()
    opt = optimizer(net.parameters())
    net(images()).mean().backward()
    loss = net(images()).mean()
    opt.step()
    with pytest.raises(RuntimeError, match="Linear.*changed in place.*optimizer step"):
        loss.backward()
    opt.zero_grad()
    net(images()).mean().backward()  # the cure


def test_load_state_dict_between_forward_and_backward_is_an_error():
    net = network()
    state = {name: value.clone() for name, value in net.state_dict().items()}
    loss = net(images()).mean()
    net.load_state_dict(state)  # even of the same values: PyTorch is no cleverer
    with pytest.raises(RuntimeError, match="changed in place"):
        loss.backward()


# Harmless


def test_writes_that_no_gradient_depends_on_are_allowed():
    w, x = values().requires_grad_(), values()
    y = w + x
    z = (2 - y).sum() / 2  # sums and differences save nothing
    x.zero_()
    with tg.no_grad():
        w.fill_(5)
        y.zero_()
    z.backward()
    assert w.grad.tolist() == [[-0.5, -0.5], [-0.5, -0.5]]


BILINEAR = {
    "Mul": (lambda a, b: a * b, (2, 3), (2, 3)), "MatMul": (lambda a, b: a @ b, (2, 3), (3, 2)),
    "Linear": (F.linear, (2, 3), (4, 3)), "Conv2d": (F.conv2d, (1, 2, 5, 5), (3, 2, 3, 3)),
    "Conv2dInput": (F.conv_transpose2d, (1, 2, 3, 3), (2, 3, 3, 3)),
}


@pytest.mark.parametrize("name", BILINEAR)
def test_a_product_needs_the_other_factor_only(name):
    """Before its backward, the weights of a first layer may be written if its input needs none."""
    call, *shapes = BILINEAR[name]
    for own in 0, 1:
        factors = [tg.randn(*shape) for shape in shapes]
        factors[own].requires_grad_()
        y = call(*factors)
        assert y.grad_fn.name() == name
        (expected,) = tg.autograd.grad(y.sum(), factors[own], retain_graph=True)
        with tg.no_grad():
            factors[own].zero_()  # nobody needs it: the other factor wants no gradient
        y.sum().backward(retain_graph=True)
        assert tg.equal(factors[own].grad, expected)
        factors[1 - own].zero_()
        with pytest.raises(RuntimeError, match=f"{name}.*changed in place"):
            y.sum().backward()


def test_writes_after_backward_and_into_copies_and_gradients():
    w = values().requires_grad_()
    loss = (w * w).sum()
    w.detach().clone().zero_()
    loss.backward(retain_graph=True)
    w.grad.zero_()
    loss.backward()
    assert w.grad.tolist() == [[2, 4], [6, 8]]
    with tg.no_grad():
        w.zero_()


# Refused at once, because autograd tracks the tensor


@pytest.mark.parametrize("name", [
    name for name in WRITES if name[0] != "a" and name[:2] not in ("nn", "x.")
])
def test_writes_to_tracked_tensors_are_refused(name):
    w = values().requires_grad_()
    with pytest.raises(RuntimeError, match=r"requires a gradient.*y = x \+ 1.*no_grad\(\)"):
        WRITES[name](w)
    if name in ("normal_", "uniform_", "random_"):
        with pytest.raises(RuntimeError, match="requires a gradient.*no_grad"):
            WRITES[name](w * 1)
    assert w.tolist() == values().tolist() and w.memory.version == 0


def test_augmented_assignment_of_a_loss():
    w = values().requires_grad_()
    loss = 0
    for _ in range(3):
        loss += (w * w).sum()
    loss -= w.sum()
    loss *= 2
    loss /= 4
    loss.backward()
    assert w.grad.tolist() == [[2.5, 5.5], [8.5, 11.5]]  # (3 * 2 w - 1) / 2
