"""tinygrad_cv: deep learning from scratch on NumPy or CuPy, written to be read.

    backend/    arrays and kernels               autograd/   the graph and its walk
    ops/        operations, forward + backward   tensor.py   Tensor
    nn/ optim/  layers, losses, optimizers       data/       datasets, DataLoader, transforms
    models/     networks                         docs/architecture.md has the whole picture

Names, arguments and behaviour are PyTorch's.
"""

from math import e, inf, nan, pi

from . import accelerator, autograd, backends, cuda, legacy, nn, optim, utils
from .autograd import enable_grad, is_anomaly_enabled, is_grad_enabled, no_grad, set_grad_enabled
from .backend import Device as device
from .backends import get_float32_matmul_precision, set_float32_matmul_precision
from .backend import Generator, get_rng_state, set_default_device, set_rng_state
from .backend.dtypes import (
    float16, float32, float64, get_default_dtype, int8, int16, int32, int64, set_default_dtype, uint8,
)
from .backend.dtypes import bool_ as bool
from .backend.dtypes import float32 as float
from .backend.dtypes import float64 as double
from .backend.dtypes import int32 as int
from .backend.dtypes import int64 as long
from .creation import (
    arange, as_tensor, bernoulli, empty, empty_like, eye, from_numpy, full, full_like, is_tensor, linspace, manual_seed,
    normal, ones, ones_like, rand, rand_like, randint, randint_like, randn, randn_like, randperm, tensor, zeros, zeros_like,
)
from .ops import (
    abs, acos, acosh, add, addmm, all, allclose, amax, amin, any, argmax, argmin, argsort, asin, asinh, atan,
    atanh, bitwise_and, bitwise_left_shift, bitwise_not, bitwise_or, bitwise_right_shift, bitwise_xor, bmm,
    broadcast_to, cat, ceil, celu, chunk, clamp, clamp_max, clamp_min, clone, cos, cosh, cosine_similarity,
    cumprod, cumsum, div, dot, dropout, einsum, eq, equal, erf, exp, expm1, flatten, flip, floor, floor_divide,
    fmod, gather, ge, gt, index_select, isclose, isfinite, isinf, isnan, le, lerp, log, log10, log1p, log2,
    log_softmax, logical_and, logical_not, logical_or, logical_xor, logsumexp, lt, masked_fill, masked_select,
    matmul, max, maximum, mean, min, minimum, mm, mul, narrow, ne, neg, nonzero, norm, numel, outer, permute, pow,
    prod, ravel, reciprocal, relu, remainder, reshape, rms_norm, round, rsqrt, scatter, scatter_add, select, selu,
    sigmoid, sign, sin, sinh, softmax, sort, split, sqrt, square, squeeze, stack, std, std_mean, sub, sum, t, tan,
    tanh, threshold, topk, transpose, tril, triu, trunc, unbind, unflatten, unsqueeze, var, var_mean, where,
)
from .ops import cat as concat
from .ops import clamp as clip
from .ops import div as divide
from .ops import div as true_divide
from .ops import mul as multiply
from .ops import sub as subtract
from .gradcheck import gradcheck, gradgradcheck
from .legacy import (
    BoolTensor, ByteTensor, DoubleTensor, FloatTensor, HalfTensor, IntTensor, LongTensor, Variable,
)
from .tensor import Tensor

from .version import __version__

# PyTorch has the checkers in autograd; here they stand above Tensor, so the name is added from above.
autograd.gradcheck, autograd.gradgradcheck, autograd.Variable = gradcheck, gradgradcheck, Variable

inference_mode, Size, newaxis = no_grad, tuple, None


def __getattr__(name):
    """`data`, `models`, `load` and `save`, imported when somebody first names them.

    They need Pillow, tqdm and the modules for archives and downloads, which take longer to import than all the rest.
    """
    if name == "data":
        import tinygrad_cv.data
    elif name == "models":
        import tinygrad_cv.models
    elif name in ("load", "save"):
        from .serialization import load, save

        globals().update(load=load, save=save)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return globals()[name]


def __dir__():
    return sorted({*globals(), "data", "models", "load", "save"})
