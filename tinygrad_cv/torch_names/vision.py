"""torchvision's datasets with all of its arguments, and its names of pretrained weights."""

from .. import data


class _Targets:
    """`target_transform` changes the second part of each item."""

    def __getitem__(self, index):
        image, target = super().__getitem__(index)
        return image, self.target_transform(target) if self.target_transform else target


class MNIST(_Targets, data.MNIST):
    def __init__(self, root, train=True, transform=None, target_transform=None, download=False):
        super().__init__(root, train, transform, download)
        self.target_transform = target_transform


class ImageFolder(_Targets, data.ImageFolder):
    def __init__(self, root, transform=None, target_transform=None):
        super().__init__(root, transform)
        self.target_transform = target_transform


class ResNet18_Weights:
    DEFAULT = IMAGENET1K_V1 = "IMAGENET1K_V1"


ResNet34_Weights = ResNet18_Weights
