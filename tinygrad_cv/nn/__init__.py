"""Neural networks: modules with parameters, layers, losses and initial weights."""

from ..checks import missing
from . import functional, init, utils
from .activation import (
    ELU, GELU, LeakyReLU, LogSigmoid, LogSoftmax, PReLU, ReLU, ReLU6, Sigmoid, SiLU, Softmax,
    Softplus, Tanh,
)
from .containers import ModuleDict, ModuleList, Sequential
from .conv import Conv2d, ConvTranspose2d
from .dropout import Dropout, Dropout2d
from .embedding import Embedding
from .linear import Identity, Linear
from .loss import (
    BCELoss, BCEWithLogitsLoss, CrossEntropyLoss, L1Loss, MSELoss, NLLLoss, SmoothL1Loss,
)
from .module import Module
from .normalization import BatchNorm1d, BatchNorm2d, GroupNorm, InstanceNorm2d
from .parameter import Parameter
from .pooling import AdaptiveAvgPool2d, AvgPool2d, MaxPool2d
from .shape import (
    ConstantPad2d, Flatten, PixelShuffle, ReflectionPad2d, ReplicationPad2d, Unflatten, Upsample,
    UpsamplingBilinear2d, UpsamplingNearest2d, ZeroPad2d,
)


def __getattr__(name):
    raise AttributeError(missing("nn", name))
