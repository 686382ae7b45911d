"""Convolution and transposed convolution: one trilinear form, differentiated in three ways.

Take an input X, a weight W, and a third array G of the shape of the output, and multiply out

    T(X, W, G) = sum over all outputs of conv(X, W) * G

Every term of that sum is (one value of X) * (one value of W) * (one value of G), so T is linear
in each of the three. A function that is linear in three arguments has three partial derivatives:

    dT/dG = conv2d_output(X, W)      the output: what a Conv2d computes
    dT/dX = conv2d_input(G, W)       what a ConvTranspose2d computes
    dT/dW = conv2d_weight(X, G)      the gradient with respect to the weight

If G is the gradient dL/dY, then T has the same derivatives with respect to X and W as the loss:
the second and third lines are conv2d's backward. But X, W and G play the same part in T. So the
gradients of *any* of the three are the other two. That is why the gradient of a convolution is a
transposed convolution, why the gradient of a transposed convolution is a convolution, and why
all of this can be differentiated again and again without a new formula.

Axes: N images, C input channels, O output channels, H x W input, h x w output, kh x kw kernel.
Images are stored channels-last, (N, H, W, C), behind their shape (N, C, H, W). Along each axis

    conv2d             h = floor((H + 2 padding - dilation (kh - 1) - 1) / stride) + 1
    conv_transpose2d   H = stride (h - 1) + dilation (kh - 1) + 1 - 2 padding + output_padding

The second is the first solved for H; `output_padding` adds the rows (below) and columns (on the
right) that rounding down loses. More: docs/convolution.md. Faster kernels: fast/.
"""

from collections import namedtuple

from ..arrays import kernel, namespace
from ..autograd import Function
from ..checks import integer, pair, takes


def output_size(n, k, stride, padding, dilation):
    """How many positions a kernel of k has along an axis of n pixels."""
    return (n + 2 * padding - dilation * (k - 1) - 1) // stride + 1


# The three products. Seen from one output pixel, a convolution is a scalar product: the patch of
# the image under the kernel, times the kernel. im2col copies all patches into the rows of a matrix,
# and the whole convolution becomes a single matrix product with the flattened weight. The other two
# are products of the same three matrices, in other combinations (for one group; those of several
# groups of channels are stacked along a first axis):
#
#     output  (N h w, O)         =  patches (N h w, kh kw C)  weight^T (kh kw C, O)
#     patches (N h w, kh kw C)   =  grad (N h w, O)           weight (O, kh kw C)      then col2im
#     weight  (O, kh kw C)       =  grad^T (O, N h w)         patches (N h w, kh kw C)


@kernel
def conv2d_output(x, weight, stride, padding, dilation, groups):
    """dT/dG: x (N, C, H, W), weight (O, C/groups, kh, kw) -> output (N, O, h, w)."""
    (N, _, H, W), (O, _, *kernel_size) = x.shape, weight.shape
    h, w = map(output_size, (H, W), kernel_size, stride, padding, dilation)
    patches = im2col(x, kernel_size, (h, w), stride, padding, dilation, groups)
    rows = namespace(x).matmul(patches, weight_matrix(weight, groups).transpose(0, 2, 1))
    return rows.transpose(1, 0, 2).reshape(N, h, w, O).transpose(0, 3, 1, 2)


@kernel
def conv2d_input(grad, weight, input_shape, stride, padding, dilation, groups):
    """dT/dX: grad (N, O, h, w), weight (O, C/groups, kh, kw) -> (N, C, H, W), the input_shape."""
    patches = namespace(grad).matmul(group_rows(grad, groups), weight_matrix(weight, groups))
    kernel_size, size = weight.shape[2:], grad.shape[2:]
    return col2im(patches, input_shape, kernel_size, size, stride, padding, dilation, groups)


@kernel
def conv2d_weight(x, grad, weight_shape, stride, padding, dilation, groups):
    """dT/dW: x (N, C, H, W), grad (N, O, h, w) -> (O, C/groups, kh, kw), the weight_shape."""
    O, Cg, kh, kw = weight_shape
    patches = im2col(x, (kh, kw), grad.shape[2:], stride, padding, dilation, groups)
    weight = namespace(x).matmul(group_rows(grad, groups).transpose(0, 2, 1), patches)
    return weight.reshape(O, kh, kw, Cg).transpose(0, 3, 1, 2)


