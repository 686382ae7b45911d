"""The differentiable operations, one family per file, forward and backward side by side."""

from .activation import (
    dropout, dropout2d, elu, gelu, leaky_relu, log_softmax, logsigmoid, prelu, relu, relu6, sigmoid,
    silu, softmax, softplus, tanh,
)
from .arithmetic import add, cast, div, floor_divide, lerp, mul, neg, remainder, sub
from .comparison import (
    allclose, bitwise_and, bitwise_not, bitwise_or, bitwise_xor, clamp, eq, equal, ge, gt,
    isfinite, isnan, le, lt, maximum, minimum, ne, where,
)
from .conv import conv2d, conv_transpose2d
from .convert import clone, contiguous, to
from .index import embedding, flip, gather, getitem, index_select, masked_fill, one_hot, pad, select
from .inplace import (
    add_, bitwise_and_, bitwise_or_, bitwise_xor_, clamp_, copy_, div_, fill_, floor_divide_, lerp_,
    masked_fill_, mul_, normal_, pow_, random_, remainder_, setitem, sub_, uniform_, zero_,
)
from .join import cat, chunk, narrow, split, stack, unbind
from .linalg import bmm, linear, matmul, mm
from .loss import (
    binary_cross_entropy, binary_cross_entropy_with_logits, cross_entropy, l1_loss, mse_loss,
    nll_loss, smooth_l1_loss,
)
from .norm import batch_norm, group_norm, instance_norm
from .pointwise import (
    abs, ceil, cos, exp, expm1, floor, log, log1p, pow, round, rsqrt, sign, sin, sqrt, square,
)
from .pool import adaptive_avg_pool2d, avg_pool2d, max_pool2d
from .reduce import (
    all, amax, amin, any, argmax, argmin, logsumexp, max, mean, min, norm, prod, std, sum, var,
)
from .resize import interpolate, pixel_shuffle
from .shape import (
    expand, flatten, permute, repeat, reshape, squeeze, t, transpose, unflatten, unsqueeze, view,
)
