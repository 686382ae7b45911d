"""Views: tensors that share memory share its version, and nothing else shares memory."""

import itertools

import numpy as np
import pytest
from draws import to_tensor
from hypothesis import given, settings
from hypothesis import strategies as st
from operations import TABLE

import tinygrad_cv as tg
from tinygrad_cv import nn


def values():
    return tg.tensor([[1.0, 2.0], [3.0, 4.0]])


VIEWS = {
    "reshape": lambda x: x.reshape(4), "view": lambda x: x.view(1, 4),
    "flatten": lambda x: x.flatten(), "T": lambda x: x.T, "mT": lambda x: x.mT,
    "transpose": lambda x: x.transpose(0, 1), "permute": lambda x: x.permute(1, 0),
    "unsqueeze": lambda x: x.unsqueeze(0), "squeeze": lambda x: x.unsqueeze(0).squeeze(0),
    "expand": lambda x: x.expand(3, 2, 2), "slice": lambda x: x[:, :1], "row": lambda x: x[0],
    "chunk": lambda x: x.chunk(2)[0], "split": lambda x: x.split(1)[0],
    "unbind": lambda x: x.unbind()[0], "iteration": lambda x: next(iter(x)),
    "an element": lambda x: x[-2, 0], "of a row": lambda x: x[0][1], "...": lambda x: x[0, 1][...],
    "by a tensor": lambda x: x[0][tg.tensor(1)], "select": lambda x: x[0].select(0, 1),
    "an element's": lambda x: x[0, 0].detach().unsqueeze(0).squeeze(),
    "narrow": lambda x: x.narrow(0, 0, 1), "detach": lambda x: x.detach(), "data": lambda x: x.data,
    "contiguous": lambda x: x.contiguous(), "to": lambda x: x.to(tg.float32),
    "to its device": lambda x: x.to(x.device),
    "Parameter": lambda x: nn.Parameter(x, requires_grad=False),
    "flip": lambda x: x.flip(0),  # no view: a write does not reach it
}


@pytest.mark.parametrize("name", VIEWS)
def test_views_share_the_version(name):
    """Where a write into x shows in its view, it is also noticed by whoever saved the view."""
    x = values()
    view = VIEWS[name](x)
    w = tg.ones(*view.shape, requires_grad=True)
    loss = (w * view).sum()
    before = view.tolist()
    x.zero_()
    if view.tolist() == before:
        loss.backward()
        assert name == "flip" and w.grad.tolist() == before
    else:
        with pytest.raises(RuntimeError, match="Mul.*changed in place"):
            loss.backward()


def memory_of(x):
    """The first and the last byte of a tensor of ours (on the stand-in, too) or of PyTorch's."""
    array = getattr(x.array, "_array", x.array) if hasattr(x, "array") else x.detach().numpy()
    return getattr(np.lib, "array_utils", np).byte_bounds(array) if array.size else (0, 0)


def overlap(x, y):
    (a, b), (c, d) = memory_of(x), memory_of(y)
    return max(a, c) < min(b, d)


@pytest.mark.parametrize("row", TABLE, ids=[row.name for row in TABLE])
@settings(max_examples=max(4, settings().max_examples // 5))
@given(data=st.data())
def test_no_operation_shares_memory_unnoticed(row, data):
    """What shares the memory of an input shares its version; and so it is in PyTorch."""
    arrays, parameters = row.draw(lambda options: data.draw(st.sampled_from(options)))
    inputs = [to_tensor(tg, a).detach() for a in arrays]
    outputs = row.outputs(tg, inputs, parameters)
    shared = [(x, y) for x in inputs for y in outputs if overlap(x, y)]
    assert all(x.memory is y.memory for x, y in shared)
    if shared and row.parity:
        torch = pytest.importorskip("torch")
        inputs = [to_tensor(torch, a).detach() for a in arrays]
        outputs = row.outputs(torch, inputs, parameters)
        assert [(x, y) for x in inputs for y in outputs if overlap(x, y)]


@pytest.mark.parametrize("row", TABLE, ids=[row.name for row in TABLE])
@settings(max_examples=max(4, settings().max_examples // 5))
@given(data=st.data())
def test_the_gradient_of_a_leaf_has_memory_of_its_own(row, data):
    """Nothing else is changed by a write into it: clip_grad_norm_ and zero_() write."""
    arrays, parameters = row.draw(lambda options: data.draw(st.sampled_from(options)))
    for with_hooks, from_leaves in itertools.product((False, True), repeat=2):
        inputs, seen = [to_tensor(tg, a) for a in arrays], []
        outputs = inputs if from_leaves else row.outputs(tg, inputs, parameters)
        outputs = [y for y in outputs if y.requires_grad]
        for x in [*inputs, *outputs] if with_hooks else ():
            if x.requires_grad:
                x.register_hook(seen.append)
        given = [tg.randn(*y.shape, dtype=y.dtype, device=y.device) for y in outputs]
        tg.autograd.backward(outputs, given)
        gradients = [x.grad for x in inputs if x.grad is not None]
        for i, grad in enumerate(gradients):
            others = [*gradients[:i], *inputs, *outputs, *given, *seen]
            assert not any(overlap(grad, other) for other in others)


def test_the_two_leaves_of_a_sum_do_not_share_a_gradient():
    a, b, given = values().requires_grad_(), values().requires_grad_(), tg.ones(2, 2)
    (a + b).backward(given)
    a.grad.zero_()
    assert b.grad.tolist() == given.tolist() == [[1.0, 1.0]] * 2
