"""DCGAN: a generative adversarial network of convolutions (Radford, Metz and Chintala 2016).

The generator turns noise (N, latent, 1, 1) into images. A first transposed convolution makes a
4x4 image with many channels from each noise vector. Every later block doubles the size and halves
the channels. The last layer has the channels of the image, and tanh maps to [-1, 1].

    64x64:  latent -> 8f @ 4x4 -> 4f @ 8x8 -> 2f @ 16x16 -> f @ 32x32 -> channels @ 64x64

The discriminator is its mirror image: convolutions of stride 2 halve the size and double the
channels down to 4x4, and the last one gives one number per image, a logit. Its sigmoid is the
probability that the image is real.

With kernel 4, stride 2 and padding 1 a transposed convolution maps n to 4 + 2 (n - 1) - 2 = 2n,
and a convolution n to floor((n - 4 + 2 + 2) / 2) = n / 2. With stride 1 and no padding, 1 <-> 4.
"""

from .. import nn, ops


def generator_block(channels, out_channels, stride=2, padding=1, bias=False):
    """Transposed convolution, batch norm, ReLU; by default it doubles the size."""
    conv = nn.ConvTranspose2d(channels, out_channels, 4, stride, padding, bias=bias)
    return nn.Sequential(conv, nn.BatchNorm2d(out_channels), nn.ReLU())


def discriminator_block(channels, out_channels, bias=False, spectral=False):
    """Convolution, batch norm (or spectral norm and a bias), leaky ReLU; it halves the size."""
    conv = nn.Conv2d(channels, out_channels, 4, stride=2, padding=1, bias=bias or spectral)
    norm = [] if spectral else [nn.BatchNorm2d(out_channels)]
    return nn.Sequential(conv, *norm, nn.LeakyReLU(0.2))


class Spread(nn.Module):
    """Doubles the channels: the new ones say how much the images of the batch differ.

    Each is constant: a feature's standard deviation over the batch, averaged over the positions,
    (N, C, H, W) -> (N, 2 C, H, W). What varies less in generated images than in real ones gives
    them away, so G has to vary it. (Karras et al. 2018 average over all features: one channel.)
    """

    def forward(self, x):
        centred = x - x.mean(0)
        deviation = ((centred * centred).mean(0) + 1e-8).sqrt().mean((1, 2), keepdim=True)
        return ops.cat([x, deviation.expand(x.shape)], 1)


def widths(image_size):
    """The widths from 4x4 up to half of the image's size, in multiples of `features`.

    64 -> [8, 4, 2, 1]. ValueError if doubling 4 never gives image_size.
    """
    steps = image_size.bit_length() - 3
    if image_size < 8 or image_size != 4 << steps:
        raise ValueError(
            f"DCGAN: image_size must be a power of two from 8 on, because every block doubles the "
            f"size, got {image_size}; resize the images, e.g. to {max(8, 4 << max(steps, 1))}"
        )
    return [1 << i for i in reversed(range(steps))]


class Generator(nn.Sequential):
    """Noise (N, latent, 1, 1) -> images (N, channels, image_size, image_size) in [-1, 1].

    `outer_bias` gives the first and the last layer a bias.

    >>> import tinygrad_cv as tg
    >>> Generator(features=8)(tg.zeros(2, 100, 1, 1)).shape
    (2, 3, 64, 64)
    """

    def __init__(self, latent=100, features=64, channels=3, image_size=64, outer_bias=False):
        sizes = [features * m for m in widths(image_size)]
        super().__init__(
            generator_block(latent, sizes[0], stride=1, padding=0, bias=outer_bias),   # 1 -> 4
            *[generator_block(n, m) for n, m in zip(sizes, sizes[1:])],                # n -> 2n
            nn.ConvTranspose2d(sizes[-1], channels, 4, stride=2, padding=1, bias=outer_bias),
            nn.Tanh(),
        )
        self.latent = latent
        self.apply(init_weights)


class Discriminator(nn.Sequential):
    """Images (N, channels, image_size, image_size) -> logits (N, 1, 1, 1).

    spectral=True replaces batch norm by spectral norm and biases (Miyato et al. 2018), and
    spread=True shows the last layer the batch's `Spread`.

    >>> import tinygrad_cv as tg
    >>> Discriminator(features=8)(tg.zeros(2, 3, 64, 64)).shape
    (2, 1, 1, 1)
    """

    def __init__(
        self, features=64, channels=3, image_size=64, outer_bias=False, spectral=False,
        spread=False,
    ):
        sizes = [features * m for m in reversed(widths(image_size))]
        bias, last = outer_bias or spectral, sizes[-1] * (2 if spread else 1)
        super().__init__(
            discriminator_block(channels, sizes[0], bias, spectral),                   # n -> n / 2
            *[discriminator_block(n, m, False, spectral) for n, m in zip(sizes, sizes[1:])],
            *([Spread()] if spread else []),
            nn.Conv2d(last, 1, 4, stride=1, padding=0, bias=bias),                         # 4 -> 1
        )
        self.apply(init_weights)
        for module in list(self.modules()) if spectral else ():
            if isinstance(module, nn.Conv2d):
                nn.utils.spectral_norm(module)


def init_weights(module):
    """As the paper's authors: weights N(0, 0.02^2), batch norm's scales N(1, 0.02^2), biases 0."""
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
    else:
        return
    if module.bias is not None:
        nn.init.zeros_(module.bias)
