"""Memory: what all tensors that share one piece of memory have in common.

A view shares the memory of its tensor: a write into either is a write into both. `version`
counts the writes. A Function notes the version of each tensor that it saves for backward, and
refuses to use one that has been written to since: its gradient would be wrong.

PyTorch stores results in the order of their shape. Here images (N, C, H, W) are stored
channels-last. In that memory, the values of an image are not in the order of `y.view(N, -1)`, so
there is no such view. Therefore `store_contiguously` brings the memory of a tensor into the order
of its shape before the first view of it is made. `strided` marks a tensor whose memory must not be
reordered: a view, or a NumPy array of the user's.
"""

import weakref

from ..arrays import namespace


class Memory:
    """How often this memory was written to, and which tensors use it."""

    version = 0       # whoever writes into it adds 1
    users = None      # the tensors that use it, once there are several
    outside = False   # does a NumPy array use it, too?

    def share(self, *tensors):
        """This memory, with a note that these tensors use it. It does not keep them alive."""
        if self.users is None:
            self.users = weakref.WeakValueDictionary()  # by id: == of Tensors gives no bool
        self.users.update((id(tensor), tensor) for tensor in tensors)
        return self

    def others(self, x):
        """The tensors besides x that use it. (A former user may have got other memory.)"""
        users = () if self.users is None else self.users.values()
        return [user for user in users if user is not x and user.memory is self]

    def is_shared(self, x):
        """Does anything but the tensor x use it?"""
        return self.outside or bool(self.others(x))

    def __reduce__(self):  # a copy, by pickle or copy.deepcopy, has users of its own
        return Memory, ()


def store_contiguously(x):
    """Store the Tensor x in the order of its shape, and with it the others that share its memory.

    No view of it exists yet: the first one would have come through here. So they all have the same
    array. (Only tensors from a file may be views, see serialization/archive.py: then the order
    stays.) The values don't change, and neither does `version`.
    """
    if x.strided or x.array.flags.c_contiguous:
        return
    others = x.memory.others(x)
    if all(other.array is x.array for other in others):
        array = namespace(x.array).ascontiguousarray(x.array)
        for tensor in (x, *others):
            tensor.array = array
