"""Two generators and two discriminators of digits, and the two losses that they are trained with.

Images are (N, 1, 28, 28) in [-1, 1], noise is (N, noise) and uniform in [-1, 1], and the
discriminators' outputs are logits (N, 1).

Vanilla (Goodfellow et al. 2014), with the probability p = sigmoid(logit) that an image is real:

    D minimises  -log p(real) - log(1 - p(fake)),      G minimises  -log p(fake).

In the original game G minimises log(1 - p(fake)), whose gradient vanishes where D is sure that an
image is fake. The gradient of -log p(fake) is largest there. Least squares (Mao et al. 2017):

    D minimises  ((logit(real) - 1)^2 + logit(fake)^2) / 2,    G minimises  (logit(fake) - 1)^2 / 2.

The further a logit is from 1, the larger G's gradient, even where a sigmoid would be flat.
"""

from .. import nn
from ..creation import ones_like, zeros_like

bce = nn.functional.binary_cross_entropy_with_logits


def discriminator_loss(real_logits, fake_logits):
    """-log p(real) - log(1 - p(fake)), each averaged; 2 ln 2 = 1.386 if D can only guess.

    >>> import tinygrad_cv as tg
    >>> discriminator_loss(tg.zeros(3, 1), tg.zeros(3, 1))
    tensor(1.3863)
    """
    return bce(real_logits, ones_like(real_logits)) + bce(fake_logits, zeros_like(fake_logits))


def generator_loss(fake_logits):
    """-log p(fake), averaged over the batch."""
    return bce(fake_logits, ones_like(fake_logits))


def ls_discriminator_loss(real_logits, fake_logits):
    """((logit(real) - 1)^2 + logit(fake)^2) / 2, averaged; 1/4 if D always says 1/2."""
    return ((real_logits - 1).square().mean() + fake_logits.square().mean()) / 2


def ls_generator_loss(fake_logits):
    """(logit(fake) - 1)^2 / 2, averaged over the batch."""
    return (fake_logits - 1).square().mean() / 2


def mlp_discriminator():
    """784-256-256-1: 267,009 parameters."""
    return xavier(
        nn.Flatten(),
        nn.Linear(784, 256), nn.LeakyReLU(0.01),
        nn.Linear(256, 256), nn.LeakyReLU(0.01),
        nn.Linear(256, 1),
    )


def mlp_generator(noise=96):
    """noise-1024-1024-784: 1,858,320 parameters with noise=4."""
    return xavier(
        nn.Linear(noise, 1024), nn.ReLU(),
        nn.Linear(1024, 1024), nn.ReLU(),
        nn.Linear(1024, 784), nn.Tanh(), nn.Unflatten(1, (1, 28, 28)),
    )


def dc_discriminator():
    """Two convolutions with max pooling, two linear layers: 1,102,721 parameters."""
    return xavier(
        nn.Conv2d(1, 32, 5), nn.LeakyReLU(0.01), nn.MaxPool2d(2),      # 28 -> 24 -> 12
        nn.Conv2d(32, 64, 5), nn.LeakyReLU(0.01), nn.MaxPool2d(2),     # 12 -> 8 -> 4
        nn.Flatten(), nn.Linear(4 * 4 * 64, 1024), nn.LeakyReLU(0.01),
        nn.Linear(1024, 1),
    )


def dc_generator(noise=96):
    """InfoGAN's (Chen et al. 2016): 6,580,801 parameters with noise=4."""
    return xavier(
        nn.Linear(noise, 1024), nn.ReLU(), nn.BatchNorm1d(1024),
        nn.Linear(1024, 7 * 7 * 128), nn.ReLU(), nn.BatchNorm1d(7 * 7 * 128),
        nn.Unflatten(1, (128, 7, 7)),
        nn.ConvTranspose2d(128, 64, 4, stride=2, padding=1), nn.ReLU(), nn.BatchNorm2d(64),  # 14
        nn.ConvTranspose2d(64, 1, 4, stride=2, padding=1), nn.Tanh(),                        # 28
    )


def xavier(*layers):
    """The layers in order, initialised as in Glorot and Bengio 2010."""
    for layer in layers:
        if isinstance(layer, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.xavier_uniform_(layer.weight)
    return nn.Sequential(*layers)
