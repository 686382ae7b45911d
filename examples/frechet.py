"""How far generated digits are from real ones, as a number: the Frechet distance of features.

Whether an image looks like a digit is judged by a network that can read digits (Heusel et al. 2017
took ImageNet's Inception; here it is examples/mnist_classifier.py). Its 128 features of many images
form a cloud. Describe each cloud by its mean m and covariance C. Then the distance of two Gaussians
with these moments (Dowson and Landau 1982) is

    d^2 = |m - m'|^2 + trace(C + C' - 2 (C C')^(1/2))

A generator that draws badly moves the cloud, and one that always draws the same shrinks it; both
increase the distance. C C' is not symmetric, but has the same eigenvalues as R C' R with
R = C^(1/2), which is symmetric. The trace of a root is the sum of the roots of the eigenvalues.
"""

import math
import os

import common
import numpy as np
from images import digit_tensors
from mnist_classifier import Classifier, in_batches


def frechet_distance(features, others):
    """d^2 of two clouds of features, arrays (N, D) and (M, D)."""
    one, other = np.asarray(features, np.float64), np.asarray(others, np.float64)
    C, C_other = np.cov(one.T), np.cov(other.T)
    values, vectors = np.linalg.eigh(C)
    root = vectors * np.sqrt(values.clip(0)) @ vectors.T
    overlap = np.sqrt(np.linalg.eigvalsh(root @ C_other @ root).clip(0)).sum()
    shift = one.mean(0) - other.mean(0)
    return float(shift @ shift + np.trace(C) + np.trace(C_other) - 2 * overlap)


class Judge:
    """Scores `count` images by a trained classifier, against the test images of `data`."""

    def __init__(self, classifier, data, device="cpu", count=10_000):
        self.count, self.device, self.net = count, device, Classifier().to(device).eval()
        with common.told_in_a_line("--classifier"):
            state = common.load(classifier, device, "examples/mnist_classifier.py", ["net"])
            self.net.load_state_dict(state["parts"]["net"])
        self.real, _ = self.look(digit_tensors(data, train=False)[0])

    def look(self, images):
        """The features (N, 128) of images, and the probabilities (N, 10) of the digits."""
        features = in_batches(self.net.features, images.to(self.device))
        return features.cpu().numpy(), self.net.head(features).softmax(1).detach().cpu().numpy()

    def score(self, images):
        """The Frechet distance, how sure the classifier is, and how the ten digits are spread.

        "digits" is e^entropy of the shares: 10 if all are equally frequent, 1 if there is only one.
        """
        features, probabilities = self.look(images)
        shares = np.bincount(probabilities.argmax(1), minlength=10) / len(images)
        entropy = -sum(share * math.log(share) for share in shares if share > 0)
        return {
            "distance": frechet_distance(features, self.real),
            "sure": float(probabilities.max(1).mean()),
            "digits": math.exp(entropy),
            "shares": shares.tolist(),
        }


def line(title, score):
    """A score as a row of the table under HEAD."""
    numbers = f"{score['distance']:8.2f} {score['sure']:7.1%} {score['digits']:7.2f}"
    shares = " ".join(f"{100 * share:3.0f}" for share in score["shares"])
    return f"{title:<28} {numbers}   {shares}"


HEAD = f"{'':<28} {'distance':>8} {'sure':>7} {'digits':>7}   share of 0 1 2 ... 9 in %"


def add_argument(parser):
    parser.add_argument(
        "--classifier", default="runs/mnist_classifier/checkpoint.npz",
        help="what examples/mnist_classifier.py wrote; judges the generated images",
    )
    parser.add_argument(
        "--score", type=int, default=10_000, metavar="IMAGES", help="how many images to judge"
    )


def judge(args):
    """The Judge of a training: made before it, so that what is wrong with its files is told then.

    None with --dry-run, or if there is no classifier.
    """
    if args.dry_run:
        return None
    if not os.path.exists(args.classifier):
        print(
            f"no score: there is no {args.classifier}; examples/mnist_classifier.py --data "
            f"{args.data} makes one"
        )
        return None
    return Judge(args.classifier, args.data, args.device, args.score)


def report(judge, generator, noise_of):
    """Print the score of images that a generator makes of noise_of(count), if there is a judge."""
    if judge:
        images = in_batches(generator.eval(), noise_of(judge.count))
        print(HEAD, line("generated digits", judge.score(images)), sep="\n")
