"""Containers: modules in a row and in a list."""

from .module import Module


class Sequence(Module):
    """What Sequential and ModuleList share: modules under the names "0", "1", ...

    A slice is a new container of the same modules; in a Sequential they keep their names.
    """

    def __init__(self, modules=()):
        super().__init__()
        self.extend(modules)

    def __len__(self): return len(self._members(Module))
    def __iter__(self): return iter([module for _, module in self._members(Module)])

    def __getitem__(self, index):
        found = self._members(Module)[index]
        if not isinstance(index, slice):
            return found[1]
        if isinstance(self, Sequential):
            return Sequential(dict(found))
        return ModuleList(module for _, module in found)

    def __setitem__(self, index, module):
        self.add_module(self._members(Module)[index][0], module)

    def append(self, module):
        """Add a module at the end; returns self."""
        self.add_module(str(len(self)), module)
        return self

    def extend(self, modules):
        """Add modules at the end; returns self."""
        for module in modules:
            self.append(module)
        return self


class Sequential(Sequence):
    """Each module's output is the next one's input: Sequential(a, b)(x) = b(a(x)).

    Takes modules, or one dict of named modules.

    >>> import tinygrad_cv as tg
    >>> net = tg.nn.Sequential(tg.nn.Linear(2, 3), tg.nn.ReLU())
    >>> net(tg.zeros(4, 2)).shape
    (4, 3)
    """

    def __init__(self, *modules):
        named = len(modules) == 1 and isinstance(modules[0], dict)
        super().__init__(() if named else modules)
        for name, module in modules[0].items() if named else ():
            self.add_module(name, module)

    def forward(self, input):
        for _, module in self._members(Module):
            input = module(input)
        return input


class ModuleList(Sequence):
    """A list of modules, registered as parts of the module that holds it. It has no forward."""

    __iadd__ = Sequence.extend
