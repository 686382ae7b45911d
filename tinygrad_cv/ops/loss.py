"""Losses: one number that says how wrong an output is, with a gradient that says which way.

All take reduction="mean" (default), "sum" or "none"; `size_average` and `reduce`, its two
predecessors, stand in the signatures because PyTorch counts them, and are refused.
The two cross-entropies for a GAN:

    binary_cross_entropy             -[t log p + (1 - t) log(1 - p)]   for p = sigmoid(x)
    binary_cross_entropy_with_logits  the same as a function of the logit x, in a stable form:

        max(x, 0) - x t + log(1 + e^-|x|)         gradient by x: sigmoid(x) - t

The first rounds p to 0 or 1 for large |x| and then meets log 0; the second never does, and its
gradient is as simple as it looks: how far the probability is from the target. docs/losses.md
derives both.
"""

import math

from ..autograd import Function
from ..autograd.grad_mode import is_grad_enabled
from ..backend import dtypes
from .activation import log_softmax, logsigmoid
from .arithmetic import check_broadcast, operands
from .checks import check_floating, check_same_dtype, check_tensor, flag, number, unsupported
from .choice import clamp, where
from .comparison import ne
from .gather import gather_unchecked
from .pointwise import exp, log
from .reduce import Mean

LOG_FLOOR = -100.0  # BCELoss clamps its logs here, as PyTorch does: log 0 becomes a large number


class BinaryCrossEntropy(Function):
    """y = -[t max(log p, -100) + (1 - t) max(log(1 - p), -100)]; dy/dp = (p - t) / (p (1 - p))."""

    save_inputs = (0, 1)

    def forward(self, p, t):
        xp = self.backend.xp
        yes, no = xp.maximum(xp.log(p), LOG_FLOOR), xp.maximum(xp.log1p(-p), LOG_FLOOR)
        return -(t * yes + (1 - t) * no)

    def backward(self, grad):
        p, t = self.saved_inputs()
        by_p, by_t = self.needs_input_grad
        return (
            grad * (p - t) / clamp(p * (1 - p), min=1e-12) if by_p else None,
            grad * (log(1 - p) - log(p)) if by_t else None,
        )


class BinaryCrossEntropyWithLogits(Function):
    """y = (1 - t) x - min(x, 0) + log(1 + e^-|x|); dy/dx = sigmoid(x) - t.

    Written so, and not max(x, 0) - x t + ..., an infinite x meets no second infinity to be subtracted from.
    The mean or the sum is taken here too: in a small network a node less is time won.
    """

    save_inputs = (0, 1)
    on_arrays = True

    def __init__(self, reduction="none"):
        self.reduction = reduction

    def forward(self, x, t):
        y, self.kept = self.backend.bce_with_logits(x, t)  # kept: sigmoid(x)
        self.share = 1 / y.size if self.reduction == "mean" else 1.0
        return y if self.reduction == "none" else y.sum() * self.share

    def backward(self, grad):
        x, t = self.saved_inputs()
        by_x, by_t = self.needs_input_grad
        grad = grad * self.share
        probability = x.sigmoid() if is_grad_enabled() else self.kept
        return grad * (probability - t) if by_x else None, grad * -x if by_t else None


# What users call


def reduced(name, loss, reduction, size_average=None, reduce=None):
    """The mean, the sum, or the losses as they are."""
    _check_legacy(name, size_average, reduce)
    if reduction == "mean":
        return Mean(tuple(range(len(loss.array.shape))), False)(loss)
    if reduction == "sum":
        return loss.sum()
    if reduction == "none":
        return loss
    raise ValueError(f"{name}: reduction must be 'mean', 'sum' or 'none', got {reduction!r}")


def _check_legacy(name, size_average, reduce):
    if size_average is not None or reduce is not None:
        raise NotImplementedError(f"{name}: size_average and reduce are not supported; use reduction=")


def _check_targets(name, input, target):
    check_floating(name, input)
    check_tensor(name, target, "target")
    if input.array.shape != target.array.shape:
        raise ValueError(
            f"{name}: input and target must have one shape, got {tuple(input.shape)} and {tuple(target.shape)}; "
            "view() or expand_as() one of them"
        )


