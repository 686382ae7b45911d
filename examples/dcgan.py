"""DCGAN: two networks learn from each other to draw images (Radford, Metz and Chintala 2016).

    python examples/dcgan.py                            sprites that it draws, about 5 minutes
    python examples/dcgan.py --data pokemon             the course's sprites, downloaded
    python examples/dcgan.py --data my_images.zip       any folder or zip of images
    python examples/dcgan.py --data mnist --tensorboard handwritten digits, grey, at 64x64
    python examples/dcgan.py --resume --epochs 40       continue where a run stopped
    mpiexec -n 2 python examples/dcgan.py               two processes train it: docs/parallel.md

The discriminator D learns to tell real images from generated ones, the generator G to be taken
for real. One step: D on a real batch, D on a generated batch, then G. Watch the bar:

    loss_D, loss_G   neither should win: a loss_D near 0 means that G no longer learns
    D(x)             how real the real images look to D, on average (0.5 to 1)
    D(G(z)), after   how real the generated ones look, before and after D's own step

When these numbers show that a run goes wrong, a line above the bar says how. At the end the run
prints how far its images are from real ones; examples/likeness.py explains the table.

In --out (default runs/dcgan): epoch_*.png (the same noise every epoch), training.gif,
losses.png, real_and_generated.png and checkpoint.npz; examples/sample.py draws from that.
With --tensorboard also losses and images for `tensorboard --logdir runs/dcgan/tensorboard`.

Digits (--data mnist, digits, or a folder with MNIST's files) are grey and have their own settings.

--recipe course is the course's: batch norm in both networks, Adam with beta1 0.5, one rate. The
default differs in seven ideas (and in width, epochs and batch size): D has spectral norm; D sees
how much a batch varies; what D sees is noisy; the rates are others, and D's is the higher one;
beta1 is 0; the rates sink in the second half; and the pictures come from a running average of G's
weights. Each has its reason where it stands in the code; docs/dcgan.md goes from one recipe to the
other.

The rates sink to 2 % at the end of the epochs that a run was started with. With --resume and more
--epochs they stay there: the pictures still become a little cleaner, but do not change much.
"""

import argparse
import math

import common
import likeness
import pictures
import recipes
from averages import Average, update_bn
from images import image_data

import tinygrad_cv as tg
from tinygrad_cv import nn, optim, parallel
from tinygrad_cv.models.dcgan import Discriminator, Generator

LATENT = 100  # how many random numbers an image is made from
PANELS = [
    (("loss_D", "loss_G"), "loss", math.log(2)), (("D(x)", "D(G(z))"), "probability of real", 0.5)
]


class Rate:
    """What the learning rates are multiplied by: 1 for half of `steps`, then down to 2 %.

    Small steps at the end let both players settle: the last images are the cleanest.
    LambdaLR keeps `steps` in the checkpoint: more --epochs don't let the rates rise again.
    """

    def __init__(self, steps):
        self.steps = steps

    def __call__(self, step):
        return min(1.0, max(0.02, 0.02 + 1.96 * (1 - step / self.steps)))


def networks(args):
    """G, D and the average of G for these arguments of the command line."""
    shape = {name: getattr(args, name) for name in ("features", "channels", "image_size")}
    shape["outer_bias"] = args.channels == 1 or args.spectral
    G = Generator(LATENT, **shape).to(args.device)
    # Batch norm lets D be as steep as it likes: D is soon sure, and its gradient leads nowhere.
    # Spectral norm bounds how steep a layer is: the largest singular value of its weight, as a
    # matrix, is 1. The spread shows D when all images are alike.
    D = Discriminator(**shape, spectral=args.spectral, spread=args.spread).to(args.device)
    # G circles around what it should become; the average of its weights lies in the middle.
    return G, D, Average(G, args.average)


def load(path, device):
    """The generator of a checkpoint that draws its pictures, and the arguments of its run."""
    wanted = ["G", "D", "average"], ["features", "channels", "recipe", "spread"]
    state = common.load(path, device, "examples/dcgan.py", *wanted)
    args = argparse.Namespace(**{**state["arguments"], "device": device})
    G, _, average = networks(args)
    G.load_state_dict(state["parts"]["G"])
    average.load_state_dict(state["parts"]["average"])
    return average if args.average else G, args


