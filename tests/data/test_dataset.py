"""Datasets: rows, subsets, splits."""
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_cv as tg
from tinygrad_cv import data


class Squares(data.Dataset):
    def __init__(self, n): self.n = n
    def __len__(self): return self.n
    def __getitem__(self, index): return index ** 2


def test_tensor_dataset_gives_rows_of_every_tensor():
    rows = data.TensorDataset(tg.tensor([[1., 2.], [3., 4.], [5., 6.]]), tg.tensor([7, 8, 9]))
    x, y = rows[-1]
    assert len(rows) == 3
    assert (x.tolist(), y.item()) == ([5.0, 6.0], 9)
    with pytest.raises(IndexError):
        rows[3]


def test_tensor_dataset_refuses_what_has_no_rows_or_other_rows():
    for tensors in ((tg.zeros(3, 2), tg.zeros(4)), (), (tg.tensor(1.0),)):
        with pytest.raises(ValueError, match="equal numbers of rows"):
            data.TensorDataset(*tensors)
    with pytest.raises(TypeError, match="from_numpy"):
        data.TensorDataset([1, 2])


def test_subset_of_a_subset():
    evens = data.Subset(Squares(10), [0, 2, 4, 6, 8])
    assert list(data.Subset(evens, [4, 1])) == [64, 4]
    assert evens[-1] == 64 and evens[tg.tensor(1)] == 4
    with pytest.raises(IndexError, match="out of range"):
        evens[5]
    with pytest.raises(NotImplementedError, match="Dataset must define __getitem__"):
        data.Dataset()[0]


@given(st.lists(st.integers(0, 30), min_size=1, max_size=5), st.integers(0, 9))
def test_random_split_covers_every_item_once(lengths, seed):
    def split():
        generator = tg.Generator().manual_seed(seed)
        return [p.indices for p in data.random_split(Squares(sum(lengths)), lengths, generator)]

    assert [len(part) for part in split()] == lengths and split() == split()
    assert sorted(index for part in split() for index in part) == list(range(sum(lengths)))


def test_random_split_by_fractions_leaves_nothing_over():
    parts = data.random_split(Squares(7), [0.1, 0.2, 0.7])
    assert [len(part) for part in parts] == [1, 2, 4]  # 0.7, 1.4 and 4.9
    assert sorted(index for part in parts for index in part.indices) == list(range(7))
    assert [len(part) for part in data.random_split(Squares(100), [0.05] * 20)] == [5] * 20


@pytest.mark.parametrize("lengths", [[70, 31], [0.7, 0.7], [130, -30]])
def test_lengths_that_do_not_sum_up_are_refused(lengths):
    with pytest.raises(ValueError, match="random_split: lengths"):
        data.random_split(range(100), lengths)
    with pytest.raises(TypeError, match="random_split: every length must be an integer"):
        data.random_split(range(10), [5.0, 5.0])
