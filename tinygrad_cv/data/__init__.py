"""Data: datasets, transforms on Pillow images, and the loader that makes batches of them."""
from . import kaggle, transforms
from .dataset import ConcatDataset, Dataset, Subset, TensorDataset, random_split
from .digits import Digits
from .download import download, pokemon
from .fake import FakeData
from .image_folder import ImageFolder
from .loader import DataLoader, default_collate
from .mnist import MNIST
from .sprites import Sprites
