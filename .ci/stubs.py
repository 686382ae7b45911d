"""Write the stubs: .pyi files, which tell editors and type checkers what users may call.

    python .ci/stubs.py            write them
    python .ci/stubs.py --check    only say whether they are up to date

Annotations in every signature would stand between the reader and the mathematics. And an editor
that only reads the source does not find x.sum(), because tensor.py takes its methods from a list.
So names, arguments and docstrings are taken from the library as it runs, and the types from
stub_types.py. A name without a type there is an error; names that nothing needs any more are
listed.
"""

import ast
import importlib
import inspect
import re
import sys
import textwrap
from pathlib import Path

from stub_types import (
    ATTRIBUTES, DIFFERENT, NOT_FOR_USERS, OF_TENSORS, PARAMETERS, RETURNS, SIGNATURES,
)

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

# The first module of this list that offers a name describes it; the others import it from there.
MODULES = [*(f"tinygrad_cv.{name}" for name in """
    autograd.hooks autograd.grad_mode autograd cuda utils nn.functional nn nn.init nn.utils optim
    optim.lr_scheduler data data.transforms viz parallel
""".split()), "tinygrad_cv", "tinygrad_cv.tensor"]
COLLECTIONS = "tinygrad_cv.cuda", "tinygrad_cv.nn.functional"  # these offer what they import

PREAMBLE = """# Written by .ci/stubs.py, for editors and type checkers. The code is in {}.
import builtins
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal, TypeVar, overload

import numpy as np
from numpy.typing import DTypeLike
from PIL import Image
from typing_extensions import Self, TypeIs

from tinygrad_cv import Generator, Tensor, device as _Device, dtype as _DType
from tinygrad_cv.autograd.hooks import HookHandle
from tinygrad_cv.nn import Module, Parameter
from tinygrad_cv.ops.reduce import ValuesIndices
from tinygrad_cv.optim import Optimizer
from tinygrad_cv.optim.lr_scheduler import LRScheduler
from tinygrad_cv.viz import Graph
"""

OPERATORS = set("""
    abs add and array bool call contains delitem enter eq exit float floordiv ge getitem gt iadd
    iand ifloordiv imod imul index int invert ior ipow isub iter itruediv ixor le len lt matmul mod
    mul ne neg or pow radd rand rfloordiv rmod rmul ror rpow rsub rtruediv rxor setitem sub truediv
    xor
""".split())


def by_name(table):
    """{value: "names"} turned round: {name: [values]}."""
    found = {}
    for value, names in table.items():
        for name in names.split():
            found.setdefault(name, []).append(value)
    return found


TABLES = {
    "PARAMETERS": by_name(PARAMETERS), "ATTRIBUTES": by_name(ATTRIBUTES),
    "RETURNS": by_name(RETURNS), "SIGNATURES": by_name(SIGNATURES),
    "NOT_FOR_USERS": by_name({True: NOT_FOR_USERS}), "DIFFERENT": by_name({True: DIFFERENT}),
}
needed, problems = set(), []


def look_up(table, *names):
    """What the table says of the first of these names that it has, or an empty list."""
    for name in names:
        if name in TABLES[table]:
            needed.add((table, name))
            return TABLES[table][name]
    return []


def is_ours(thing):
    return (getattr(thing, "__module__", None) or "").startswith("tinygrad_cv")


def public(module):
    """{name: thing} of what a module offers to users."""
    collects = hasattr(module, "__path__") or module.__name__ in COLLECTIONS
    found = {}
    for name in dir(module):
        thing = getattr(module, name)
        if inspect.ismodule(thing):
            ours = thing.__name__ in (*MODULES, "tinygrad_cv.models")
        elif callable(thing):
            ours = is_ours(thing) and (collects or thing.__module__ == module.__name__)
        else:
            ours = module.__name__ == "tinygrad_cv"  # float32, pi
        if ours and not name.startswith("_") and not look_up("NOT_FOR_USERS", name):
            found[name] = thing
    return found


def shown(value):
    """A default value: itself where it is plain, or dots."""
    try:
        return repr(value) if ast.literal_eval(repr(value)) == value else "..."
    except (ValueError, SyntaxError):
        return "..."


def nodes_of(thing):
    """The nodes of its source's syntax tree."""
    return ast.walk(ast.parse(textwrap.dedent(inspect.getsource(thing))))


def has_result(function):
    return any(
        isinstance(node, (ast.Lambda, ast.Yield, ast.YieldFrom))
        or isinstance(node, ast.Return) and node.value is not None for node in nodes_of(function)
    )


def parameters_of(function):
    """Its parameters; those of add for add_, which hands its own on."""
    if function.__qualname__.startswith("in_place."):
        function = getattr(sys.modules["tinygrad_cv.ops"], function.__name__.removesuffix("_"))
    return list(inspect.signature(function).parameters.values())


