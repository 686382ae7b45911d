"""tinygrad_cv: deep learning from scratch on NumPy or CuPy, written to be read.

    arrays.py   which library, which device       autograd/   the graph and the walk over it
    ops/        operations, forward + backward    tensor.py   Tensor
    nn/ optim/  layers, losses, optimizers        data/       datasets, DataLoader, transforms
    models/     networks                          fast/       faster kernels; can be left out

Names, arguments and behaviour are PyTorch's. Where to start reading: docs/reading.md.
"""

import os
from math import e, inf, nan, pi

from . import autograd, cuda, nn, optim, utils
from .arrays import Device as device
from .arrays import set_default_device
from .autograd import (
    enable_grad, inference_mode, is_anomaly_enabled, is_grad_enabled, no_grad, set_grad_enabled,
)
from .checks import missing
from .creation import (
    arange, as_tensor, empty, empty_like, eye, from_numpy, full, full_like, is_tensor, linspace,
    normal, ones, ones_like, rand, rand_like, randint, randn, randn_like, randperm, tensor, zeros,
    zeros_like,
)
from .dtypes import (
    DType as dtype, bool_ as bool, float32, float32 as float, float64, float64 as double,
    get_default_dtype, int8, int16, int32, int32 as int, int64, int64 as long, set_default_dtype,
    uint8,
)
from .gradcheck import gradcheck, gradgradcheck
from .ops import (
    abs, add, all, allclose, amax, amin, any, argmax, argmin, bitwise_and, bitwise_not, bitwise_or,
    bitwise_xor, bmm, cat, ceil, chunk, clamp, clone, cos, div, dropout, eq, equal, exp, expm1,
    flatten, flip, floor, floor_divide, gather, ge, gt, index_select, isfinite, isnan, le, lerp,
    log, log1p, log_softmax, logsumexp, lt, masked_fill, matmul, max, maximum, mean, min, minimum,
    mm, mul, narrow, ne, neg, norm, permute, pow, prod, relu, remainder, reshape, round, rsqrt,
    select, sigmoid, sign, sin, softmax, split, sqrt, square, squeeze, stack, std, sub, sum, t,
    tanh, transpose, unbind, unflatten, unsqueeze, var, where,
)
from .random import Generator, get_rng_state, manual_seed, set_rng_state
from .tensor import Tensor
from .version import __version__

# PyTorch has the checkers in autograd; here they stand above Tensor, so the names are added here.
autograd.gradcheck, autograd.gradgradcheck = gradcheck, gradgradcheck
Size, is_floating_point = tuple, Tensor.is_floating_point

for _module in (
    autograd, cuda, nn, nn.functional, nn.init, nn.utils, optim, optim.lr_scheduler, utils,
):
    _module.__getattr__ = missing(_module.__name__)

if os.environ.get("TINYGRAD_CV_FAST") != "0" and os.path.isdir(f"{os.path.dirname(__file__)}/fast"):
    from . import fast


def __getattr__(name):
    """`data`, `models`, `viz`, `load` and `save` are imported when first used: they take longer."""
    if name == "data":
        import tinygrad_cv.data
    elif name == "models":
        import tinygrad_cv.models
    elif name == "viz":
        import tinygrad_cv.viz
    elif name in ("load", "save"):
        from .serialization import load, save

        globals().update(load=load, save=save)
    if name in globals():
        return globals()[name]
    missing("tinygrad_cv")(name)


def __dir__():
    return sorted({*globals(), "data", "models", "viz", "load", "save"})
