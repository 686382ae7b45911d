"""Neural networks: modules with parameters, layers, losses and initial weights."""

from . import functional, init, utils
from .containers import ModuleList, Sequential
from .conv import Conv2d, ConvTranspose2d
from .layers import (
    ELU, GELU, AdaptiveAvgPool2d, AvgPool2d, BCELoss, BCEWithLogitsLoss, ConstantPad2d,
    CrossEntropyLoss, Dropout, Dropout2d, Flatten, Identity, L1Loss, LeakyReLU, LogSigmoid,
    LogSoftmax, MaxPool2d, MSELoss, NLLLoss, PixelShuffle, PReLU, ReflectionPad2d, ReLU, ReLU6,
    ReplicationPad2d, Sigmoid, SiLU, SmoothL1Loss, Softmax, Softplus, Tanh, Unflatten, Upsample,
    UpsamplingBilinear2d, UpsamplingNearest2d, ZeroPad2d,
)
from .linear import Embedding, Linear
from .module import Module, Parameter
from .normalization import BatchNorm1d, BatchNorm2d, GroupNorm, InstanceNorm2d
