"""Corners of PyTorch's interface that its own sample inputs visit.

Each line was once a difference. The expected values are PyTorch's; `test_the_table_is_pytorchs`
asks PyTorch itself, where it is installed.
"""

import pytest

import tinygrad_cv as tg

INF, NAN = float("inf"), float("nan")


def scope(t):
    """What the expressions may use: t is tinygrad_cv or torch, F its nn.functional."""
    u8 = dict(dtype=t.uint8)
    return dict(
        t=t, F=t.nn.functional, inf=INF, nan=NAN,
        x=t.tensor([1.5, -0.5, 2.0]), m=t.tensor([[1.0, 2.0, 4.0], [3.0, 8.0, 5.0]]), i=t.tensor([3, -1, 2]),
        b=t.tensor([True, False, True]), u=t.tensor([0, 5, 250], **u8), u8=u8, c=t.arange(24.0).reshape(2, 3, 4),
        image=t.arange(25.0).reshape(1, 1, 5, 5), assigned=assigned,
    )


def assigned(x, index, value):
    y = x.clone()
    y[index] = value
    return y


def plain(result):
    """Numbers as lists, with the dtype; several tensors as a list of those."""
    if isinstance(result, (tuple, list)):
        return [plain(r) for r in result]
    if hasattr(result, "tolist"):
        return str(result.dtype).replace("torch.", ""), result.tolist()
    return result


