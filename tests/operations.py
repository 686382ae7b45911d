"""THE list of operations: one row each, and how to draw inputs for it. Tested in gradients/.

    Row(name, call, draw, second, parity, tolerance, eps)

`call(t, F, x, ..., **parameters)` applies the operation, with t = tinygrad_cv or torch and F its
nn.functional: so a row is its own PyTorch counterpart. `draw` (see draws.py) chooses shapes, values
and parameters. `second` says whether second derivatives are checked too; `parity=False` is for
random operations; `tolerance` is for the comparison with PyTorch in float64.
"""

import re
import sys
from dataclasses import dataclass

from tinygrad_cv.autograd import Function

from draws import (
    away_from, convolution, distinct, draws, fixed, index, losses, mask, normal, one, positive,
    probability, reduced, target, two, with_zero,
)


@dataclass(frozen=True)
class Row:
    name: str  # the public function's name; words after it tell several rows of one function apart
    call: object
    draw: object
    second: bool = True
    parity: bool = True
    tolerance: float = 1e-9
    eps: float = 1e-6  # the step of the finite differences

    def outputs(self, t, inputs, parameters):
        """What the operation returns, always as a tuple of tensors."""
        result = self.call(t, t.nn.functional, *inputs, **parameters)
        return tuple(result) if isinstance(result, (tuple, list)) else (result,)


def assigned(t, x, y):
    """Tensors after writes that autograd records."""
    a, b, c = x * 1, t.zeros_like(x), x * y[0]
    a[:, 1] = y[0, 0] * y[:, 0]
    b[[1, 0], 0] = y[:2, 1]
    b[..., -1:] = y[:, :1]
    c[x > 0] = y[0, 1]
    c[0] = y[None, 1]
    return a, b, c, (x * 1).fill_(y.sum()), t.zeros_like(x).copy_(y)


IMAGES = (((2, 2, 4, 4),), ((1, 3, 5, 4),), ((2, 1, 4, 6),))
POOLS = (
    dict(kernel_size=2), dict(kernel_size=3, stride=1, padding=1),
    dict(kernel_size=(2, 3), stride=(2, 1)),
)  # fmt: skip
BORDER = dict(kernel_size=3, stride=2, padding=1, ceil_mode=True)
DILATED = *POOLS, BORDER, dict(kernel_size=2, stride=1, dilation=2)
AVERAGED = *POOLS, dict(kernel_size=3, stride=2, padding=1, count_include_pad=False)
SIZES = (
    dict(scale_factor=2), dict(size=(3, 7)), dict(scale_factor=2, mode="bilinear"),
    dict(size=(7, 3), mode="bilinear"), dict(size=(6, 2), mode="bilinear", align_corners=True),
)  # fmt: skip
MATRICES = (
    ((2, 3), (3, 2)), ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 1, 3), (2, 3, 1)),
    ((0, 3), (3, 2)),
    ((2, 2, 2, 3), (3, 2)), ((2, 1, 2, 3), (3, 3, 1)), ((3,), (2, 3, 2)), ((2, 2, 3), (3,)),
)  # fmt: skip
CLASSES = (((3, 4), (3,)), ((1, 4), (1,)), ((2, 4, 3), (2, 3)), ((4,), ()))