def binary_cross_entropy(input, target, weight=None, size_average=None, reduce=None, reduction="mean"):
    """-[t log p + (1 - t) log(1 - p)] for probabilities p = input and targets t, logs not below -100.

    Raises ValueError if the shapes differ, RuntimeError if a probability or a target is outside [0, 1]
    (on a GPU the loss is NaN then: to look, the host would have to wait for the GPU).

    >>> import tinygrad_cv as tg
    >>> tg.nn.functional.binary_cross_entropy(tg.tensor([0.5]), tg.tensor([1.0]))
    tensor(0.6931)
    """
    name = "binary_cross_entropy"
    _check_targets(name, input, target)
    check_same_dtype(name, input, target=target)
    p, t = input.array, target.array
    if input.backend.asynchronous:  # log p and log(1 - p) are NaN by themselves
        target = where((target >= 0) & (target <= 1), target, math.nan)
    elif p.size and not bool(((p >= 0) & (p <= 1)).all()):
        raise RuntimeError(f"{name}: probabilities must lie in [0, 1]; pass logits to binary_cross_entropy_with_logits")
    elif t.size and not bool(((t >= 0) & (t <= 1)).all()):
        raise RuntimeError(f"{name}: targets must lie in [0, 1]")
    loss = BinaryCrossEntropy()(input, target)
    return reduced(name, loss if weight is None else loss * weight, reduction, size_average, reduce)


def binary_cross_entropy_with_logits(
    input, target, weight=None, size_average=None, reduce=None, reduction="mean", pos_weight=None
):
    """Binary cross-entropy of sigmoid(input), for logits of any size; pos_weight weighs the term of t = 1.

    >>> import tinygrad_cv as tg
    >>> tg.nn.functional.binary_cross_entropy_with_logits(tg.tensor([1000.0]), tg.tensor([0.0]))
    tensor(1000.)
    """
    name = "binary_cross_entropy_with_logits"
    _check_targets(name, input, target)
    if target.array.dtype is not input.array.dtype:
        check_floating(name, target)
        input, target = operands(name, input, target)
    if pos_weight is None:
        plain = weight is size_average is reduce is None and reduction in ("mean", "sum") and input.array.size
        loss = BinaryCrossEntropyWithLogits(reduction if plain else "none")(input, target)
        if plain:
            return loss
    else:
        check_tensor(name, pos_weight, "pos_weight")
        check_same_dtype(name, input, pos_weight=pos_weight)
        check_broadcast(name, input.shape, pos_weight.shape)
        if len(pos_weight.shape) > len(input.shape):
            raise RuntimeError(f"{name}: pos_weight {tuple(pos_weight.shape)} has more dims than the input {tuple(input.shape)}")
        # t w log s(x) + (1 - t) log(1 - s(x)), with log(1 - s(x)) = log s(x) - x
        loss = (1 - target) * input - ((pos_weight - 1) * target + 1) * logsigmoid(input)
    return reduced(name, loss if weight is None else loss * weight, reduction, size_average, reduce)


def mse_loss(input, target, size_average=None, reduce=None, reduction="mean", weight=None):
    """(input - target)^2."""
    d = _difference("mse_loss", input, target, weight)
    return reduced("mse_loss", d * d, reduction, size_average, reduce)


def l1_loss(input, target, size_average=None, reduce=None, reduction="mean", weight=None):
    """|input - target|."""
    d = _difference("l1_loss", input, target, weight, "iuf")
    return reduced("l1_loss", d.abs(), reduction, size_average, reduce)


def huber_loss(input, target, reduction="mean", delta=1.0, weight=None):
    """d^2 / 2 for errors d up to delta, and the line delta (|d| - delta / 2) beyond (Huber 1964)."""
    if not number("huber_loss", delta, "delta") > 0:
        raise RuntimeError(f"huber_loss: delta must be positive, got {delta}")
    d = _difference("huber_loss", input, target, weight)
    check_floating("huber_loss", input)
    far = d.abs() > delta
    near = where(far, 0.0, d)  # squared, an infinity far off would meet the zero of its gradient: NaN
    return reduced("huber_loss", where(far, delta * (d.abs() - 0.5 * delta), 0.5 * near * near), reduction)


