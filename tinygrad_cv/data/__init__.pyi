# Written by .ci/stubs.py, for editors and type checkers. The code is in __init__.py.
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any
from tinygrad_cv import Generator, Tensor
class DataLoader:
    """Iterate over a dataset in batches. Each pass is one epoch of `len(loader)` batches.

    `shuffle` draws a new order in every epoch. `sampler`, any iterable of indices, is another way
    to choose the items and their order. `batch_sampler`, an iterable of lists of indices, makes the
    batches, too. Each of them is read once, when an epoch begins. `drop_last` omits a last batch
    that is smaller. `num_workers` threads load ahead; with 0, a batch is loaded when it is asked
    for. `collate_fn` makes a batch of a list of items. `pin_memory`, `persistent_workers` and
    `prefetch_factor` have no effect. An error in the dataset reaches the caller with the index of
    the item. Leaving the loop early stops the threads.

    >>> import tinygrad_cv as tg
    >>> data = tg.data.TensorDataset(tg.arange(5))
    >>> [batch.tolist() for batch, in tg.data.DataLoader(data, batch_size=2)]
    [[0, 1], [2, 3], [4]]
    """
    batch_sampler: Iterable[Sequence[int]] | None
    batch_size: int
    collate_fn: Callable[[Any], Any] | None
    dataset: Any
    drop_last: bool
    generator: Generator | None
    num_workers: int
    @property
    def sampler(self) -> Iterable[int] | None:
        """The indices of an epoch, before `shuffle`."""
    shuffle: bool
    def __init__(
        self, dataset: Any, batch_size: int = 1, shuffle: bool = False, sampler: Iterable[int] |
        None = None, batch_sampler: Iterable[Sequence[int]] | None = None, *, num_workers: int =
        0, collate_fn: Callable[[Any], Any] | None = None, drop_last: bool = False, generator:
        Generator | None = None, pin_memory: bool = False, persistent_workers: bool = False,
        prefetch_factor: int | None = None) -> None: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Any]: ...
    def state_dict(self) -> dict[str, Any]:
        """The position: the epoch's seed and the number of batches that were handed out.

        The order that a sampler gave is saved, too: asked again, it may give another. After
        `break` it is still the position of the break, until the next epoch begins.
        """
    def load_state_dict(self, state: dict[str, Any]) -> Any:
        """Make the next pass the rest of the epoch that was saved.

        Saved between two epochs, the next pass is a new epoch, of a dataset of any size. Saved
        within an epoch, ValueError unless dataset and batches have the same size as then.
        """
class Dataset:
    """The base class. A subclass defines `__getitem__(index)` and `__len__()`."""
    def __init__(self) -> None: ...
    def __getitem__(self, index: Any) -> Any: ...
class ImageFolder(Dataset):
    """Items are (image, class index), ordered by the name of the class, then of the file.

    `samples`, also called `imgs`, lists (path, class index), `targets` the indices, `classes` the
    names of the classes, and `class_to_idx` their indices. `transform` receives a Pillow image;
    without one, the item is that image. `target_transform` receives the class index. All images
    arrive in RGB: turned upright as their EXIF data says, transparency on white.

    Every file is decoded once here, and `checksums` is {name: CRC-32 of the file}. Corrupt ones
    raise `CorruptImages`, which names them all; with skip_corrupt=True they are left out, with a
    warning, and listed in `skipped`.
    FileNotFoundError if there are no images, or none for a class.

        ImageFolder("pokemon.zip", Compose([Resize((64, 64)), ToTensor()]), skip_corrupt=True)
    """
    checksums: Any
    class_to_idx: Any
    classes: Any
    files: Any
    imgs: Any
    names: Any
    root: str | os.PathLike[str]
    samples: Any
    skipped: Any
    target_transform: Callable[[Any], Any] | None
    targets: Any
    transform: Callable[[Any], Any] | None
    def __init__(
        self, root: str | os.PathLike[str], transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None, *, skip_corrupt: bool = False) -> None: ...
    def __len__(self) -> int: ...
class MNIST(Dataset):
    """Items are (image, digit): a Pillow image "L" of 28 x 28, white on black, and an int, 0 to 9.

    `train` selects the 60,000 or the 10,000. The files are looked for in `root` (default: the
    cache folder), `root/MNIST/raw` and the like: see `find`. `download=True` fetches missing files
    into `root/MNIST/raw` and checks their MD5. FileNotFoundError if a file is missing, ValueError
    if one is damaged.

    `transform` and `target_transform` are called with the image and the digit of an item.
    `data` is a uint8 tensor (N, 28, 28), `targets` an int64 tensor (N,). Train on these tensors:
    making batches of them costs almost nothing.

        digits = MNIST(download=True)
        images = digits.data.unsqueeze(1).float() / 127.5 - 1        # (N, 1, 28, 28) in [-1, 1]
        loader = DataLoader(TensorDataset(images, digits.targets), batch_size=128, shuffle=True)
    """
    data: Tensor
    root: str | os.PathLike[str] | None
    target_transform: Callable[[Any], Any] | None
    targets: Any
    transform: Callable[[Any], Any] | None
    def __init__(
        self, root: str | os.PathLike[str] | None = None, train: bool = True, transform:
        Callable[[Any], Any] | None = None, target_transform: Callable[[Any], Any] | None =
        None, download: bool = False) -> None: ...
    def __len__(self) -> int: ...
class Subset(Dataset):
    """The items of `dataset` at the positions `indices`, in that order."""
    dataset: Any
    indices: Sequence[int]
    def __init__(self, dataset: Any, indices: Sequence[int]) -> None: ...
    def __len__(self) -> int: ...
class TensorDataset(Dataset):
    """Item i is row i of every tensor, as a tuple. All tensors must have the same number of rows.

    >>> import tinygrad_cv as tg
    >>> points = tg.data.TensorDataset(tg.tensor([[1., 2.], [3., 4.]]), tg.tensor([0, 1]))
    >>> points[1]
    (tensor([3., 4.]), tensor(1))
    """
    tensors: Tensor
    def __init__(self, *tensors: Tensor) -> None: ...
    def __len__(self) -> int: ...
def default_collate(items: Any) -> Any:
    """A batch of a list of items, which must all have the same structure.

    Tensors, arrays and numbers are stacked along a new first dimension; strings stay a list.
    Tuples and lists (a, b) become [batch of a, batch of b], dictionaries a dictionary of batches.
    """
def download(urls: Sequence[str], path: str | os.PathLike[str], checksum: str) -> str:
    """Download a file to `path`, from the first of `urls` that delivers it complete.

    `urls` is one address or a list of mirrors, `checksum` the file's MD5 or SHA-1 in hexadecimal. A
    file that is already there is kept; RuntimeError if it has another checksum. If no server
    delivers it, RuntimeError says what each of them did and how to get the file by hand.
    """
def random_split(
    dataset: Any, lengths: Sequence[float], generator: Generator | None = None) -> list[Subset]:
    """`Subset`s that do not overlap, of these numbers of items, which must sum to len(dataset).

    Numbers that sum to 1 are fractions of it; what they leave over goes to the first parts.

    >>> import tinygrad_cv as tg
    >>> [len(part) for part in tg.data.random_split(range(10), [7, 3])]
    [7, 3]
    """
from tinygrad_cv.data import transforms as transforms
