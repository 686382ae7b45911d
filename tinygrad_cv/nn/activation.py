"""Activations as layers. The functions, with their formulas, are in ops/activation.py.

`inplace` is accepted, as in PyTorch, and has no effect: the result is always a new tensor.
"""

from ..checks import integer, number
from ..creation import full
from . import functional as F
from .module import Layer
from .parameter import Parameter


class ReLU(Layer):
    """max(0, x)."""
    def __init__(self, inplace=False): super().__init__(F.relu)


class ReLU6(Layer):
    """min(max(0, x), 6)."""
    def __init__(self, inplace=False): super().__init__(F.relu6)


class LeakyReLU(Layer):
    """x where x > 0, negative_slope * x elsewhere."""
    def __init__(self, negative_slope=0.01, inplace=False):
        slope = number("LeakyReLU", negative_slope, "negative_slope")
        super().__init__(F.leaky_relu, negative_slope=slope)


class PReLU(Layer):
    """A leaky ReLU that learns its slope: one for all, or one per channel (num_parameters)."""
    def __init__(self, num_parameters=1, init=0.25, device=None, dtype=None):
        count = integer("PReLU", num_parameters, "num_parameters", 0)
        super().__init__(F.prelu, num_parameters=count)
        slope = float(number("PReLU", init, "init"))
        self.weight = Parameter(full((count,), slope, device=device, dtype=dtype))

    def forward(self, input): return F.prelu(input, self.weight)


class ELU(Layer):
    """x where x > 0, alpha (e^x - 1) elsewhere."""
    def __init__(self, alpha=1.0, inplace=False):
        super().__init__(F.elu, alpha=number("ELU", alpha, "alpha"))


class GELU(Layer):
    """x times the distribution function of N(0, 1); "tanh" is the usual approximation."""
    def __init__(self, approximate="none"): super().__init__(F.gelu, approximate=approximate)


class SiLU(Layer):
    """x sigmoid(x)."""
    def __init__(self, inplace=False): super().__init__(F.silu)


class Softplus(Layer):
    """log(1 + e^(beta x)) / beta, and simply x where beta x > threshold."""
    def __init__(self, beta=1.0, threshold=20.0):
        beta = number("Softplus", beta, "beta")
        threshold = number("Softplus", threshold, "threshold")
        super().__init__(F.softplus, beta=beta, threshold=threshold)


class Sigmoid(Layer):
    """1 / (1 + e^-x)."""
    def __init__(self): super().__init__(F.sigmoid)


class Tanh(Layer):
    """(e^x - e^-x) / (e^x + e^-x)."""
    def __init__(self): super().__init__(F.tanh)


class LogSigmoid(Layer):
    """log sigmoid(x)."""
    def __init__(self): super().__init__(F.logsigmoid)


class Softmax(Layer):
    """exp(x) / sum exp(x) along `dim`."""
    def __init__(self, dim=None): super().__init__(F.softmax, dim=dim)


class LogSoftmax(Layer):
    """log softmax(x) along `dim`."""
    def __init__(self, dim=None): super().__init__(F.log_softmax, dim=dim)
