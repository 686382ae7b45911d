"""Memory: what all tensors that share one piece of memory have in common.

A view shares the memory of its tensor: a write into either is a write into both. `version`
counts the writes. A Function notes the version of each tensor that it saves for backward, and
refuses to use one that has been written to since: its gradient would be wrong.

`row` holds all numbers of a piece of memory as a 1-d array (in PyTorch, the storage). A tensor is
a *window* onto it: element [i, j] is the number at offset + i stride[0] + j stride[1]. pickle,
copy.deepcopy and `save` store each row once, and the windows onto it, so that tensors that share
memory still share it afterwards.

What shares memory should be as in PyTorch, which stores results in the order of their shape, while
here images (N, C, H, W) are stored channels-last. So a tensor has a `layout`: a dummy array with
the strides that PyTorch would give it, or None if these are the strides of its shape. They tell
whether `y.view(N, -1)` is a view. Where it is one, but has to copy here, the two pieces of memory
*mirror* each other: a write into one is passed on to the other.
"""

import weakref

from ..arrays import as_array, device_of, namespace, on_host, to_numpy


def layout(x):
    """An array with the strides that PyTorch would give the Tensor x."""
    if x.layout is None and not x.array.flags.c_contiguous:
        return namespace(x.array).empty(x.shape, "int8")  # in the order of its shape
    return x.array if x.layout is None else x.layout


class Memory:
    """How often this memory was written to, which tensors use it, and which memory mirrors it."""

    version = 0
    users = None      # the tensors that use it, once there are several
    outside = False   # may something that is not in `users` use it, too: a NumPy array, a mirror?
    mirrors = ()      # weak references to the Mirrors of which this is the original
    source = None     # the Mirror of which this is the copy: it keeps its original alive
    root = row = None  # the array that spans this memory, and its numbers as a 1-d array

    def written(self, by=None):
        """Note a write; pass it on to all mirrors but the one that it came from."""
        self.version += 1
        if self.source is None and not self.mirrors:
            return
        for mirror in (self.source, *(reference() for reference in self.mirrors)):
            if mirror is not None and mirror is not by:
                mirror.pass_on(self)

    def share(self, *tensors):
        """This memory, with a note that these tensors use it. It does not keep them alive."""
        if self.users is None:
            self.users = weakref.WeakValueDictionary()  # by id: == of Tensors gives no bool
        self.users.update((id(tensor), tensor) for tensor in tensors)
        return self

    def is_shared(self, x):
        """Does anything but the tensor x use it? (A former user may have got other memory.)"""
        users = () if self.users is None else self.users.values()
        return self.outside or any(user is not x and user.memory is self for user in users)

    def __reduce__(self):  # for pickle and copy.deepcopy
        if self.source is not None:
            return mirrored, (self.source.memory, window(self.source), self.source.copy.shape)
        return memory_of, (to_numpy(self.row), str(device_of(self.row)))


def memory_of(row, device):
    """A Memory of the numbers in a 1-d array."""
    memory = Memory()
    memory.row = as_array(row, device)
    return memory


class Mirror:
    """An array in `memory`, and a copy of it in another shape, which are kept equal."""

    def __init__(self, array, memory, copy, copy_memory):
        self.array, self.memory, self.copy = array, memory, copy
        self.copy_memory = weakref.ref(copy_memory)  # weak: copy_memory.source refers to this
        copy_memory.source = self
        memory.outside = copy_memory.outside = True
        alive = [reference for reference in memory.mirrors if reference() is not None]
        memory.mirrors = (*alive, weakref.ref(self))

    def pass_on(self, source):
        if source is self.memory:
            self.copy[...] = self.array.reshape(self.copy.shape)
            self.copy_memory().written(self)
        else:
            self.array[...] = self.copy.reshape(self.array.shape)
            self.memory.written(self)


def mirrored(memory, window, shape):
    """The Memory of a new copy, of shape `shape`, that mirrors a window onto `memory`."""
    array = through(window, memory.row)
    copy = array.reshape(shape)
    new = memory_of(copy.reshape(-1), device_of(copy))
    Mirror(array, memory, copy, new)
    return new


# Windows


def window(x):
    """(offset, shape, strides) of x.array in x.memory.row; x is a tensor or a Mirror."""
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
