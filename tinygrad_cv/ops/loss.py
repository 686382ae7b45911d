"""Losses: one number that says how wrong an output is, with a gradient that says which way.

All take reduction="mean" (default), "sum" or "none". The two cross-entropies for a GAN:

    binary_cross_entropy             -[t log p + (1 - t) log(1 - p)]   for p = sigmoid(x)
    binary_cross_entropy_with_logits  the same as a function of the logit x, in a stable form:

        max(x, 0) - x t + log(1 + e^-|x|)         gradient by x: sigmoid(x) - t

The first rounds p to 0 or 1 for large |x| and then meets log 0; the second never does, and its
gradient is as simple as it looks: how far the probability is from the target. docs/losses.md
derives both.
"""

from ..autograd import Function
from ..autograd.grad_mode import is_grad_enabled
from .activation import log_softmax
from .arithmetic import clamp, where
from .checks import check_floating, check_same_dtype, check_tensor, floating
from .comparison import ne
from .pointwise import log

LOG_FLOOR = -100.0  # BCELoss clamps its logs here, as PyTorch does: log 0 becomes a large number


class BinaryCrossEntropy(Function):
    """y = -[t max(log p, -100) + (1 - t) max(log(1 - p), -100)]; dy/dp = (p - t) / (p (1 - p))."""

    save_inputs = (0, 1)

    def forward(self, p, t):
        xp = self.backend.xp
        with self.backend.quiet():
            yes, no = xp.maximum(xp.log(p), LOG_FLOOR), xp.maximum(xp.log1p(-p), LOG_FLOOR)
        return -(t * yes + (1 - t) * no)

    def backward(self, grad):
        p, t = self.saved_inputs()
        by_p, by_t = self.needs_input_grad
        return (
            grad * (p - t) / clamp(p * (1 - p), min=1e-12) if by_p else None,
            grad * (clamp(log(1 - p), min=LOG_FLOOR) - clamp(log(p), min=LOG_FLOOR)) if by_t else None,
        )


class BinaryCrossEntropyWithLogits(Function):
    """y = max(x, 0) - x t + log(1 + e^-|x|); dy/dx = sigmoid(x) - t."""

    save_inputs = (0, 1)
    on_arrays = True

    def forward(self, x, t):
        xp = self.backend.xp
        high = xp.maximum(x, 0)
        low = x - high  # min(x, 0), so that low - high = -|x|
        small = xp.exp(low - high)
        self.kept = xp.exp(low) / (small + 1)  # sigmoid(x), with e^-|x| at hand
        return high - x * t + xp.log1p(small)

    def backward(self, grad):
        x, t = self.saved_inputs()
        by_x, by_t = self.needs_input_grad
        probability = x.sigmoid() if is_grad_enabled() else self.kept
        return grad * (probability - t) if by_x else None, grad * -x if by_t else None


# What users call


def reduce(name, loss, reduction):
    """The mean, the sum, or the losses as they are."""
    if reduction == "mean":
        return loss.mean()
    if reduction == "sum":
        return loss.sum()
    if reduction == "none":
        return loss
    raise ValueError(f"{name}: reduction must be 'mean', 'sum' or 'none', got {reduction!r}")


def _check_targets(name, input, target):
    check_floating(name, input)
    check_tensor(name, target, "target")
    if input.shape != target.shape:
        raise ValueError(
            f"{name}: input and target must have one shape, got {tuple(input.shape)} and {tuple(target.shape)}; "
            "view() or expand_as() one of them"
        )


def binary_cross_entropy(input, target, weight=None, reduction="mean"):
    """-[t log p + (1 - t) log(1 - p)] for probabilities p = input and targets t, logs not below -100.

    Raises ValueError if the shapes differ, RuntimeError if a probability is outside [0, 1].

    >>> import tinygrad_cv as tg
    >>> tg.nn.functional.binary_cross_entropy(tg.tensor([0.5]), tg.tensor([1.0]))
    tensor(0.6931)
    """
    name = "binary_cross_entropy"
    _check_targets(name, input, target)
    check_same_dtype(name, input, target=target)
    p = input.array
    if p.size and not bool(((p >= 0) & (p <= 1)).all()):
        raise RuntimeError(f"{name}: probabilities must lie in [0, 1]; pass logits to binary_cross_entropy_with_logits")
    loss = BinaryCrossEntropy()(input, target)
    return reduce(name, loss if weight is None else loss * weight, reduction)


def binary_cross_entropy_with_logits(input, target, weight=None, reduction="mean", pos_weight=None):
    """Binary cross-entropy of sigmoid(input), for logits of any size; pos_weight weighs the term of t = 1.

    >>> import tinygrad_cv as tg
    >>> tg.nn.functional.binary_cross_entropy_with_logits(tg.tensor([1000.0]), tg.tensor([0.0]))
    tensor(1000.)
    """
    name = "binary_cross_entropy_with_logits"
    _check_targets(name, input, target)
    if target.dtype is not input.dtype:
        target = target.to(input.dtype)
    if pos_weight is None:
        loss = BinaryCrossEntropyWithLogits()(input, target)
    else:  # t w log s(x) + (1 - t) log(1 - s(x)) has the same stable form with a factor
        factor = (pos_weight - 1) * target + 1
        loss = (1 - target) * input + factor * BinaryCrossEntropyWithLogits()(input, input.new_ones(input.shape))
    return reduce(name, loss if weight is None else loss * weight, reduction)


def mse_loss(input, target, reduction="mean"):
    """(input - target)^2."""
    difference = _difference("mse_loss", input, target)
    return reduce("mse_loss", difference * difference, reduction)


def l1_loss(input, target, reduction="mean"):
    """|input - target|."""
    return reduce("l1_loss", _difference("l1_loss", input, target).abs(), reduction)


