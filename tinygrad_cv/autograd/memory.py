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
    """How often this memory was written to, and which memory mirrors it."""

    version = 0
    mirrors = ()   # weak references to the Mirrors of which this is the original
    source = None  # the Mirror of which this is the copy: it keeps its original alive

    def written(self, by=None):
        """Note a write; pass it on to all mirrors but the one that it came from."""
        self.version += 1
        if self.source is None and not self.mirrors:
            return
        for mirror in (self.source, *(reference() for reference in self.mirrors)):
            if mirror is not None and mirror is not by:
                mirror.pass_on(self)


class Mirror:
    """An array and a copy of it under another shape, which are to stay equal."""

    def __init__(self, original, memory, copy, copy_memory):
        self.original, self.memory, self.copy = original, memory, copy
        self.copy_memory = weakref.ref(copy_memory)  # whose `source` this is: a cycle otherwise
        copy_memory.source = self
        alive = [reference for reference in memory.mirrors if reference() is not None]
        memory.mirrors = (*alive, weakref.ref(self))

    def pass_on(self, source):
        if source is self.memory:
            self.copy[...] = self.original.reshape(self.copy.shape)
            self.copy_memory().written(self)
        else:
            self.original[...] = self.copy.reshape(self.original.shape)
            self.memory.written(self)