def im2col(x, kernel_size, size, stride, padding, dilation, groups):
    """x (N, C, H, W) -> patches (groups, N h w, kh kw C/groups): one row for each output pixel."""
    xp, (N, C, H, W), (ph, pw) = namespace(x), x.shape, padding
    image = xp.zeros((N, H + 2 * ph, W + 2 * pw, C), x.dtype)
    image[:, ph : ph + H, pw : pw + W] = x.transpose(0, 2, 3, 1)
    patches = xp.empty((N, *size, *kernel_size, C), x.dtype)
    for a, b, rows, columns in taps(kernel_size, size, stride, dilation):
        patches[:, :, :, a, b] = image[:, rows, columns]                  # (N, h, w, C)
    count, area = N * size[0] * size[1], kernel_size[0] * kernel_size[1]
    patches = patches.reshape(count, area, groups, C // groups).transpose(2, 0, 1, 3)
    return patches.reshape(groups, count, area * (C // groups))


def col2im(patches, shape, kernel_size, size, stride, padding, dilation, groups):
    """The transpose of im2col: add patches to the pixels that they were read from; others are 0."""
    (N, C, H, W), (ph, pw) = shape, padding
    image = namespace(patches).zeros((N, H + 2 * ph, W + 2 * pw, C), patches.dtype)
    patches = patches.reshape(groups, -1, kernel_size[0] * kernel_size[1], C // groups)
    patches = patches.transpose(1, 2, 0, 3).reshape(N, *size, *kernel_size, C)
    for a, b, rows, columns in taps(kernel_size, size, stride, dilation):
        image[:, rows, columns] += patches[:, :, :, a, b]                 # (N, h, w, C)
    return image[:, ph : ph + H, pw : pw + W].transpose(0, 3, 1, 2)


def taps(kernel_size, size, stride, dilation):
    """For each position (a, b) in the kernel, the rows and columns of the padded image that it
    reads: one for each output pixel."""
    for a in range(kernel_size[0]):
        for b in range(kernel_size[1]):
            starts = a * dilation[0], b * dilation[1]
            yield a, b, *(slice(t, t + s * (n - 1) + 1, s) for t, s, n in zip(starts, stride, size))


def weight_matrix(weight, groups):
    """(O, C/groups, kh, kw) -> (groups, O/groups, kh kw C/groups).

    For one group nothing is copied if the weight is stored channels-last.
    """
    return weight.transpose(0, 2, 3, 1).reshape(groups, weight.shape[0] // groups, -1)


def group_rows(y, groups):
    """(N, O, h, w) -> (groups, N h w, O/groups): one row for each pixel."""
    N, O, h, w = y.shape
    rows = y.transpose(0, 2, 3, 1).reshape(N * h * w, groups, O // groups)
    return namespace(y).ascontiguousarray(rows.transpose(1, 0, 2))


# The nodes of the graph: one for each derivative of T. Each is linear in both of its inputs. The
# three share a Geometry: settings (stride, padding, dilation, groups), and the shapes of X, W and
# G, because the size formula rounds down: two of the shapes don't always determine the third.
Geometry = namedtuple("Geometry", "settings input_shape weight_shape output_size")


class Trilinear(Function):
    """dT/d`wanted`, a product of its two `factors`. Its gradients are the other two products."""

    saves = (0, 1)
    bilinear = True

    def __init__(self, geometry): self.geometry = geometry

    def backward(self, grad):
        # The incoming gradient takes the place of this node's result. So for Y = Conv2d(X, W) it is
        # G, as above; for X = Conv2dInput(G, W) it is an image, and dL/dW = Conv2dWeight(grad, G).
        known = dict(zip(self.factors, self.saved()))
        known[self.wanted] = grad
        grads = []
        for name, needed in zip(self.factors, self.needs_input_grad):
            node = PRODUCTS[name](self.geometry)  # it computes the gradient of X, W or G
            inputs = [known[factor] for factor in node.factors]
            grads.append(node(*inputs) if needed else None)
        return tuple(grads)


class Conv2d(Trilinear):
    """The convolution itself."""
    wanted, factors = "G", ("X", "W")

    def forward(self, x, weight):
        y = conv2d_output(x, weight, *self.geometry.settings)
        h, w = self.geometry.output_size
        # This is also the backward of a ConvTranspose2d. If the dilation is larger than the stride,
        # output_padding may reach the stride. Then y is larger than the recorded size, and is cut.
        return y[:, :, :h, :w]


class Conv2dInput(Trilinear):
    """A convolution's gradient with respect to the images, and all of conv_transpose2d."""
    wanted, factors = "X", ("G", "W")

    def forward(self, g, weight):
        return conv2d_input(g, weight, self.geometry.input_shape, *self.geometry.settings)


class Conv2dWeight(Trilinear):
    """A convolution's gradient with respect to the weight."""
    wanted, factors = "W", ("X", "G")

    def forward(self, x, g):
        return conv2d_weight(x, g, self.geometry.weight_shape, *self.geometry.settings)


PRODUCTS = {product.wanted: product for product in (Conv2d, Conv2dInput, Conv2dWeight)}


class AddBias(Function):
    """y + bias for each channel, in the memory of y (N, C, H, W): nobody else has seen it yet."""

    def forward(self, y, bias):
        pixels = y.transpose(0, 2, 3, 1)  # as they are stored
        pixels += bias
        return y

    def backward(self, grad):
        return grad, grad.sum((0, 2, 3)) if self.needs_input_grad[1] else None


# What users call


@takes("input (N, C, H, W) or (C, H, W)", "weight (O, C/groups, kh, kw)", "bias (O)?")
def conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Convolution (strictly: cross-correlation) of images with a bank of kernels.

    -> (N, O, h, w), or (O, h, w) for a single image; for the size formula see the top of the file.
    stride, padding and dilation are an int or a pair (vertical, horizontal).
    """
    x, settings = _checked("conv2d", input, weight, stride, padding, dilation, groups)
    size = tuple(map(output_size, x.shape[2:], weight.shape[2:], *settings[:3]))
    if min(size) < 1:
        raise RuntimeError(f"conv2d: the kernel of {weight.shape} is larger than the padded image")
    y = Conv2d(Geometry(settings, x.shape, weight.shape, size))(x, weight)
    return _with_bias(y, bias, input)


@takes("input (N, C, h, w) or (C, h, w)", "weight (C, O/groups, kh, kw)", "bias (O)?")
def conv_transpose2d(
    input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1
):
    """Transposed convolution: what a convolution's backward does to gradients, done to images.

    Its input plays the part of G in the formula above, and its output that of X. So C and O change
    places: the weight is (in, out/groups, kh, kw). -> (N, O, H, W), or (O, H, W).
    """
    name = "conv_transpose2d"
    g, settings = _checked(name, input, weight, stride, padding, dilation, groups)
    stride, padding, dilation, groups = settings
    extra = pair(name, output_padding, "output_padding")
    if any(e >= max(s, d) for e, s, d in zip(extra, stride, dilation)):
        raise RuntimeError(f"{name}: output_padding {extra} must be below stride or dilation")
    sizes = zip(g.shape[2:], weight.shape[2:], stride, padding, dilation, extra)
    H, W = (s * (n - 1) + d * (k - 1) + 1 - 2 * p + e for n, k, s, p, d, e in sizes)
    if min(H, W, *g.shape[2:]) < 1:
        raise RuntimeError(f"{name}: {padding=} and an input of {g.shape[2:]} leave no output")
    shape = (g.shape[0], weight.shape[1] * groups, H, W)
    y = Conv2dInput(Geometry(settings, shape, weight.shape, g.shape[2:]))(g, weight)
    return _with_bias(y, bias, input)


def _checked(name, input, weight, stride, padding, dilation, groups):
    """The images as a batch, and the settings as pairs."""
    groups = integer(name, groups, "groups", 1)
    if weight.shape[0] % groups or 0 in weight.shape:
        raise RuntimeError(f"{name}: weight {weight.shape} is empty, or {groups=} can't divide it")
    stride, padding = pair(name, stride, "stride", 1), pair(name, padding, "padding")
    settings = stride, padding, pair(name, dilation, "dilation", 1), groups
    return input if input.ndim == 4 else input.unsqueeze(0), settings


def _with_bias(y, bias, input):
    y = y if bias is None else AddBias()(y, bias)
    return y if input.ndim == 4 else y.squeeze(0)
