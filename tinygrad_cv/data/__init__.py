"""Data: datasets, transforms of Pillow images, and the loader that makes batches of both."""

from ..checks import missing
from . import transforms
from .dataset import Dataset, Subset, TensorDataset, random_split
from .download import download
from .image_folder import ImageFolder
from .loader import DataLoader, default_collate
from .mnist import MNIST

__getattr__ = missing(__name__)
