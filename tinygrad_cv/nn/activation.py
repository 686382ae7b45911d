"""Activations as layers. The functions, with their formulas, are in ops/activation.py."""

from ..creation import full
from ..ops.checks import integer, number
from . import functional as F
from .module import Module
from .parameter import Parameter


class Activation(Module):
    """A function of its input with settings, which are kept as attributes and shown by repr.

    inplace=True is accepted and has no effect: the result is always a new tensor.
    """

    def __init__(self, **settings):
        super().__init__()
        for what, value in settings.items():
            if what not in ("inplace", "dim", "approximate"):
                number(type(self).__name__, value, what)
        self.__dict__.update(settings)
        self.settings = tuple(settings)

    def extra_repr(self):
        shown = [(name, getattr(self, name)) for name in self.settings]
        return ", ".join(f"{name}={value!r}" for name, value in shown if name != "inplace" or value)


class InPlace(Activation):
    """One that takes nothing but `inplace`."""

    def __init__(self, inplace=False): super().__init__(inplace=inplace)


class ReLU(InPlace):
    """max(0, x)."""

    def forward(self, input): return F.relu(input)


class ReLU6(InPlace):
    """min(max(0, x), 6)."""

    def forward(self, input): return F.relu6(input)


class LeakyReLU(Activation):
    """x where x > 0, negative_slope * x elsewhere."""

    def __init__(self, negative_slope=0.01, inplace=False):
        super().__init__(negative_slope=negative_slope, inplace=inplace)

    def forward(self, input): return F.leaky_relu(input, self.negative_slope)


class PReLU(Activation):
    """A leaky ReLU whose slope is learned: one for all, or one per channel (num_parameters)."""

    def __init__(self, num_parameters=1, init=0.25, device=None, dtype=None):
        super().__init__(num_parameters=num_parameters)
        if integer("PReLU", num_parameters, "num_parameters") < 0:
            raise RuntimeError(f"PReLU: num_parameters must not be negative, got {num_parameters}")
        slope = float(number("PReLU", init, "init"))
        self.weight = Parameter(full((num_parameters,), slope, device=device, dtype=dtype))

    def forward(self, input): return F.prelu(input, self.weight)


class ELU(Activation):
    """x where x > 0, alpha (e^x - 1) elsewhere."""

    def __init__(self, alpha=1.0, inplace=False): super().__init__(alpha=alpha, inplace=inplace)
    def forward(self, input): return F.elu(input, self.alpha)


class GELU(Activation):
    """x times the normal distribution function of x; approximate="tanh" for the usual approximation."""

    def __init__(self, approximate="none"):
        super().__init__(approximate=approximate)
        if approximate not in ("none", "tanh"):
            raise RuntimeError(f"GELU: approximate must be 'none' or 'tanh', got {approximate!r}")

    def forward(self, input): return F.gelu(input, approximate=self.approximate)


class SiLU(InPlace):
    """x sigmoid(x)."""

    def forward(self, input): return F.silu(input)


class Softplus(Activation):
    """log(1 + e^(beta x)) / beta, and simply x where beta x > threshold."""

    def __init__(self, beta=1.0, threshold=20.0): super().__init__(beta=beta, threshold=threshold)
    def forward(self, input): return F.softplus(input, self.beta, self.threshold)


class Sigmoid(Module):
    """1 / (1 + e^-x)."""

    def forward(self, input): return F.sigmoid(input)


class Tanh(Module):
    """The hyperbolic tangent."""

    def forward(self, input): return F.tanh(input)


class Softmax(Activation):
    """exp(x) / sum exp(x) along `dim`."""

    def __init__(self, dim=None): super().__init__(dim=dim)
    def forward(self, input): return F.softmax(input, self.dim)


class LogSoftmax(Activation):
    """log softmax(x) along `dim`."""

    def __init__(self, dim=None): super().__init__(dim=dim)
    def forward(self, input): return F.log_softmax(input, self.dim)


class Hardtanh(Activation):
    """x between min_val and max_val, these beyond."""

    def __init__(self, min_val=-1.0, max_val=1.0, inplace=False):
        super().__init__(min_val=min_val, max_val=max_val, inplace=inplace)
        if not min_val < max_val:
            raise ValueError(f"Hardtanh: max_val must be greater than min_val, got {max_val} and {min_val}")

    def forward(self, input): return F.hardtanh(input, self.min_val, self.max_val)


class Hardsigmoid(InPlace):
    """relu6(x + 3) / 6."""

    def forward(self, input): return F.hardsigmoid(input)


class Hardswish(InPlace):
    """x relu6(x + 3) / 6."""

    def forward(self, input): return F.hardswish(input)


class Mish(InPlace):
    """x tanh(log(1 + e^x))."""

    def forward(self, input): return F.mish(input)


class SELU(InPlace):
    """1.0507 elu(x, 1.6733)."""

    def forward(self, input): return F.selu(input)


class Softsign(Activation):
    """x / (1 + |x|)."""

    def forward(self, input): return F.softsign(input)


class LogSigmoid(Activation):
    """log sigmoid(x)."""

    def forward(self, input): return F.logsigmoid(input)
