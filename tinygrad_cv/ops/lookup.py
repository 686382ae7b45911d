"""Class numbers into vectors: one_hot (a 1 at the class's place) and embedding (a learned row).

An embedding is one_hot(index) @ table without the multiplications by zero: it reads rows. Its
gradient adds to the rows that were read, and is zero for all others.
"""

from ..backend import dtypes
from .checks import check_ndim, check_tensor, flag, integer, unsupported
from .index import check_index_values, getitem
from .reduce import max as largest


def one_hot(tensor, num_classes=-1):
    """Class indices (...) -> zeros and ones (..., num_classes), int64; -1 takes the largest class + 1.

    >>> import tinygrad_cv as tg
    >>> tg.nn.functional.one_hot(tg.tensor([0, 2]))
    tensor([[1, 0, 0],
            [0, 0, 1]])
    """
    check_tensor("one_hot", tensor)
    if tensor.dtype != dtypes.int64:
        raise RuntimeError(f"one_hot: class indices must be int64, got {tensor.dtype}; convert them with .long()")
    if integer("one_hot", num_classes, "num_classes") == -1 and not tensor.numel():
        raise RuntimeError("one_hot: give num_classes for an empty tensor")
    classes = largest(tensor).item() + 1 if num_classes == -1 else num_classes
    if tensor.numel() and not 0 <= tensor.min().item() <= tensor.max().item() < classes:
        raise RuntimeError(f"one_hot: class indices must be in 0 to {classes - 1}, got {tensor.min().item()} to {tensor.max().item()}")
    every = tensor.wrap(tensor.backend.xp.arange(classes))
    return (tensor.unsqueeze(-1) == every).long()


def embedding(
    input, weight, padding_idx=None, max_norm=None, norm_type=2.0, scale_grad_by_freq=False, sparse=False
):
    """The rows of weight (V, D) that the integers of input (...) name: (..., D).

    The row padding_idx gets no gradient. max_norm, scale_grad_by_freq and sparse are not supported.
    """
    flag("embedding", scale_grad_by_freq, "scale_grad_by_freq")
    flag("embedding", sparse, "sparse")
    unsupported("embedding", max_norm=max_norm, scale_grad_by_freq=scale_grad_by_freq, sparse=sparse)
    check_tensor("embedding", input)
    check_ndim("embedding", weight, (2,), "(V, D)", "weight")
    if input.dtype not in (dtypes.int64, dtypes.int32):
        raise RuntimeError(f"embedding: indices must be int64 or int32, got {input.dtype}")
    if padding_idx is not None and not -weight.shape[0] <= integer("embedding", padding_idx, "padding_idx") < weight.shape[0]:
        raise ValueError(f"embedding: padding_idx {padding_idx} is not one of the {weight.shape[0]} rows")
    check_index_values("embedding", input.array, weight.shape[0], 0)
    if input.numel() and input.min().item() < 0:
        raise IndexError(f"embedding: index {input.min().item()} is negative")
    rows = getitem(weight, (input,))
    if padding_idx is None:
        return rows
    padding = (input == padding_idx % weight.shape[0]).unsqueeze(-1)
    return rows.detach().where(padding, rows)
