"""Transforms: from a Pillow image to a normalized tensor, with torchvision's names and values.

    Compose([Resize(64), CenterCrop(64), RandomHorizontalFlip(), ToTensor(), Normalize(0.5, 0.5)])

Before ToTensor there are Pillow images, after it float32 tensors (C, H, W) in [0, 1].

Chance: what a transform draws must not depend on which worker thread of a DataLoader happens to be first. So
for every item the loader starts the default generator anew, in its thread only, from (the epoch's seed, the
item's index). Transforms of your own are reproducible too if they draw by `tg.rand` and its like, or from
`chance()`, but not with the modules `random` or `numpy.random`.
"""
from .base import Compose, Lambda, RandomApply, Transform, chance, split_fixed
from .colour import ColorJitter, Grayscale
from .convert import Normalize, ToTensor
from .geometry import (CenterCrop, InterpolationMode, RandomCrop, RandomHorizontalFlip,
                       RandomResizedCrop, RandomRotation, RandomVerticalFlip, Resize)