def smooth_l1_loss(input, target, size_average=None, reduce=None, reduction="mean", beta=1.0):
    """d^2 / (2 beta) for errors d below beta, |d| - beta / 2 beyond; beta = 0 is the L1 loss."""
    if not number("smooth_l1_loss", beta, "beta") >= 0:
        raise RuntimeError(f"smooth_l1_loss: beta must not be negative, got {beta}")
    d = _difference("smooth_l1_loss", input, target)
    far = d.abs() > beta
    near = where(far, 0.0, d)  # as in huber_loss
    loss = where(far, d.abs() - 0.5 * beta, near * near * (0.5 / beta)) if beta else d.abs()
    return reduced("smooth_l1_loss", loss, reduction, size_average, reduce)


def _difference(name, input, target, weight=None, kinds="f"):
    unsupported(name, weight=weight)
    check_tensor(name, input)
    check_tensor(name, target, "target")
    check_broadcast(name, input.shape, target.shape)
    if "b" in (input.dtype.kind, target.dtype.kind):
        raise RuntimeError(f"{name}: bool tensors can't be subtracted; convert them with .float()")
    d = input - target
    if d.dtype.kind not in kinds:
        raise NotImplementedError(f"{name}: not defined for {d.dtype}; convert the input with .float()")
    return d


def nll_loss(
    input, target, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean"
):
    """-input[target]: the negative log-likelihood of the right class, for log-probabilities.

    input (N, C) or (C,) or (N, C, d1, ...), target class indices (N), () or (N, d1, ...). weight
    (C,) weighs the classes (the mean divides by the weights); ignore_index leaves places out.
    """
    return _nll("nll_loss", input, target, weight, size_average, ignore_index, reduce, reduction)


def _nll(name, input, target, weight, size_average, ignore_index, reduce, reduction):
    check_floating(name, input)
    check_tensor(name, target, "target")
    if target.dtype not in (dtypes.int64, dtypes.uint8):
        raise RuntimeError(f"{name}: targets must be class indices (int64), got {target.dtype}; use .long()")
    if weight is not None:
        check_tensor(name, weight, "weight")
    check_same_dtype(name, input, weight=weight)
    if len(input.shape) == 1:
        return _unbatched(name, input, target, weight, size_average, ignore_index, reduce, reduction)
    if len(input.shape) < 2 or target.shape != (input.shape[0], *input.shape[2:]):
        another_batch = not target.shape or (
            len(target.shape) == len(input.shape) - 1 and target.shape[0] != input.shape[0])
        raise (ValueError if another_batch else RuntimeError)(
            f"{name}: input (N, C, ...) {tuple(input.shape)} needs targets (N, ...), got {tuple(target.shape)}"
        )
    classes = input.shape[1]
    if weight is not None and weight.shape != (classes,):
        raise RuntimeError(f"{name}: weight must have shape ({classes},), got {tuple(weight.shape)}")
    counted = ne(target, ignore_index)
    target = where(counted, target, 0)
    if input.backend.asynchronous:  # to look, the host would have to wait: the loss of an unknown class is NaN
        known = (target >= 0) & (target < classes)
        loss = where(known, _picked(input, where(known, target, 0)), math.nan)
    elif target.numel() and not 0 <= target.min().item() <= target.max().item() < classes:
        raise IndexError(f"{name}: targets must be in 0 to {classes - 1}, got {target.min().item()} to {target.max().item()}")
    else:
        loss = _picked(input, target)
    share = counted.to(input.dtype) if weight is None else weight[target] * counted
    loss = where(counted, loss * share, 0.0)
    total = reduced(name, loss, "sum" if reduction == "mean" else reduction, size_average, reduce)
    return total / share.sum() if reduction == "mean" else total


