"""FakeData: noise in place of images, to try a script without any."""
import numpy as np
from PIL import Image

from .dataset import Dataset, position


class FakeData(Dataset):
    """`size` images of shape `image_size` (C, H, W) with random pixels and random labels, each the same every time.

    >>> import tinygrad_cv as tg
    >>> image, label = tg.data.FakeData(10, (3, 8, 8), transform=tg.data.transforms.ToTensor())[3]
    >>> image.shape, 0 <= label < 10
    ((3, 8, 8), True)
    """

    def __init__(
        self, size=1000, image_size=(3, 224, 224), num_classes=10, transform=None, target_transform=None, random_offset=0
    ):
        if len(image_size) != 3 or image_size[0] not in (1, 3):
            raise ValueError(f"FakeData: image_size must be (C, H, W) with 1 or 3 channels, got {image_size}")
        self.size, self.image_size, self.num_classes = size, tuple(image_size), num_classes
        self.transform, self.target_transform, self.random_offset = transform, target_transform, random_offset

    def __len__(self):
        return self.size

    def __getitem__(self, index):
        draw = np.random.default_rng(position(index, self.size, "FakeData") + self.random_offset)
        channels, height, width = self.image_size
        pixels = draw.integers(0, 256, (height, width, channels), np.uint8)
        image = Image.fromarray(pixels[:, :, 0] if channels == 1 else pixels)
        target = int(draw.integers(self.num_classes))
        image = image if self.transform is None else self.transform(image)
        return image, target if self.target_transform is None else self.target_transform(target)