VALUES = [
    # arithmetic: integers wrap round, and stay integers
    ("u + 10", ("uint8", [10, 15, 4])),
    ("t.add(u, u, alpha=-3)", ("uint8", [0, 246, 12])),
    ("t.pow(2, i)", ("int64", [8, 0, 4])),
    ("t.tensor([-1, 2, 1]) ** t.tensor([-3, -1, -1])", ("int64", [-1, 0, 1])),
    ("t.div(t.tensor([7, -7]), 2, rounding_mode='trunc')", ("int64", [3, -3])),
    ("t.div(t.tensor([7.0, -7.0]), 2, rounding_mode='floor')", ("float32", [3.0, -4.0])),
    ("t.square(b)", ("int64", [1, 0, 1])),
    ("t.sign(b)", ("bool", [True, False, True])),
    ("t.round(t.tensor([1.25, 1234.0]), decimals=-2)", ("float32", [0.0, 1200.0])),
    ("t.minimum(u, t.tensor([7, 7, 7], **u8))", ("uint8", [0, 5, 7])),
    ("t.min(b, ~b)", ("bool", [False, False, False])),
    ("t.where(b)", [("int64", [0, 2])]),
    ("t.clamp(x, min=t.tensor(nan)).isnan()", ("bool", [True] * 3)),
    ("(x == None, x != None, x == 'a')", [False, True, False]),
    ("t.where(u, 1.0, 2.0)", ("float32", [2.0, 1.0, 1.0])),
    ("t.full((2,), inf)", ("float32", [INF, INF])),
    ("t.tensor([1e50, -1e50])", ("float32", [INF, -INF])),
    ("t.sign(t.tensor([nan, -0.0]))", ("float32", [0.0, -0.0])),
    ("F.relu6(t.tensor([1e-30, 0.1, 7.0]))", ("float32", [pytest.approx(1e-30), pytest.approx(0.1), 6.0])),
    ("t.ceil(t.tensor([1.2, -1.2]))", ("float32", [2.0, -1.0])),
    ("t.ceil(i)", ("int64", [3, -1, 2])),
    ("t.log10(t.tensor([1, 1000]))", ("float32", pytest.approx([0.0, 3.0]))),
    ("t.log2(t.tensor([8.0, 0.0]))", ("float32", [3.0, -INF])),
    ("t.logical_xor(i, t.tensor([0, 1, 0]))", ("bool", [True, False, True])),
    ("t.isclose(t.tensor([1.0, inf, -inf, nan]), t.tensor([inf, inf, -inf, nan]))", ("bool", [False, True, True, False])),
    ("t.isclose(u, u + 1, atol=1.0)", ("bool", [True, True, True])),
    ("t.allclose(t.tensor(1.0), t.tensor(inf))", False),
    ("(t.concat([x, x]).numel(), t.is_tensor(x), t.is_tensor([1]), t.numel(m))", [6, True, False, 6]),
    ("t.clip(x, 0, 1), t.clamp_min(x, 1), x.clamp_max(1)",
     [("float32", [1.0, 0.0, 1.0]), ("float32", [1.5, 1.0, 2.0]), ("float32", [1.0, -0.5, 1.0])]),
    ("t.addmm(x[:2], m, m.T, beta=0)", ("float32", [[21.0, 39.0], [39.0, 98.0]])),
    ("t.addmm(i[:2], i[:2].reshape(2, 1), i[1:].reshape(1, 2), alpha=2)",
     ("int64", [[-3, 11], [5, -5]])),
    # reductions
    ("t.sort(t.tensor([2.0, nan, 1.0, 2.0]), descending=True).indices", ("int64", [1, 0, 3, 2])),
    ("t.topk(m, 2, largest=False).values", ("float32", [[1.0, 2.0], [3.0, 5.0]])),
    ("t.tensor(3.0).topk(1)", [("float32", 3.0), ("int64", 0)]),
    ("m.std(1, False)", ("float32", pytest.approx([1.2472191, 2.0548046]))),
    ("m.var(True).item() == m.var().item() > m.var(False).item()", True),
    ("t.var_mean(m, 1, False)[0].tolist() == m.var(1, unbiased=False).tolist()", True),
    ("m.mean([]).shape == ()", True),
    ("t.any(u), t.all(u, 0)", [("uint8", 1), ("uint8", 0)]),
    ("b.sum(dtype=t.uint8)", ("uint8", 2)),
    ("t.max(x, other=-x)", ("float32", [1.5, 0.5, 2.0])),
    ("t.zeros(2, 0).prod(1)", ("float32", [1.0, 1.0])),
    # shapes
    ("t.cat([x, t.zeros(0, dtype=t.float64)])", ("float64", [1.5, -0.5, 2.0])),
    ("x.flip(dims=(0,))", ("float32", [2.0, -0.5, 1.5])),
    ("[list(y.shape) for y in (m.permute(dims=(1, 0)), m.view(size=(6,)), x.expand(size=(2, 3)))]",
     [[3, 2], [6], [2, 3]]),
    ("t.matmul(t.zeros(1, 1, 0), t.zeros(0, 1))", ("float32", [[[0.0]]])),
    ("F.linear(t.zeros(1, 1, 0), t.zeros(1, 0))", ("float32", [[[0.0]]])),
    # indices: an integer is read before the tensors, wherever it stands
    ("c[0, :, t.tensor([1, 2])]", ("float32", [[1.0, 2.0], [5.0, 6.0], [9.0, 10.0]])),
    ("c[1, t.tensor([0, 2]), 3]", ("float32", [15.0, 23.0])),
    ("assigned(t.zeros(2, 2, 2), (0, slice(None), t.tensor([1])), t.tensor([[5.0], [6.0]]))",
     ("float32", [[[0.0, 5.0], [0.0, 6.0]], [[0.0, 0.0], [0.0, 0.0]]])),
    ("assigned(x, 0, t.tensor([[7.0]]))", ("float32", [7.0, -0.5, 2.0])),
    ("t.tensor(2.0).flip(0)", ("float32", 2.0)),
    ("[len(piece) for piece in t.zeros(0, 3).chunk(2)]", [0, 0]),
    ("t.zeros(0).logsumexp(0)", ("float32", -INF)),
    ("m.masked_select(t.tensor([True, False, True]))", ("float32", [1.0, 4.0, 3.0, 5.0])),
    ("t.nonzero(m > 3.5, as_tuple=True)", [("int64", [0, 1, 1]), ("int64", [2, 1, 2])]),
    ("t.index_select(t.tensor(5.0), 0, t.tensor([0]))", ("float32", 5.0)),
    ("t.gather(x, 0, t.zeros(2, 0, dtype=t.int64)).shape == (2, 0)", True),
    ("F.pad(m, (-2, 3), 'replicate')", ("float32", [[4.0] * 4, [5.0] * 4])),
    ("F.pad(m, (-1, 1), 'circular')", ("float32", [[2.0, 4.0, 2.0], [8.0, 5.0, 8.0]])),
    ("t.zeros(2, 3).scatter_(1, t.tensor([[2], [0]]), 1)", ("float32", [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])),
    ("t.scatter(t.tensor(1.0), 0, t.tensor([0]), t.tensor([5.0]))", ("float32", 5.0)),
    ("m.select(1, -1), t.select(m, 0, 1)", [("float32", [4.0, 5.0]), ("float32", [3.0, 8.0, 5.0])]),
    # creation
    ("x.new_full((2,), 3), i.new_full((1,), 7, dtype=t.float32)", [("float32", [3.0, 3.0]), ("float32", [7.0])]),
    ("x.new_zeros(2, device='cpu', dtype=t.int64), x.new_ones((1,))", [("int64", [0, 0]), ("float32", [1.0])]),
    ("x.new_empty(2, 0, requires_grad=True).requires_grad", True),
    ("t.full((2,), -1, **u8)", ("uint8", [255, 255])),
    ("t.arange(0.1, -7.9, -4.0, dtype=t.int64)", ("int64", [0, -4])),
    ("t.arange(end=2)", ("int64", [0, 1])),
    ("t.linspace(4.3, 0, 5, dtype=t.int64)", ("int64", [4, 3, 2, 1, 0])),
    ("t.zeros(size=(1, 2))", ("float32", [[0.0, 0.0]])),
    ("t.normal(t.tensor([1.0, 2.0]), 0.0)", ("float32", [1.0, 2.0])),
    # layers and losses
    ("F.avg_pool2d(image, 2, ceil_mode=True)",
     ("float32", [[[[3.0, 5.0, 6.5], [13.0, 15.0, 16.5], [20.5, 22.5, 24.0]]]])),
    ("F.avg_pool2d(image, 3, 3, 1, ceil_mode=True, count_include_pad=False).flatten()",
     ("float32", [3.0, 5.5, 15.5, 18.0])),
    ("F.avg_pool2d(image, 3, 3, 1, True).flatten()", ("float32", pytest.approx([12 / 9, 33 / 9, 93 / 9, 18.0]))),
    ("F.max_pool2d(image.long(), 4)", ("int64", [[[[18]]]])),
    ("F.avg_pool2d(t.tensor([[[-7, 1], [1, 1]]]), 2)", ("int64", [[[-1]]])),
    ("F.avg_pool2d(image.long(), 3, 2, 1, count_include_pad=False).flatten()", ("int64", [3, 4, 6, 10, 12, 13, 18, 19, 21])),
    ("F.interpolate(u.reshape(1, 1, 1, 3), (1, 5), mode='bilinear').flatten()", ("uint8", [0, 2, 5, 152, 250])),
    ("F.interpolate(u.reshape(1, 1, 1, 3), (1, 5), mode='bicubic').flatten()", ("uint8", [0, 0, 5, 155, 255])),
    ("F.pixel_shuffle(t.zeros(1, 1, 1, 4, 1, 1), 2).shape == (1, 1, 1, 1, 2, 2)", True),
    ("F.batch_norm(t.zeros(0), t.zeros(0), t.zeros(0))", ("float32", [])),
    ("F.nll_loss(m[0], t.tensor([1]))", ("float32", -2.0)),
    ("F.softsign(i)", ("float32", pytest.approx([0.75, -0.5, 2 / 3]))),
    ("F.kl_div(t.tensor(-1.0), t.tensor(1.0), reduction='batchmean')", ("float32", 1.0)),
    ("F.relu6(u)", ("uint8", [0, 5, 6])),
    ("F.interpolate(x.view(1, 1, 3), scale_factor=1.7, recompute_scale_factor=True).flatten()",
     ("float32", [1.5, 1.5, -0.5, -0.5, 2.0])),
    ("F.l1_loss(i, i + 2, reduction='sum')", ("int64", 6)),
    ("F.cross_entropy(m, m.softmax(1).double()).dtype == t.float64", True),
    ("F.mse_loss(x, x + 1, None, None, 'sum')", ("float32", 3.0)),
]  # fmt: skip

