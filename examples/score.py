"""Score generators of digits: the Frechet distance to real digits, and how the digits are spread.

    python examples/mnist_classifier.py --data mnist
    python examples/score.py runs/mnist_gan/*/checkpoint.npz --data mnist

One row for each checkpoint of examples/mnist_gan.py or wgan_gp.py, and one for real training
digits, which shows how small the distance can be. examples/frechet.py explains it.
"""

import common
import frechet
from images import digit_tensors
from mnist_classifier import in_batches

import tinygrad_cv as tg
from tinygrad_cv.models import mnist_gan as models


def parse():
    parser = common.command(__doc__)
    parser.add_argument("checkpoints", nargs="*", help="checkpoint.npz files of GANs on digits")
    parser.add_argument(
        "--data", default="digits", help="digits, mnist, or a folder with MNIST's files"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the noise")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    frechet.add_argument(parser)
    return common.parse(parser)


def main(args):
    made_by = "examples/mnist_gan.py or wgan_gp.py"
    with common.told_in_a_line("score"):
        states = [
            common.load(path, args.device, made_by, ["G", "D"], ["model", "noise"])
            for path in args.checkpoints
        ]
    judge = frechet.Judge(args.classifier, args.data, args.device)
    images, _ = digit_tensors(args.data)
    print(frechet.HEAD)
    print(frechet.line("real training digits", judge.score(images[-args.score :])))
    for state in states:
        saved = state["arguments"]
        generator = getattr(models, f"{saved['model']}_generator")(saved["noise"]).to(args.device)
        generator.load_state_dict(state["parts"]["G"])
        tg.manual_seed(args.seed)
        noise = tg.rand(args.score, saved["noise"], device=args.device) * 2 - 1
        images = in_batches(generator.eval(), noise)
        print(frechet.line(f"{saved.get('loss', 'wgan-gp')} {saved['model']}", judge.score(images)))


if __name__ == "__main__":
    common.start(main, parse())
