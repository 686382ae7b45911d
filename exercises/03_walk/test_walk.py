"""Does your walk find the gradients that the library's finds?"""

import numpy as np
import pytest
from walk import gradients

import tinygrad_cv as tg
from tinygrad_cv.autograd.engine import run_backward, summed_to_shape
from tinygrad_cv.models.dcgan import Discriminator


def leaf(*data):
    return tg.tensor(data, requires_grad=True)


def walk(loss):
    """Your walk, watched: no node may run twice, and no leaf may run at all."""
    ran = set()

    def shares(node, grad):
        if not node.edges:
            pytest.fail("shares was called for a leaf, which has no backward", pytrace=False)
        if node in ran:
            pytest.fail(
                f"{node} ran a second time. A node may run only once, when every operation that "
                "used its output has sent its share.", pytrace=False,
            )
        if grad.shape != node.shape:
            shapes = f"of shape {grad.shape}, its output has shape {node.shape}"
            pytest.fail(f"{node} was given a gradient {shapes}", pytrace=False)
        ran.add(node)
        found = []
        for edge, share in zip(node.edges, run_backward(node, grad)):
            if edge is None or share is None:
                found.append(None)
            elif share.shape == edge.shape:
                found.append(share)
            else:  # an input that was broadcast
                found.append(summed_to_shape(node, share, edge.shape))
        return found

    with tg.no_grad():
        try:
            return gradients(loss, shares)
        except RecursionError:
            pytest.fail("recursion is too deep here: use a loop", pytrace=False)


def check(loss, **leaves):
    found = walk(loss)
    loss.backward()
    for name, x in leaves.items():
        assert x in found, f"there is no gradient for {name}"
        expected, got = x.grad.numpy(), found[x]
        right = np.shape(got) == expected.shape and np.allclose(got, expected, 1e-4, 1e-6)
        assert right, f"dL/d{name} should be {expected}, you have {got}"
    assert len(found) == len(leaves), f"expected the leaves {[*leaves]}, got {len(found)} gradients"


def test_a_chain():
    w = leaf(0.5, -1.0)
    check((2 * w).exp().sum(), w=w)


def test_two_leaves_and_an_input_without_a_gradient():
    w, b, x = leaf(0.5, -1.0), leaf(0.1, 0.2), tg.tensor([1.0, 2.0])
    check((w * x + b).tanh().sum(), w=w, b=b)


def test_a_leaf_that_is_used_twice():
    w = leaf(0.5, -1.0)
    check((w * w + w).sum(), w=w)


def test_a_value_that_is_used_twice():
    w = leaf(0.5, -1.0)
    y = 2 * w
    check((y * y.exp()).sum(), w=w)


def test_the_second_use_is_long_after_the_first():
    w = leaf(0.5, -1.0)
    y = 2 * w
    check((y.exp().tanh().exp() * y + y).sum(), w=w)


def test_two_edges_may_be_given_the_same_array():
    w, v = leaf(0.5, -1.0), leaf(2.0, 3.0)
    a, b = 2 * w, 3 * v
    t = a.exp()
    check(((a + b) + t).sum(), w=w, v=v)


def test_thirty_doublings_take_thirty_steps():
    w = leaf(0.5)
    y = w
    for _ in range(30):
        y = y + y
    check(y.sum(), w=w)


def test_a_chain_of_5000_operations():
    w = leaf(0.5)
    y = w
    for _ in range(5000):
        y = y + 1
    check(y.sum(), w=w)


def test_the_discriminator_of_a_dcgan():
    tg.manual_seed(0)
    D = Discriminator(features=2)
    check(D(tg.randn(2, 3, 64, 64)).mean(), **dict(D.named_parameters()))
