"""torchvision's datasets with all of its arguments, and its names of pretrained weights."""

from .. import data


class ResNet34_Weights:
    DEFAULT = IMAGENET1K_V1 = "IMAGENET1K_V1"


ResNet18_Weights = ResNet34_Weights


class _Targets:
    """`target_transform` changes the second part of each item."""

    target_transform = None

    def __getitem__(self, index):
        image, target = super().__getitem__(index)
        return image, target if self.target_transform is None else self.target_transform(target)


class MNIST(_Targets, data.MNIST):
    __doc__ = data.MNIST.__doc__

    def __init__(self, root, train=True, transform=None, target_transform=None, download=False):
        super().__init__(root, train, transform, download)
        self.target_transform = target_transform


class ImageFolder(_Targets, data.ImageFolder):
    __doc__ = data.ImageFolder.__doc__

    def __init__(self, root, transform=None, target_transform=None):
        super().__init__(root, transform)
        self.target_transform = target_transform
