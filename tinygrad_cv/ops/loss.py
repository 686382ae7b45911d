"""Losses: one number that says how wrong an output is, with a gradient that says which way.

All take reduction="mean" (the default), "sum" or "none". Cross-entropy, the loss of classifiers and
of most GANs, is -log of the probability that the model gives to the truth. With two classes, the
probability is s(x) = 1 / (1 + e^-x) for a logit x, and a target t in [0, 1] makes the loss

    -[t log s(x) + (1 - t) log(1 - s(x))]  =  (1 - t) x - log s(x)

because log(1 - s(x)) = log s(x) - x. In floating point the left side contains log 0 for large |x|,
so it is infinite or NaN. The right side, with log s(x) = min(x, 0) - log(1 + e^-|x|), stays finite:
*the exponent is never positive*, so nothing overflows. The gradient, s(x) - t, says how far the
probability is from the target. docs/losses.md derives both.
"""

import math

from ..arrays import kernel, namespace, on_host
from ..autograd import Function
from ..checks import check_broadcast, check_numeric, integer, is_tensor, number, takes, warn
from ..dtypes import bool_
from .activation import log_logistic, log_softmax, logistic, logsigmoid, sigmoid
from .arithmetic import cast, floating, operands, sub
from .comparison import clamp, where
from .index import Index, grid
from .pointwise import log
from .reduce import Mean, Sum

FLOATS = ": float32 or float64"  # in @takes: not necessarily the dtype of the others


class BinaryCrossEntropy(Function):
    """y = -[t log p + (1 - t) log(1 - p)], logs clamped at -100; dy/dp = (p - t) / (p (1 - p))."""

    saves = (0, 1)

    def forward(self, p, t):
        xp = namespace(p)
        return -(t * xp.maximum(xp.log(p), -100) + (1 - t) * xp.maximum(xp.log1p(-p), -100))

    def backward(self, grad):
        p, t = self.saved()
        needs_p, needs_t = self.needs_input_grad
        return (
            grad * (p - t) / clamp(p * (1 - p), min=1e-12) if needs_p else None,
            grad * (log(1 - p) - log(p)) if needs_t else None,
        )


@kernel
def bce_with_logits(x, t):
    """(1 - t) x - log s(x) with s the sigmoid. e is taken to no positive power: no overflow."""
    return (1 - t) * x - log_logistic(x)


class BinaryCrossEntropyWithLogits(Function):
    """y = (1 - t) x - log s(x); dy/dx = s(x) - t, dy/dt = -x."""

    saves = (0, 1)
    on_arrays = True

    def forward(self, x, t):
        return bce_with_logits(x, t)

    def backward(self, grad):
        x, t = self.saved()
        needs_x, needs_t = self.needs_input_grad
        s = sigmoid(x) if is_tensor(x) else logistic(x)
        return grad * (s - t) if needs_x else None, grad * -x if needs_t else None


# What users call


def reduced(name, loss, reduction, weight=None):
    """The mean or the sum of the (weighted) losses, or the losses as they are."""
    if weight is not None:
        loss = loss * _broadcastable(name, "weight", weight, loss)
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{name}: reduction must be 'mean', 'sum' or 'none', got {reduction!r}")
    if reduction == "none":
        return loss
    return (Mean if reduction == "mean" else Sum)(tuple(range(loss.ndim)), False)(loss)


def _broadcastable(name, what, weight, like):
    """The weight in the dtype of `like`, to whose shape it must broadcast."""
    sizes = zip(reversed(weight.shape), reversed(like.shape))
    if weight.ndim > like.ndim or any(m not in (1, n) for m, n in sizes):
        raise RuntimeError(f"{name}: {what} {weight.shape} can't be broadcast to {like.shape}")
    return cast(weight, like.dtype)


def _check_shape(name, target, shape):
    if target.shape != shape:
        raise ValueError(f"{name}: targets must have shape {shape}, got {target.shape}; use view()")


@takes("input (...)", "target (...)", f"weight (...)?{FLOATS}")
def binary_cross_entropy(input, target, weight=None, *, reduction="mean"):
    """-[t log p + (1 - t) log(1 - p)] for probabilities p = input and targets t.

    Raises RuntimeError for a p or t outside [0, 1]. On a GPU the loss is NaN instead, because the
    host would have to wait for the GPU to see the numbers.

    >>> import tinygrad_cv as tg
    >>> tg.nn.functional.binary_cross_entropy(tg.tensor([0.5]), tg.tensor([1.0]))
    tensor(0.6931)
    """
    name = "binary_cross_entropy"
    _check_shape(name, target, input.shape)
    for what, x in ("the input", input.array), ("the targets", target.array):
        if on_host(x) and not bool(((x >= 0) & (x <= 1)).all()):
            raise RuntimeError(f"{name}: {what} must be probabilities; logits: {name}_with_logits")
    if not on_host(target.array):  # a wrong p makes log p or log(1 - p) NaN
        target = where((target >= 0) & (target <= 1), target, math.nan)
    return reduced(name, BinaryCrossEntropy()(input, target), reduction, weight)


@takes(
    "input (...)", f"target (...){FLOATS}", f"weight (...)?{FLOATS}", f"pos_weight (...)?{FLOATS}"
)
def binary_cross_entropy_with_logits(
    input, target, weight=None, *, reduction="mean", pos_weight=None
):
    """The binary cross-entropy of sigmoid(input); pos_weight multiplies the term of t = 1.

    >>> import tinygrad_cv as tg
    >>> tg.nn.functional.binary_cross_entropy_with_logits(tg.tensor([1000.0]), tg.tensor([0.0]))
    tensor(1000.)
    """
    name = "binary_cross_entropy_with_logits"
    _check_shape(name, target, input.shape)
    x, t = operands(name, input, target)
    if pos_weight is None:
        loss = BinaryCrossEntropyWithLogits()(x, t)
    else:  # the same steps from -[w t log s(x) + (1 - t) log(1 - s(x))]
        w = _broadcastable(name, "pos_weight", pos_weight, x)
        loss = (1 - t) * x - (1 + (w - 1) * t) * logsigmoid(x)
    return reduced(name, loss, reduction, weight)


