"""Numbers arrive as they are: sums lose no digits, integers never wrap, comparisons are exact."""

import operator

import numpy as np
import pytest

import tinygrad_cv as tg
from tinygrad_cv.dtypes import ALL

INF, NAN = float("inf"), float("nan")
WHOLE = [dtype for dtype in ALL if dtype.kind != "f"]


def extremes(dtype):
    """The ends of a dtype's range, and 0 and 1."""
    if dtype.kind == "b":
        return [False, True]
    return [np.iinfo(dtype).min, np.iinfo(dtype).min + 1, 0, 1, np.iinfo(dtype).max]


SUMS = {  # of ours, and in float64
    "sum": (lambda x, d: x.sum(d), lambda x, d: x.sum(d)),
    "mean": (lambda x, d: x.mean(d), lambda x, d: x.mean(d)),
    "var": (lambda x, d: x.var(d), lambda x, d: x.var(d, ddof=1)),
    "std": (lambda x, d: x.std(d), lambda x, d: x.std(d, ddof=1)),
    "norm": (lambda x, d: x.norm(dim=d), lambda x, d: (x**2).sum(d) ** 0.5),
    "norm 3": (lambda x, d: x.norm(3, d), lambda x, d: (x**3).sum(d) ** (1 / 3)),
    "logsumexp": (lambda x, d: x.logsumexp(d), lambda x, d: np.log(np.exp(x).sum(d))),
}


@pytest.mark.parametrize("dims", [(0,), (1,), (0, 1)])
@pytest.mark.parametrize("offset", [0.5, 50.0])
@pytest.mark.parametrize("name", SUMS)
def test_sums_are_as_exact_over_leading_dims_as_over_the_last(name, offset, dims):
    ours, exact = SUMS[name]
    a = np.random.default_rng(0).random((300_000, 2), np.float32) + np.float32(offset)
    for x, turned in ((a, dims), (a.T, tuple(1 - d for d in dims))):
        found = ours(tg.from_numpy(x), turned).double().numpy()
        np.testing.assert_allclose(found, exact(a.astype(np.float64), dims), rtol=3e-7)


def test_sums_go_on_beyond_the_last_integer_of_float32():
    n = 17_000_000  # in float32, 2^24 + 1 is 2^24
    x, bias = tg.ones(n, 1), tg.zeros(1, requires_grad=True)
    assert x.sum(0).item() == x.t().sum(1).item() == x.sum().item() == n
    assert x.mean(0).item() == 1 and x.norm().item() == pytest.approx(n**0.5, rel=1e-7)
    bias.expand(n, 1).sum().backward()
    tg.nn.functional.linear(x, tg.zeros(1, 1), bias).sum().backward()
    assert bias.grad.item() == 2 * n


@pytest.mark.parametrize("dtype", ALL, ids=str)
def test_reductions_of_every_dtype(dtype):
    largest = extremes(dtype)[-1] if dtype.kind != "f" else 1.5
    kept = dtype if dtype.kind == "f" else tg.int64
    x = tg.tensor([largest] * 3 + [0, 1], dtype=dtype)
    if dtype != tg.int64:  # where nothing is left to hold the sum
        assert (x.sum().item(), x.sum().dtype) == (3 * int(largest * 2) / 2 + 1, kept)
    assert (x[3:].prod().item(), x[2:3].prod().item(), x.prod().dtype) == (0, largest, kept)
    assert (x.max().item(), x.amin().item(), x.argmax().item()) == (largest, 0, 0)
    values, indices = x.min(0)
    assert (values.item(), indices.item(), values.dtype) == (0, 3, dtype)
    assert x.any().item() is True and x.all().item() is False
    for name in ("mean", "var", "std", "norm") if dtype.kind != "f" else ():
        with pytest.raises(RuntimeError, match="floating"):
            getattr(x, name)()


@pytest.mark.parametrize("name", ["eq", "ne", "lt", "le", "gt", "ge"])
@pytest.mark.parametrize("dtype", WHOLE, ids=str)
def test_comparisons_with_numbers_are_pythons(name, dtype):
    compare, x = getattr(operator, name), tg.tensor(extremes(dtype), dtype=dtype)
    others = [-1, 2, 300, -(2**31) - 1, 2**63, 2**70, -(10**300), 0.5, -0.5, 1.0, 2.0**63, INF, NAN]
    for other in [*others, *extremes(dtype), -INF, True]:
        assert compare(x, other).tolist() == [compare(value, other) for value in x.tolist()], other
        assert compare(other, x).tolist() == [compare(other, value) for value in x.tolist()], other


