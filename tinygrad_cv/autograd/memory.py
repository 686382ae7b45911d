"""Memory: what all tensors that share one piece of memory have in common.

A view shares the memory of its tensor: a write into either is a write into both. `version`
counts the writes. A Function notes the version of each tensor that it saves for backward, and
refuses to use one that has been written to since: its gradient would be wrong.

What shares memory should be as in PyTorch, which stores results in the order of their shape, while
here images (N, C, H, W) are stored channels-last. So a tensor has a `layout`: a dummy array with
the strides that PyTorch would give it, or None where PyTorch would store it in the order of its
shape. The strides tell whether `y.view(N, -1)` is a view. Where it is one, but has to copy here,
the two pieces of memory *mirror* each other: a write into one is passed on to the other.
"""

import weakref

from ..arrays import namespace


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

    def __reduce__(self):  # a copy, by pickle or copy.deepcopy, has users of its own
        return Memory, ()


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
