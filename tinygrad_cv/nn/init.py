"""Initial weights: small random numbers of the right size.

A layer adds up fan_in products. If its weights have variance 1/fan_in, the sum has the variance
of one input, and a signal neither grows nor vanishes on its way through many layers. A ReLU
halves its mean square, so the weights must be sqrt(2) times larger: this factor is the `gain`.
For the gradients on their way backward, the same holds with fan_out.

    Xavier (Glorot and Bengio 2010)   std = gain sqrt(2 / (fan_in + fan_out))
    Kaiming (He et al. 2015)          std = gain / sqrt(fan_in), or of fan_out

A uniform distribution on [-a, a] has the standard deviation a / sqrt(3), so a = sqrt(3) std.
Each function overwrites its tensor and returns it.
"""

import math

from .. import ops
from ..autograd import no_grad
from ..checks import check_floating, number


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
    return ops.fill_(tensor, val)


def zeros_(tensor): return constant_(tensor, 0.0)
def ones_(tensor): return constant_(tensor, 1.0)


def xavier_uniform_(tensor, gain=1.0, generator=None):
    """Uniform, with std = gain sqrt(2 / (fan_in + fan_out))."""
    bound = math.sqrt(3.0) * _xavier_std("xavier_uniform_", tensor, gain)
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor, gain=1.0, generator=None):
    """Normal, with std = gain sqrt(2 / (fan_in + fan_out))."""
    return normal_(tensor, 0.0, _xavier_std("xavier_normal_", tensor, gain), generator)


def _xavier_std(name, tensor, gain):
    return number(name, gain, "gain") * math.sqrt(2.0 / max(sum(fans(name, tensor)), 1))


def kaiming_uniform_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None):
    """Uniform, with std = gain / sqrt(fan); `a` is the slope of the leaky ReLU that follows."""
    bound = math.sqrt(3.0) * _kaiming_std("kaiming_uniform_", tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None):
    """Normal, with std = gain / sqrt(fan); `a` is the slope of the leaky ReLU that follows."""
    std = _kaiming_std("kaiming_normal_", tensor, a, mode, nonlinearity)
    return normal_(tensor, 0.0, std, generator)


def _kaiming_std(name, tensor, a, mode, nonlinearity):
    if str(mode) not in ("fan_in", "fan_out"):
        raise ValueError(f"{name}: mode must be 'fan_in' or 'fan_out', got {mode!r}")
    fan = fans(name, tensor)[mode == "fan_out"]
    return calculate_gain(nonlinearity, a, name) / math.sqrt(max(fan, 1))


def calculate_gain(nonlinearity, param=None, name="calculate_gain"):
    """The factor by which weights must be larger to make up for the activation after them."""
    slope = number(name, 0.01 if param is None else param, "the slope")
    gains = {
        "linear": 1, "sigmoid": 1, "conv2d": 1, "conv_transpose2d": 1, "tanh": 5.0 / 3,
        "relu": math.sqrt(2.0), "leaky_relu": math.sqrt(2.0 / (1 + slope * slope)), "selu": 3.0 / 4,
    }
    if not isinstance(nonlinearity, str) or nonlinearity not in gains:
        known = ", ".join(gains)
        raise ValueError(f"{name}: nonlinearity must be one of {known}, got {nonlinearity!r}")
    return gains[nonlinearity]


def fans(name, tensor):
    """(fan_in, fan_out) of a weight (O, I) or (O, I, kh, kw): a pixel adds up I kh kw products."""
    check_floating(name, tensor)
    if tensor.ndim < 2:
        raise ValueError(f"{name}: fan_in and fan_out need at least 2 dims, got {tensor.shape}")
    kernel = math.prod(tensor.shape[2:])
    return tensor.shape[1] * kernel, tensor.shape[0] * kernel
