"""DCGAN: a generative adversarial network of convolutions (Radford, Metz and Chintala 2016).

The generator turns noise (N, latent, 1, 1) into images. A first transposed convolution makes a
4x4 image of many channels out of each noise vector; every block after it doubles the size and
halves the channels; the last one leaves the image's own channels, and tanh its range [-1, 1].

    64x64:  latent -> 8f @ 4x4 -> 4f @ 8x8 -> 2f @ 16x16 -> f @ 32x32 -> channels @ 64x64

The discriminator is its mirror: convolutions of stride 2 halve the size and double the
channels down to 4x4, and the last one gives one number per image, a logit: sigmoid of it is
the probability that the image is real.

With kernel 4, stride 2 and padding 1 a transposed convolution maps n to 4 + 2 (n - 1) - 2 = 2n,
and a convolution n to floor((n - 4 + 2 + 2) / 2) = n / 2. With stride 1 and no padding, 1 <-> 4.
"""

from .. import nn


class GeneratorBlock(nn.Module):
    """Transposed convolution, batch norm, ReLU: by default twice the size.

    >>> import tinygrad_cv as tg
    >>> GeneratorBlock(3, 20)(tg.zeros(2, 3, 16, 16)).shape
    (2, 20, 32, 32)
    """

    def __init__(self, in_channels, out_channels, kernel_size=4, stride=2, padding=1, bias=False, eps=1e-5):
        super().__init__()
        self.conv = nn.ConvTranspose2d(in_channels, out_channels, kernel_size, stride, padding, bias=bias)
        self.norm = nn.BatchNorm2d(out_channels, eps=eps)
        self.activation = nn.ReLU()

    def forward(self, x):
        return self.activation(self.norm(self.conv(x)))


class DiscriminatorBlock(nn.Module):
    """Convolution, batch norm (unless norm=False), leaky ReLU: by default half the size.

    >>> import tinygrad_cv as tg
    >>> DiscriminatorBlock(3, 20)(tg.zeros(2, 3, 16, 16)).shape
    (2, 20, 8, 8)
    """

    def __init__(
        self, in_channels, out_channels, kernel_size=4, stride=2, padding=1, bias=False, norm=True, eps=1e-5, slope=0.2
    ):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding, bias=bias)
        self.norm = nn.BatchNorm2d(out_channels, eps=eps) if norm else nn.Identity()
        self.activation = nn.LeakyReLU(slope)

    def forward(self, x):
        return self.activation(self.norm(self.conv(x)))


def widths(image_size, widest=None):
    """Multiples of `features` from 4x4 up to half of the image's size: 64 -> [8, 4, 2, 1] for widest=8.

    Raises ValueError if doubling 4 never gives image_size.
    """
    steps = image_size.bit_length() - 3
    if image_size < 8 or image_size != 4 << steps:
        raise ValueError(
            f"DCGAN: image_size must be a power of two from 8 on (8, 16, 32, 64, 128, ...), because every block "
            f"doubles it, got {image_size}; resize the images, e.g. to {max(8, 4 << max(steps, 1))}"
        )
    widest = widest or 1 << (steps - 1)
    if widest >> (steps - 1) < 1:
        raise ValueError(f"DCGAN: {steps - 1} halvings of widest={widest} leave no channel; use widest >= {1 << (steps - 1)}")
    return [widest >> i for i in range(steps)]


class Generator(nn.Module):
    """Noise (N, latent, 1, 1) -> images (N, channels, image_size, image_size) in [-1, 1].

    `widest` is the first block's width in multiples of `features` (by default as many as halve
    to 1: 8 for 64x64). `outer_bias` gives the first and the last layer a bias. So
    Generator(channels=1, widest=16, outer_bias=True) is the grey `features * 16` variant.

    >>> import tinygrad_cv as tg
    >>> Generator(features=8)(tg.zeros(2, 100, 1, 1)).shape
    (2, 3, 64, 64)
    """

    def __init__(self, latent=100, features=64, channels=3, image_size=64, widest=None, outer_bias=False, eps=1e-5):
        super().__init__()
        self.latent = latent
        sizes = [features * m for m in widths(image_size, widest)]
        first = GeneratorBlock(latent, sizes[0], stride=1, padding=0, bias=outer_bias, eps=eps)   # 1 -> 4
        blocks = [GeneratorBlock(n, m, eps=eps) for n, m in zip(sizes, sizes[1:])]                # n -> 2n
        last = nn.ConvTranspose2d(sizes[-1], channels, 4, stride=2, padding=1, bias=outer_bias)   # n -> 2n
        self.layers = nn.Sequential(first, *blocks, last, nn.Tanh())
        self.apply(init_weights)

    def forward(self, noise):
        return self.layers(noise)


class Discriminator(nn.Module):
    """Images (N, channels, image_size, image_size) -> logits (N, 1, 1, 1).

    `first_norm=False` leaves the first layer without batch norm, as PyTorch's tutorial does;
    `outer_bias` gives the first and the last layer a bias.

    >>> import tinygrad_cv as tg
    >>> Discriminator(features=8)(tg.zeros(2, 3, 64, 64)).shape
    (2, 1, 1, 1)
    """

    def __init__(
        self, features=64, channels=3, image_size=64, widest=None, first_norm=True, outer_bias=False, eps=1e-5, slope=0.2
    ):
        super().__init__()
        sizes = [features * m for m in reversed(widths(image_size, widest))]
        first = DiscriminatorBlock(channels, sizes[0], bias=outer_bias, norm=first_norm, eps=eps, slope=slope)
        blocks = [DiscriminatorBlock(n, m, eps=eps, slope=slope) for n, m in zip(sizes, sizes[1:])]  # n -> n / 2
        last = nn.Conv2d(sizes[-1], 1, 4, stride=1, padding=0, bias=outer_bias)                      # 4 -> 1
        self.layers = nn.Sequential(first, *blocks, last)
        self.apply(init_weights)

    def forward(self, images):
        return self.layers(images)


def init_weights(module):
    """The paper's start: weights N(0, 0.02), batch-norm scales N(1, 0.02), biases 0."""
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
    else:
        return
    if module.bias is not None:
        nn.init.zeros_(module.bias)