REFUSED = [
    ("b - b", RuntimeError, "bool"),
    ("b ** b", NotImplementedError, "bool"),
    ("abs(b)", NotImplementedError, "bool"),
    ("t.argmax(b)", NotImplementedError, "bool"),
    ("t.eq(2, x)", TypeError, "Tensor"),
    ("t.maximum(x, 2)", TypeError, "other"),
    ("t.logical_and(x, 2)", TypeError, "other"),
    ("t.clamp(x, t.zeros(3), 1)", TypeError, "Tensor"),
    ("t.add(i, i, alpha=2.5)", RuntimeError, "alpha"),
    ("t.div(x, 2, rounding_mode='up')", RuntimeError, "rounding_mode"),
    ("t.allclose(x, i)", RuntimeError, "int64"),
    ("t.gather(m, 1, t.tensor([[3]]))", RuntimeError, "out of range"),
    ("m.scatter(1, t.tensor([[-1]]), 1.0)", RuntimeError, "out of range"),
    ("m.scatter(1, t.tensor([[0]]), t.ones(1, 1, dtype=t.float64))", RuntimeError, "float64"),
    ("m.select(1, 3)", IndexError, "select"),
    ("t.topk(x, 4)", RuntimeError, "topk"),
    ("t.lerp(x, x, 'a')", TypeError, "lerp"),
    ("t.isclose(x, x, rtol=-1.0)", RuntimeError, "rtol"),
    ("t.addmm(t.ones(3, 3), m, m.T)", RuntimeError, "addmm"),
    ("t.addmm(i, i.reshape(3, 1), i.reshape(1, 3), beta=0.5)", RuntimeError, "beta"),
    ("t.dot(x, x[:2])", RuntimeError, "dot"),
    ("x.new_zeros(-1)", RuntimeError, "negative"),
    ("u.new_full((1,), 300)", RuntimeError, "300"),
    ("t.full(2, 1)", TypeError, "full"),
    ("t.arange(5, step=2)", TypeError, "arange"),
    ("t.tensor([x, x])", ValueError, "stack"),
    ("t.tensor(2**70)", ValueError, "int64"),
    ("t.zeros(0).max()", RuntimeError, "max"),
    ("t.zeros(0).max(0)", IndexError, "max"),
    ("t.max(2, 3)", TypeError, "max"),
    ("1 - b", RuntimeError, "sub"),
    ("t.logsumexp(x, ())", RuntimeError, "logsumexp"),
    ("x.mT", RuntimeError, "mT"),
    ("t.narrow(x, 0, b[0], 1)", RuntimeError, "start"),
    ("t.index_select(x, 0, x)", RuntimeError, "index_select"),
    ("c[t.tensor([0, 1]), t.tensor([0, 1, 2])]", IndexError, "broadcast"),
    ("F.max_pool2d(image[:, :0], 2)", RuntimeError, "channels"),
    ("F.conv2d(image, image, padding='much')", RuntimeError, "padding"),
    ("F.dropout(i)", RuntimeError, "dropout"),
    ("F.huber_loss(i, x)", RuntimeError, "huber_loss"),
    ("F.cross_entropy(m, t.tensor(0))", ValueError, "cross_entropy"),
    ("t.cat([])", ValueError, "non-empty"),
    ("t.narrow(t.tensor(1.0), 0, 0, 1)", RuntimeError, "0-d"),
    ("t.unbind(t.tensor(1.0))", IndexError, "0-d"),
    ("t.chunk(t.tensor(1.0), 1)", RuntimeError, "0-d"),
    ("t.split(t.tensor(1.0), 1)", RuntimeError, "0-d"),
    ("x[u]", IndexError, "uint8"),
    ("t.index_select(x, 0, t.tensor([-1]))", IndexError, "-1"),
    ("assigned(x, 0, None)", TypeError, "NoneType"),
    ("assigned(x, 0, [1.0])", TypeError, "list"),
    ("assigned(u, 0, 300)", RuntimeError, "300"),
    ("t.tensor(300, **u8)", RuntimeError, "300"),
    ("t.full((2,), 'a')", TypeError, "str"),
    ("t.full((2,), 1e50)", RuntimeError, "overflow"),
    ("x.clone().fill_(-1e50)", RuntimeError, "overflow"),
    ("x.masked_fill(b, 1e50)", RuntimeError, "overflow"),
    ("assigned(x, 0, 1e50)", RuntimeError, "overflow"),
    ("(x.requires_grad_() // 2).sum().backward()", RuntimeError, "floor_divide"),
    ("t.eye(-1)", RuntimeError, "negative"),
    ("t.randperm(-1)", RuntimeError, "negative"),
    ("t.arange(0, inf)", RuntimeError, "inf"),
    ("t.arange(2, dtype=t.bool)", NotImplementedError, "bool"),
    ("t.randint(0, 300, (2,), **u8)", RuntimeError, "299"),
    ("t.linspace(0, 1, 2.5)", TypeError, "steps"),
    ("F.pad(x, 1)", TypeError, "pad"),
    ("F.pad(x, (1, 1), 'reflect')", NotImplementedError, "reflect"),
    ("F.one_hot(i.int())", RuntimeError, "int64"),
    ("F.embedding(u, m)", RuntimeError, "uint8"),
    ("F.embedding(t.tensor([0]), m, max_norm='x')", (NotImplementedError, TypeError), "max_norm"),
    ("F.interpolate(image, (2, 2, 2))", ValueError, "size"),
    ("F.adaptive_avg_pool2d(image, (2, 2, 2))", RuntimeError, "output_size"),
    ("F.adaptive_avg_pool2d(m, 2)", ValueError, "adaptive_avg_pool2d"),
    ("F.adaptive_avg_pool2d(image[None], 2)", RuntimeError, "adaptive_avg_pool2d"),
    ("F.batch_norm(m, None, None, training=True, eps=0.0)", ValueError, "eps"),
    ("F.group_norm(m[:1], 3)", ValueError, "more than 1"),
    ("F.layer_norm(m, 3)", TypeError, "normalized_shape"),
    ("F.gelu(x, 'tanh')", TypeError, "positional"),
    ("F.relu(b)", (NotImplementedError, RuntimeError), "bool"),
    ("F.conv2d(image, t.ones(1, 1, 2, 2), 1)", TypeError, "bias"),
    ("F.prelu(x, t.ones(1, dtype=t.float64))", RuntimeError, "float64"),
    ("F.mse_loss(i, i)", NotImplementedError, "int64"),
    ("F.huber_loss(x, x, delta=0)", RuntimeError, "delta"),
    ("F.binary_cross_entropy(x.sigmoid(), x)", RuntimeError, "targets"),
    ("F.binary_cross_entropy_with_logits(x, x, pos_weight=2.0)", TypeError, "pos_weight"),
    ("F.binary_cross_entropy_with_logits(x, i)", RuntimeError, "int64"),
    ("F.nll_loss(m, t.tensor([0, 1]).int())", RuntimeError, "int32"),
    ("F.nll_loss(m, t.tensor([0, 1, 2]))", ValueError, "targets"),
    ("F.cross_entropy(m, m.softmax(1), ignore_index=1)", RuntimeError, "ignore_index"),
]  # fmt: skip