def huber_loss(input, target, reduction="mean", delta=1.0):
    """d^2 / 2 for errors d up to delta, and the line delta (|d| - delta / 2) beyond (Huber 1964)."""
    if delta <= 0:
        raise ValueError(f"huber_loss: delta must be positive, got {delta}")
    d = _difference("huber_loss", input, target)
    return reduce("huber_loss", where(d.abs() <= delta, 0.5 * d * d, delta * (d.abs() - 0.5 * delta)), reduction)


def smooth_l1_loss(input, target, reduction="mean", beta=1.0):
    """d^2 / (2 beta) for errors d below beta, |d| - beta / 2 beyond; beta = 0 is the L1 loss."""
    if beta < 0:
        raise RuntimeError(f"smooth_l1_loss: beta must not be negative, got {beta}")
    if beta == 0:
        return l1_loss(input, target, reduction)
    d = _difference("smooth_l1_loss", input, target)
    return reduce("smooth_l1_loss", where(d.abs() < beta, d * d * (0.5 / beta), d.abs() - 0.5 * beta), reduction)


def _difference(name, input, target):
    check_tensor(name, input)
    check_tensor(name, target, "target")
    return floating(input) - target


def nll_loss(input, target, weight=None, ignore_index=-100, reduction="mean"):
    """-input[target]: the negative log-likelihood of the right class, for log-probabilities.

    input (N, C) or (C,) or (N, C, d1, ...), target class indices (N), () or (N, d1, ...). weight
    (C,) weighs the classes (the mean divides by the weights); ignore_index leaves places out.
    """
    name = "nll_loss"
    check_floating(name, input)
    check_tensor(name, target, "target")
    if target.dtype.kind not in "iu":
        raise RuntimeError(f"{name}: targets must be class indices (int64), got {target.dtype}")
    if len(input.shape) == 1:
        return _unbatched(name, input, target, weight, ignore_index, reduction)
    if len(input.shape) < 2 or target.shape != (input.shape[0], *input.shape[2:]):
        raise ValueError(
            f"{name}: input (N, C, ...) {tuple(input.shape)} needs targets (N, ...), got {tuple(target.shape)}"
        )
    classes = input.shape[1]
    if weight is not None and weight.shape != (classes,):
        raise RuntimeError(f"{name}: weight must have shape ({classes},), got {tuple(weight.shape)}")
    counted = ne(target, ignore_index)
    target = where(counted, target, 0)
    if target.numel() and not 0 <= target.min().item() <= target.max().item() < classes:
        raise IndexError(f"{name}: targets must be in 0 to {classes - 1}, got {target.min().item()} to {target.max().item()}")
    loss = -input.gather(1, target.unsqueeze(1)).squeeze(1)
    share = counted.to(input.dtype) if weight is None else weight[target] * counted
    loss = where(counted, loss * share, 0.0)
    return loss.sum() / share.sum() if reduction == "mean" else reduce(name, loss, reduction)


def _unbatched(name, input, target, weight, ignore_index, reduction):
    if target.shape:
        raise ValueError(f"{name}: input (C,) needs a target of shape (), got {tuple(target.shape)}")
    loss = nll_loss(input.unsqueeze(0), target.unsqueeze(0), weight, ignore_index, reduction)
    return loss.reshape(())


def cross_entropy(input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    """Cross-entropy of softmax(input): log_softmax over the classes, then nll_loss.

    Targets are class indices, or probabilities of input's shape. label_smoothing s mixes the
    targets with the uniform distribution: (1 - s) t + s / C (Szegedy et al. 2016).

    >>> import tinygrad_cv as tg
    >>> tg.nn.functional.cross_entropy(tg.zeros(1, 2), tg.tensor([0]))
    tensor(0.6931)
    """
    name = "cross_entropy"
    check_floating(name, input)
    check_tensor(name, target, "target")
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError(f"{name}: label_smoothing must be between 0 and 1, got {label_smoothing}")
    if not input.shape:
        raise ValueError(f"{name}: expected input (N, C, ...) or (C,), got a 0-d tensor")
    dim = 1 if len(input.shape) > 1 else 0
    logs = log_softmax(input, dim)
    channels = (-1,) + (1,) * (len(input.shape) - 1 - dim)
    if target.dtype.kind == "f":
        return _with_probabilities(name, logs, target, weight, reduction, label_smoothing, dim, channels)
    if not label_smoothing:
        return nll_loss(logs, target, weight, ignore_index, reduction)
    right = nll_loss(logs, target, weight, ignore_index, "none" if reduction == "none" else "sum")
    counted = ne(target, ignore_index)
    smooth = -(logs if weight is None else logs * weight.reshape(channels)).sum(dim)
    smooth = where(counted, smooth, 0.0)
    if reduction != "none":
        smooth = smooth.sum()
    loss = (1 - label_smoothing) * right + label_smoothing / input.shape[dim] * smooth
    if reduction != "mean":
        return reduce(name, loss, reduction)
    share = counted.to(input.dtype) if weight is None else weight[where(counted, target, 0)] * counted
    return loss / share.sum()


def _with_probabilities(name, logs, target, weight, reduction, label_smoothing, dim, channels):
    if target.shape != logs.shape:
        raise ValueError(f"{name}: class probabilities must have the input's shape {logs.shape}, got {target.shape}")
    target = target.to(logs.dtype) * (1 - label_smoothing) + label_smoothing / logs.shape[dim]
    loss = -(logs * target if weight is None else logs * target * weight.reshape(channels)).sum(dim)
    if reduction == "mean":
        return loss.sum() / (loss.numel() or float("nan"))
    return reduce(name, loss, reduction)
