"""The features of photographs from a frozen network, computed once and kept on disk."""

import contextlib
import os

import common

import tinygrad_cv as tg
from tinygrad_cv import data, models
from tinygrad_cv.data import transforms
from tinygrad_cv.data.download import progress
from tinygrad_cv.data.image_folder import CorruptImages, listed

BATCH = 32  # photographs at once
PUBLISHED = "https://download.pytorch.org/models/"
WEIGHTS = {"resnet18": "resnet18-f37072fd.pth", "resnet34": "resnet34-b627a593.pth"}


def frozen_network(name, weights, image_size, device):
    """The network in eval mode, and the transform from a photograph to its input.

    `weights` is a file of weights, "random", or None for those that a package brings.
    """
    source = models.resnet if name in WEIGHTS else models.efficientnet
    make = getattr(source, name)
    if name in WEIGHTS and not weights:
        raise SystemExit(
            f"--network {name} needs ImageNet's weights: fetch {PUBLISHED + WEIGHTS[name]} and "
            f"say --weights {WEIGHTS[name]}"
        )
    errors = ImportError, OSError, ValueError, RuntimeError
    with common.told_in_a_line(f"--network {name}", errors):
        preprocess = source.preprocess(image_size, image_size * 256 // 224)
        net = make() if weights else make(pretrained=True)
        if weights and weights != "random":
            net.load_state_dict(tg.load(weights))
    # In eval mode batch norm uses the statistics of ImageNet, so that the features of a photograph
    # don't depend on the other photographs in the batch
    return net.to(device).eval(), preprocess


class Photographs(data.Subset):
    """The images of a folder of breeds: `ids`, and `targets`, which are positions in `breeds`."""

    def __init__(self, folder, breeds=None, most=None):
        with common.told_in_a_line(folder):
            try:
                with common.warnings_as_lines():
                    images = data.ImageFolder(folder)
            except CorruptImages as error:
                raise ValueError(damaged(folder, error.faults)) from None
        super().__init__(images, range(min(most or len(images), len(images))))
        self.breeds = breeds or images.classes
        paths, own = zip(*(images.samples[i] for i in self.indices))
        self.ids = [os.path.splitext(os.path.basename(path))[0] for path in paths]
        self.checksums = [images.checksums[images.names[i]] for i in self.indices]
        self.targets = [self.breeds.index(images.classes[k]) if breeds else k for k in own]

    def __getitem__(self, index):
        return super().__getitem__(index)[0], self.targets[index]

    def seen_by(self, transform):
        """The same photographs, through `transform`."""
        self.dataset.transform = transform
        return self


def damaged(folder, faults):
    """What to do about damaged photographs, named as in the download, to which `folder` links."""
    files = [os.path.realpath(os.path.join(folder, name)) for name in faults]
    what = [f"{file} ({reason})" for file, reason in zip(files, faults.values())]
    return (
        f"{len(files)} damaged photographs: {listed(what)}; download them again, or remove them "
        "(those of train/ from labels.csv too, those of test/ from sample_submission.csv)"
    )


class Features:
    """Calls `look(images)` on views of photographs; each view's features are kept in a Folder.

    So a run that was stopped continues with the view that it was at, and a training with other
    settings starts at once. `made_of` is what the features depend on: if it differs, they are
    computed anew.
    """

    def __init__(self, folder, look, workers, seed, made_of):
        self.folder, self.look, self.workers = folder, look, workers
        self.seed, self.made_of = seed, made_of

    def __call__(self, name, photographs, views):
        """Features (len(views), N, F) of photographs through each of the transforms `views`."""
        try:
            return tg.stack([
                self.view(f"{name}_{i + 1}", photographs.seen_by(view), i)
                for i, view in enumerate(views)
            ])
        except KeyboardInterrupt:
            raise SystemExit(
                "\nstopped; the same command continues from here, as complete views are kept"
            ) from None

    def view(self, name, photographs, number):
        path = self.folder.path(f"{name}.npz")
        made_of = {**self.made_of, "seed": self.seed}
        made_of |= {"ids": photographs.ids, "checksums": photographs.checksums}
        with contextlib.suppress(OSError, ValueError):  # missing or damaged: compute it anew
            kept = tg.load(path)
            if kept["made_of"] == made_of:
                return kept["features"]
        # A generator for each view: what was computed before must not change what is drawn now
        generator = tg.Generator().manual_seed(1000 * self.seed + number)
        loader = data.DataLoader(photographs, BATCH, num_workers=self.workers, generator=generator)
        rows = []
        title = f"features: {name}"
        with progress(total=len(photographs), desc=title, unit="ex", dynamic_ncols=True) as bar:
            for images, _ in loader:
                rows.append(self.look(images).cpu())
                bar.update(len(images))
        features = tg.cat(rows)  # (N, F)
        tg.save({"made_of": made_of, "features": features}, path)
        return features


class RandomView(data.Dataset):
    """Item i: the features of photograph i in a random view, another each time, and its target."""

    def __init__(self, features, targets):
        self.features, self.targets = features, targets  # (views, N, F), (N,)

    def __len__(self):
        return len(self.targets)

    def __getitem__(self, index):
        view = int(transforms.rng().integers(len(self.features)))
        return self.features[view, index], self.targets[index]
