"""Initial weights: small random numbers of the right size.

A layer adds up fan_in products. If its weights have variance 1/fan_in, the sum has the variance
of one input, and a signal neither grows nor dies on its way through many layers. A ReLU throws
half of it away, so the weights need sqrt(2) more: that factor is the `gain`. Backward the same
holds with fan_out.

    Xavier (Glorot and Bengio 2010)   std = gain sqrt(2 / (fan_in + fan_out))
    Kaiming (He et al. 2015)          std = gain / sqrt(fan_in), or of fan_out

A uniform distribution on [-a, a] has the standard deviation a / sqrt(3), so a = sqrt(3) std.
Each function overwrites its tensor and returns it. Where a shape is too small for a fan (fewer
than two dimensions), ValueError.
"""

import math

from .. import ops
from ..autograd import no_grad
from ..ops.checks import check_floating, number


@no_grad()
def uniform_(tensor, a=0.0, b=1.0, generator=None):
    """Draws from the uniform distribution on [a, b)."""
    return ops.uniform_(tensor, a, b, generator)


@no_grad()
def normal_(tensor, mean=0.0, std=1.0, generator=None):
    """Draws from the normal distribution N(mean, std^2)."""
    return ops.normal_(tensor, mean, std, generator)


@no_grad()
def constant_(tensor, val):
    """One number everywhere."""
    ops.check_tensor("constant_", tensor)
    return ops.fill_(tensor, number("constant_", val, "val"))


def zeros_(tensor):
    """Zero everywhere."""
    return constant_(tensor, 0.0)


def ones_(tensor):
    """One everywhere."""
    return constant_(tensor, 1.0)


def xavier_uniform_(tensor, gain=1.0, generator=None):
    """Uniform, with std = gain sqrt(2 / (fan_in + fan_out))."""
    bound = math.sqrt(3.0) * _xavier_std("xavier_uniform_", tensor, gain)
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor, gain=1.0, generator=None):
    """Normal, with std = gain sqrt(2 / (fan_in + fan_out))."""
    return normal_(tensor, 0.0, _xavier_std("xavier_normal_", tensor, gain), generator)


def _xavier_std(name, tensor, gain):
    if math.isnan(number(name, gain, "gain")):
        raise RuntimeError(f"{name}: gain is NaN")
    return gain * math.sqrt(2.0 / sum(fans(tensor, name)))


def kaiming_uniform_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None):
    """Uniform, with std = gain / sqrt(fan); `a` is the slope of the leaky ReLU that follows.

    >>> import tinygrad_cv as tg
    >>> w = tg.nn.init.kaiming_uniform_(tg.empty(4, 6), nonlinearity="relu")   # sqrt(3) sqrt(2 / 6) = 1
    >>> bool((w.abs() <= 1).all())
    True
    """
    bound = math.sqrt(3.0) * _kaiming_std("kaiming_uniform_", tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None):
    """Normal, with std = gain / sqrt(fan); `a` is the slope of the leaky ReLU that follows."""
    return normal_(tensor, 0.0, _kaiming_std("kaiming_normal_", tensor, a, mode, nonlinearity), generator)


def _kaiming_std(name, tensor, a, mode, nonlinearity):
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"{name}: mode must be 'fan_in' or 'fan_out', got {mode!r}")
    fan = max(1, fans(tensor, name)[mode == "fan_out"])  # 0: there is nothing to fill
    return _gain(name, nonlinearity, a) / math.sqrt(fan)


def trunc_normal_(tensor, mean=0.0, std=1.0, a=-2.0, b=2.0, generator=None):
    """Normal, but drawn again wherever the value is not between a and b."""
    ops.check_tensor("trunc_normal_", tensor)
    for what, value in dict(mean=mean, std=std, a=a, b=b).items():
        number("trunc_normal_", value, what)
    if not a <= mean <= b:
        raise ValueError(f"trunc_normal_: the mean must lie between a and b, got {mean}, {a} and {b}")
    normal_(tensor, mean, std, generator)
    with no_grad():
        while bool((outside := (tensor < a) | (tensor > b)).any()):
            tensor.copy_(ops.where(outside, normal_(tensor.new_zeros(tensor.shape), mean, std, generator), tensor))
    return tensor


def orthogonal_(tensor, gain=1, generator=None):
    """Rows (or columns, where there are fewer) of length `gain`, each at right angles to all others (Saxe et al. 2014).

    >>> import tinygrad_cv as tg
    >>> w = tg.nn.init.orthogonal_(tg.empty(2, 3))
    >>> tg.allclose(w @ w.t(), tg.eye(2), atol=1e-6)
    True
    """
    fans(tensor, "orthogonal_")  # refuses fewer than two dims
    number("orthogonal_", gain, "gain")
    size = tensor.shape[0], tensor.numel() // max(tensor.shape[0], 1)
    rows = normal_(tensor.new_zeros((min(size), max(size))), 0.0, 1.0, generator)
    with no_grad():
        for i in range(len(rows)):  # Gram-Schmidt; the second time takes away what rounding has left
            for _ in range(2):
                rows[i] = rows[i] - (rows[:i] @ rows[i]) @ rows[:i]
            rows[i] = rows[i] / ops.norm(rows[i])
        tensor.copy_((rows if size[0] <= size[1] else rows.t()).reshape(tensor.shape) * gain)
    return tensor


def calculate_gain(nonlinearity, param=None):
    """How much larger weights must be to make up for the activation that follows them."""
    return _gain("calculate_gain", nonlinearity, param)


def _gain(name, nonlinearity, param):
    if not isinstance(nonlinearity, str):
        raise ValueError(f"{name}: nonlinearity must be a name such as 'relu', got {nonlinearity!r}")
    if nonlinearity in ("linear", "sigmoid") or nonlinearity.startswith("conv"):
        return 1
    gains = {"tanh": 5.0 / 3, "relu": math.sqrt(2.0), "selu": 3.0 / 4}
    if nonlinearity in gains:
        return gains[nonlinearity]
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, (int, float)):
            raise ValueError(f"{name}: negative_slope {slope!r} not a valid number")
        return math.sqrt(2.0 / (1 + slope**2))
    raise ValueError(f"{name}: unsupported nonlinearity {nonlinearity!r}")


def fans(tensor, name="fans"):
    """(fan_in, fan_out): how many products one output adds up, and how many one input takes part in.

    A weight is (O, I) or (O, I, kh, kw): each output pixel sees I kh kw inputs.
    """
    check_floating(name, tensor)
    if len(tensor.shape) < 2:
        raise ValueError(f"{name}: fan_in and fan_out need at least 2 dimensions, got {tuple(tensor.shape)}")
    kernel = math.prod(tensor.shape[2:])
    return tensor.shape[1] * kernel, tensor.shape[0] * kernel


def default_(weight, bias):
    """What PyTorch gives linear and convolution layers: all uniform on +-1/sqrt(fan_in).

    It comes from kaiming_uniform_ with the odd slope a = sqrt(5): then gain = sqrt(2/6), and
    the bound is sqrt(3) sqrt(1/3) / sqrt(fan_in).
    """
    kaiming_uniform_(weight, a=math.sqrt(5))
    fan_in, _ = fans(weight)
    if bias is not None and fan_in:
        uniform_(bias, -1 / math.sqrt(fan_in), 1 / math.sqrt(fan_in))
