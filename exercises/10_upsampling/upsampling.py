"""Exercise 10: a DCGAN without checkerboards. The text is in README.md.

    python exercises/10_upsampling/upsampling.py      trains both generators, about a minute
"""

import sys
from pathlib import Path

import tinygrad_cv as tg
from tinygrad_cv import nn
from tinygrad_cv.models.dcgan import Discriminator, init_weights

LATENT, BATCH, EPOCHS = 32, 16, 3


def stamping(channels, out_channels):
    """DCGAN's way: (N, channels, H, W) -> (N, out_channels, 2H, 2W) by a transposed convolution."""
    return nn.ConvTranspose2d(channels, out_channels, 4, stride=2, padding=1, bias=False)


def upsampling(channels, out_channels):
    """The same shapes, by an upsampling that is followed by a convolution of stride 1."""
    raise NotImplementedError("upsampling in upsampling.py is still to be written; see README.md")


def generator(double):
    """Noise (N, LATENT, 1, 1) -> images (N, 3, 32, 32); `double` makes the layers that double."""
    return nn.Sequential(
        nn.ConvTranspose2d(LATENT, 64, 4, bias=False), nn.BatchNorm2d(64), nn.ReLU(),   # 1 -> 4
        double(64, 32), nn.BatchNorm2d(32), nn.ReLU(),                                  # 4 -> 8
        double(32, 16), nn.BatchNorm2d(16), nn.ReLU(),                                  # 8 -> 16
        double(16, 3), nn.Tanh(),                                                       # 16 -> 32
    ).apply(init_weights)


def checkerboard(images):
    """Which part of the variance of images (N, C, H, W) is a pattern with a period of two pixels.

    The pixels with even row and even column have a mean, and so have those with even row and odd
    column, and so on. The four means of a picture are almost equal; those of a checkerboard differ.
    """
    means = tg.stack([images[:, :, i::2, j::2].mean((2, 3)) for i in (0, 1) for j in (0, 1)])
    parts = means.var(0, unbiased=False) / images.var((2, 3), unbiased=False)
    return parts.mean().item()


def train(G, loader, epochs):
    """A plain GAN, as in examples/dcgan.py."""
    D = Discriminator(features=16, image_size=32, spectral=True)
    opt_G = tg.optim.Adam(G.parameters(), lr=1e-3, betas=(0.0, 0.999))
    opt_D = tg.optim.Adam(D.parameters(), lr=2e-3, betas=(0.0, 0.999))
    bce = nn.BCEWithLogitsLoss()
    for _ in range(epochs):
        for real, _ in loader:
            opt_D.zero_grad()
            fake = G(tg.randn(len(real), LATENT, 1, 1))
            on_real, on_fake = D(real), D(fake.detach())
            loss_D = bce(on_real, tg.ones_like(on_real)) + bce(on_fake, tg.zeros_like(on_fake))
            loss_D.backward()
            opt_D.step()
            opt_G.zero_grad()
            logits = D(fake)
            bce(logits, tg.ones_like(logits)).backward()
            opt_G.step()


def main():
    sys.path.append(str(Path(__file__).resolve().parents[2] / "examples"))
    from images import image_data

    upsampling(1, 1)  # while it is still to be written, say so before the training
    loader = tg.data.DataLoader(image_data("sprites", 32, 512), BATCH, shuffle=True, drop_last=True)
    rows = []
    for double in stamping, upsampling:
        tg.manual_seed(0)
        G, noise = generator(double), tg.randn(8, LATENT, 1, 1)
        before = checkerboard(G(noise).detach())
        train(G, loader, EPOCHS)
        rows.append(G(noise).detach())
        print(f"{double.__name__}: checkerboard {before:.2%} before training, "
              f"{checkerboard(rows[-1]):.2%} after {EPOCHS} epochs")
    real = next(iter(loader))[0]
    print(f"real images: {checkerboard(real):.2%}")
    Path("runs").mkdir(exist_ok=True)
    images = nn.functional.interpolate(tg.cat([*rows, real[:8]]), scale_factor=4)  # to see pixels
    tg.utils.save_image(images, "runs/checkerboard.png", normalize=True, value_range=(-1, 1))
    print("runs/checkerboard.png: first row stamping, second row upsampling, third row real images")


if __name__ == "__main__":
    main()
