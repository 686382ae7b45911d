"""Does the checker see? Every operation's backward is broken on purpose, and gradcheck must notice.

A test of gradients that can't fail is worth nothing, and one sees it only by making gradients
wrong. Each Function's backward is replaced by one with a sign flipped, a factor, one input's
gradient lost, or all of them zero; one of the rows of the table that run it must then fail.
"""

import random

import pytest
from draws import to_tensor
from operations import TABLE, library_functions

import tinygrad_cv as tg
from tinygrad_cv.gradcheck import GradcheckError, KinkError, gradcheck, gradgradcheck

SAMPLES = 6  # of each row, the simplest first
ALWAYS_ZERO = {"RoundedDivide"}  # a changed zero is still zero

FUNCTIONS = {
    n: f for n, f in library_functions().items() if f.differentiable and n not in ALWAYS_ZERO
}


def change(what, which=None):
    """A backward that passes its gradients (or only the first, or only the last) through `what`."""

    def mutate(original):
        def backward(self, grad):
            result = original(self, grad)
            grads = result if isinstance(result, tuple) else (result,)
            places = [i for i, g in enumerate(grads) if g is not None]
            changed = places if which is None else [places[which]]
            return tuple(what(g) if i in changed else g for i, g in enumerate(grads))

        return backward

    return mutate


MUTATIONS = {
    "a flipped sign": change(lambda g: -g),
    "a factor of 2": change(lambda g: g * 2),
    "zeros": change(lambda g: g * 0),
    "the first input lost": change(lambda g: g * 0, which=0),
    "the last input lost": change(lambda g: g * 0, which=-1),
}


@pytest.fixture(scope="module")
def checks():
    """{Function: [a check that runs its backward, ...]}, the quick ones first."""
    table = {f: [] for f in FUNCTIONS.values()}
    with pytest.MonkeyPatch.context() as patch:
        ran = record_backward(patch)
        for row in TABLE:
            for seed in range(SAMPLES):
                pick = random.Random(seed).choice if seed else lambda options: options[0]
                for cost, check in first_and_second_order(row, *row.draw(pick)):
                    for f in ran:
                        table[f].append((cost, check))
                    ran.clear()
    for found in table.values():
        found.sort(key=lambda pair: pair[0])
    return {f: [check for _, check in found] for f, found in table.items()}


def record_backward(patch):
    """The set to which every Function whose backward runs will be added."""
    ran = set()
    for f in FUNCTIONS.values():

        def backward(self, grad, original=f.backward):
            ran.add(type(self))
            return original(self, grad)

        patch.setattr(f, "backward", backward)
    return ran


def first_and_second_order(row, arrays, parameters):
    """Run backward, yield the check of it; run backward through it, and yield that check, too."""
    inputs = [to_tensor(tg, a) for a in arrays]
    size = sum(a.size for a in arrays)

    def call(*xs):
        return [y for y in row.outputs(tg, xs, parameters) if y.is_floating_point()]

    xs = [x for x in inputs if x.requires_grad]
    ys = [y for y in call(*inputs) if y.requires_grad]
    us = [tg.ones_like(y).requires_grad_() for y in ys]
    if size and ys:
        grads = tg.autograd.grad(ys, xs, us, create_graph=True, allow_unused=True)
        yield (1, size), lambda: gradcheck(call, inputs, eps=row.eps)
        grads = [g for g in grads if g is not None and g.requires_grad]
        if row.second:
            tg.autograd.grad(grads, xs + us, [tg.ones_like(g) for g in grads], allow_unused=True)
            yield (2, size), lambda: gradgradcheck(call, inputs, eps=row.eps)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_a_broken_backward_is_noticed(name, checks, monkeypatch):
    f = FUNCTIONS[name]
    assert checks[f], f"no row of tests/operations.py differentiates {name}"
    for what, mutate in MUTATIONS.items():
        with monkeypatch.context() as patch:
            patch.setattr(f, "backward", mutate(f.backward))
            noticed = any(map(is_noticed, checks[f]))
            assert noticed, f"{name} with {what} in its backward passes every check"


def is_noticed(check):
    try:
        check()
    except KinkError:  # an excuse, not a finding
        return False
    except GradcheckError:
        return True
    return False
