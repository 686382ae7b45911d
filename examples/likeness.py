"""How near generated images are to real ones: four numbers that need no trained network.

    conv     Frechet distance of the features of a convolutional network with fixed random weights
    pixels   Frechet distance of the images themselves, shrunk to 16x16
    twins    the share of 256 images that lie nearer to another one than 95 % of real images do
    sharp    the mean size of the Laplacian, compared with that of real images

examples/frechet.py explains the distance. Both spaces are reduced to their first principal
components and scaled so that the variance of real images is 1: a generator that always draws the
mean image is 1 away, and one that always draws some other image is further away. Random
convolutions see edges, textures and where they lie. They don't know what an eye is: compare such
numbers for the same data and the same number of images only, and look at the pictures too.

The ruler is a row of other real images: no generator can be expected to come nearer.
"""

import numpy as np
from frechet import frechet_distance

import tinygrad_cv as tg
from tinygrad_cv.nn import functional as F

HEAD = f"{'':<28} {'conv':>7} {'pixels':>7} {'twins':>7} {'sharp':>7}"


def line(title, score):
    """A score as a row of the table under HEAD."""
    return (f"{title:<28} {score['conv']:7.3f} {score['pixels']:7.3f} {score['twins']:7.1%} "
            f"{score['sharp']:7.2f}")


class Ruler:
    """Scores images against `count` real ones of a dataset, or half of it if that is fewer.

    `real` is the score of other real images.
    """

    def __init__(self, data, count=1000):
        self.count = min(count, max(len(data) // 2, 2))
        order = np.random.default_rng(0).permutation(len(data))
        images = [data[order[k % len(data)]][0] for k in range(2 * self.count)]
        known, others = tg.stack(images[: self.count]), tg.stack(images[self.count :])
        self.spaces = {"conv": Components(convolved(known), 100),
                       "pixels": Components(small(known), 64)}
        self.near = np.quantile(nearest(self.spaces["pixels"].known), 0.05)
        self.sharp = max(laplacian(known), 1e-12)
        self.real = self.score(others)

    def score(self, images):
        """The four numbers of images (N, C, H, W) in [-1, 1]; NaN if an image is not finite."""
        if not tg.isfinite(images).all():
            return dict.fromkeys(("conv", "pixels", "twins", "sharp"), float("nan"))
        clouds = {"conv": convolved(images), "pixels": small(images)}
        clouds = {name: self.spaces[name](cloud) for name, cloud in clouds.items()}
        distances = {
            name: frechet_distance(cloud, self.spaces[name].known) for name, cloud in clouds.items()
        }
        twins = float((nearest(clouds["pixels"]) < self.near).mean())
        return {**distances, "twins": twins, "sharp": laplacian(images) / self.sharp}

    def table(self, score):
        """A score of generated images as a table, with that of other real images above it."""
        rows = (f"{self.count:,} other real images", self.real), ("generated", score)
        return "\n".join([HEAD, *(line(*row) for row in rows)])


class Components:
    """The first principal components of features (N, D), scaled to a total variance of 1."""

    def __init__(self, features, most):
        self.mean = features.mean(0)
        _, sizes, axes = np.linalg.svd(features - self.mean, full_matrices=False)
        variance = (sizes[:most] ** 2).sum() / (len(features) - 1)
        self.axes = axes[:most].T / np.sqrt(max(variance, 1e-12))           # (D, most)
        self.known = self(features)

    def __call__(self, features):
        return (features - self.mean) @ self.axes


@tg.no_grad()
def convolved(images, batch=100):
    """Features of images, as an array (N, D): convolutions of stride 2 and ReLU, down to 4x4."""
    features = []
    for x in images.split(batch):
        generator = tg.Generator().manual_seed(0)  # the same weights for every image
        while x.shape[-1] > 4:
            channels = x.shape[1]
            kernels = tg.randn(max(16, 2 * channels), channels, 4, 4, generator=generator)
            gain = (2 / (16 * channels)) ** 0.5  # keeps the size of the values (He et al. 2015)
            x = F.relu(F.conv2d(x, gain * kernels.to(x.device), stride=2, padding=1))
        features.append(x.flatten(1).cpu().numpy())
    return np.concatenate(features)


def small(images):
    """The means of an image's pixels in 16x16 squares, as an array (N, D)."""
    side = max(1, images.shape[-1] // 16)
    return F.avg_pool2d(images, side).flatten(1).cpu().numpy()


def nearest(points, count=256):
    """How far each of the first points is from the nearest other one of them."""
    points = points[:count].astype(np.float64)
    squares = ((points[:, None] - points) ** 2).sum(2)
    np.fill_diagonal(squares, np.inf)
    return np.sqrt(squares.min(1))


def laplacian(images):
    """The mean size of each pixel's difference from its four neighbours: how sharp images are."""
    x = images.cpu().numpy()
    around = x[..., :-2, 1:-1] + x[..., 2:, 1:-1] + x[..., 1:-1, :-2] + x[..., 1:-1, 2:]
    return float(np.abs(4 * x[..., 1:-1, 1:-1] - around).mean())