def mse_loss(input, target, *, reduction="mean"):
    """(input - target)^2."""
    d = _difference("mse_loss", input, target)
    return reduced("mse_loss", d * d, reduction)


def l1_loss(input, target, *, reduction="mean"):
    """|input - target|."""
    return reduced("l1_loss", _difference("l1_loss", input, target).abs(), reduction)


def smooth_l1_loss(input, target, *, reduction="mean", beta=1.0):
    """d^2 / (2 beta) for errors d below beta, |d| - beta / 2 beyond; beta = 0 is the L1 loss."""
    if not number("smooth_l1_loss", beta, "beta") >= 0:
        raise RuntimeError(f"smooth_l1_loss: beta must not be negative, got {beta}")
    d = _difference("smooth_l1_loss", input, target)
    q = clamp(d, -beta, beta)  # both formulas are q (d - q / 2) / beta
    return reduced("smooth_l1_loss", q * (d - q / 2) / beta if beta else d.abs(), reduction)


def _difference(name, input, target):
    """input - target. Two shapes are broadcast, with a warning."""
    check_numeric(name, input)
    check_numeric(name, target)
    if input.shape != target.shape:
        check_broadcast(name, input.shape, target.shape)
        shapes = f"input {input.shape} and target {target.shape}"
        warn(f"{name}: {shapes} are broadcast, which is hardly meant; try target.view_as(input)")
    return sub(floating(input), floating(target))


@takes("input (N, C, ...) or (C)", "target (...): int64 or uint8", "weight (C)?")
def nll_loss(input, target, weight=None, *, ignore_index=-100, reduction="mean"):
    """-input[target]: the negative log-likelihood of the right class, from log-probabilities.

    input (N, C, ...) or (C,), target: class indices (N, ...) or (). weight (C,) has one factor per
    class; the mean divides by their sum. A target equal to ignore_index does not count.
    Raises IndexError for an unknown class; on a GPU the loss is NaN instead.
    """
    return _nll("nll_loss", input, target, weight, ignore_index, reduction)


@takes("input (N, C, ...) or (C)", f"target (...){FLOATS} or int64 or uint8", "weight (C)?")
def cross_entropy(
    input, target, weight=None, *, ignore_index=-100, reduction="mean", label_smoothing=0.0
):
    """The cross-entropy of softmax(input): log_softmax over the classes, then nll_loss.

    Targets are class indices, or probabilities of input's shape. label_smoothing s mixes them with
    the uniform distribution: (1 - s) t + s / C (Szegedy et al. 2016).

    >>> import tinygrad_cv as tg
    >>> tg.nn.functional.cross_entropy(tg.zeros(1, 2), tg.tensor([0]))
    tensor(0.6931)
    """
    name, s, dim = "cross_entropy", label_smoothing, min(input.ndim - 1, 1)
    if not 0 <= number(name, s, "label_smoothing") <= 1:
        raise ValueError(f"{name}: label_smoothing must be between 0 and 1, got {s}")
    logs = log_softmax(input, dim)
    if target.dtype.kind != "f":
        return _nll(name, logs, target, weight, ignore_index, reduction, s)
    _check_shape(name, target, input.shape)
    if integer(name, ignore_index, "ignore_index") >= 0:
        raise RuntimeError(f"{name}: ignore_index={ignore_index} is for targets that are indices")
    t = (1 - s) * target + s / max(input.shape[dim], 1)
    return reduced(name, -(t * _per_class(logs, weight, dim)).sum(dim), reduction)


def _nll(name, logs, target, weight, ignore_index, reduction, smoothing=0):
    """Both losses, from log-probabilities (N, C, ...) or (C,) and class indices (N, ...) or ()."""
    dim = min(logs.ndim - 1, 1)
    classes, target = logs.shape[dim], target if dim else target.squeeze()
    _check_shape(name, target, logs.shape[:dim] + logs.shape[dim + 1 :])
    xp, t = namespace(target.array), target.array.astype("int64")
    counted = t != integer(name, ignore_index, "ignore_index")
    known = (t >= 0) & (t < classes)
    if on_host(t) and not bool((known | ~counted).all()):
        wanted = f"0 to {classes - 1} (or {ignore_index=})"
        raise IndexError(f"{name}: targets must be {wanted}, got {t.min()} to {t.max()}")
    t, weighted = xp.where(known, t, 0), _per_class(logs, weight, dim)
    places = grid(t)  # of the examples; in each, the loss stands at t along dim
    loss = -Index((*places[:dim], t, *places[dim:]))(weighted)
    if smoothing:
        loss = (1 - smoothing) * loss - smoothing * weighted.mean(dim)
    others = logs.new_tensor(xp.where(counted, math.nan, 0.0))  # NaN: unknown, on a GPU
    loss = where(target.new_tensor(known & counted, dtype=bool_), loss, others)
    if reduction != "mean":
        return reduced(name, loss, reduction)
    share = logs.new_tensor(counted)
    return loss.sum() / (share if weight is None else share * Index((t,))(weight)).sum()


def _per_class(logs, weight, dim):
    """logs times the weight of each class; the classes are dim `dim`."""
    shape = (-1,) + (1,) * (logs.ndim - 1 - dim)
    return logs if weight is None else logs * weight.reshape(shape)
