"""Draw new images from a trained generator, and paths from one image to another.

    python examples/sample.py runs/dcgan/checkpoint.npz
    python examples/sample.py runs/dcgan/checkpoint.npz --count 100 --seed 7

Writes samples.png, and interpolation.png: each row goes from one noise vector to another. If
the images change smoothly, the generator has learned a space of images and not a list of them.
"""

import math
import os

import common
import dcgan
import pictures

import tinygrad_cv as tg


def parse():
    parser = common.command(__doc__)
    parser.add_argument("checkpoint", help="a checkpoint.npz that examples/dcgan.py wrote")
    parser.add_argument("--count", type=int, default=64, help="how many images")
    parser.add_argument("--rows", type=int, default=6, help="interpolations")
    parser.add_argument("--steps", type=int, default=10, help="images in an interpolation")
    parser.add_argument("--seed", type=int, default=0, help="of the noise")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--out", help="folder for the pictures (default: the checkpoint's)")
    args = common.parse(parser)
    args.out = args.out or os.path.dirname(args.checkpoint)
    return args


def slerp(start, end, t):
    """A point between two noise vectors, along the sphere.

    In 100 dimensions normal noise has a length near 10. The middle of a straight line has length 7:
    the generator never saw such noise.
    """
    cosine = ((start * end).sum() / (start.norm() * end.norm())).item()
    angle = math.acos(max(-1.0, min(1.0, cosine)))
    return (math.sin((1 - t) * angle) * start + math.sin(t * angle) * end) / math.sin(angle)


def main(args):
    with common.told_in_a_line("sample"):
        generator, _ = dcgan.load(args.checkpoint, args.device)
    tg.manual_seed(args.seed)

    folder = common.folder(args.out, alone=False)  # beside a run that goes on
    samples, interpolation = (folder.path(f"{n}.png") for n in ("samples", "interpolation"))
    noise = tg.randn(args.count, dcgan.LATENT, 1, 1, device=args.device)
    pictures.save_samples(pictures.sample(generator, noise), samples)

    path = []
    for _ in range(args.rows):
        start, end = tg.randn(2, dcgan.LATENT, 1, 1, device=args.device)
        path += [slerp(start, end, i / max(args.steps - 1, 1)) for i in range(args.steps)]
    images = pictures.sample(generator, tg.stack(path))
    pictures.save_samples(images, interpolation, nrow=args.steps)
    print(f"wrote {samples} and {interpolation}")


if __name__ == "__main__":
    common.start(main, parse())
