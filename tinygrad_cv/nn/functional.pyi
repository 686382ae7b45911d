# Written by .ci/stubs.py, for editors and type checkers. The code is in functional.py.
from collections.abc import Sequence
from typing import Literal
from numpy.typing import DTypeLike
from tinygrad_cv import Tensor
def adaptive_avg_pool2d(input: Tensor, output_size: int | Sequence[int | None]) -> Tensor:
    """Means over h x w nearly equal parts of each image; output_size is h or (h, w).

    Part i of the rows goes from floor(i H / h) to ceil((i + 1) H / h). None keeps a size.
    """
def avg_pool2d(
    input: Tensor, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None = None,
    padding: int | Sequence[int] = 0, ceil_mode: bool = False, count_include_pad: bool = True,
    divisor_override: int | None = None) -> Tensor:
    """The mean of each window; stride defaults to kernel_size.

    The padding counts unless count_include_pad=False; what ceil_mode adds beyond it never does.
    divisor_override divides by another number.
    """
def batch_norm(
    input: Tensor, running_mean: Tensor, running_var: Tensor, weight: Tensor | None = None,
    bias: Tensor | None = None, training: bool = False, momentum: float = 0.1, eps: float =
    1e-05) -> Tensor:
    """Batch normalisation (Ioffe and Szegedy 2015), channel by channel.

    training=True normalises with the batch's statistics, and moves the running ones towards them:
    running = (1 - momentum) * running + momentum * batch (for the variance the unbiased one).
    training=False normalises with the running statistics. Raises ValueError for eps < 0, and in
    training for eps = 0 and for a batch with one value per channel, because its variance is 0.
    """
def binary_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, *, reduction: Literal["none",
    "mean", "sum"] = 'mean') -> Tensor:
    """-[t log p + (1 - t) log(1 - p)] for probabilities p = input and targets t.

    Raises RuntimeError for a p or t outside [0, 1]. On a GPU the loss is NaN instead, because the
    host would have to wait for the GPU to see the numbers.

    >>> import tinygrad_cv as tg
    >>> tg.nn.functional.binary_cross_entropy(tg.tensor([0.5]), tg.tensor([1.0]))
    tensor(0.6931)
    """
def binary_cross_entropy_with_logits(
    input: Tensor, target: Tensor, weight: Tensor | None = None, *, reduction: Literal["none",
    "mean", "sum"] = 'mean', pos_weight: Tensor | None = None) -> Tensor:
    """The binary cross-entropy of sigmoid(input); pos_weight multiplies the term of t = 1.

    >>> import tinygrad_cv as tg
    >>> tg.nn.functional.binary_cross_entropy_with_logits(tg.tensor([1000.0]), tg.tensor([0.0]))
    tensor(1000.)
    """
def conv2d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] | str = 0, dilation: int | Sequence[int] = 1, groups: int = 1) -> Tensor:
    """Convolution (strictly: cross-correlation) of images with a bank of kernels.

    -> (N, O, h, w), or (O, h, w) for a single image; for the size formula see the top of the file.
    stride, padding and dilation are an int or a pair (vertical, horizontal).
    """
def conv_transpose2d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0, output_padding: int | Sequence[int] = 0, groups: int = 1,
    dilation: int | Sequence[int] = 1) -> Tensor:
    """Transposed convolution: what a convolution's backward does to gradients, done to images.

    Its input plays the part of G in the formula above, and its output that of X. So C and O change
    places: the weight is (in, out/groups, kh, kw). -> (N, O, H, W), or (O, H, W).
    """
def cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, *, ignore_index: int = -100,
    reduction: Literal["none", "mean", "sum"] = 'mean', label_smoothing: float = 0.0) -> Tensor:
    """The cross-entropy of softmax(input): log_softmax over the classes, then nll_loss.

    Targets are class indices, or probabilities of input's shape. label_smoothing s mixes them with
    the uniform distribution: (1 - s) t + s / C (Szegedy et al. 2016).

    >>> import tinygrad_cv as tg
    >>> tg.nn.functional.cross_entropy(tg.zeros(1, 2), tg.tensor([0]))
    tensor(0.6931)
    """