UNSUPPORTED = [
    ("F.mse_loss(x, x, size_average=False)", "size_average"),
    ("F.cross_entropy(m, t.tensor([0, 1]), reduce=False)", "reduce"),
    ("F.embedding(t.tensor([0]), m, sparse=True)", "sparse"),
    ("F.interpolate(image, 3, mode='bilinear', antialias=True)", "antialias"),
    ("F.interpolate(image, 3, mode='lanczos')", "lanczos"),
    ("t.tensor(1j)", "complex"),
    ("x.clone().bernoulli_(t.ones(3))", "p"),
]


@pytest.mark.parametrize("text, expected", VALUES, ids=[text for text, _ in VALUES])
def test_values(text, expected):
    assert plain(eval(text, scope(tg))) == expected


@pytest.mark.parametrize("text, error, message", REFUSED, ids=[text for text, *_ in REFUSED])
def test_refused(text, error, message):
    if "binary_cross_entropy(" in text and message == "targets" and tg.ones(1).backend.asynchronous:
        pytest.skip("to look, the host would have to wait: the loss is NaN there (test_gpu.py)")
    with pytest.raises(error, match=message):
        eval(text, scope(tg))


@pytest.mark.parametrize("text, message", UNSUPPORTED)
def test_unsupported_arguments_are_named(text, message):
    with pytest.raises(NotImplementedError, match=message):
        eval(text, scope(tg))


