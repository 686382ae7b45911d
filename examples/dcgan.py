"""DCGAN: two networks learn from each other to draw images (Radford, Metz and Chintala 2016).

    python examples/dcgan.py                            sprites that it draws, about 5 minutes
    python examples/dcgan.py --data pokemon             the course's sprites, downloaded
    python examples/dcgan.py --data my_images.zip       any folder or zip of images
    python examples/dcgan.py --data mnist --tensorboard handwritten digits, grey, at 64x64
    python examples/dcgan.py --resume --epochs 40       continue where a run stopped

The discriminator D learns to tell real images from generated ones, the generator G to be taken
for real. One step: D on a real batch, D on a generated batch, then G. Watch the bar:

    loss_D, loss_G   neither should win: near 0 for D means that G has stopped learning
    D(x)             how real the real images look to D, on average (0.5 to 1)
    D(G(z)), after   how real the generated ones look, before and after D's own step

In --out (default runs/dcgan): epoch_*.png (the same noise every epoch), training.gif,
losses.png, real_and_generated.png and checkpoint.npz; examples/sample.py draws from that.
With --tensorboard also losses and images for `tensorboard --logdir runs/dcgan/tensorboard`.

Digits (--data mnist, digits, or a folder with MNIST's files) are grey and have their own settings:
batch 128, 30 epochs.
"""

import math

import common
import pictures
from images import image_data, is_digits

import tinygrad_cv as tg
from tinygrad_cv import nn, optim
from tinygrad_cv.models.dcgan import Discriminator, Generator, widths

LATENT = 100  # how many random numbers an image is made from
# D has the easier task: at G's learning rate it would win, and a judge who is always right teaches
# nothing. (With 2e-4 for both, as for wide networks, D was sure of every digit after 100 steps, and
# G still drew noise after 468.)
COLOUR = dict(epochs=14, batch_size=32, lr=2e-3, lr_d=2e-4, samples=64, channels=3)
GREY = dict(epochs=30, batch_size=128, lr=2e-3, lr_d=5e-4, samples=32, channels=1)
PANELS = [
    (("loss_D", "loss_G"), "loss", math.log(2)), (("D(x)", "D(G(z))"), "probability of real", 0.5)
]


def parse():
    parser = common.arguments(__doc__, out="runs/dcgan")
    add = parser.add_argument
    add("--lr-d", type=float, help="D's learning rate")
    add("--data", default="sprites", help="sprites, digits, pokemon, mnist, or a folder or zip")
    add("--count", type=int, default=2048, help="how many sprites or digits to draw")
    add("--features", type=int, default=32, help="width of the networks; 64 in the paper")
    add("--image-size", type=int, default=64, help="a power of two from 8 on")
    add("--samples", type=int, help="images in the picture of an epoch")
    args = common.parse(parser, lambda args: GREY if is_digits(args.data) else COLOUR, COLOUR)
    with common.told_in_a_line("--image-size"):
        widths(args.image_size)
    if not is_digits(args.data):
        common.check_apart(args.data, args.out)
    return args


def networks(args):
    """G and D for these arguments of the command line."""
    shape = {name: getattr(args, name) for name in ("features", "channels", "image_size")}
    shape["outer_bias"] = args.channels == 1
    return Generator(LATENT, **shape).to(args.device), Discriminator(**shape).to(args.device)


def main(args):
    tg.manual_seed(args.seed)
    G, D = networks(args)
    opt_G = optim.Adam(G.parameters(), lr=args.lr, betas=(0.5, 0.999))
    opt_D = optim.Adam(D.parameters(), lr=args.lr_d, betas=(0.5, 0.999))
    bce = nn.BCEWithLogitsLoss()

    data = image_data(args.data, args.image_size, args.count)
    loader = tg.data.DataLoader(
        data, args.batch_size, shuffle=True, drop_last=True, num_workers=args.workers
    )
    fixed_noise = tg.randn(args.samples, LATENT, 1, 1, device=args.device)
    run = common.Run(args, dict(G=G, D=D, opt_G=opt_G, opt_D=opt_D), loader)

    for epoch in run.epochs():
        for real, _ in run.batches():
            real = real.to(args.device)                                     # (N, 3, 64, 64)
            noise = tg.randn(len(real), LATENT, 1, 1, device=args.device)   # (N, 100, 1, 1)

            # D learns that real images are real, and that generated ones are not.
            opt_D.zero_grad()
            real_logits = D(real)                                           # (N, 1, 1, 1)
            loss_real = bce(real_logits, tg.ones_like(real_logits))
            loss_real.backward()
            fake = G(noise)                                                 # (N, 3, 64, 64)
            fake_logits = D(fake.detach())                                  # G must not learn here
            loss_fake = bce(fake_logits, tg.zeros_like(fake_logits))
            loss_fake.backward()                                            # added to loss_real's
            opt_D.step()

            # G learns to be taken for real.
            opt_G.zero_grad()
            logits = D(fake)                                                # again: D has changed
            loss_G = bce(logits, tg.ones_like(logits))
            loss_G.backward()
            opt_G.step()

            run.log(**{
                "loss_D": loss_real + loss_fake, "loss_G": loss_G,
                "D(x)": real_logits.sigmoid().mean(), "D(G(z))": fake_logits.sigmoid().mean(),
                "after": logits.sigmoid().mean(),
            })
        draw(run, pictures.sample(G, fixed_noise), real, epoch)


@common.optional
def draw(run, fake, real, epoch):
    """The pictures of an epoch: images of the fixed noise, a GIF of all epochs, and the curves."""
    grid = pictures.save_samples(fake, run.frame(f"epoch_{epoch + 1:03}.png"))
    run.show(real=pictures.grid_of(real[: len(fake)]), fake=grid)
    pictures.save_training_gif([run.path(name) for name in run.frames], run.path("training.gif"))
    pictures.save_side_by_side(real, fake, run.path("real_and_generated.png"))
    pictures.save_curves(run.history, PANELS, run.path("losses.png"))


if __name__ == "__main__":
    common.start(main, parse())