class Stub:
    """The stub of one module; `homes` says of every public thing where it is described."""

    def __init__(self, name, homes):
        self.name, self.homes, self.things = name, homes, public(sys.modules[name])
        scopes = [vars(x) for x in self.things.values() if inspect.isclass(x)] + [self.things]
        self.hidden = [k for k in ("bool", "float", "int") if any(k in scope for scope in scopes)]
        file = Path(sys.modules[name].__file__)
        self.path, self.lines = file.with_suffix(".pyi"), []
        if name == "tinygrad_cv":
            self.write("_Device = device\n_DType = dtype")  # in a class, they may be attributes
        for key, thing in self.things.items():
            self.describe(key, thing)
        body = "\n".join(self.lines) + "\n"
        if re.search(r"-> F\b", body):
            body = 'F = TypeVar("F", bound=Callable[..., Any])\n' + body
        title, *imports = PREAMBLE.format(file.name).split("\n")
        used = filter(None, (self.used(line, body) for line in imports if line))
        self.text = "\n".join([title, *used, body])

    def used(self, line, body):
        """An import without the names that the body does not need or describes itself."""
        start, _, names = line.rpartition("import ")
        needed = [
            x for x in names.split(", ")
            if re.search(rf"\b{x.split(' as ')[-1]}\b", body) and x not in self.things
        ]
        is_own = start == f"from {self.name} "
        return f"{start}import {', '.join(needed)}" if needed and not is_own else ""

    def write(self, text, indent=""):
        self.lines += [indent + line if line else "" for line in text.split("\n")]

    def docstring(self, thing, indent):
        text = inspect.getdoc(thing) if thing.__doc__ else ""
        if text:
            quotes, end = 'r"""' if "\\" in text else '"""', "\n" if "\n" in text else ""
            self.write(f'{quotes}{text}{end}"""', indent)

    def describe(self, name, thing):
        home, first = self.homes.get(id(thing), (self.name, name))
        if inspect.ismodule(thing):
            above, _, last = thing.__name__.rpartition(".")
            self.write(f"from {above} import {last} as {name}")
        elif home != self.name:
            self.write(f"from {home} import {first} as {name}")
        elif first != name:
            self.write(f"{name} = {first}")
        elif not callable(thing):
            self.write(f"{name}: {self.spelled('float' if type(thing) is float else 'dtype')}")
        elif inspect.isclass(thing) and name not in TABLES["SIGNATURES"]:
            self.describe_class(name, thing)
        else:
            self.describe_function(name, thing)

    # Types

    def spelled(self, kind):
        """A type as it is written in this module, where `float` may be a dtype or a method."""
        for name in self.hidden:
            kind = re.sub(rf"\b{name}\b", f"builtins.{name}", kind)
        return kind

    def type_of(self, p, owners):
        """The type of a parameter of one of these owners."""
        kind = look_up("PARAMETERS", *(f"{owner}.{p.name}" for owner in owners), p.name)
        if not kind and p.default.__class__ in (bool, float, int, str):
            kind = [p.default.__class__.__name__]
        if not kind:
            problems.append(f"PARAMETERS: what is {owners[0]}.{p.name}?")
        optional = " | None" if kind and p.default is None and kind != ["Any"] else ""
        return self.spelled(kind[0] if kind else "Any") + optional

    def result_of(self, name, function, cls):
        if name == "__init__":
            return "None"
        if cls == "Tensor" and re.fullmatch(r"[a-z]\w*_", function.__name__):  # add_, also for +=
            return "Self"
        if found := look_up("RETURNS", f"{cls}.{name}", name):
            return self.spelled(found[0])
        if inspect.isfunction(function) and not has_result(function):
            return "None"
        if self.name not in OF_TENSORS and name not in ("forward", "__call__"):
            problems.append(f"RETURNS: what does {self.name}.{cls}.{name} return?")
        return "Tensor"

    def ways_to_call(self, name, function, cls):
        """Its signatures, each as a list of parameters and the type of the result."""
        names = [f"{cls}.{name}", name] if cls in ("", "Tensor") else [f"{cls}.{name}"]
        if given := look_up("SIGNATURES", *names):
            if cls:
                given = [text.replace("(input: Tensor", "(self") for text in given]
            return [self.spelled(text).removeprefix("(").split(") -> ") for text in given]
        parameters, owners = parameters_of(function), [f"{cls}.{name}", name]
        texts, starred = [], False
        if cls:
            texts, parameters = ["self"], parameters[name != "__init__":]
        if name == "__init__":
            owners = [cls]
        for p in parameters:
            by_name_only = p.kind == p.KEYWORD_ONLY
            if by_name_only and name.startswith("__") and name != "__init__":
                continue  # x + y has no place for add's alpha
            if p.name == "options" and not look_up("PARAMETERS", *(f"{o}.options" for o in owners)):
                continue
            if by_name_only and not starred:
                texts.append("*")
            starred = starred or by_name_only or p.kind == p.VAR_POSITIONAL
            stars = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
            default = "" if p.default is p.empty else f" = {shown(p.default)}"
            texts.append(f"{stars}{p.name}: {self.type_of(p, owners)}{default}")
        return [(", ".join(texts), self.result_of(name, function, cls))]

    # Functions and classes

    def describe_function(self, name, function, cls="", indent=""):
        ways = self.ways_to_call(name, function, cls)
        ignore = "  # type: ignore" if look_up("DIFFERENT", f"{cls}.{name}") else ""
        for inside, result in ways:
            if len(ways) > 1:
                self.write("@overload", indent)
            documented = function.__doc__ and not name.startswith("__")
            line = f"def {name}({inside}) -> {result}:" + ("" if documented else " ...") + ignore
            if len(indent + line) > 100:
                rows = textwrap.wrap(inside, 92 - len(indent), break_on_hyphens=False)
                line = "\n    ".join([f"def {name}(", *rows]) + line[line.rindex(") ->"):]
            self.write(line, indent)
            if documented:
                self.docstring(function, indent + "    ")

    def describe_class(self, name, cls):
        """The class together with the bases that users don't see, up to one that they do."""
        parts, above = [cls], object
        for part in cls.__mro__[1:]:
            if id(part) in self.homes or not is_ours(part):
                above = part
                break
            parts.append(part)
        self.write(f"class {name}({self.homes[id(above)][1]}):" if id(above) in self.homes
                   else f"class {name}:")
        self.docstring(cls, "    ")
        start = len(self.lines)
        self.describe_attributes(name, cls, parts)
        if above is object or inspect.signature(cls) != inspect.signature(above):
            self.describe_function("__init__", cls, name, "    ")
        members = {}
        for part in reversed(parts):
            members.update(vars(part))
        source = cls.__module__
        for key, value in members.items():
            value = getattr(value, "__func__", getattr(value, "func", value))  # of a partialmethod
            theirs = getattr(above, key, None)
            hidden = key.startswith("_") and key.removeprefix("__")[:-2] not in OPERATORS
            known = is_ours(value) or key in TABLES["SIGNATURES"]
            if hidden or not inspect.isfunction(value) or not known:
                continue
            if inspect.isfunction(theirs) and parameters_of(theirs) == parameters_of(value):
                continue
            if look_up("NOT_FOR_USERS", f"{name}.{key}", key):
                continue
            if is_ours(value) and value.__module__ != source:
                source = value.__module__
                self.write(f"# {source.replace('.', '/')}.py", "    ")
            self.describe_function(key, value, name, "    ")
            if key == "forward" and hasattr(cls, "train") and "__call__" not in members:
                self.describe_function("__call__", value, name, "    ")  # calling a module runs it
        if len(self.lines) == start:
            self.write("...", "    ")

    def describe_attributes(self, name, cls, parts):
        """Properties, what methods assign to self.x, and what ATTRIBUTES adds to them."""
        names = [part.__name__ for part in parts]
        properties = {
            key: value for part in parts for key, value in vars(part).items()
            if isinstance(value, property)
        }
        found = {*properties, *getattr(cls, "_settings", ())}
        found |= {x.split(".")[1] for x in TABLES["ATTRIBUTES"] if x.split(".")[0] in names}
        for part in parts:
            found |= {
                node.attr for node in nodes_of(part)
                if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
                and isinstance(node.value, ast.Name) and node.value.id == "self"
            }
        arguments = inspect.signature(cls).parameters
        for key in sorted(x for x in found if not x.startswith("_")):
            kind, given = "Any", properties.get(key)
            if listed := look_up("ATTRIBUTES", *(f"{one}.{key}" for one in names), key):
                kind = self.spelled(listed[0])
            elif key in arguments:
                kind = self.type_of(arguments[key], [name])
            if given and not given.fset:
                self.write("@property", "    ")
                end = "" if given.__doc__ else " ..."
                self.write(f"def {key}(self) -> {kind}:{end}", "    ")
            else:
                self.write(f"{key}: {kind}", "    ")
            if given:
                self.docstring(given, "        " if not given.fset else "    ")


def stubs():
    homes = {}
    for name in MODULES:
        importlib.import_module(name)
        things = public(sys.modules[name])
        for key, thing in things.items():
            if callable(thing):
                own = getattr(thing, "__name__", key)
                homes.setdefault(id(thing), (name, own if own in things else key))
    return [Stub(name, homes) for name in MODULES]


def main(only_check):
    stale = []
    for stub in stubs():
        if not stub.path.exists() or stub.path.read_text(encoding="utf-8") != stub.text:
            stale.append(f"{stub.path.relative_to(ROOT)}: not up to date")
            if not only_check:
                stub.path.write_text(stub.text, encoding="utf-8")
    for table, names in TABLES.items():
        if unused := [name for name in names if (table, name) not in needed]:
            print(f"nothing needs these any more in {table}: {' '.join(unused)}")
    if only_check and stale:
        problems.extend([*stale, "run python .ci/stubs.py"])
    if problems:
        sys.exit("\n".join(problems))


if __name__ == "__main__":
    main("--check" in sys.argv)
