"""The modules that a PyTorch script imports: `torch`, `torch.nn`, `torchvision.utils` and so on.

Each is a Facade: a name is looked up in the modules of the library that stand for it (layout.py).
Python asks the Finder for every module below `torch` and `torchvision`. For something that the
library does not have, as in `import torch.distributed` or `from torch.nn import LSTM`, the answer
is a Facade without names. Many scripts import more than they use, so the error comes at the use.
"""

import importlib
from importlib.machinery import ModuleSpec
from types import ModuleType

from .layout import LAYOUT, READY
from .stand_ins import instead


class Facade(ModuleType):
    """A module that has names of its own and those of `places`, modules of the library."""

    places = ()

    def __getattr__(self, name):
        full = f"{self.__name__}.{name}"
        if full in LAYOUT:
            return importlib.import_module(full)
        for place in () if name.startswith("__") else self.places:
            if hasattr(place, name):
                return getattr(place, name)
        raise AttributeError(instead(full))

    def refuse(self, *args, **kwargs):
        """What was imported by `from torch.nn import LSTM` is used now."""
        raise AttributeError(instead(self.__name__))

    __call__ = __mro_entries__ = __instancecheck__ = refuse  # f(), class Net(f), isinstance(x, f)


class Finder:
    """One of sys.meta_path, which are asked for each module that is imported."""

    def find_spec(self, name, path=None, target=None):
        ours = name.partition(".")[0] in ("torch", "torchvision")
        return ModuleSpec(name, self, is_package=True) if ours else None

    def create_module(self, spec):
        return READY.get(spec.name) or Facade(spec.name)

    def exec_module(self, module):
        places, own = LAYOUT.get(module.__name__, ([], {}))
        module.places = [importlib.import_module(f"tinygrad_cv{place}") for place in places]
        vars(module).update(own)
        names = {*own, *(name for place in module.places for name in dir(place))}
        module.__all__ = [name for name in names if not name.startswith("_")]
