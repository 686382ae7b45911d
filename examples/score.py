"""Score generators: how far their images are from real ones, and how much they vary.

    python examples/mnist_classifier.py --data mnist
    python examples/score.py runs/mnist_gan/*/checkpoint.npz --data mnist
    python examples/score.py runs/dcgan/checkpoint.npz

One row for each checkpoint of examples/mnist_gan.py or wgan_gp.py, and one for real training
digits, which shows how small the distance can be. examples/frechet.py explains it.

A checkpoint of examples/dcgan.py is compared with the images that it learned from, 1,000 with
1,000, or half of the images if they are fewer. examples/likeness.py explains these numbers.
"""

import common
import dcgan
import frechet
import likeness
import pictures
from images import digit_tensors, image_data
from mnist_classifier import in_batches

import tinygrad_cv as tg
from tinygrad_cv.models import mnist_gan as models


def parse():
    parser = common.command(__doc__)
    parser.add_argument("checkpoints", nargs="*", help="checkpoint.npz files of GANs")
    parser.add_argument(
        "--data", help="digits (the default), mnist, or a folder with MNIST's files; of a DCGAN, "
        "where its images are now, if they were moved"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the noise")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    frechet.add_argument(parser)
    return common.parse(parser)


def main(args):
    made_by = "examples/mnist_gan.py, wgan_gp.py or dcgan.py"
    digits, images = [], []
    with common.told_in_a_line("score"):
        for path in args.checkpoints:
            state = common.load(path, args.device, made_by, ["G", "D"])
            if "recipe" in state["arguments"]:
                images.append((path, *dcgan.load(path, args.device)))
            else:
                digits.append(
                    common.load(path, args.device, made_by, ["G", "D"], ["model", "noise"])
                )
    if digits or not images:
        score_digits(digits, args)
    for path, generator, trained_with in images:
        score_images(path, generator, trained_with, args)


def score_digits(states, args):
    """A table of generators of digits, judged by a classifier."""
    data = args.data or "digits"
    judge = frechet.Judge(args.classifier, data, args.device)
    images, _ = digit_tensors(data, count=args.score)
    print(frechet.HEAD)
    print(frechet.line("real training digits", judge.score(images)))
    for state in states:
        saved = state["arguments"]
        generator = getattr(models, f"{saved['model']}_generator")(saved["noise"]).to(args.device)
        generator.load_state_dict(state["parts"]["G"])
        tg.manual_seed(args.seed)
        noise = tg.rand(args.score, saved["noise"], device=args.device) * 2 - 1
        images = in_batches(generator.eval(), noise)
        print(frechet.line(f"{saved.get('loss', 'wgan-gp')} {saved['model']}", judge.score(images)))


def score_images(path, generator, trained_with, args):
    """The table of a DCGAN."""
    data = args.data or trained_with.data
    ruler = likeness.Ruler(image_data(data, trained_with.image_size, trained_with.count))
    tg.manual_seed(args.seed)
    noise = tg.randn(ruler.count, dcgan.LATENT, 1, 1, device=args.device)
    print(path, ruler.table(ruler.score(pictures.sample(generator, noise))), sep="\n")


if __name__ == "__main__":
    common.start(main, parse())