ELEMENTWISE = [
    Row("add", lambda t, F, x, y: t.add(x, y, alpha=2) + 1, two(normal)),
    Row("sub", lambda t, F, x, y: 1 - (x - y), two(normal)),
    Row("mul", lambda t, F, x, y: 2 * (x * y), two(normal)),
    Row("div", lambda t, F, x, y: x / y, two(normal, positive)),
    Row("div by and of numbers", lambda t, F, x: (x / 3, 2 / x), one(positive)),
    Row("floor_divide", lambda t, F, x, y: x // y, two(fixed(away_from(0, 1)), fixed(positive))),
    Row("remainder", lambda t, F, x, y: t.remainder(x, y), two(away_from(0), positive)),
    Row("neg", lambda t, F, x: -x, one(with_zero)),
    Row("pow", lambda t, F, x, y: x**y, two(positive, normal)),
    Row("pow by a number", lambda t, F, x: (x**2, x**3.0, x**-1, x**0), one(away_from(0))),
    Row("pow of a number", lambda t, F, x: 2**x, one(normal)),
    Row("maximum", lambda t, F, x, y: t.maximum(x, y), two(normal)),
    Row("minimum", lambda t, F, x, y: t.minimum(x, y), two(normal)),
    Row("where", lambda t, F, c, x, y: t.where(c, x, y),
        draws((mask, normal, normal),
              ((2, 3), (2, 3), (3,)), ((3,), (2, 1), ()), ((), (2,), (2,)))),
    Row("where with a number", lambda t, F, c, x: t.where(c, x, 0.5),
        draws((mask, normal), ((2, 3), (2, 3)))),
    Row("clamp", lambda t, F, x: (x.clamp(-1, 1), x.clamp(min=0), t.clamp(x, max=0.5)),
        one(away_from(-1, 0, 0.5, 1))),
    Row("clamp by tensors", lambda t, F, x, y: t.clamp(x, min=y), two(normal)),
    Row("cast", lambda t, F, x: x.float(),
        one(normal), second=False, eps=0.1),  # float32 rounds a lot
    Row("clone", lambda t, F, x: x.clone(), one(with_zero)),
    Row("type_as", lambda t, F, x, y: x.type_as(y) * 2, two(normal)),
    Row("to", lambda t, F, x: x.to("strict" if x.device.type == "cpu" else "cpu"),
        one(normal), parity=False),
    Row("lerp", lambda t, F, x, y, w: (t.lerp(x, y, 0.3), t.lerp(x, y, w)),
        draws(normal, ((2, 3), (3,), ()), ((2,),) * 3)),
    *(Row(name, lambda t, F, x, f=name: getattr(t, f)(x), one(values)) for values, names in (
        (with_zero, "square exp expm1 sin cos tanh sigmoid"), (positive, "log log1p sqrt rsqrt"),
        (away_from(0), "abs sign"), (away_from(-1, 0, 1), "floor ceil"),
        (away_from(-0.5, 0.5, 1.5), "round"),
    ) for name in names.split()),
]

# Answers without a gradient: only their values are compared
ANSWERS = [
    *(Row(name, lambda t, F, x, y, f=name: getattr(t, f)(x, y), two(index(3)))
      for name in ("eq", "ne", "lt", "le", "gt", "ge")),
    Row("isnan", lambda t, F, x: t.isnan(x / x.floor()), one(probability)),
    Row("isfinite", lambda t, F, x: t.isfinite(1 / x), one(index(2))),
    *(Row(name, lambda t, F, x, y, f=name: (getattr(t, f)(x, y), getattr(t, f)(x > 1, y > 0)),
          two(index(5)))
      for name in ("bitwise_and", "bitwise_or", "bitwise_xor")),
    Row("bitwise_not", lambda t, F, x: (~x, t.bitwise_not(x > 0)), one(index(3))),
    Row("equal", lambda t, F, x, y: t.tensor([t.equal(x, x), t.equal(x, y)]), two(index(2))),
    Row("allclose", lambda t, F, x: t.tensor([t.allclose(x, x + e) for e in (1e-9, 1e-4)]),
        one(normal)),
    Row("any", lambda t, F, x, **k: (t.any(x), t.any(x, **k)), reduced(mask)),
    Row("all", lambda t, F, x, **k: (t.all(x), t.all(x, **k)), reduced(mask)),
    Row("argmax", lambda t, F, x, **k: (t.argmax(x), t.argmax(x, **k)), reduced(distinct)),
    Row("argmin", lambda t, F, x, **k: (t.argmin(x), t.argmin(x, **k)), reduced(distinct)),
    Row("one_hot", lambda t, F, x: (F.one_hot(x, 4), F.one_hot(x + 1)),
        draws(index(3), ((2, 3),), ((3,),))),
]

REDUCTIONS = [
    Row("sum", lambda t, F, x, **k: (x.sum(), x.sum(**k)),
        reduced(normal, dim=(0, -1, (0, 1), None))),
    Row("sum of anything", lambda t, F, x: x.sum(), one(normal)),
    Row("mean", lambda t, F, x, **k: (x.mean(), x.mean(**k)), reduced(normal, dim=(0, -1, (0, 1)))),
    Row("var", lambda t, F, x, **k: t.var(x, **k),
        reduced(normal, shapes=(((2, 3),), ((2, 3, 2),)), correction=(1, 0))),
    Row("std", lambda t, F, x, **k: t.std(x, **k),
        reduced(distinct, shapes=(((3, 2),), ((2, 3, 2),)), correction=(1, 0))),
    Row("max", lambda t, F, x, **k: (t.max(x), *t.max(x, **k)), reduced(distinct)),
    Row("min", lambda t, F, x, **k: (t.min(x), *t.min(x, **k)), reduced(distinct)),
    Row("amax", lambda t, F, x, **k: t.amax(x, **k), reduced(distinct, dim=(0, -1, (0, 1)))),
    Row("amin", lambda t, F, x, **k: t.amin(x, **k), reduced(distinct, dim=(0, -1, (0, 1)))),
    Row("prod", lambda t, F, x, **k: (x.prod(), x.prod(**k)), reduced(away_from(0))),
    Row("norm", lambda t, F, x, **k: t.norm(x, **k),
        reduced(away_from(0), dim=(0, -1, (0, 1), None), p=(2, 1, 3.0))),
    Row("logsumexp", lambda t, F, x, **k: t.logsumexp(x, **k),
        reduced(normal, dim=(0, -1, (0, 1)))),
    Row("softmax", lambda t, F, x, **k: (t.softmax(x, **k), F.softmax(x, **k)),
        draws(normal, ((2, 3),), ((3,),), dim=(0, -1))),
    Row("log_softmax", lambda t, F, x, **k: (t.log_softmax(x, **k), F.log_softmax(x, **k)),
        draws(normal, ((2, 3),), ((3,),), dim=(0, -1))),
]

PRODUCTS = [
    Row("matmul", lambda t, F, x, y: x @ y, draws(normal, *MATRICES)),
    Row("mm", lambda t, F, x, y: t.mm(x, y), draws(normal, ((2, 3), (3, 1)), ((0, 2), (2, 2)))),
    Row("bmm", lambda t, F, x, y: t.bmm(x, y), draws(normal, ((2, 2, 3), (2, 3, 1)))),
    Row("linear", lambda t, F, x, w, b: F.linear(x, w, b),
        draws(normal, *((shape, (2, 3), (2,)) for shape in ((2, 3), (3,), (2, 2, 3), (0, 3))))),
    Row("linear without bias", lambda t, F, x, w: F.linear(x, w),
        draws(normal, ((2, 3), (2, 3)), ((3,), (2, 3)))),
]

SHAPES = [
    Row("reshape", lambda t, F, x: (x.reshape(3, -1), x.reshape(6)),
        draws(normal, ((2, 3),), ((3, 2, 1),))),
    Row("view", lambda t, F, x: x.contiguous().view(3, -1), draws(normal, ((2, 3),), ((3, 2, 1),))),
    Row("contiguous", lambda t, F, x: x.expand(2, *x.shape).contiguous(), one(normal)),
    Row("flatten", lambda t, F, x: (x.flatten(), t.flatten(x, 1, 2)),
        draws(normal, ((2, 3, 2),), ((1, 2, 3, 1),))),
    Row("unflatten", lambda t, F, x: x.unflatten(1, (2, -1)),
        draws(normal, ((2, 4),), ((1, 6, 2),))),
    Row("permute", lambda t, F, x: (x.permute(2, 0, 1), t.permute(x, (0, -1, 1))),
        draws(normal, ((2, 3, 2),), ((1, 0, 2),))),
    Row("transpose", lambda t, F, x: (x.transpose(0, -1), x.mT),
        draws(normal, ((2, 3),), ((2, 1, 3),))),
    Row("t", lambda t, F, x: (x.T, t.t(x)), draws(normal, ((2, 3),))),
    Row("squeeze", lambda t, F, x: (x.squeeze(), x.squeeze(1), x.squeeze(0)),
        draws(normal, ((2, 1, 3),), ((1, 1),))),
    Row("unsqueeze", lambda t, F, x: (x.unsqueeze(0), x.unsqueeze(-1)), one(normal)),
    Row("expand", lambda t, F, x: x.expand(2, 3, -1),
        draws(normal, ((3, 2),), ((1, 2),), ((2, 1, 1),))),
    Row("expand_as", lambda t, F, x, y: x.expand_as(y),
        draws(normal, ((1, 3), (2, 3)), ((), (2,)))),
    Row("repeat", lambda t, F, x: x.repeat(2, 1, 2),
        draws(normal, ((2, 3),), ((3,),), ((2, 1, 2),))),
    Row("cat", lambda t, F, x, y: (t.cat([x, y, x], 0), t.cat((y, y), dim=-1)),
        draws(normal, ((2, 3), (1, 3)), ((2,), (0,)))),
    Row("stack", lambda t, F, x, y, **k: t.stack([x, y], **k),
        draws(normal, ((2, 3), (2, 3)), ((2,), (2,)), dim=(0, 1, -1))),
    Row("split", lambda t, F, x: (*x.split(2), *t.split(x, [1, 3, 0])),
        draws(normal, ((4, 2),), ((4,),))),
    Row("chunk", lambda t, F, x: (*x.chunk(2), *t.chunk(x, 3, dim=-1)),
        draws(normal, ((4, 3),), ((3,),))),
    Row("unbind", lambda t, F, x: t.unbind(x, 1), draws(normal, ((2, 3),), ((1, 2, 2),))),
    Row("narrow", lambda t, F, x: t.narrow(x, 0, 1, 2), draws(normal, ((3, 2),), ((4,),))),
    Row("flip", lambda t, F, x: (x.flip(0), t.flip(x, (0, -1))),
        draws(normal, ((2, 3),), ((1, 2, 3),))),
]

INDEXING = [
    Row("getitem",
        lambda t, F, x: (x[1], x[..., 0], x[:, 1:], x[None, ::2], x[-1, 1], x[0:0], x[:, -2:None]),
        draws(normal, ((2, 3),), ((3, 2, 2),))),
    Row("getitem by arrays",
        lambda t, F, x, i, j: (x[i], x[:, j], x[i, j], x[i, :, None], x[[1, 1, 0]], x[0, i],
                                x[i, 1], x[0, ..., i]),
        draws((normal, index(2), index(2)), ((2, 3), (4,), (4,)), ((3, 2), (2, 2), (2,)),
              ((2, 2, 2), (3,), (1,)))),
    Row("getitem by a mask", lambda t, F, x, m: (x[m], x[x[:, 0] > 0]),
        draws((normal, mask), ((2, 3), (2, 3)), ((3, 2), (3,)))),
    Row("setitem", lambda t, F, x, y: assigned(t, x, y),
        draws(normal, ((2, 2), (2, 2)), ((3, 3), (3, 3)))),
    Row("select", lambda t, F, x: (t.select(x, 0, 1), x.select(-1, -1)),
        draws(normal, ((2, 3),), ((2, 1, 2),))),
    Row("index_select", lambda t, F, x, i: (t.index_select(x, 0, i), x.index_select(-1, i)),
        draws((normal, index(2)), ((2, 3), (3,)), ((2,), (4,)))),
    Row("gather", lambda t, F, x, i: t.gather(x, 1, i),
        draws((normal, index(2)), ((2, 3), (2, 4)), ((3, 2), (1, 2)))),
    Row("masked_fill", lambda t, F, x, m: x.masked_fill(m, 2.5),
        draws((normal, mask), ((2, 3), (2, 3)), ((2, 3), (3,)))),
    Row("pad", lambda t, F, x, **k: F.pad(x, **k), draws(normal, ((2, 3),), ((1, 4, 3),),
        pad=((1, 2), (1, 0, 2, 1), (-1, 1), (0, 0)), value=(0.0, 1.5))),
    Row("pad by what is there", lambda t, F, x, **k: F.pad(x, **k),
        draws(normal, ((1, 2, 3, 3),), ((2, 1, 3, 4),),
        pad=((1, 2, 0, 1), (2, 2, 2, 2)), mode=("reflect", "replicate", "circular"))),
    Row("embedding", lambda t, F, i, w: F.embedding(i, w),
        draws((index(3), normal), ((2, 3), (3, 2)), ((4,), (3, 1)))),
]

ACTIVATIONS = [
    Row("relu", lambda t, F, x: F.relu(x), one(away_from(0))),
    Row("relu6", lambda t, F, x: F.relu6(x), one(away_from(0, 6))),
    Row("leaky_relu", lambda t, F, x, **k: F.leaky_relu(x, **k),
        draws(away_from(0), ((2, 3),), ((),), ((2, 3, 2, 2),), negative_slope=(0.2, 0.01, 1.5))),
    Row("prelu", lambda t, F, x, w: F.prelu(x, w),
        draws(away_from(0), ((2, 3), (1,)), ((2, 3, 2), (3,)), ((4,), (1,)))),
    Row("elu", lambda t, F, x, **k: F.elu(x, **k),
        draws(away_from(0), ((2, 3),), ((),), alpha=(1.0, 0.5))),
    Row("gelu", lambda t, F, x, **k: F.gelu(x, **k),
        draws(with_zero, ((2, 3),), ((),), approximate=("none", "tanh"))),
    Row("silu", lambda t, F, x: F.silu(x), one(with_zero)),
    Row("softplus", lambda t, F, x, **k: F.softplus(x, **k),
        draws(with_zero, ((2, 3),), ((),), beta=(1, 2.5))),
    Row("logsigmoid", lambda t, F, x: F.logsigmoid(x), one(with_zero)),
    Row("dropout", lambda t, F, x: (t.manual_seed(0), F.dropout(x, 0.4))[1],
        one(normal), parity=False),
    Row("dropout2d", lambda t, F, x: (t.manual_seed(0), F.dropout2d(x, 0.4))[1],
        draws(normal, *IMAGES), parity=False),
]

IMAGE_OPERATIONS = [
    Row("conv2d", lambda t, F, x, w, b, **k: F.conv2d(x, w, b, **k), convolution(transposed=False)),
    Row("conv2d on patches", lambda t, F, x, w: F.conv2d(x, w, stride=2, padding=1),
        draws(normal, ((2, 2, 4, 4), (3, 2, 4, 4)), ((1, 1, 6, 6), (2, 1, 4, 4)))),
    Row("conv_transpose2d", lambda t, F, x, w, b, **k: F.conv_transpose2d(x, w, b, **k),
        convolution(transposed=True)),
    Row("conv_transpose2d on patches",
        lambda t, F, x, w: F.conv_transpose2d(x, w, stride=2, padding=1),
        draws(normal, ((2, 2, 2, 2), (2, 3, 4, 4)), ((1, 1, 3, 3), (1, 2, 4, 4)))),
    Row("max_pool2d", lambda t, F, x, k: F.max_pool2d(x, **k), draws(distinct, *IMAGES, k=DILATED)),
    Row("avg_pool2d", lambda t, F, x, k: F.avg_pool2d(x, **k), draws(normal, *IMAGES, k=AVERAGED)),
    Row("adaptive_avg_pool2d", lambda t, F, x, **k: F.adaptive_avg_pool2d(x, **k),
        draws(normal, *IMAGES, output_size=(1, 2, (3, 2), (None, 1)))),
    Row("batch_norm", lambda t, F, x, w, b: F.batch_norm(x, None, None, w, b, training=True),
        draws(normal, ((4, 2), (2,), (2,)), ((2, 2, 2, 3), (2,), (2,)), ((3, 1, 2), (1,), (1,)))),
    Row("batch_norm in eval", lambda t, F, x, m, v, w, b: F.batch_norm(x, m, v, w, b, eps=0.1),
        draws((normal, fixed(normal), fixed(positive), normal, normal),
              ((3, 2), *((2,),) * 4), ((2, 2, 2, 2), *((2,),) * 4))),
    Row("batch_norm bare", lambda t, F, x: F.batch_norm(x, None, None, training=True),
        draws(normal, ((4, 2),), ((2, 1, 2, 2),))),
    Row("group_norm", lambda t, F, x, w, b: F.group_norm(x, 2, w, b),
        draws(normal, ((2, 4, 3), (4,), (4,)), ((1, 2, 2, 2), (2,), (2,)))),
    Row("instance_norm", lambda t, F, x, w, b: F.instance_norm(x, weight=w, bias=b),
        draws(normal, ((2, 2, 2, 3), (2,), (2,)), ((1, 3, 2, 2), (3,), (3,)))),
    Row("interpolate", lambda t, F, x, k: F.interpolate(x, **k), draws(normal, *IMAGES, k=SIZES)),
    Row("pixel_shuffle", lambda t, F, x: F.pixel_shuffle(x, 2),
        draws(normal, ((2, 4, 2, 3),), ((1, 8, 1, 2),))),
]

LOSSES = [
    Row("binary_cross_entropy", lambda t, F, x, y, **k: F.binary_cross_entropy(x, y, **k),
        losses(probability, probability)),
    Row("binary_cross_entropy weighted",
        lambda t, F, x, y, w, **k: F.binary_cross_entropy(x, y, w, **k),
        losses(probability, fixed(probability), fixed(positive), shapes=(((2, 3), (2, 3), (3,)),))),
    Row("binary_cross_entropy_with_logits",
        lambda t, F, x, y, **k: F.binary_cross_entropy_with_logits(x, y, **k),
        losses(with_zero, probability)),
    Row("binary_cross_entropy_with_logits weighted", lambda t, F, x, y, w, p, **k:
        F.binary_cross_entropy_with_logits(x, y, w, pos_weight=p, **k),
        losses(normal, probability, fixed(positive), fixed(positive),
               shapes=(((2, 3), (2, 3), (3,), (3,)),))),
    Row("mse_loss", lambda t, F, x, y, **k: F.mse_loss(x, y, **k), losses(normal, normal)),
    Row("l1_loss", lambda t, F, x, y, **k: F.l1_loss(x, y, **k), losses(normal, normal)),
    Row("smooth_l1_loss", lambda t, F, x, y, **k: F.smooth_l1_loss(x, y, **k),
        losses(normal, normal, beta=(1.0, 0.5))),
    Row("nll_loss", lambda t, F, x, y, **k: F.nll_loss(x, y, **k),
        losses(normal, target(4), shapes=CLASSES, ignore_index=(-100, 1))),
    Row("nll_loss weighted", lambda t, F, x, y, w, **k: F.nll_loss(x, y, w, **k),
        losses(normal, target(4), fixed(positive), shapes=[(*shapes, (4,)) for shapes in CLASSES])),
    Row("cross_entropy", lambda t, F, x, y, **k: F.cross_entropy(x, y, **k),
        losses(normal, target(4), shapes=CLASSES,
               ignore_index=(-100, 2), label_smoothing=(0.0, 0.1))),
    Row("cross_entropy weighted", lambda t, F, x, y, w, **k: F.cross_entropy(x, y, w, **k),
        losses(normal, target(4), fixed(positive), shapes=[(*shapes, (4,)) for shapes in CLASSES],
               label_smoothing=(0.0, 0.2))),
    Row("cross_entropy of probabilities", lambda t, F, x, y, **k: F.cross_entropy(x, y, **k),
        losses(normal, probability, shapes=(((3, 4), (3, 4)), ((2, 4, 2), (2, 4, 2))),
               label_smoothing=(0.0, 0.1))),
]

TABLE = [
    *ELEMENTWISE, *ANSWERS, *REDUCTIONS, *PRODUCTS, *SHAPES, *INDEXING,
    *ACTIVATIONS, *IMAGE_OPERATIONS, *LOSSES,
]  # fmt: skip


def library_functions():
    """{name: class} of every Function that the library defines; not bases, not those of tests."""
    found, waiting = {}, Function.__subclasses__()
    while waiting:
        f = waiting.pop()
        waiting += f.__subclasses__()
        ours = re.match(r"tinygrad_cv\.(?!torch_names)", f.__module__)
        partial = f.forward is Function.forward or f.backward is Function.backward
        is_base = f.differentiable and partial
        if ours and not is_base and getattr(sys.modules[f.__module__], f.__name__, None) is f:
            found[f.__name__] = f
    return found
