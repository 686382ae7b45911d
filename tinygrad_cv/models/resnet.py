"""ResNet: networks of blocks that learn what to *add* to their input (He et al. 2015).

A deep plain network is hard to train: each layer changes the image, and the gradient has to come
back through all of them. A residual block computes y = relu(x + f(x)). If f is zero, the block does
nothing, so a deeper network can't be worse than a shallow one; and through the sum the gradient
reaches x unchanged, whatever f does.

    basic block (18, 34)    f: 3x3, norm, relu, 3x3, norm
    bottleneck (50)         f: 1x1 to few channels, norm, relu, 3x3, norm, relu, 1x1 to many, norm

If the block halves the image (stride 2) or widens it, x goes through a 1x1 convolution to match.
Names and order are torchvision's, so its weights (download.pytorch.org/models) load unchanged:
resnet34(weights="resnet34-b627a593.pth").
"""

from .. import nn
from ..data import transforms
from ..serialization import load


class BasicBlock(nn.Module):
    """Two 3x3 convolutions, and the input added."""

    expansion = 1  # output channels / width

    def __init__(self, in_channels, width, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, width, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = shortcut(in_channels, width, stride)

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return self.relu(y + (x if self.downsample is None else self.downsample(x)))


class Bottleneck(nn.Module):
    """1x1 down to `width` channels, 3x3 there, 1x1 up to 4 * width, and the input added.

    The 3x3 convolution has the stride, as in torchvision (in the paper the first 1x1 has it).
    """

    expansion = 4

    def __init__(self, in_channels, width, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * width)
        self.relu = nn.ReLU()
        self.downsample = shortcut(in_channels, 4 * width, stride)

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return self.relu(y + (x if self.downsample is None else self.downsample(x)))


def shortcut(in_channels, out_channels, stride):
    """What brings the input of a block to the shape of its output; None if it has that shape."""
    if stride == 1 and in_channels == out_channels:
        return None
    conv = nn.Conv2d(in_channels, out_channels, 1, stride, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(out_channels))


class ResNet(nn.Module):
    """Images (N, 3, H, W), from `preprocess()` -> logits (N, num_classes).

    A 7x7 convolution and a max pooling make H/4 x W/4. Then come four groups of `depths` blocks,
    with 64, 128, 256 and 512 channels (times the expansion of the block); all but the first group
    halve the image.
    """

    def __init__(self, block, depths, num_classes=1000):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        channels = 64
        for i, depth in enumerate(depths):
            width = 64 << i
            blocks = []
            for k in range(depth):
                blocks.append(block(channels, width, stride=2 if i > 0 and k == 0 else 1))
                channels = width * block.expansion
            self.add_module(f"layer{i + 1}", nn.Sequential(*blocks))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(channels, num_classes)
        self.apply(init_weights)

    def features(self, x):
        """What the network sees in images before it decides: (N, 512), for resnet50 (N, 2048)."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.avgpool(x).flatten(1)

    def forward(self, x):
        return self.fc(self.features(x))


def init_weights(module):
    """Variance 2 / fan_out keeps the size of a gradient through convolution and ReLU (He 2015)."""
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")


def resnet18(num_classes=1000, weights=None):
    """18 layers, 11.7 million parameters; `weights` is the path of a file of weights.

    >>> import tinygrad_cv as tg
    >>> resnet18(num_classes=10).eval().features(tg.zeros(1, 3, 32, 32)).shape
    (1, 512)
    """
    return _resnet(BasicBlock, (2, 2, 2, 2), num_classes, weights)


def resnet34(num_classes=1000, weights=None):
    """34 layers, 21.8 million parameters; `weights` is the path of a file of weights."""
    return _resnet(BasicBlock, (3, 4, 6, 3), num_classes, weights)


def resnet50(num_classes=1000, weights=None):
    """50 layers, 25.6 million parameters; `weights` is the path of a file of weights."""
    return _resnet(Bottleneck, (3, 4, 6, 3), num_classes, weights)


def _resnet(block, depths, num_classes, weights):
    net = ResNet(block, depths, num_classes)
    if weights is not None:
        net.load_state_dict(load(weights))
    return net


def preprocess(size=224, resize=256):
    """The transform from a photograph to the input of torchvision's weights."""
    imagenet = transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))  # mean and std
    crop = [transforms.Resize(resize), transforms.CenterCrop(size)]
    return transforms.Compose([*crop, transforms.ToTensor(), imagenet])
