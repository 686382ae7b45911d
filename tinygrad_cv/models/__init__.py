"""Networks for the examples, and networks with published weights."""

from ..checks import missing
from . import dcgan, mnist_gan
from .efficientnet import efficientnet_lite0
from .resnet import resnet18, resnet34

__getattr__ = missing(__name__)
