"""What comes out when two dtypes meet: the whole table, beside PyTorch's."""

import itertools

import pytest

import tinygrad_cv as tg

NAMES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]
OPERATIONS = {
    "add": lambda t, a, b: a + b, "mul": lambda t, a, b: a * b, "div": lambda t, a, b: a / b,
    "where": lambda t, a, b: t.where(t.tensor(True), a, b), "eq": lambda t, a, b: a == b,
}  # fmt: skip


def operand(t, kind):
    """A Python number, a 0-d tensor or a vector."""
    if not isinstance(kind, tuple):
        return kind
    name, shape = kind
    return t.ones(shape, dtype=getattr(t, name))


KINDS = [*((name, shape) for name in NAMES for shape in ((), (2,))), True, 2, 1.5]
PAIRS = [(a, b) for a, b in itertools.product(KINDS, KINDS) if isinstance(a, tuple) or isinstance(b, tuple)]


@pytest.mark.parity
@pytest.mark.parametrize("name", OPERATIONS)
def test_every_pair_is_promoted_as_in_torch(name):
    torch = pytest.importorskip("torch")
    for a, b in PAIRS:
        ours, theirs = (OPERATIONS[name](t, operand(t, a), operand(t, b)) for t in (tg, torch))
        assert str(ours.dtype) == str(theirs.dtype).split(".")[1], (a, b)
        assert ours.tolist() == theirs.tolist() and ours.shape == tuple(theirs.shape), (a, b)


@pytest.mark.parity
def test_joined_tensors_too():
    torch = pytest.importorskip("torch")
    for a, b in itertools.product(NAMES, NAMES):
        ours, theirs = (t.cat([operand(t, (name, (2,))) for name in (a, b)]) for t in (tg, torch))
        assert str(ours.dtype) == str(theirs.dtype).split(".")[1], (a, b)
        ours, theirs = (t.stack([operand(t, (name, ())) for name in (a, b)]) for t in (tg, torch))
        assert str(ours.dtype) == str(theirs.dtype).split(".")[1], (a, b)


def test_numbers_and_0d_tensors_never_widen():
    x = tg.ones(2, dtype=tg.float16)
    assert (x + tg.tensor(1.0, dtype=tg.float64)).dtype == (x * 2.5).dtype == (x / True).dtype == tg.float16
    assert (tg.tensor([1], dtype=tg.uint8) + 300).tolist() == [45]
    assert (tg.tensor([True]) + 1).dtype == tg.int64 and (tg.tensor([1]) * 0.5).dtype == tg.float32
