"""A GAN small enough to see through: it learns a two-dimensional Gaussian.

    python examples/gaussian_gan.py
    python examples/gaussian_gan.py --epochs 40 --seed 1

The real points are x A + b, with x normal: a slanted cloud around b with the covariance A^T A.
The generator is one linear layer, z W^T + c, so it *can* be right: if W W^T = A^T A and c = b.
Nobody tells it A, b or the covariance. It only learns from the discriminator, a network of 2-5-3-1
units, how real its points look. When it is right, the discriminator can only guess: its probability
is 1/2 for every point, and both losses are -log(1/2) = 0.6931.

In --out (default runs/gaussian_gan): points.png (the real and the generated cloud), losses.png
and checkpoint.npz.
"""

import math

import common
import pictures

import tinygrad_cv as tg
from tinygrad_cv import nn, optim
from tinygrad_cv.data import DataLoader, TensorDataset

A, B = tg.tensor([[1.0, 2.0], [-0.1, 0.5]]), tg.tensor([1.0, 2.0])


def parse():
    parser = common.arguments(
        __doc__, epochs=20, batch_size=8, lr=0.005, out="runs/gaussian_gan", workers=0
    )
    parser.add_argument("--lr-d", type=float, default=0.05, help="D's learning rate")
    parser.add_argument("--count", type=int, default=1000, help="how many real points")
    return common.parse(parser)


def networks():
    """G and D, every weight and bias drawn from N(0, 0.02)."""
    G = nn.Linear(2, 2)
    D = nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 3), nn.Tanh(), nn.Linear(3, 1))
    for parameter in [*G.parameters(), *D.parameters()]:
        nn.init.normal_(parameter, 0.0, 0.02)
    return G, D


def main(args):
    tg.manual_seed(args.seed)
    points = tg.randn(args.count, 2) @ A + B                               # (1000, 2)
    G, D = (net.to(args.device) for net in networks())
    opt_G, opt_D = optim.Adam(G.parameters(), lr=args.lr), optim.Adam(D.parameters(), lr=args.lr_d)
    bce = nn.BCEWithLogitsLoss()
    loader = DataLoader(
        TensorDataset(points), args.batch_size, shuffle=True, drop_last=True,
        num_workers=args.workers,
    )
    fixed_noise = tg.randn(args.count, 2, device=args.device)
    run = common.Run(args, dict(G=G, D=D, opt_G=opt_G, opt_D=opt_D), loader)

    for _ in run.epochs():
        for (real,) in run.batches():
            real = real.to(args.device)                                     # (N, 2)
            fake = G(tg.randn(len(real), 2, device=args.device))            # (N, 2)

            # D learns to tell them apart.
            opt_D.zero_grad()
            real_logits, fake_logits = D(real), D(fake.detach())            # (N, 1)
            ones, zeros = tg.ones_like(real_logits), tg.zeros_like(fake_logits)
            loss_D = (bce(real_logits, ones) + bce(fake_logits, zeros)) / 2
            loss_D.backward()
            opt_D.step()

            # G learns to be taken for real, by a D that is one step further.
            opt_G.zero_grad()
            loss_G = bce(D(fake), ones)
            loss_G.backward()
            opt_G.step()
            run.log(loss_D=loss_D, loss_G=loss_G)

    with tg.no_grad():
        fake = G(fixed_noise).cpu()
    report(run, points, fake)


def report(run, real, fake):
    """The losses of the last epoch, the moments of both clouds, and the pictures."""
    last = run.history[run.starts[-1] :]
    loss_D, loss_G = (sum(step[name] for step in last) / len(last) for name in ("loss_D", "loss_G"))
    print(f"loss of the last epoch: D {loss_D:.5f}, G {loss_G:.5f}; ln 2 = {math.log(2):.5f}")
    clouds = {"true": (B, A.T @ A), "real": moments(real), "generated": moments(fake)}
    for title, (mean, covariance) in clouds.items():
        (a, b), ((c, d), (e, f)) = mean.tolist(), covariance.tolist()
        matrix = f"[[{c:.2f}, {d:.2f}], [{e:.2f}, {f:.2f}]]"
        print(f"{title:>10}: mean [{a:.2f}, {b:.2f}], covariance {matrix}")
    draw(run, real, fake)


@common.optional
def draw(run, real, fake):
    """The losses as curves, and a hundred points of each cloud."""
    panel = ("loss_D", "loss_G"), "loss", math.log(2)
    pictures.save_curves(run.history, [panel], run.path("losses.png"))
    pictures.save_points({"real": real[:100], "generated": fake[:100]}, run.path("points.png"))


def moments(points):
    """Mean (2,) and covariance (2, 2) of points (N, 2)."""
    centred = points - points.mean(0)
    return points.mean(0), centred.T @ centred / len(points)


if __name__ == "__main__":
    common.start(main, parse())
