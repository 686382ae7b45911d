"""The engine's walk: what it may start from, and where gradients are added."""

import pytest
from draws import leaf, to_tensor
from operations import TABLE

import tinygrad_cv as tg


# Where gradients meet, they are added


def test_diamonds_on_diamonds_are_walked_once_per_node():
    """2^60 paths lead from the loss to x: a walk along paths would never end."""
    x = leaf(1.0)
    y = x
    for _ in range(60):
        y = y + y
    y.backward()
    assert x.grad.item() == 2.0**60


def test_a_chain_of_100_000_operations_needs_no_recursion():
    x = leaf(1.0)
    y = x
    for _ in range(100_000):
        y = y + 1
    y.backward()
    assert x.grad.item() == 1
    del y  # and the chain is freed without recursion, too


def test_gradients_accumulate_over_backward_calls():
    x = leaf(1.0, 2.0)
    y = 3 * x
    y.sum().backward()
    assert y.grad is None  # only leaves get one
    first = x.grad
    (x * x).sum().backward()
    assert x.grad.tolist() == [5, 7]
    assert x.grad is first  # as in PyTorch: one memory, added to


def test_several_roots_at_once():
    x = leaf(2.0)
    y = x * x
    z = y * 5
    tg.autograd.backward([y, z, y])  # y is on the way from z
    assert x.grad.item() == (1 + 5 + 1) * 4


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_leaf_s_grad_is_its_own_memory(create_graph):
    x, y, given = leaf(1.0, 2.0), leaf(3.0, 4.0), tg.tensor([1.0, 1.0], dtype=tg.float64)
    (x + y).backward(given, create_graph=create_graph)
    with tg.no_grad():
        x.grad.mul_(10)
    assert x.grad.tolist() == [10, 10] and y.grad.tolist() == [1, 1] and given.tolist() == [1, 1]
    z = leaf(5.0, 6.0)
    z.backward(given)  # a leaf may be where the walk starts
    given.zero_()
    assert z.grad.tolist() == [1, 1]


@pytest.mark.parametrize("size", [3, 5000])
def test_a_broadcast_gradient_is_a_whole_array(size):
    x = leaf(*[1.0] * size)
    x.sum().backward()
    with tg.no_grad():
        x.grad[0] = 7
    x.sum().backward()
    assert x.grad.tolist() == [8] + [2] * (size - 1)


# Twice through one graph


def test_a_second_backward_needs_retain_graph():
    x = leaf(0.0, 0.0)
    y = (x * 2).exp().sum()
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.tolist() == [4, 4]
    with pytest.raises(RuntimeError, match="Exp.*second time.*retain_graph=True"):
        y.backward()


@pytest.mark.parametrize("row", TABLE, ids=[row.name for row in TABLE])
def test_no_operation_gives_a_wrong_gradient_the_second_time(row):
    """It says that its values were freed, or it needed none and gives the same again."""
    arrays, parameters = row.draw(lambda options: options[0])
    inputs = [to_tensor(tg, a) for a in arrays]
    for y in row.outputs(tg, inputs, parameters):
        if not y.requires_grad:
            continue
        xs = [x for x in inputs if x.requires_grad]
        first = tg.autograd.grad(y, xs, tg.ones_like(y), allow_unused=True)
        try:
            second = tg.autograd.grad(y, xs, tg.ones_like(y), allow_unused=True)
        except RuntimeError as error:
            assert "retain_graph" in str(error)
        else:
            assert list(map(str, first)) == list(map(str, second))


# What a walk may start from


def test_a_vector_needs_a_gradient():
    x = leaf(1.0, 2.0)
    y = x * x
    with pytest.raises(RuntimeError, match=r"one element.*\(2,\).*\.mean\(\) or \.sum\(\)"):
        y.backward()
    y.backward(tg.tensor([1.0, 10.0], dtype=tg.float64))
    assert x.grad.tolist() == [2, 40]
    x = leaf([[2.0]])  # one element is a scalar, whatever its shape
    (x * x).backward()
    assert x.grad.tolist() == [[4.0]]


@pytest.mark.parametrize("gradient, error, message", [
    (lambda: tg.ones(3).double(), RuntimeError, r"shape and dtype \(2,\) float64, got \(3,\)"),
    (lambda: tg.ones((), dtype=tg.float64), RuntimeError, r"got \(\)"),
    (lambda: tg.ones(2, dtype=tg.float32), RuntimeError, "float32"),
    (lambda: [1.0, 1.0], RuntimeError, "1 tensors but 2 gradients"),
    (lambda: "ones", TypeError, "must be a Tensor, got str"),
    (lambda: 1.0, TypeError, "must be a Tensor, got float"),
])
def test_a_bad_gradient_is_refused(gradient, error, message):
    x = leaf(1.0, 2.0)
    with pytest.raises(error, match=message):
        (x * x).backward(gradient())
    assert x.grad is None


def test_tensors_without_history_are_refused():
    x = tg.ones(1)
    with pytest.raises(RuntimeError, match="does not require a gradient.*no_grad, detached"):
        x.backward()
    with tg.no_grad():
        y = leaf(1.0) * 2
    with pytest.raises(RuntimeError, match="does not require a gradient"):
        y.backward()
    with pytest.raises(TypeError, match="must be a Tensor, got float"):
        tg.autograd.backward(1.0)