def test_comparisons_of_two_integer_dtypes_are_exact():
    for x in (tg.tensor(extremes(dtype), dtype=dtype) for dtype in WHOLE):
        for y in (tg.tensor(extremes(dtype), dtype=dtype) for dtype in WHOLE):
            expected = [[m < n for n in y.tolist()] for m in x.tolist()]
            assert (x.reshape(-1, 1) < y).tolist() == expected
            assert [(m < y).tolist() for m in x] == expected  # 0-d tensors
    assert not tg.allclose(tg.tensor([2**53 - 1]), tg.tensor([2**53]), rtol=0, atol=0)
    assert not tg.allclose(tg.tensor([0], dtype=tg.uint8), tg.tensor([255], dtype=tg.uint8))


SCOPE = dict(tg=tg, u=tg.tensor([128, 255], dtype=tg.uint8), c=tg.tensor([True, False]))
SCOPE["i8"] = tg.tensor([100], dtype=tg.int8)


@pytest.mark.parametrize("text", [
    "u + 300", "u * -1", "u & 256", "u.clamp(max=300)", "u.clamp(min=-1)", "tg.where(c, u, 300)",
    "tg.where(c, -1, u)", "tg.maximum(u, tg.tensor(300))", "tg.minimum(u, tg.tensor(-1))",
    "i8 // 128", "u % 256", "u ** 300", "tg.where(c, u, tg.tensor(256))",
])  # fmt: skip
def test_a_number_that_the_dtype_cannot_hold_is_refused(text):
    with pytest.raises(RuntimeError, match="can't be stored"):
        eval(text, SCOPE)


@pytest.mark.parametrize("text, expected", [
    ("u / 256", [0.5, 0.99609375]), ("u / 300", [128 / 300, 0.85]), ("u / -1", [-128, -255]),
    ("256 / u", [2, 256 / 255]), ("u / tg.tensor(256)", [0.5, 0.99609375]), ("1000 / i8", [10]),
    ("i8 / 128", [0.78125]), ("u.div(1000)", [0.128, 0.255]), ("u.clamp(130, 254.5)", [130, 254.5]),
    ("u.clamp(0.5)", [128, 255]), ("tg.where(c, u, 0.5)", [128, 0.5]), ("u * 0.5", [64, 127.5]),
    ("tg.where(c, tg.tensor(-7, dtype=tg.int8), u.long())", [-7, 255]),
    ("tg.linspace(10**20, 0, 2)", [1e20, 0]),
])  # fmt: skip
def test_floats_are_made_before_anything_can_wrap(text, expected):
    assert eval(text, SCOPE).tolist() == pytest.approx(expected, rel=1e-6)


def test_float16_is_refused_by_name():
    for make in (tg.ones(2).to, tg.ones(2).prod, lambda dtype: tg.zeros(2, dtype=dtype)):
        for dtype in "float16", np.float16:
            with pytest.raises(TypeError, match="float16"):
                make(dtype=dtype)


def test_normal_numbers_with_a_mean_and_a_deviation_each():
    mean, std = tg.tensor([[1.0], [100.0]], requires_grad=True), tg.tensor([0.0, 1.0, 2.0])
    for arguments, shape in (((mean, std), (2, 3)), ((mean, 2.0), (2, 1)), ((0.5, std), (3,))):
        drawn = tg.normal(*arguments, generator=tg.Generator().manual_seed(0))
        z = tg.randn(shape, generator=tg.Generator().manual_seed(0))
        assert drawn.tolist() == (arguments[0] + arguments[1] * z).tolist()
        assert drawn.shape == shape and not drawn.requires_grad
    assert tg.normal(std=std).shape == (3,) and tg.normal(2, 3, (1, 4)).shape == (1, 4)
    for wrong in ((mean, -std), (mean, -1.0)):
        with pytest.raises(RuntimeError, match="normal: std must not be negative"):
            tg.normal(*wrong)
    with pytest.raises(TypeError, match="normal: without a size, mean or std must be a Tensor"):
        tg.normal(0.0, 1.0)
