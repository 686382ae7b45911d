"""Containers: modules in a row, in a list, in a dictionary."""

import operator

from .module import Module


class Sequence(Module):
    """What Sequential and ModuleList share: modules under the names "0", "1", ..."""

    def __init__(self, modules=()):
        super().__init__()
        self.extend(modules)

    def __len__(self): return len(self._members(Module))
    def __iter__(self): return iter([module for _, module in self._members(Module)])

    def __getitem__(self, index):
        return type(self)(list(self)[index]) if isinstance(index, slice) else self._at(index)[1]

    def __setitem__(self, index, module):
        self.add_module(self._at(index)[0], module)

    def __delitem__(self, index):
        if not isinstance(index, slice):
            self._at(index)
        modules = list(self)
        del modules[index]
        self._replace(modules)

    def _at(self, index):
        """The (name, module) at a place counted from the front or the back."""
        if not -len(self) <= operator.index(index) < len(self):
            raise IndexError(f"index {index} is out of range: {type(self).__name__} has {len(self)} modules")
        return self._members(Module)[index]

    def _replace(self, modules):
        for name, _ in self._members(Module):
            delattr(self, name)
        self.extend(modules)

    def append(self, module):
        """Add a module at the end; returns self."""
        self.add_module(str(len(self)), module)
        return self

    def extend(self, modules):
        """Add modules at the end; returns self."""
        for module in modules:
            self.append(module)
        return self

    def insert(self, index, module):
        """Put a module before the one at `index`; returns self."""
        modules = list(self)
        modules.insert(index, module)
        self._replace(modules)
        return self


class Sequential(Sequence):
    """Each module's output is the next one's input: Sequential(a, b)(x) = b(a(x)).

    Takes modules, or one dict of named modules; can be indexed and sliced.

    >>> import tinygrad_cv as tg
    >>> net = tg.nn.Sequential(tg.nn.Linear(2, 3), tg.nn.ReLU())
    >>> net(tg.zeros(4, 2)).shape
    (4, 3)
    >>> net[:1]
    Sequential(
      (0): Linear(in_features=2, out_features=3, bias=True)
    )
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

    def __getitem__(self, index):
        if isinstance(index, slice):
            return Sequential(dict(self._members(Module)[index]))  # a slice keeps the names
        return super().__getitem__(index)


class ModuleList(Sequence):
    """A list of modules that the enclosing module counts as its parts; it has no forward of its own.

    >>> import tinygrad_cv as tg
    >>> layers = tg.nn.ModuleList([tg.nn.Linear(2, 2) for _ in range(3)])
    >>> len(layers), len(list(layers.parameters()))
    (3, 6)
    """

    __iadd__ = Sequence.extend

    def __repr__(self):
        """Equal neighbours are shown once: `(0-2): 3 x ReLU()`."""
        runs = []
        for place, text in enumerate(map(repr, self)):
            if runs and runs[-1][2] == text:
                runs[-1][1] = place
            else:
                runs.append([place, place, text])
        return self._repr([
            (f"{first}-{last}", f"{last - first + 1} x {text}") if last > first else (first, text)
            for first, last, text in runs
        ])


class ModuleDict(Module):
    """A dictionary of modules that the enclosing module counts as its parts.

    >>> import tinygrad_cv as tg
    >>> heads = tg.nn.ModuleDict({"age": tg.nn.Linear(8, 1)})
    >>> "age" in heads, list(heads)
    (True, ['age'])
    """

    def __init__(self, modules=None):
        super().__init__()
        self.update(modules or {})

    def update(self, modules):
        """Add the modules of a dictionary, or of a list of (name, module)."""
        for name, module in modules.items() if hasattr(modules, "items") else modules:
            self[name] = module

    def __getitem__(self, name): return dict(self.items())[name]
    def __setitem__(self, name, module): self.add_module(name, module)
    def __delitem__(self, name): delattr(self, name)
    def __contains__(self, name): return name in self.keys()
    def __len__(self): return len(self.items())
    def __iter__(self): return iter(self.keys())
    def keys(self): return [name for name, _ in self.items()]
    def values(self): return [module for _, module in self.items()]
    def items(self): return self._members(Module)

    def pop(self, name):
        """Take a module out and return it."""
        module = self[name]
        del self[name]
        return module


class DataParallel(Module):
    """The module itself, under the name `module` that PyTorch's wrapper gives it in a state_dict.

    There it divides each batch among several GPUs; here one device does all of it.
    """

    def __init__(self, module, device_ids=None, output_device=None, dim=0):
        super().__init__()
        self.module = module

    def forward(self, *args, **kwargs): return self.module(*args, **kwargs)