def main(args):
    tg.manual_seed(args.seed)
    G, D, average = networks(args)
    # beta1 = 0: old gradients come from a player that has changed since. D has the higher
    # rate, because its gradient is worth following only where D knows what G draws now.
    opt_G = optim.Adam(G.parameters(), lr=args.lr, betas=(args.beta1, 0.999))
    opt_D = optim.Adam(D.parameters(), lr=args.lr_d, betas=(args.beta1, 0.999))
    bce = nn.BCEWithLogitsLoss()

    data = image_data(args.data, args.image_size, args.count)
    sampler = common.sampler(data, args)
    loader = tg.data.DataLoader(
        data, args.batch_size, shuffle=sampler is None, sampler=sampler, drop_last=True,
        num_workers=args.workers,
    )
    rate = Rate(max(args.epochs * len(loader), 1) if args.decay else math.inf)
    schedules = [optim.lr_scheduler.LambdaLR(optimizer, rate) for optimizer in (opt_G, opt_D)]
    fixed_noise = tg.randn(args.samples, LATENT, 1, 1, device=args.device)
    run = common.Run(args, dict(
        G=G, D=D, average=average, opt_G=opt_G, opt_D=opt_D,
        rate_G=schedules[0], rate_D=schedules[1],
    ), loader)
    ruler = likeness.Ruler(data, count=500)
    own = tg.Generator().manual_seed(args.seed)  # judging changes nothing in the training
    judged = tg.randn(ruler.count, LATENT, 1, 1, generator=own, device=args.device)
    view = pictures.viewer() if args.preview else None

    for epoch in run.epochs():
        for real, _ in run.batches():
            real = real.to(args.device)                                     # (N, 3, 64, 64)
            noise = tg.randn(len(real), LATENT, 1, 1, device=args.device)   # (N, 100, 1, 1)
            # This hides from D what G can't get right yet: D can't be sure too early. All three
            # batches of a step get the same noise: it says nothing about which is real.
            noise_d = args.noise_d * tg.randn_like(real) if args.noise_d else 0.0

            # D learns that real images are real, and that generated ones are not.
            opt_D.zero_grad()
            real_logits = D(real + noise_d)                                 # (N, 1, 1, 1)
            loss_real = bce(real_logits, tg.ones_like(real_logits))
            loss_real.backward()
            fake = G(noise)                                                 # (N, 3, 64, 64)
            # detach: no gradient of D's loss is wanted in G, and G's graph is still needed below
            fake_logits = D(fake.detach() + noise_d)
            loss_fake = bce(fake_logits, tg.zeros_like(fake_logits))
            loss_fake.backward()                                            # added to loss_real's
            parallel.average_gradients(D.parameters())                      # over all processes
            opt_D.step()

            # G learns to be taken for real. D's own gradients are not needed: not computing them
            # saves time and memory.
            D.requires_grad_(False)
            opt_G.zero_grad()
            logits = D(fake + noise_d)                                      # again: D has changed
            loss_G = bce(logits, tg.ones_like(logits))
            loss_G.backward()
            parallel.average_gradients(G.parameters())
            opt_G.step()
            D.requires_grad_(True)
            if args.average:
                average.update(G)
            for schedule in schedules:
                schedule.step()

            run.log(**{
                "loss_D": loss_real + loss_fake, "loss_G": loss_G,
                "D(x)": real_logits.sigmoid().mean(), "D(G(z))": fake_logits.sigmoid().mean(),
                "after": logits.sigmoid().mean(),
            })
            if run.steps % 200 == 0:
                run.warn(trouble(run.history))
        if args.average:  # its activations are not G's, but its batch norm copied G's statistics
            noise = tg.randn(512, LATENT, 1, 1, device=args.device)
            update_bn(noise.split(args.batch_size), average)
            parallel.average_buffers(average)
        best = average if args.average else G
        if run.writes:  # of several processes only the first one judges and draws
            run.note(**ruler.score(pictures.sample(best, judged)))
            run.warn(trouble(run.history))
            draw(run, pictures.sample(best, fixed_noise), real, epoch, view)
    if run.writes:
        print(ruler.table(run.history[-1]))


def trouble(history, window=100):
    """What the last steps say in words if a run goes wrong, else None."""
    last = history[-window:]
    real, fake = (sum(step[name] for step in last) / len(last) for name in ("D(x)", "D(G(z))"))
    if math.isnan(real + fake):
        return "the losses are NaN: nothing more will be learned"
    if real > 0.85 and fake < 0.15:
        return f"D is winning: D(x) {real:.2f}, D(G(z)) {fake:.2f}"
    if history[-1].get("twins", 0) > 0.5 and len(history) > 1000:  # at first all G's are alike
        return f"G draws twins: {history[-1]['twins']:.0%} of its images are nearly like another"


@common.optional
def draw(run, fake, real, epoch, view):
    """The pictures of an epoch: images of the fixed noise, a GIF of all epochs, and the curves."""
    path = run.frame(f"epoch_{epoch + 1:03}.png")
    grid = pictures.save_samples(fake, path)
    if view:
        run.bar.clear()
        view(path)
    run.show(real=pictures.grid_of(real[: len(fake)]), fake=grid)
    pictures.save_training_gif(run.frame_paths(), run.path("training.gif"))
    pictures.save_side_by_side(real, fake, run.path("real_and_generated.png"))
    pictures.save_curves(run.history, PANELS, run.path("losses.png"))


if __name__ == "__main__":
    with common.together():
        common.start(main, recipes.parse(__doc__))
