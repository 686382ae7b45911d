"""DCGAN: two networks learn from each other to draw images (Radford, Metz and Chintala 2016).

    python examples/dcgan.py                            sprites drawn by the library, about 5 minutes
    python examples/dcgan.py --data pokemon             the course's sprites, downloaded
    python examples/dcgan.py --data my_images.zip       any folder or zip of images
    python examples/dcgan.py --resume --epochs 40       go on where a run stopped

The discriminator D learns to tell real images from generated ones, the generator G to be taken
for real. One step: D on a real batch, D on a generated batch, then G. Watch the bar:

    loss_D, loss_G   neither should win: near 0 for D means that G has stopped learning
    D(x)             how real D finds real images, on average (0.5 to 1)
    D(G(z)), after   how real it finds generated ones, before and after its own step

In --out (default runs/dcgan): epoch_*.png (the same noise every epoch), training.gif,
losses.png, real_and_generated.png and checkpoint.npz; examples/sample.py draws from that.
"""

import common

import tinygrad_cv as tg
from tinygrad_cv import nn, optim
from tinygrad_cv.models.dcgan import Discriminator, Generator, widths

LATENT = 100  # how many random numbers an image is made from


def parse():
    parser = common.arguments(*__doc__.split("\n\n", 1), epochs=14, batch_size=32, lr=2e-3, out="runs/dcgan")
    parser.add_argument("--lr-d", type=float, help="D's learning rate (default: a quarter of --lr)")
    parser.add_argument("--data", default="sprites", help="sprites, pokemon, or a folder or zip of images")
    parser.add_argument("--count", type=int, default=2048, help="how many sprites to draw (default %(default)s)")
    parser.add_argument("--features", type=int, default=32, help="width of the networks; 64 in the paper (default 32)")
    parser.add_argument("--image-size", type=int, default=64, help="a power of two from 8 on (default 64)")
    args = parser.parse_args()
    with common.told_in_a_line("--image-size"):
        widths(args.image_size)
    return args


def main(args):
    tg.manual_seed(args.seed)
    shape = dict(features=args.features, image_size=args.image_size)
    G, D = Generator(LATENT, **shape).to(args.device), Discriminator(**shape).to(args.device)
    opt_G = optim.Adam(G.parameters(), lr=args.lr, betas=(0.5, 0.999))
    # D has the easier task: at G's rate it would win, and a judge who is always right teaches nothing.
    opt_D = optim.Adam(D.parameters(), lr=args.lr_d or args.lr / 4, betas=(0.5, 0.999))
    bce = nn.BCEWithLogitsLoss()

    data = common.image_data(args.data, args.image_size, args.count)
    loader = tg.data.DataLoader(data, args.batch_size, shuffle=True, drop_last=True, num_workers=args.workers)
    fixed_noise = tg.randn(64, LATENT, 1, 1, device=args.device)
    run = common.Run(args, dict(G=G, D=D, opt_G=opt_G, opt_D=opt_D), loader, fixed_noise)

    for _ in run.epochs():
        for real, _ in run.batches():
            real = real.to(args.device)                                     # (N, 3, 64, 64)
            noise = tg.randn(len(real), LATENT, 1, 1, device=args.device)   # (N, 100, 1, 1)

            # D learns that real images are real, and that generated ones are not.
            opt_D.zero_grad()
            real_logits = D(real)                                           # (N, 1, 1, 1)
            loss_real = bce(real_logits, tg.ones_like(real_logits))
            loss_real.backward()
            fake = G(noise)                                                 # (N, 3, 64, 64)
            fake_logits = D(fake.detach())                                  # detach: here G is not to learn
            loss_fake = bce(fake_logits, tg.zeros_like(fake_logits))
            loss_fake.backward()                                            # adds to the gradients of loss_real
            opt_D.step()

            # G learns to be taken for real.
            opt_G.zero_grad()
            logits = D(fake)                                                # again, because D has changed
            loss_G = bce(logits, tg.ones_like(logits))
            loss_G.backward()
            opt_G.step()

            run.log(**{
                "loss_D": loss_real + loss_fake, "loss_G": loss_G, "D(x)": real_logits.sigmoid().mean(),
                "D(G(z))": fake_logits.sigmoid().mean(), "after": logits.sigmoid().mean(),
            })
        run.draw(G, real)


if __name__ == "__main__":
    main(parse())
