"""ResNet: networks of blocks that learn what to *add* to their input (He et al. 2015).

A deep plain network is hard to train: each layer changes the image, and the gradient has to come
back through all of them. A residual block computes y = relu(x + f(x)). If f is zero, the block does
nothing, so a deeper network can't be worse than a shallow one; and through the sum the gradient
reaches x unchanged, whatever f does.

    x ---- 3x3 convolution, norm, relu, 3x3 convolution, norm ---- + ---- relu ---- y
      '----------------------------------------------------------'

If the block halves the image (stride 2) or widens it, x goes through a 1x1 convolution to match.
Names and order are torchvision's, so its weights load unchanged: see `weights_file`.
"""

import os

from .. import nn
from ..data import transforms
from ..data.download import cache_folder
from ..serialization import load


class BasicBlock(nn.Module):
    """Two 3x3 convolutions, and the input added.

    >>> import tinygrad_cv as tg
    >>> BasicBlock(8, 16, stride=2)(tg.zeros(1, 8, 14, 14)).shape
    (1, 16, 7, 7)
    """

    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.downsample = None
        if stride != 1 or in_channels != out_channels:
            conv = nn.Conv2d(in_channels, out_channels, 1, stride, bias=False)
            self.downsample = nn.Sequential(conv, nn.BatchNorm2d(out_channels))

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return self.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    """Images (N, 3, H, W), from `preprocess()` -> logits (N, num_classes).

    A 7x7 convolution and a max pooling make H/4 x W/4. Then come four groups of `depths` blocks,
    with 64, 128, 256 and 512 channels; all but the first group halve the image.
    """

    def __init__(self, depths, num_classes=1000, weights=None):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        channels = 64
        for i, depth in enumerate(depths):
            first = BasicBlock(channels, 64 << i, stride=1 if i == 0 else 2)
            channels = 64 << i
            rest = [BasicBlock(channels, channels) for _ in range(depth - 1)]
            self.add_module(f"layer{i + 1}", nn.Sequential(first, *rest))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(channels, num_classes)
        self.apply(init_weights)
        if weights is not None:
            self.load_state_dict(load(weights))

    def features(self, x):
        """What the network sees in images (N, 3, H, W) before it decides: (N, 512)."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        return self.avgpool(self.layer4(self.layer3(self.layer2(self.layer1(x))))).flatten(1)

    def forward(self, x):
        return self.fc(self.features(x))


def init_weights(module):
    """Variance 2 / fan_out keeps the size of a gradient through convolution and ReLU (He 2015)."""
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")


IMAGENET = "IMAGENET1K_V1", "DEFAULT"  # torchvision's names of the weights below
FILES = {"resnet18": "resnet18-f37072fd.pth", "resnet34": "resnet34-b627a593.pth"}


def resnet18(pretrained=False, *, weights=None, num_classes=1000):
    """18 layers, 11.7 million parameters; `weights` is the path of a file of weights.

    pretrained=True, or weights="DEFAULT", loads torchvision's ImageNet weights: `weights_file`.

    >>> import tinygrad_cv as tg
    >>> resnet18(num_classes=10).eval().features(tg.zeros(1, 3, 32, 32)).shape
    (1, 512)
    """
    return ResNet((2, 2, 2, 2), num_classes, weights_file("resnet18", pretrained, weights))


def resnet34(pretrained=False, *, weights=None, num_classes=1000):
    """34 layers, 21.8 million parameters; `weights` and `pretrained` as for resnet18."""
    return ResNet((3, 4, 6, 3), num_classes, weights_file("resnet34", pretrained, weights))


def weights_file(name, pretrained, weights):
    """The path of the weights that are asked for, or None.

    ImageNet's are looked for where torchvision keeps them, and in the library's cache folder.
    FileNotFoundError says what to download.
    """
    if not pretrained and weights not in IMAGENET:
        return weights
    file = FILES[name]
    hub = os.environ.get("TORCH_HOME") or os.path.expanduser("~/.cache/torch")
    folders = [os.path.join(hub, "hub", "checkpoints"), cache_folder()]
    for folder in folders:
        if os.path.isfile(path := os.path.join(folder, file)):
            return path
    raise FileNotFoundError(
        f"{name}: download https://download.pytorch.org/models/{file} to {folders[1]} (or to "
        f"{folders[0]}), or pass its path as weights=..."
    )


def preprocess(size=224, resize=256, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)):
    """The transform from a photograph to the input; mean and std are those of torchvision."""
    crop = [transforms.Resize(resize), transforms.CenterCrop(size)]
    return transforms.Compose([*crop, transforms.ToTensor(), transforms.Normalize(mean, std)])
