"""WGAN-GP: a GAN whose loss means something (Arjovsky et al. 2017; Gulrajani et al. 2017).

    python examples/wgan_gp.py                       digits that it draws itself
    python examples/wgan_gp.py --data mnist          the real ones, downloaded
    python examples/wgan_gp.py --data mnist --model dc

Here D is a *critic*: its output is any number, high for real images. If its slope is nowhere
steeper than 1, the largest possible mean D(real) - mean D(fake) is the Wasserstein distance of the
two clouds of images: how far, on average, probability has to be moved to turn one into the other.
G makes that distance smaller, and it falls as the images get better; no other GAN loss does that.

The slope is kept near 1 by a penalty on the gradient with respect to the *images*, at random places
x between a real and a fake one:

    loss_D = mean D(fake) - mean D(real) + 10 mean (|dD/dx| - 1)^2

The loss contains a gradient, so its own gradient is a second derivative: that is what
`create_graph=True` is for. The critic must be nearly optimal, so it takes 5 steps for each of G's.

In --out (default runs/wgan_gp/<model>): pictures, checkpoint and score as in examples/mnist_gan.py.
"""

import common
import frechet
import mnist_gan
import pictures
from images import digit_tensors

import tinygrad_cv as tg
from tinygrad_cv import optim
from tinygrad_cv.data import DataLoader, TensorDataset

PANELS = [(("distance", "penalty"), "critic", 0.0), (("loss_G",), "loss of G", None)]


def parse():
    parser = common.arguments(__doc__, batch_size=64, workers=0)
    add = parser.add_argument
    add("--model", choices=mnist_gan.NETWORKS, default="mlp", help="mlp or dc, with convolutions")
    add("--data", default="digits", help="digits, mnist, or a folder with MNIST's files")
    add("--noise", type=int, default=96, help="how many random numbers an image is made from")
    add("--penalty", type=float, default=10.0, help="weight of the gradient penalty")
    add("--critic-steps", type=int, default=5, help="steps of D for each of G")
    add("--every", type=int, default=2000, metavar="STEPS", help="steps of D between two pictures")
    add("--count", type=int, default=mnist_gan.TRAINING_IMAGES, help="training images")
    frechet.add_argument(parser)
    shown = dict(epochs="30, or 10 for dc", lr="2e-4", out="runs/wgan_gp/<model>")
    return common.parse(parser, preset, shown)


def preset(args):
    return dict(epochs=30 if args.model == "mlp" else 10, lr=2e-4, out=f"runs/wgan_gp/{args.model}")


def gradient_penalty(D, real, fake):
    """mean (|dD/dx| - 1)^2 at a random place x on the line between each real and fake image."""
    t = tg.rand(len(real), 1, 1, 1, device=real.device)
    between = (t * real + (1 - t) * fake).requires_grad_()                  # (N, 1, 28, 28)
    (gradient,) = tg.autograd.grad(D(between).sum(), [between], create_graph=True)
    slope = (gradient.flatten(1).square().sum(1) + 1e-12).sqrt()            # (N,)
    return (slope - 1).square().mean()


def main(args):
    judge = frechet.judge(args)
    tg.manual_seed(args.seed)
    make_G, make_D = mnist_gan.NETWORKS[args.model]
    G, D = make_G(args.noise).to(args.device), make_D().to(args.device)
    opt_G = optim.Adam(G.parameters(), lr=args.lr, betas=(0.0, 0.9))
    opt_D = optim.Adam(D.parameters(), lr=args.lr, betas=(0.0, 0.9))

    images, _ = digit_tensors(args.data, count=args.count)
    loader = DataLoader(
        TensorDataset(images), args.batch_size, shuffle=True, drop_last=True,
        num_workers=args.workers,
    )
    fixed_noise = mnist_gan.uniform_noise(64, args)
    run = common.Run(args, dict(G=G, D=D, opt_G=opt_G, opt_D=opt_D), loader)

    for _ in run.epochs():
        for (real,) in run.batches():
            real = real.to(args.device)                                     # (N, 1, 28, 28)
            noise = mnist_gan.uniform_noise(len(real), args)

            opt_D.zero_grad()
            with tg.no_grad():
                fake = G(noise)
            distance = D(real).mean() - D(fake).mean()
            penalty = gradient_penalty(D, real, fake)
            (args.penalty * penalty - distance).backward()
            opt_D.step()
            numbers = dict(distance=distance, penalty=penalty)

            if (run.steps + 1) % args.critic_steps == 0:
                opt_G.zero_grad()
                loss_G = -D(G(noise)).mean()
                loss_G.backward()
                opt_G.step()
                numbers["loss_G"] = loss_G

            run.log(**numbers)
            if run.steps % args.every == 0:
                mnist_gan.draw(run, pictures.sample(G, fixed_noise), real, PANELS)
        mnist_gan.draw(run, pictures.sample(G, fixed_noise), real, PANELS)
    mnist_gan.draw_gif(run)
    frechet.report(judge, G, lambda count: mnist_gan.uniform_noise(count, args))


if __name__ == "__main__":
    common.start(main, parse())
