"""Memory: what all tensors that share one piece of memory have in common.

A view shares the memory of its tensor: a write into either is a write into both. `version`
counts the writes. A Function notes the version of each tensor that it saves for backward, and
refuses to use one that has been written to since: its gradient would be wrong.

`row` holds all numbers of a piece of memory as a 1-d array (in PyTorch, the storage). A tensor is
a *window* onto it: element [i, j] is the number at offset + i stride[0] + j stride[1]. pickle,
copy.deepcopy and `save` store each row once, and the windows onto it, so that tensors that share
memory still share it afterwards.

Sometimes a view is impossible. Images of shape (N, C, H, W) are stored channels-last, so
`y.view(N, -1)` has to copy. A write into one of the two would not reach the other. So neither may
be written to while both are in use: they are *twins*.
"""

import weakref

from ..arrays import as_array, device_of, namespace, on_host, to_numpy


class Memory:
    """How often this memory was written to, which tensors use it, and which memory is its twin."""

    version = 0
    users = None      # the tensors that use it, once there are several
    outside = False   # may something that is not in `users` use it, too, such as a NumPy array?
    twins = ()        # this memory and all that ought to be one with it, once there are several
    root = row = None  # the array that spans this memory, and its numbers as a 1-d array

    def before_write(self):
        """Count a write that comes next; refuse it if it would not reach a twin."""
        if self.twins and len(self.twins) > 1:
            raise RuntimeError(
                "a write in place: images are stored channels-last, so a view of this tensor, or "
                "this view, had to be a copy, which the write would not reach. Write into a "
                "clone(), or make the view from a clone()"
            )
        self.version += 1

    def add_twin(self, other):
        """Note that `other` holds a copy where PyTorch would have a view of this memory."""
        self.twins = self.twins or weakref.WeakSet([self])
        self.twins.add(other)
        other.twins = self.twins

    def share(self, *tensors):
        """This memory, with a note that these tensors use it. It does not keep them alive."""
        if self.users is None:
            self.users = weakref.WeakValueDictionary()  # by id: a WeakSet would need a bool from ==
        self.users.update((id(tensor), tensor) for tensor in tensors)
        return self

    def is_shared(self, x):
        """Does anything but the tensor x use it? (A former user may have got other memory.)"""
        users = () if self.users is None else self.users.values()
        used = any(user is not x and user.memory is self for user in users)
        return used or self.outside or len(self.twins) > 1

    def __reduce__(self):  # for pickle and copy.deepcopy; a twin becomes a tensor of its own
        return memory_of, (to_numpy(self.row), str(device_of(self.row)))


def memory_of(row, device):
    """A Memory of the numbers in a 1-d array."""
    memory = Memory()
    memory.row = as_array(row, device)
    return memory


# Windows


def window(x):
    """(offset, shape, strides) of x.array in x.memory.row."""
    array, memory, size = x.array, x.memory, x.array.itemsize
    if any(step % size for step in array.strides):
        raise RuntimeError(f"strides {array.strides} split elements; store a clone() instead")
    if memory.row is None:
        root, several = array, memory.users is not None
        while several and isinstance(root.base, root.__class__):
            root = root.base  # other tensors may be views of the same base
        root = root if memory.root is None else memory.root
        memory.row = row_around(array, root)
    offset = (address(array) - address(memory.row)) // size if array.size else 0
    return offset, array.shape, tuple(step // size for step in array.strides)


def through(window, row):
    """The array of a window onto `row`; read-only if a stride of 0 repeats elements."""
    offset, shape, strides = window
    xp, once = namespace(row), tuple(1 if step == 0 else n for n, step in zip(shape, strides))
    steps = [step * row.itemsize for step in strides]
    array = xp.lib.stride_tricks.as_strided(row[offset:], once, steps)
    return array if once == shape else xp.broadcast_to(array, shape)


def row_around(array, root):
    """All numbers in the memory of `root`, of which `array` is a view, as a 1-d array."""
    if not root.size:
        return array.reshape(-1)
    first = root[(*(-1 if step < 0 else 0 for step in root.strides), ...)]  # the first in memory
    span = sum((n - 1) * abs(step) for n, step in zip(root.shape, root.strides))
    steps = (root.itemsize,)
    strided = namespace(array).lib.stride_tricks.as_strided
    row = strided(first, (1 + span // root.itemsize,), steps)
    if row.dtype != array.dtype:  # such as an array of bytes that `array` reads as float32
        row = row.view("uint8")[(address(array) - address(row)) % array.itemsize :]
        row = row[: row.size // array.itemsize * array.itemsize].view(array.dtype)
    return row


def address(array):
    """The address in memory of an array's first element."""
    return array.ctypes.data if on_host(array) else array.data.ptr
