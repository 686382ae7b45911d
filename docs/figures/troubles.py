"""What goes wrong in a GAN: the pictures of docs/troubleshooting.md, each from a run that fails.

    python docs/figures/troubles.py                      all of them, about 15 minutes
    python docs/figures/troubles.py collapse swapped     only these

Every run is the same small GAN on drawn digits, with one mistake. A picture shows 16 samples of the
run with the mistake, 16 from the same noise of a run without it, and the number that tells them
apart over the steps.
"""

import copy
import functools
import io
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path += [str(HERE.parents[1] / "examples"), str(HERE.parents[1])]

import pictures  # noqa: E402
from digits import Digits  # noqa: E402
from PIL import Image  # noqa: E402

import tinygrad_cv as tg  # noqa: E402
from tinygrad_cv import nn, optim  # noqa: E402
from tinygrad_cv.nn import functional as F  # noqa: E402

NOISE, BATCH, EVERY = 32, 64, 10

# Each trouble: what is different from the healthy run, what is different in the run beside it, and
# the number that tells the two apart
WRONG, BESIDE, FAST_D = "with the mistake", "without it", dict(lr_D=3e-2)
TROUBLES = {
    "d_wins": (dict(lr_D=3e-3, lr_G=1e-4, norm=False), {}, "mean of D(G(z))"),
    "swapped": (dict(lr_G=2e-4, lr_D=2e-3), dict(lr_G=2e-3, lr_D=2e-4), "mean of D(G(z))"),
    "collapse": (dict(lr_G=5e-3, lr_D=1e-4, norm=False), {}, "share of twins"),
    "checkerboard": (dict(kernel=5, steps=100), dict(kernel=0, steps=100), "stripes"),
    "sigmoid": (dict(FAST_D, sigmoid=True), FAST_D, "norm of G's gradient"),
    "eval": (dict(momentum=0.001, steps=150), dict(steps=150), "train() against eval()"),
    "no_detach": (dict(detach=False), {}, "G's gradient after D's backward"),
    "no_zero_grad": (dict(zero_grad=False), {}, "norm of G's gradient"),
    "zero_to_one": (dict(low=0.0), {}, "darkest real pixel"),
}