def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Zeros with probability p, the rest over 1 - p: the mean stays (Srivastava et al. 2014)."""
def dropout2d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """As `dropout`, but each channel of an image is kept or zeroed as a whole."""
def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """x where x > 0, alpha (e^x - 1) elsewhere (Clevert et al. 2016)."""
def embedding(input: Tensor, weight: Tensor) -> Tensor:
    """The rows of weight (V, D) at the indices in input (...): (..., D).

    That is one_hot(input) @ weight without the products with 0.
    """
def gelu(input: Tensor, *, approximate: Literal["none", "tanh"] = 'none') -> Tensor:
    """x P(X <= x) for a standard normal X (Hendrycks, Gimpel 2016), or its "tanh" approximation."""
def group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None,
    eps: float = 1e-05) -> Tensor:
    """Normalise each image over groups of channels (Wu and He 2018)."""
def instance_norm(
    input: Tensor, running_mean: Tensor | None = None, running_var: Tensor | None = None,
    weight: Tensor | None = None, bias: Tensor | None = None, use_input_stats: bool = True,
    momentum: float = 0.1, eps: float = 1e-05) -> Tensor:
    """Normalise each channel of each image on its own (Ulyanov et al. 2016): groups of one channel.

    Running statistics, if given, move towards the means over the batch of each image's statistics;
    with use_input_stats=False they are what is normalised with.
    """
def interpolate(
    input: Tensor, size: int | Sequence[int] | None = None, scale_factor: float |
    Sequence[float] | None = None, mode: str = 'nearest', align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None) -> Tensor:
    """Resize the axes after (N, C) to `size`, or by `scale_factor`: a number, or one for each axis.

    mode "nearest" takes 1 to 3 axes, "bilinear" 2. With align_corners=True ("bilinear") the middles
    of the corner pixels of both images meet. If scale_factor * n is not an integer, n / m differs
    from 1 / scale_factor, which is used unless recompute_scale_factor=True.

    >>> import tinygrad_cv as tg
    >>> tg.nn.functional.interpolate(tg.tensor([[[[1.0, 2.0]]]]), scale_factor=2)
    tensor([[[[1., 1., 2., 2.],
              [1., 1., 2., 2.]]]])
    """
def l1_loss(
    input: Tensor, target: Tensor, *, reduction: Literal["none", "mean", "sum"] = 'mean') -> Tensor:
    """|input - target|."""
def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """x where x > 0, negative_slope * x elsewhere (Maas et al. 2013)."""
def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """input @ weight^T + bias: input (..., I), weight (O, I), bias (O,) -> (..., O)."""
def log_softmax(input: Tensor, dim: int | None = None, dtype: DTypeLike | None = None) -> Tensor:
    """log softmax(x) along `dim`, computed without the quotient: it is never log 0."""
def logsigmoid(input: Tensor) -> Tensor:
    """log sigmoid(x); its slope is sigmoid(-x)."""
def max_pool2d(
    input: Tensor, kernel_size: int | Sequence[int], stride: int | Sequence[int] | None = None,
    padding: int | Sequence[int] = 0, dilation: int | Sequence[int] = 1, ceil_mode: bool =
    False, return_indices: bool = False) -> Tensor:
    """The maximum of each window; stride defaults to kernel_size. Padding is never the maximum.

    ceil_mode=True lets the last windows hang over the edge. return_indices=True returns a pair: the
    maxima, and the position row * W + column of each. At ties the first position gets the gradient.

    >>> import tinygrad_cv as tg
    >>> tg.nn.functional.max_pool2d(tg.arange(16.).reshape(1, 1, 4, 4), 2)
    tensor([[[[ 5.,  7.],
              [13., 15.]]]])
    """
def mse_loss(
    input: Tensor, target: Tensor, *, reduction: Literal["none", "mean", "sum"] = 'mean') -> Tensor:
    """(input - target)^2."""
def nll_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, *, ignore_index: int = -100,
    reduction: Literal["none", "mean", "sum"] = 'mean') -> Tensor:
    """-input[target]: the negative log-likelihood of the right class, from log-probabilities.

    input (N, C, ...) or (C,), target: class indices (N, ...) or (). weight (C,) has one factor per
    class; the mean divides by their sum. A target equal to ignore_index does not count.
    Raises IndexError for an unknown class; on a GPU the loss is NaN instead.
    """
def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """Classes (...) as vectors (..., num_classes) of 0 and one 1; -1: the largest class + 1."""
def pad(
    input: Tensor, pad: Sequence[int], mode: str = 'constant', value: float | None = None) -> Tensor:
    """A frame around the last dims: pad = (left, right, top, bottom, ...), last dim first.

    mode: "constant" (`value`, default 0), "reflect", "replicate", "circular". Negative widths cut.

    >>> import tinygrad_cv as tg
    >>> tg.nn.functional.pad(tg.tensor([[1, 2, 3]]), (1, 1), mode="reflect")
    tensor([[2, 1, 2, 3, 2]])
    """
def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """(..., C r^2, H, W) -> (..., C, H r, W r): channel c r^2 + i r + j becomes pixel (i, j)."""
def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """A leaky ReLU with learned slopes: weight (1,), or (C,) for C channels (He et al. 2015)."""
def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """max(0, x).

    >>> import tinygrad_cv as tg
    >>> tg.relu(tg.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """
def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """y = min(max(0, x), 6); its slope is 1 between the limits, 0 at them and beyond."""
def sigmoid(input: Tensor) -> Tensor:
    """1 / (1 + e^-x)."""
def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """x sigmoid(x), also known as swish (Ramachandran et al. 2017)."""
def smooth_l1_loss(
    input: Tensor, target: Tensor, *, reduction: Literal["none", "mean", "sum"] = 'mean', beta:
    float = 1.0) -> Tensor:
    """d^2 / (2 beta) for errors d below beta, |d| - beta / 2 beyond; beta = 0 is the L1 loss."""
def softmax(input: Tensor, dim: int | None = None, dtype: DTypeLike | None = None) -> Tensor:
    """exp(x) / sum exp(x) along `dim`: positive numbers that add up to 1; exp of log_softmax.

    >>> import tinygrad_cv as tg
    >>> tg.softmax(tg.tensor([0.0, 0.0]), dim=0)
    tensor([0.5000, 0.5000])
    """
def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """log(1 + e^(beta x)) / beta, a smooth ReLU; beyond the threshold it is x to the last digit."""
def tanh(input: Tensor) -> Tensor:
    """(e^x - e^-x) / (e^x + e^-x)."""
