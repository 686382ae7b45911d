"""From a picture to numbers: ToTensor, Normalize."""
import numpy as np
from PIL import Image

from ...creation import from_numpy, tensor
from ...tensor import Tensor
from .base import Transform


class ToTensor(Transform):
    """A Pillow image, or an array (H, W, C) or (H, W), as a tensor (C, H, W).

    8-bit values become float32 in [0, 1], others keep their value and type. In memory the channels stay last,
    as convolutions want them.

    >>> import tinygrad_cv as tg
    >>> from PIL import Image
    >>> tg.data.transforms.ToTensor()(Image.new("RGB", (2, 1), (255, 0, 51)))[:, 0, 0]
    tensor([1.0000, 0.0000, 0.2000])
    """

    def __call__(self, image):
        if not isinstance(image, (Image.Image, np.ndarray)):
            raise TypeError(f"ToTensor: needs a Pillow image or a NumPy array, got {type(image).__name__}")
        array = np.array(image.convert("L") if getattr(image, "mode", "") == "1" else image)
        if array.ndim not in (2, 3):
            raise ValueError(f"ToTensor: needs an array (H, W) or (H, W, C), got shape {array.shape}")
        if array.dtype == np.uint8:
            array = np.divide(array, 255, dtype=np.float32)
        return from_numpy(np.atleast_3d(array).transpose(2, 0, 1))       # (H, W, C) -> (C, H, W)


class Normalize(Transform):
    """(x - mean) / std for each channel of a float tensor (..., C, H, W). ValueError where a std is 0.

    >>> import tinygrad_cv as tg
    >>> tg.data.transforms.Normalize([0.5], [0.5])(tg.tensor([[[0., 0.5, 1.]]]))
    tensor([[[-1.,  0.,  1.]]])
    """

    def __init__(self, mean, std, inplace=False):
        if inplace:
            raise NotImplementedError("Normalize: inplace=True is not supported; use the result")
        if np.any(np.asarray(std) == 0):
            raise ValueError(f"Normalize: std={std} has a zero, and would divide by it")
        self.mean, self.std = mean, std

    def __call__(self, image):
        if not isinstance(image, Tensor) or not image.is_floating_point():
            kind = getattr(image, "dtype", type(image).__name__)
            raise TypeError(f"Normalize: needs a float tensor, got {kind}; put it after ToTensor")
        if image.dim() < 3 or {np.size(self.mean), np.size(self.std)} - {1, image.shape[-3]}:
            raise ValueError(f"Normalize: mean={self.mean} and std={self.std} don't fit the channels of a "
                             f"tensor (..., C, H, W) of shape {tuple(image.shape)}")
        mean, std = (tensor(values, dtype=image.dtype, device=image.device).reshape(-1, 1, 1)
                     for values in (self.mean, self.std))
        return (image - mean) / std
