"""Layers that are a function with settings: activations, losses, pooling, dropout, shapes.

Such a layer has its function's arguments, defaults and documentation. The formulas are in ops/.
"""

import inspect
import numbers

from .. import ops
from ..checks import integer, number, shown
from ..creation import full
from . import functional as F
from .module import Module, Parameter


class Layer(Module):
    """A function as a module: layer(x) = function(x, settings).

    The settings are the function's arguments besides `input` and `target`. They are attributes,
    which may be changed, and repr shows them. Weights among them are buffers: they move with the
    module and are saved with it. `training` is the module's mode, and `inplace` has no effect.

    >>> import tinygrad_cv as tg
    >>> tg.nn.ELU(0.5), tg.nn.Softmax(dim=1)
    (ELU(alpha=0.5), Softmax(dim=1))
    """

    function = _signature = None

    def __init_subclass__(cls, function=None, **fixed):
        """Runs for `class ELU(Layer, function=F.elu)`: reads elu's arguments off its signature.

        Settings that are `fixed` for the class are not arguments of its constructor.
        """
        for name, value in fixed.items():
            setattr(cls, name, value)
        function = function or cls.function
        if function is not None:
            given = inspect.signature(function).parameters.values()
            given = [p for p in given if p.name not in ("input", "target")]
            free = [p for p in given if p.name != "training" and not hasattr(cls, p.name)]
            cls._settings = [p.name for p in given if p.name != "inplace"]
            cls._signature = inspect.Signature(free)
            cls.function, cls.__doc__ = staticmethod(function), cls.__doc__ or function.__doc__
        # What help() shows; None leaves it to the class's own constructor
        cls.__signature__ = None if "__init__" in vars(cls) else cls._signature

    def __init__(self, *args, **kwargs):
        super().__init__()
        name = type(self).__name__
        try:
            given = self._signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{name}: {error}") from None
        given.apply_defaults()
        for what, value in given.arguments.items():
            if what.endswith("weight"):
                self.register_buffer(what, value)
            elif isinstance(value, (numbers.Real, str, tuple, list, type(None))):
                setattr(self, what, value)
            else:
                raise TypeError(f"{name}: {what} can't be {shown(value)}; call the layer on inputs")

    def forward(self, input):
        return self.function(input, *[getattr(self, name) for name in self._settings])

    def extra_repr(self):
        names = [name for name in self._signature.parameters if name not in self._kinds]
        settings = [(name, getattr(self, name)) for name in names]
        return ", ".join(f"{k}={v!r}" for k, v in settings if v is not None and v is not False)


def frame(input, padding, mode, value):
    """Images with padding: `padding` is its width on all sides, or (left, right, top, bottom)."""
    widths = padding if isinstance(padding, (tuple, list)) else (padding,) * 4
    return F.pad(input, widths, mode, value)


def unflatten(input, dim, unflattened_size):
    """Split one dim into several. One of their sizes may be -1: it follows from the others."""
    return ops.unflatten(input, dim, unflattened_size)


class ReLU(Layer, function=F.relu): ...
class ReLU6(Layer, function=F.relu6): ...
class LeakyReLU(Layer, function=F.leaky_relu): ...
class ELU(Layer, function=F.elu): ...
class SiLU(Layer, function=F.silu): ...
class Softplus(Layer, function=F.softplus): ...
class Sigmoid(Layer, function=F.sigmoid): ...
class Tanh(Layer, function=F.tanh): ...
class LogSigmoid(Layer, function=F.logsigmoid): ...
class Softmax(Layer, function=F.softmax): ...
class LogSoftmax(Layer, function=F.log_softmax): ...
class Dropout(Layer, function=F.dropout): ...
class Dropout2d(Layer, function=F.dropout2d): ...
class AdaptiveAvgPool2d(Layer, function=F.adaptive_avg_pool2d): ...
class PixelShuffle(Layer, function=F.pixel_shuffle): ...
class Upsample(Layer, function=F.interpolate): ...
class UpsamplingNearest2d(Upsample, mode="nearest"): ...
class UpsamplingBilinear2d(Upsample, mode="bilinear", align_corners=True): ...
class Unflatten(Layer, function=unflatten): ...
class ConstantPad2d(Layer, function=frame, mode="constant"): ...
class ZeroPad2d(Layer, function=frame, mode="constant", value=None): ...
class ReflectionPad2d(Layer, function=frame, mode="reflect", value=None): ...
class ReplicationPad2d(Layer, function=frame, mode="replicate", value=None): ...


class GELU(Layer, function=F.gelu):
    def __init__(self, approximate="none"): super().__init__(approximate=approximate)
    def forward(self, input): return F.gelu(input, approximate=self.approximate)


class PReLU(Layer, function=F.prelu):
    """A leaky ReLU that learns its slope: one for all channels, or num_parameters, one for each."""

    def __init__(self, num_parameters=1, init=0.25, device=None, dtype=None):
        super().__init__(weight=None)
        self.num_parameters = integer("PReLU", num_parameters, "num_parameters", 0)
        slope = float(number("PReLU", init, "init"))
        self.weight = Parameter(full((self.num_parameters,), slope, device=device, dtype=dtype))

    def extra_repr(self): return f"num_parameters={self.num_parameters}"


class Loss(Layer):
    """A function of an input and a target, which takes its settings by name."""

    def forward(self, input, target):
        settings = {name: getattr(self, name) for name in self._settings}
        return self.function(input, target, **settings)


class MSELoss(Loss, function=F.mse_loss): ...
class L1Loss(Loss, function=F.l1_loss): ...
class SmoothL1Loss(Loss, function=F.smooth_l1_loss): ...
class BCELoss(Loss, function=F.binary_cross_entropy): ...
class BCEWithLogitsLoss(Loss, function=F.binary_cross_entropy_with_logits): ...
class NLLLoss(Loss, function=F.nll_loss): ...
class CrossEntropyLoss(Loss, function=F.cross_entropy): ...


class Pool(Layer):
    """Pooling with a window of size kernel_size. `stride`, its step, is kernel_size by default."""

    def __init__(self, kernel_size, stride=None, *args, **kwargs):
        super().__init__(kernel_size, kernel_size if stride is None else stride, *args, **kwargs)


class AvgPool2d(Pool, function=F.avg_pool2d): ...


class MaxPool2d(Pool, function=F.max_pool2d):
    def __init__(  # as in PyTorch, the function takes the last two in the opposite order
        self, kernel_size, stride=None, padding=0, dilation=1, return_indices=False, ceil_mode=False
    ):
        super().__init__(kernel_size, stride, padding, dilation, ceil_mode, return_indices)


class Flatten(Layer, function=ops.flatten):
    """Merge the dims from start_dim to end_dim into one; by default all but the first."""
    def __init__(self, start_dim=1, end_dim=-1): super().__init__(start_dim, end_dim)


class Identity(Module):
    """Returns its input, whatever arguments it was made with."""
    def __init__(self, *args, **kwargs): super().__init__()
    def forward(self, input): return input
