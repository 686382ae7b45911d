"""Every differentiable operation, one family a file; each class has forward and backward side by side."""

from .activation import (
    dropout, dropout2d, elu, erf, gelu, leaky_relu, log_softmax, logsigmoid, prelu, relu, relu6, sigmoid, silu, softmax,
    softplus, tanh,
)
from .arithmetic import add, cast, div, floor_divide, fmod, lerp, mul, neg, reciprocal, remainder, sub
from .checks import check_tensor, one_dim, size_tuple, sizes, stored
from .choice import clamp, clamp_max, clamp_min, maximum, minimum, where
from .comparison import (
    allclose, bitwise_and, bitwise_left_shift, bitwise_not, bitwise_or, bitwise_right_shift, bitwise_xor, eq, equal,
    ge, gt, isclose, isfinite, isinf, isnan, le, logical_and, logical_not, logical_or, logical_xor, lt, ne,
)
from .conv import conv2d, conv_transpose2d
from .convert import clone, deepcopy, to
from .cumulative import cumprod, cumsum, tril, triu
from .einsum import einsum
from .gather import gather, scatter, scatter_add
from .grid import affine_grid, grid_sample
from .hard import celu, hardsigmoid, hardswish, hardtanh, mish, selu, softsign, threshold
from .index import getitem, index_select, masked_fill, masked_select, nonzero, pad, select
from .inplace import (
    add_, augmented, bernoulli_, clamp_, copy_, div_, fill_, masked_fill_, mul_, normal_, scatter_, setitem, sub_,
    uniform_,
)
from .join import cat, chunk, narrow, split, stack, unbind
from .linalg import addmm, bmm, dot, linear, matmul, mm, outer
from .lookup import embedding, one_hot
from .loss import (
    binary_cross_entropy, binary_cross_entropy_with_logits, cross_entropy, huber_loss, kl_div, l1_loss, mse_loss,
    nll_loss, smooth_l1_loss,
)
from .norm import batch_norm, cosine_similarity, group_norm, instance_norm, layer_norm, normalize, rms_norm
from .order import argsort, sort, topk
from .pointwise import abs, ceil, exp, expm1, floor, log, log1p, log2, log10, round, rsqrt, sign, sqrt, trunc
from .pool import adaptive_avg_pool2d, avg_pool2d, max_pool2d
from .power import pow, square
from .reduce import all, amax, amin, any, argmax, argmin, logsumexp, max, mean, min, norm, prod, sum
from .resize import interpolate, pixel_shuffle
from .shape import (
    broadcast_to, expand, flatten, flip, numel, permute, ravel, repeat, reshape, squeeze, t, transpose, unflatten,
    unsqueeze,
)
from .trigonometry import acos, acosh, asin, asinh, atan, atanh, cos, cosh, sin, sinh, tan
from .variance import std, std_mean, var, var_mean
