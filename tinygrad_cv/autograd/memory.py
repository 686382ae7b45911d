"""Memory: what all tensors that share one piece of memory have in common.

A view shares the memory of its tensor: a write into either is a write into both. `version`
counts the writes. A Function notes the version of each tensor that it saves for backward, and
refuses to use one that has been written to since: its gradient would be wrong.

Sometimes a view is impossible. Images are stored channels-last behind their (N, C, H, W) shapes,
so `y.view(N, -1)` has to copy. To the user it must still be a view, or writes would be lost
without a word. So the two pieces of memory become *mirrors*: a write into one is passed on to
the other.
"""

import weakref


class Memory:
    """How often this memory was written to, and which memories mirror it."""

    __slots__ = ("version", "mirrors", "__weakref__")

    def __init__(self):
        self.version, self.mirrors = 0, ()

    def written(self, mirror=None):
        """Note a write; pass it on to all mirrors but the one that it came from."""
        self.version += 1
        for other in self.mirrors:
            if other is not mirror:
                other.pass_on(self)


class Mirror:
    """An array and a copy of it under another shape, which are to stay equal."""

    def __init__(self, original, memory, copy, copy_memory):
        self.original, self.memory, self.copy = original, memory, copy
        self.copy_memory = weakref.ref(copy_memory)  # the copy keeps its original, not vice versa
        copy_memory.mirrors += (self,)
        memory.mirrors = (*(m for m in memory.mirrors if m.is_alive()), self)

    def is_alive(self):
        return self.copy_memory() is not None

    def pass_on(self, source):
        copy_memory = self.copy_memory()
        if source is copy_memory:
            self.original[...] = self.copy.reshape(self.original.shape)
            self.memory.written(self)
        elif copy_memory is not None:
            self.copy[...] = self.original.reshape(self.copy.shape)
            copy_memory.written(self)