def _picked(input, target):
    """-input at the target's class."""
    return -gather_unchecked(input, 1, target.unsqueeze(1)).squeeze(1)


def _unbatched(name, input, target, *options):
    if target.shape not in ((), (1,)):
        raise ValueError(f"{name}: input (C,) needs a target of shape (), got {tuple(target.shape)}")
    return _nll(name, input.unsqueeze(0), target.reshape(1), *options).reshape(())


def cross_entropy(
    input, target, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean",
    label_smoothing=0.0,
):
    """Cross-entropy of softmax(input): log_softmax over the classes, then nll_loss.

    Targets are class indices, or probabilities of input's shape. label_smoothing s mixes the
    targets with the uniform distribution: (1 - s) t + s / C (Szegedy et al. 2016).

    >>> import tinygrad_cv as tg
    >>> tg.nn.functional.cross_entropy(tg.zeros(1, 2), tg.tensor([0]))
    tensor(0.6931)
    """
    name = "cross_entropy"
    _check_legacy(name, size_average, reduce)
    check_floating(name, input)
    check_tensor(name, target, "target")
    if not 0 <= number(name, label_smoothing, "label_smoothing") <= 1:
        raise RuntimeError(f"{name}: label_smoothing must be between 0 and 1, got {label_smoothing}")
    if weight is not None:
        check_tensor(name, weight, "weight")
    if not input.shape:
        raise ValueError(f"{name}: expected input (N, C, ...) or (C,), got a 0-d tensor")
    dim = 1 if len(input.shape) > 1 else 0
    logs = log_softmax(input, dim)
    channels = (-1,) + (1,) * (len(input.shape) - 1 - dim)
    if target.dtype.kind == "f":
        if ignore_index >= 0:
            raise RuntimeError(f"{name}: ignore_index={ignore_index} can't be used with class probabilities")
        return _with_probabilities(name, logs, target, weight, reduction, label_smoothing, dim, channels)
    if not label_smoothing:
        return _nll(name, logs, target, weight, None, ignore_index, None, reduction)
    total = "none" if reduction == "none" else "sum"
    right = _nll(name, logs, target, weight, None, ignore_index, None, total)
    counted = ne(target, ignore_index)
    smooth = -(logs if weight is None else logs * weight.reshape(channels)).sum(dim)
    smooth = where(counted, smooth, 0.0)
    if reduction != "none":
        smooth = smooth.sum()
    loss = (1 - label_smoothing) * right + label_smoothing / input.shape[dim] * smooth
    if reduction != "mean":
        return reduced(name, loss, reduction)
    share = counted.to(input.dtype) if weight is None else weight[where(counted, target, 0)] * counted
    return loss / share.sum()


def _with_probabilities(name, logs, target, weight, reduction, label_smoothing, dim, channels):
    if target.shape != logs.shape:
        raise RuntimeError(f"{name}: class probabilities must have the input's shape {logs.shape}, got {target.shape}")
    target = target * (1 - label_smoothing) + label_smoothing / logs.shape[dim]
    loss = -(logs * target if weight is None else logs * target * weight.reshape(channels)).sum(dim)
    if reduction == "mean":
        return loss.sum() / (loss.numel() or float("nan"))
    return reduced(name, loss, reduction)


def kl_div(input, target, size_average=None, reduce=None, reduction="mean", log_target=False):
    """t (log t - x) for log-probabilities x = input and probabilities t (their logs if log_target), 0 at t = 0.

    reduction="batchmean" divides the sum by the batch: the Kullback-Leibler divergence.
    """
    name = "kl_div"
    check_floating(name, input)
    check_floating(name, target)
    check_broadcast(name, input.shape, target.shape)
    if flag(name, log_target, "log_target"):
        loss = exp(target) * (target - input)
    else:
        none = target == 0
        loss = where(none, 0.0, target * log(where(none, 1.0, target))) - target * input
    if reduction == "batchmean":
        return reduced(name, loss, "sum", size_average, reduce) / (input.shape or (1,))[0]
    return reduced(name, loss, reduction, size_average, reduce)
