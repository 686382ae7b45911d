"""Four GANs on handwritten digits: two losses, vanilla and least squares, two kinds of networks.

    python examples/mnist_gan.py                              digits that it draws itself
    python examples/mnist_gan.py --data mnist                 the real ones, downloaded
    python examples/mnist_gan.py --data mnist --loss lsgan    least squares, not cross entropy
    python examples/mnist_gan.py --data mnist --model dc      convolutions, not linear layers
    python examples/mnist_gan.py --data my_folder --resume    MNIST's files in a folder; continue

The networks and losses are in tinygrad_cv/models/mnist_gan.py. What to expect, with real digits:

    vanilla   loss_D between 1.2 and 1.386 (= 2 ln 2, where D can only guess), loss_G 0.7 to 0.9
    lsgan     loss_D 0.13 to 0.25 (1/4 is a guess), loss_G 0.15 to 0.3

In --out (default runs/mnist_gan/<loss>_<model>): step_*.png (the same noise every --every steps),
training.gif, losses.png, real_and_generated.png and checkpoint.npz. At the end the images are
scored if there is a classifier (see examples/score.py): a loss can't tell how good they are.
"""

import math

import common
import frechet
import pictures
from images import digit_tensors

import tinygrad_cv as tg
from tinygrad_cv import optim
from tinygrad_cv.data import DataLoader, TensorDataset
from tinygrad_cv.models import mnist_gan as models

LOSSES = {
    "vanilla": (models.discriminator_loss, models.generator_loss),
    "lsgan": (models.ls_discriminator_loss, models.ls_generator_loss),
}
NETWORKS = {
    "mlp": (models.mlp_generator, models.mlp_discriminator),
    "dc": (models.dc_generator, models.dc_discriminator),
}
# loss_D where D can only guess
BALANCE = {"vanilla": 2 * math.log(2), "lsgan": 0.25}
TRAINING_IMAGES = 50_000  # MNIST's other 10,000 are the course's validation set


def parse():
    parser = common.arguments(__doc__, batch_size=128, lr=1e-3, workers=0)
    add = parser.add_argument
    add("--loss", choices=LOSSES, default="vanilla", help="vanilla or lsgan")
    add("--model", choices=NETWORKS, default="mlp", help="mlp or dc, with convolutions")
    add("--data", default="digits", help="digits, mnist, or a folder with MNIST's files")
    add("--noise", type=int, default=96, help="how many random numbers an image is made from")
    add("--every", type=int, default=250, metavar="STEPS", help="steps between two pictures")
    add("--count", type=int, default=TRAINING_IMAGES, help="training images")
    frechet.add_argument(parser)
    shown = dict(epochs="10, or 5 for dc", out="runs/mnist_gan/<loss>_<model>")
    return common.parse(parser, preset, shown)


def preset(args):
    out = f"runs/mnist_gan/{args.loss}_{args.model}"
    return dict(epochs=10 if args.model == "mlp" else 5, out=out)


def uniform_noise(count, args):
    """(count, noise), uniform in [-1, 1]."""
    return tg.rand(count, args.noise, device=args.device) * 2 - 1


def main(args):
    judge = frechet.judge(args)
    tg.manual_seed(args.seed)
    loss_of_D, loss_of_G = LOSSES[args.loss]
    make_G, make_D = NETWORKS[args.model]
    G, D = make_G(args.noise).to(args.device), make_D().to(args.device)
    opt_G = optim.Adam(G.parameters(), lr=args.lr, betas=(0.5, 0.999))
    opt_D = optim.Adam(D.parameters(), lr=args.lr, betas=(0.5, 0.999))

    images, _ = digit_tensors(args.data, count=args.count)
    loader = DataLoader(
        TensorDataset(images), args.batch_size, shuffle=True, drop_last=True,
        num_workers=args.workers,
    )
    fixed_noise = uniform_noise(64, args)
    panels = [(("loss_D", "loss_G"), "loss", BALANCE[args.loss])]
    run = common.Run(args, dict(G=G, D=D, opt_G=opt_G, opt_D=opt_D), loader)

    for _ in run.epochs():
        for (real,) in run.batches():
            real = real.to(args.device)                                     # (N, 1, 28, 28)

            opt_D.zero_grad()
            fake = G(uniform_noise(len(real), args)).detach()               # G must not learn here
            loss_D = loss_of_D(D(real), D(fake))
            loss_D.backward()
            opt_D.step()

            opt_G.zero_grad()
            fake = G(uniform_noise(len(real), args))
            loss_G = loss_of_G(D(fake))
            loss_G.backward()
            opt_G.step()

            run.log(loss_D=loss_D, loss_G=loss_G)
            if run.steps % args.every == 0:
                draw(run, pictures.sample(G, fixed_noise), real, panels)
        draw(run, pictures.sample(G, fixed_noise), real, panels)
    draw_gif(run)
    frechet.report(judge, G, lambda count: uniform_noise(count, args))


@common.optional
def draw(run, fake, real, panels):
    """The fixed noise's images, real beside generated, and the curves."""
    grid = pictures.save_samples(fake, run.frame(f"step_{run.steps:06}.png"))
    run.show(real=pictures.grid_of(real[:64]), fake=grid)
    pictures.save_side_by_side(real, fake, run.path("real_and_generated.png"))
    pictures.save_curves(run.history, panels, run.path("losses.png"))


@common.optional
def draw_gif(run):
    """The pictures of this run, in order."""
    pictures.save_training_gif(run.frame_paths(), run.path("training.gif"))


if __name__ == "__main__":
    common.start(main, parse())
