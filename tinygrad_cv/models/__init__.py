"""Networks for the examples, and networks with published weights."""

from . import dcgan, mnist_gan
from .efficientnet import efficientnet_lite0
from .resnet import resnet18, resnet34
