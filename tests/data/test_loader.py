"""DataLoader: order, determinism, threads, errors, resuming."""

import itertools
import threading
import time
from collections import namedtuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinygrad_cv as tg
from tinygrad_cv import data
from tinygrad_cv.data import transforms


class Noisy(data.Dataset):
    """Item i is (i, a random number); some take longer, so that threads overtake each other."""

    def __init__(self, n=23, fails_at=None, error=None):
        self.n, self.fails_at, self.error, self.seen = n, fails_at, error, []

    def __len__(self): return self.n

    def __getitem__(self, index):
        self.seen.append(index)
        if index == self.fails_at:
            raise self.error
        time.sleep(0.002 * (index % 3 == 0))
        return index, transforms.rng().random() + tg.rand(1).item()


def epoch(loader):
    return [(x.tolist(), y.tolist()) for x, y in loader]


def loader_threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("DataLoader")]


@given(st.integers(0, 30), st.integers(1, 9), st.booleans(), st.booleans(), st.integers(0, 2))
@settings(max_examples=40, deadline=None)
def test_an_epoch_has_every_item_once(count, batch_size, shuffle, drop_last, num_workers):
    loader = data.DataLoader(range(count), batch_size, shuffle, num_workers=num_workers,
                             drop_last=drop_last)
    batches = [batch.tolist() for batch in loader]
    items = [item for batch in batches for item in batch]
    assert len(batches) == len(loader)
    assert all(len(batch) == batch_size for batch in batches[:-1] + batches * drop_last)
    assert len(items) == (count // batch_size * batch_size if drop_last else count)
    assert len(set(items)) == len(items)
    if not shuffle:
        assert items == list(range(len(items)))


def noisy_batch(items):
    return [*data.default_collate(items), tg.rand(1)]


@pytest.mark.parametrize("shuffle", [False, True])
def test_what_is_drawn_does_not_depend_on_threads(shuffle):
    """In an item, in a batch as a whole, and in the training loop."""
    def epochs(workers):
        tg.manual_seed(3)
        loader = data.DataLoader(Noisy(17), 3, shuffle, num_workers=workers,
                                 collate_fn=noisy_batch)
        return [[*[part.tolist() for part in batch], tg.rand(2).tolist()]
                for _ in range(2) for batch in loader]

    alone = epochs(0)
    assert epochs(1) == alone == epochs(3)
    drawn = [value for _, *parts in alone for part in parts for value in part]
    assert len(set(drawn)) == len(drawn) == 2 * (17 + 6 + 6 * 2)


@pytest.mark.parametrize("num_workers", [0, 2])
def test_an_error_names_the_item_and_ends_the_threads(num_workers):
    error = KeyError("broken picture")
    loader = data.DataLoader(Noisy(fails_at=9, error=error), 4, num_workers=num_workers)
    with pytest.raises(KeyError, match="item 9 of Noisy: .*broken picture") as caught:
        epoch(loader)
    assert caught.value.__cause__ is error and not loader_threads()


@pytest.mark.parametrize("num_workers", [0, 2])
def test_ctrl_c_inside_a_dataset_goes_through(num_workers):
    dataset = Noisy(fails_at=9, error=KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        epoch(data.DataLoader(dataset, 4, num_workers=num_workers))
    assert not loader_threads()


def test_prefetch_is_bounded_and_leaving_early_leaves_no_thread():
    dataset = Noisy(1000)
    for done, _ in enumerate(data.DataLoader(dataset, 2, num_workers=3), 1):
        time.sleep(0.01)
        assert len(dataset.seen) <= 2 * (done + 2 * 3)
        if done == 10:
            break
    assert not loader_threads()
    seen = len(dataset.seen)
    time.sleep(0.02)
    assert len(dataset.seen) == seen


@pytest.mark.parametrize("num_workers", [0, 2])
@pytest.mark.parametrize("own_generator", [False, True])
def test_resume_in_the_middle_of_an_epoch(num_workers, own_generator):
    def new_loader():
        generator = tg.Generator().manual_seed(1) if own_generator else None
        return data.DataLoader(Noisy(), 4, shuffle=True, num_workers=num_workers,
                               generator=generator)

    tg.manual_seed(11)
    loader = new_loader()
    whole = epoch(loader) + epoch(loader) + epoch(loader)
    for stop in (1, 6, 8, 12, 18):
        tg.manual_seed(11)
        loader, batches, state = new_loader(), [], None
        while state is None:
            for x, y in loader:
                batches.append((x.tolist(), y.tolist()))
                if len(batches) == stop:
                    state, random_state = loader.state_dict(), tg.get_rng_state()
                    break
        tg.manual_seed(99)
        resumed = new_loader()
        tg.set_rng_state(random_state)
        resumed.load_state_dict(state)
        while len(batches) < len(whole):
            batches += epoch(resumed)
        assert batches == whole


def test_a_state_after_an_epoch_begins_a_new_one_and_within_it_other_data_is_refused():
    loader = data.DataLoader(Noisy(), 4, shuffle=True)
    epoch(loader)
    other = data.DataLoader(Noisy(), 4, shuffle=True)
    other.load_state_dict(loader.state_dict())
    assert len(epoch(other)) == len(other)
    other = data.DataLoader(Noisy(30), 5)
    other.load_state_dict(loader.state_dict())
    assert len(epoch(other)) == 6
    for _ in loader:
        break
    with pytest.raises(ValueError, match="batch_size 4, which must not change to 5"):
        data.DataLoader(Noisy(), 5).load_state_dict(loader.state_dict())
    with pytest.raises(ValueError, match="length 23, which must not change to 24"):
        data.DataLoader(Noisy(24), 4).load_state_dict(loader.state_dict())


class Shrinking:
    """A sampler that gives another order, and fewer indices, each time it is asked."""

    def __init__(self):
        self.count, self.random = 12, np.random.default_rng(0)

    def __len__(self): return self.count

    def __iter__(self):
        self.count -= 1
        return iter(self.random.permutation(self.count))


class Pairs(Shrinking):
    def __iter__(self):
        return ((index, 20) for index in super().__iter__())


def test_a_sampler_chooses_the_items_of_each_epoch():
    loader = data.DataLoader(range(10, 33), 4, sampler=Shrinking())
    assert len(loader) == 3
    batches = [batch.tolist() for batch in loader]
    assert [len(batch) for batch in batches] == [4, 4, 3] and len(loader) == 3
    assert sorted(sum(batches, [])) == list(range(10, 21)) != sum(batches, [])
    assert len(list(data.DataLoader(range(23), 4, sampler=Shrinking(), drop_last=True))) == 2
    loader = data.DataLoader(range(9), sampler=tg.tensor([4, 2, -1]), batch_size=2)
    assert [batch.tolist() for batch in loader] == [[4, 2], [8]]
    assert list(data.DataLoader(range(9), 4).sampler) == list(range(9))
    batches = [[3, 1], (0,), np.array([2, 2])]
    loader = data.DataLoader(range(9), batch_sampler=batches, num_workers=2)
    assert len(loader) == 3
    assert [batch.tolist() for batch in loader] == [[3, 1], [0], [2, 2]]
    with pytest.raises(ValueError, match="a sampler must end"):
        next(iter(data.DataLoader(range(9), sampler=itertools.cycle(range(9)))))


@pytest.mark.parametrize("num_workers", [0, 2])
@pytest.mark.parametrize("options", [
    lambda: {"batch_size": 3, "sampler": Shrinking()}, lambda: {"batch_sampler": Pairs()}])
def test_resume_in_the_middle_of_a_sampled_epoch(options, num_workers, tmp_path):
    def new_loader():
        return data.DataLoader(Noisy(), num_workers=num_workers, **options())

    tg.manual_seed(11)
    whole = epoch(new_loader())
    tg.manual_seed(11)
    loader = new_loader()
    first = [(x.tolist(), y.tolist()) for _, (x, y) in zip(range(2), loader)]
    tg.save(loader.state_dict(), tmp_path / "state")
    resumed = new_loader()
    resumed.load_state_dict(tg.load(tmp_path / "state"))
    assert first + epoch(resumed) == whole


def test_a_whole_batch_of_tensors_equals_its_items():
    rows = data.TensorDataset(tg.arange(20).reshape(10, 2), tg.arange(10))
    subset = data.Subset(rows, [3, 1, 4, 5, 9])
    fast = [[part.tolist() for part in batch] for batch in data.DataLoader(subset, 2)]
    item_by_item = data.DataLoader(subset, 2, collate_fn=lambda items: data.default_collate(items))
    slow = [[part.tolist() for part in batch] for batch in item_by_item]
    assert fast == slow
    assert fast[1] == [[[8, 9], [10, 11]], [4, 5]]

    class Negative(data.TensorDataset):
        def __getitem__(self, index): return -super().__getitem__(index)[1]

    class First(data.Subset):
        def __getitem__(self, index): return super().__getitem__(index)[1]

    assert next(iter(data.DataLoader(Negative(*rows.tensors), 5))).tolist() == [0, -1, -2, -3, -4]
    assert next(iter(data.DataLoader(First(rows, [3, 1]), 5))).tolist() == [3, 1]


def test_collate_keeps_the_structure():
    items = [(tg.ones(2) * i, i, i / 2, f"name{i}", {"mask": np.full(3, i)}, (i, True))
             for i in range(3)]
    image, number, real, name, record, point = data.default_collate(items)
    assert image.tolist() == [[0, 0], [1, 1], [2, 2]] and image.dtype == tg.float32
    assert number.tolist() == [0, 1, 2] and number.dtype == tg.int64
    assert real.tolist() == [0, 0.5, 1] and real.dtype == tg.float64
    assert name == ["name0", "name1", "name2"]
    assert record["mask"].shape == (3, 3)
    assert point[0].tolist() == [0, 1, 2] and point[1].dtype == tg.bool
    Pair = namedtuple("Pair", "image label")
    pair = data.default_collate([Pair(i, 2 * i) for i in range(2)])
    assert type(pair) is Pair and pair.label.tolist() == [0, 2]


@pytest.mark.parametrize("items, error, message", [
    ([tg.zeros(3, 4, 4), tg.zeros(3, 4, 5)], RuntimeError, r"\(3, 4, 4\), \(3, 4, 5\).*CenterCrop"),
    ([(1, 2), (1, 2, 3)], RuntimeError, r"sizes \[2, 3\]"),
    ([np.zeros((2, 3)), np.zeros((3, 2))], RuntimeError, r"\(2, 3\), \(3, 2\)"),
    ([object(), object()], TypeError, "object items.*ToTensor"),
    ([tg.zeros(2), 3], TypeError, "batch of Tensor and int items"),
    ([2**70, 1], TypeError, "can't make a batch of these items"),
    ([{"a": 1, "b": 2}, {"b": 3}], RuntimeError, "different keys"),
])
def test_collate_says_what_cannot_be_stacked(items, error, message):
    with pytest.raises(error, match=message):
        list(data.DataLoader(items, 2))


@pytest.mark.parametrize("arguments, error", [
    ({"batch_size": 0}, ValueError), ({"batch_size": 2.0}, TypeError),
    ({"batch_size": None}, TypeError), ({"num_workers": -1}, ValueError),
    ({"worker_init_fn": print}, TypeError),
    ({"generator": 3}, TypeError),
    ({"dataset": 3}, TypeError), ({"sampler": [1], "shuffle": True}, ValueError),
    ({"batch_sampler": [[1]], "batch_size": 2}, ValueError), ({"sampler": [0.5]}, TypeError),
    ({"batch_sampler": [[1]], "sampler": []}, ValueError),
])
def test_bad_arguments_are_refused(arguments, error):
    with pytest.raises(error, match="DataLoader"):
        next(iter(data.DataLoader(**{"dataset": [1, 2, 3], **arguments})))


def test_only_a_sampler_of_unknown_length_may_be_without_an_end(monkeypatch):
    monkeypatch.setattr(data.loader, "MOST", 2)
    (batch,) = data.DataLoader([5, 6, 7], 3, sampler=[2, 0, 1])
    assert batch.tolist() == [7, 5, 6]
    with pytest.raises(ValueError, match="a sampler must end"):
        next(iter(data.DataLoader([5, 6, 7], sampler=itertools.cycle([0]))))