def generator(kernel, norm, momentum):
    """Noise (N, 32) -> images (N, 1, 28, 28). kernel=0: upsampling and a convolution of 3."""

    def up(inside, outside):
        if not kernel:
            return nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(inside, outside, 3, 1, 1))
        extra = kernel % 2  # an odd kernel gives an odd size; one more row makes it even
        return nn.ConvTranspose2d(inside, outside, kernel, 2, (kernel - 1) // 2, extra)

    def between(channels):
        return [nn.BatchNorm2d(channels, momentum=momentum)] * norm + [nn.ReLU()]

    return nn.Sequential(
        nn.Linear(NOISE, 32 * 7 * 7), nn.Unflatten(1, (32, 7, 7)), *between(32),
        up(32, 16), *between(16),                                       # 14
        up(16, 1), nn.Tanh(),                                           # 28
    )


def discriminator(sigmoid):
    """Images (N, 1, 28, 28) -> logits (N, 1), or probabilities."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 4, 2, 1), nn.LeakyReLU(0.2),                   # 14
        nn.Conv2d(16, 32, 4, 2, 1), nn.LeakyReLU(0.2),                  # 7
        nn.Flatten(), nn.Linear(32 * 7 * 7, 1), *[nn.Sigmoid()] * sigmoid,
    )


def train(
    steps=300, lr_G=1e-3, lr_D=5e-4, kernel=4, norm=True, momentum=0.1, sigmoid=False,
    detach=True, zero_grad=True, low=-1.0,
):
    """A run: the images of 16 noises at its end, and its numbers every 10 steps."""
    tg.manual_seed(0)
    G, D = generator(kernel, norm, momentum), discriminator(sigmoid)
    loss = F.binary_cross_entropy if sigmoid else F.binary_cross_entropy_with_logits
    opt_G = optim.Adam(G.parameters(), lr=lr_G, betas=(0.5, 0.999))
    opt_D = optim.Adam(D.parameters(), lr=lr_D, betas=(0.5, 0.999))
    data = low + (1 - low) * Digits(4096).data.unsqueeze(1).float() / 255
    fixed, history = tg.randn(16, NOISE), []
    for step in range(1, steps + 1):
        if zero_grad:
            opt_G.zero_grad()
            opt_D.zero_grad()
        real, fake = data[tg.randint(len(data), (BATCH,))], G(tg.randn(BATCH, NOISE))
        on_real, on_fake = D(real), D(fake.detach() if detach else fake)
        loss_D = loss(on_real, tg.ones_like(on_real)) + loss(on_fake, tg.zeros_like(on_fake))
        loss_D.backward()
        leaked = gradient_norm(G)
        opt_D.step()

        fake = G(tg.randn(BATCH, NOISE))
        answer = D(fake)
        loss_G = loss(answer, tg.ones_like(answer))
        loss_G.backward()
        opt_G.step()
        if step % EVERY == 0:
            history.append({
                "step": step, "loss of D": loss_D.item(), "loss of G": loss_G.item(),
                "mean of D(G(z))": (answer if sigmoid else answer.sigmoid()).mean().item(),
                "norm of G's gradient": gradient_norm(G), "G's gradient after D's backward": leaked,
                "share of twins": twins(fake.detach(), real),
                "stripes": stripes(fake.detach()) / stripes(real),
                "train() against eval()": modes_apart(G, fixed),
                "darkest real pixel": real.min().item(),
            })
    return pictures.sample(G, fixed), history


def gradient_norm(network):
    gradients = [p.grad for p in network.parameters() if p.grad is not None]
    return sum(g.square().sum().item() for g in gradients) ** 0.5


def nearest(images):
    """The distance of each image to the nearest other one: (N,)."""
    x = images.flatten(1)
    squares = x.square().sum(1)
    distances = squares.unsqueeze(1) + squares - 2 * x @ x.t() + 1e9 * tg.eye(len(x))
    return distances.clamp(min=0).sqrt().min(1)[0]


def twins(images, real):
    """The share of images with another one nearer than half of what is usual for real ones."""
    return (nearest(images) < nearest(real).mean() / 2).float().mean().item()


def stripes(images):
    """The share of the images' power in patterns that repeat every two pixels."""
    size = images.shape[-1]
    sign = 1 - 2 * (tg.arange(size) % 2).float()
    waves = [sign.expand(size, size), sign.unsqueeze(1).expand(size, size)]
    waves = tg.stack([*waves, waves[0] * waves[1]]).flatten(1)
    x = (images - images.mean()).flatten(1)
    return ((x @ waves.t()).square().sum() / size**2 / x.square().sum()).item()


def modes_apart(G, noise):
    """How far the images of train() are from those of eval(), on average per pixel."""
    copied = copy.deepcopy(G)  # in train() it would move its running statistics
    with tg.no_grad():
        return (copied.train()(noise) - copied.eval()(noise)).abs().mean().item()


run = functools.cache(lambda change: train(**dict(change)))  # many troubles stand beside one run


def draw(name, folder):
    *changes, number = TROUBLES[name]
    figure = pictures.new_figure(7.2, 2.5)
    *grids, curve = figure.subplots(1, 3)
    for axis, change, title, color in zip(grids, changes, (WRONG, BESIDE), ("black", "0.6")):
        images, history = run(tuple(change.items()))
        axis.imshow(pictures.grid_of(images, 4).numpy().transpose(1, 2, 0), interpolation="nearest")
        axis.set_title(title, fontsize=9)
        axis.axis("off")
        curve.plot(*zip(*((h["step"], h[number]) for h in history)), color=color, label=title)
        print(name, title, {key: round(value, 4) for key, value in history[-1].items()}, flush=True)
    curve.set_title(number, fontsize=9)
    curve.tick_params(labelsize=7)
    curve.legend(fontsize=7)
    figure.tight_layout()
    file = io.BytesIO()
    figure.savefig(file, dpi=90)
    Image.open(file).convert("L").quantize(16).save(folder / f"trouble_{name}.png", optimize=True)


if __name__ == "__main__":
    for name in sys.argv[1:] or TROUBLES:
        draw(name, HERE.parent)