@pytest.mark.parametrize("text", [
    "t.div(x, 2, rounding_mode='floor')", "t.norm(x, 0)", "t.zeros(0, requires_grad=True).prod()", "x.round(decimals=1)",
])  # fmt: skip
def test_steps_and_empty_products_are_differentiable(text):
    names = scope(tg)
    names["x"].requires_grad_()
    assert eval(text, names).requires_grad


def test_a_mixed_index_is_differentiable():
    x = tg.arange(24.0, dtype=tg.float64).reshape(2, 3, 4).requires_grad_()
    assert tg.gradgradcheck(lambda x: x[0, :, tg.tensor([1, 1])] ** 2, x)
    assert tg.gradcheck(lambda x: x[tg.tensor([0, 1, 0]), 1] ** 2, x)


@pytest.mark.parity
@pytest.mark.filterwarnings("ignore")
def test_the_table_is_pytorchs():
    torch = pytest.importorskip("torch")
    for text, expected in VALUES:
        assert plain(eval(text, scope(torch))) == expected, text
    # PyTorch still takes uint8 for a mask, with a warning, and rounds beta = 0.5 to 0 in silence
    for text in {text for text, *_ in REFUSED if text != "x[u]" and "beta=0.5" not in text}:
        with pytest.raises((TypeError, ValueError, RuntimeError, IndexError)):
            eval(text, scope(torch))
