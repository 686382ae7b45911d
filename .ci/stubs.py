"""Write the stubs: .pyi files, which tell editors and type checkers what users may call.

    python .ci/stubs.py            write them
    python .ci/stubs.py --check    only say whether they are up to date

Annotations in every signature would stand between the reader and the mathematics. And an editor
that only reads the source does not find x.sum(), because tensor.py takes its methods from a list.
So names, arguments and docstrings are taken from the library as it runs, and types from the tables
below: a name means the same everywhere. A name without a type is reported, and so is an entry that
nothing needs.
"""

import ast
import importlib
import inspect
import re
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

# The first module of this list that offers a name describes it; the others import it from there.
MODULES = [*(f"tinygrad_cv.{name}" for name in """
    tensor autograd.hooks autograd.grad_mode autograd cuda utils nn.functional nn nn.init nn.utils
    optim optim.lr_scheduler optim.swa_utils data data.transforms viz parallel
""".split()), "tinygrad_cv"]

PREAMBLE = '''# Written by .ci/stubs.py, for editors and type checkers. The code is in {name}.
import builtins
import os
from contextlib import AbstractContextManager
from typing import Any, Callable, Iterable, Iterator, Literal, Sequence, TypeVar, overload

import numpy as np
from numpy.typing import DTypeLike
from PIL import Image
from typing_extensions import Self, TypeIs

from tinygrad_cv import Generator, device as Device
from tinygrad_cv.autograd.hooks import HookHandle
from tinygrad_cv.data import Dataset
from tinygrad_cv.nn import Module, Parameter
from tinygrad_cv.optim import Optimizer
from tinygrad_cv.ops.reduce import ValuesIndices
from tinygrad_cv.optim.lr_scheduler import LRScheduler
from tinygrad_cv.tensor import Tensor
from tinygrad_cv.viz import Graph

F = TypeVar("F", bound=Callable[..., Any])
'''
OF_TENSORS = {f"tinygrad_cv{name}" for name in ("", ".tensor", ".nn.functional", ".nn.init")}

NOT_FOR_USERS = """
    GradientHooks Missing SpectralNorm calls_of_modules check_equal check_replacement fans folded
    gradients graph_behind lines_of find_library function missing multiply_adds nccl norm_of_gradients pictures
    print_table run_layers device.__eq__ ImageFolder.check RandomResizedCrop.piece Function.release
"""
OPERATORS = set("""
    abs add and array bool call contains delitem enter eq exit float floordiv ge getitem gt iadd
    iand ifloordiv imod imul index int invert ior ipow isub iter itruediv ixor le len lt matmul mod
    mul ne neg or pow radd rand rfloordiv rmod rmul ror rpow rsub rtruediv rxor setitem sub truediv
    xor
""".split())

# {type: names of parameters}. "f.x" is the x of the function, method or class f alone. A name that
# is not here has the type of its default value. A default of None adds "| None".
PARAMETERS = {
    "Tensor": """
        input self tensor condition mask target grad gradient mat2 gather.index index_select.index end
        weight bias running_mean running_var pos_weight view_as.other reshape_as.other copy_.other
        expand_as.other dot.tensor output picture.image all_reduce.x Parameter.data
        TensorDataset.tensors Optimizer.update.p Optimizer.history.p
    """,
    "Tensor | float": "other exponent min max value lerp.weight where.input metrics",
    "Tensor | Sequence[Tensor]": "outputs inputs make_grid.tensor save_image.tensor backward.tensors",
    "Tensor | Sequence[Tensor | None]": "grad_outputs grad_tensors",
    "Tensor | Sequence[int]": "activations.inputs summary.inputs",
    "Tensor | Iterable[Tensor]": "parameters",
    "Iterable[Tensor]": "tensors frames",
    "Iterable[Tensor] | Iterable[dict[str, Any]]": "params",
    "dict[str, Tensor] | Iterable[tuple[str, Tensor]]": "draw_graph.params print_graph.params",
    "Tensor | None": "register_buffer.tensor",
    "Parameter | None": "param",
    "bool": """
        align_corners copy recompute_scale_factor enabled retain_graph set_detect_anomaly.mode
        Linear.bias Conv2d.bias ConvTranspose2d.bias
    """,
    "int": """
        dim dim0 dim1 start length chunks high low epoch depth divisor_override padding_idx rank
        num_replicas num_embeddings embedding_dim num_features num_groups num_channels in_channels
        out_channels in_features out_features step_size seed upscale_factor prefetch_factor
        device.index select.index
    """,
    "int | Sequence[int]": """
        kernel_size stride padding output_padding dilation size shape dims axes repeats milestones
        split_size_or_sections sum.dim mean.dim prod.dim var.dim std.dim norm.dim amax.dim amin.dim
        any.dim all.dim logsumexp.dim squeeze.dim
    """,
    "int | Sequence[int] | str": "Conv2d.padding conv2d.padding",
    "int | Sequence[int | None]": "output_size",
    "Sequence[int]": "pad sizes unflattened_size indices SequentialLR.milestones",
    "Iterable[int]": "sampler",
    "Iterable[Sequence[int]]": "batch_sampler",
    "float": """
        add.alpha sub.alpha a correction eps gamma T_max fill_value val max_norm clip_value min_lr
        brightness contrast saturation factor momentum dampening weight_decay calculate_gain.param
        ConstantPad2d.value pad.value mean std gradgradcheck.options
    """,
    "float | str": "norm.p",
    "float | Sequence[float]": "scale_factor Normalize.mean Normalize.std",
    "float | Callable[[int], float]": "decay",
    "Sequence[float]": "lengths",
    "tuple[float, float]": "betas scale ratio value_range",
    "str": "name names format checksum nonlinearity",
    "str | os.PathLike[str]": "path root",
    "Sequence[str]": "urls",
    'Literal["none", "mean", "sum"]': "reduction",
    'Literal["none", "tanh"]': "approximate",
    'Literal["trunc", "floor"]': "rounding_mode",
    "Device | str": "device",
    "DTypeLike": "dtype",
    "Generator": "generator",
    "Image.Image": "image",
    "Image.Resampling": "interpolation",
    "Module": "layer model module net average_buffers.modules broadcast.modules",
    "Module | dict[str, Module]": "Sequential.modules",
    "dict[str, Module]": "ModuleDict.modules",
    "Iterable[Module]": "modules",
    "set[Module]": "memo",
    "Optimizer": "optimizer",
    "Sequence[LRScheduler]": "schedulers",
    "Callable[[int], float] | Sequence[Callable[[int], float]]": "lr_lambda",
    "Callable[[Module], Any]": "apply.fn",
    "Callable[[], Any]": "closure",
    "Callable[[Any], Any]": "transform collate_fn",
    "Iterable[Callable[[Any], Any]]": "transforms",
    "Callable[..., Any]": "fn function hook hooks multi_avg_fn",
    "dict[str, Any]": "state_dict state group param_group defaults",
    "Any": """
        args kwargs exception options index value data array dataset loader items obj file fp
        boxes arrows
    """,
}
# {type: names of attributes}. Without an entry: the type of the constructor's argument, or Any.
ATTRIBUTES = {
    "Tensor": "T mT data TensorDataset.tensors",
    "Tensor | None": """
        grad RunningNorm.running_mean RunningNorm.running_var RunningNorm.num_batches_tracked
    """,
    "Parameter": "Weighted.weight Embedding.weight PReLU.weight",
    "Parameter | None": "Weighted.bias Affine.bias Affine.weight",
    "tuple[int, ...]": "shape",
    "tuple[int, int]": "Convolution.kernel_size Convolution.stride Convolution.dilation",
    "int": "ndim",
    "str": "device.type",
    "Device": "Tensor.device",
    "bool": "is_cuda is_leaf requires_grad training",
    "np.dtype[Any]": "Tensor.dtype",
}
# {type: what returns it}. Without an entry: None for what has no return statement; a Tensor for
# operators, forward and the functions in OF_TENSORS.
RETURNS = {
    "bool": """
        equal allclose is_floating_point is_contiguous is_grad_enabled is_anomaly_enabled
        is_available __bool__ __contains__ gradcheck gradgradcheck
    """,
    "int": "numel nelement Tensor.dim device_count get_rank get_world_size __int__ __index__ __len__",
    "float": "__float__ calculate_gain",
    "float | Any": "item",
    "list[float]": "get_lr get_last_lr rates",
    "str": "extra_repr name mermaid Graph.dot download",
    "bytes": "render",
    "tuple[Tensor, ...]": "split chunk unbind",
    "tuple[Any, ...]": "grad",
    "list[Any]": "saved history",
    "list[Subset]": "random_split",
    "np.ndarray": "Tensor.numpy __array__ normal uniform",
    "np.random.Generator": "rng",
    "np.dtype[Any]": "get_default_dtype",
    "Self": """
        Module.requires_grad_ apply train eval Module.to Module.cuda Module.cpu Module.float
        Module.double append extend ModuleList.__iadd__ __enter__
    """,
    "Iterator[Tensor]": "Tensor.__iter__ buffers",
    "Iterator[Parameter]": "Module.parameters",
    "Iterator[Module]": "modules children Sequential.__iter__ ModuleList.__iter__",
    "Iterator[tuple[str, Tensor]]": "named_buffers",
    "Iterator[tuple[str, Parameter]]": "named_parameters",
    "Iterator[tuple[str, Module]]": "named_modules named_children",
    "HookHandle": """
        register_hook register_forward_hook register_forward_pre_hook register_full_backward_hook
        register_full_backward_pre_hook
    """,
    "set_detect_anomaly": "detect_anomaly",
    "Image.Image": "picture activations filters",
    "Iterator[Any]": "DataLoader.__iter__",
    "Iterator[int]": "DistributedSampler.__iter__",
    "Iterator[str]": "ModuleDict.__iter__",
    "list[str]": "keys",
    "list[Module]": "values",
    "list[tuple[str, Module]]": "ModuleDict.items",
    "Tensor": "make_grid clip_grad_norm_ Tensor.__getitem__",
    "Generator": "manual_seed",
    "Module": "spectral_norm",
    "Callable[..., Any]": "get_ema_multi_avg_fn Lambda",
    "AbstractContextManager[None]": "end_together",
    "None": "all_reduce init_process_group",
    "Graph": "draw_graph",
    "dict[str, Tensor]": "Module.state_dict",
    "dict[str, Any]": "state_dict get_rng_state get_state",
    "Any": """
        __getitem__ step load tolist all_gather_object default_collate load_state_dict
    """,
}
CREATION = "dtype: DTypeLike | None = None, device: Device | str | None = None, requires_grad: bool = False"
DRAWING = f"generator: Generator | None = None, {CREATION}"
FREELY = "(self, *args: Any, **kwargs: Any) -> Any"
# {signature: names}. A name in several entries is overloaded; for a method, `input` is `self`.
SIGNATURES = {
    f"(*size: int | Sequence[int], {CREATION}) -> Tensor": "zeros ones",
    f"(*, size: int | Sequence[int], {CREATION}) -> Tensor": "zeros ones",
    f"(*size: int | Sequence[int], {DRAWING}) -> Tensor": "rand randn",
    f"(*, size: int | Sequence[int], {DRAWING}) -> Tensor": "rand randn",
    f"(input: Tensor, *, {CREATION}) -> Tensor": "zeros_like ones_like",
    f"(input: Tensor, *, {DRAWING}) -> Tensor": "rand_like randn_like",
    f"(input: Tensor, fill_value: float, *, {CREATION}) -> Tensor": "full_like",
    f"(self, *size: int | Sequence[int], {CREATION}) -> Tensor": "new_zeros new_ones new_empty",
    f"(self, size: int | Sequence[int], fill_value: float, *, {CREATION}) -> Tensor": "new_full",
    f"(self, data: Any, *, {CREATION}) -> Tensor": "new_tensor",
    f"(n: int, m: int | None = None, *, {CREATION}) -> Tensor": "eye",
    f"(end: float, *, {CREATION}) -> Tensor": "arange",
    f"(start: float, end: float, step: float = 1, *, {CREATION}) -> Tensor": "arange",
    f"(start: float, end: float, steps: int, *, {CREATION}) -> Tensor": "linspace",
    f"(n: int, *, {DRAWING}) -> Tensor": "randperm",
    f"(mean: float, std: float, size: int | Sequence[int], *, {DRAWING}) -> Tensor": "normal",
    "(input: Tensor) -> Tensor": "max min",
    "(input: Tensor, dim: int, keepdim: bool = False) -> ValuesIndices": "max min",
    "(input: Tensor, other: Tensor) -> Tensor": "max min",
    "(self) -> tuple[int, ...]": "Tensor.size",
    "(self, dim: int) -> int": "Tensor.size",
    "(x: Any) -> TypeIs[Tensor]": "is_tensor",
    "(function: F) -> F": "no_grad enable_grad",
    "(function: None = None) -> GradMode": "no_grad enable_grad",
    "(self, function: F) -> F": "GradMode.__call__",
    FREELY: "Module.forward Module.__call__ Function.forward",
}
DIFFERENT = "Tensor.__eq__ Tensor.__ne__ ReduceLROnPlateau.step"  # from the base's, more than allowed


def entries(table):
    """{value: "names"} turned round: {name: [values]}."""
    found = {}
    for value, names in table.items():
        for name in names.split():
            found.setdefault(name, []).append(value)
    return found


TABLES = {
    "PARAMETERS": entries(PARAMETERS), "ATTRIBUTES": entries(ATTRIBUTES),
    "RETURNS": entries(RETURNS), "SIGNATURES": entries(SIGNATURES),
    "NOT_FOR_USERS": entries({True: NOT_FOR_USERS}), "DIFFERENT": entries({True: DIFFERENT}),
}
needed, problems = set(), []


def look_up(table, *names):
    """What the table says of the first of these names that it has."""
    for name in names:
        if name in TABLES[table]:
            needed.add((table, name))
            return TABLES[table][name]
    return []


def is_ours(thing):
    return (getattr(thing, "__module__", None) or "").startswith("tinygrad_cv")


def public(module):
    """{name: thing} of what a module offers to users."""
    collects = hasattr(module, "__path__") or module.__name__[12:] in ("cuda", "nn.functional")
    found = {}
    for name in dir(module):
        thing = getattr(module, name)
        if inspect.ismodule(thing):
            ours = thing.__name__ in {*MODULES, "tinygrad_cv.models"}
        elif callable(thing):
            ours = is_ours(thing) if collects else is_ours(thing) and (
                thing.__module__ == module.__name__)
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


def parsed(thing):
    return ast.walk(ast.parse(textwrap.dedent(inspect.getsource(thing))))


def has_result(function):
    return any(
        isinstance(node, (ast.Lambda, ast.Yield, ast.YieldFrom))
        or isinstance(node, ast.Return) and node.value is not None for node in parsed(function)
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
        self.path, preamble = file.with_suffix(".pyi"), PREAMBLE.format(name=file.name)
        self.lines = [s for s in preamble.split("\n") if not s.startswith(f"from {name} import")]
        for key, thing in self.things.items():
            self.describe(key, thing)
        self.text = "\n".join(self.lines).replace("\xa0", " ") + "\n"

    def describe(self, name, thing):
        home, first = self.homes.get(id(thing), (self.name, name))
        if inspect.ismodule(thing):
            above, _, last = thing.__name__.rpartition(".")
            self.lines.append(f"from {above} import {last} as {name}")
        elif home != self.name:
            self.lines.append(f"from {home} import {first} as {name}")
        elif first != name:
            self.lines.append(f"{name} = {first}")
        elif not callable(thing):
            kind = type(thing).__name__ if isinstance(thing, float) else "np.dtype[Any]"
            self.lines.append(f"{name}: {self.spelled(kind)}")
        elif inspect.isclass(thing) and name not in TABLES["SIGNATURES"]:
            self.describe_class(name, thing)
        else:
            self.function(name, thing)

    def spelled(self, kind):
        """A type as it is written in this module, where `float` may be a dtype or a method."""
        kind = kind.replace("Device", "device") if self.name == "tinygrad_cv" else kind
        for name in self.hidden:
            kind = re.sub(rf"\b{name}\b", f"builtins.{name}", kind)
        return kind

    def parameter(self, p, *owners):
        """One parameter, as `name: type = default`."""
        kind = look_up("PARAMETERS", *(f"{owner}.{p.name}" for owner in owners), p.name)
        if not kind and p.default.__class__ in (bool, float, int, str):
            kind = [p.default.__class__.__name__]
        if not kind:
            problems.append(f"PARAMETERS: no type for {owners[0]}.{p.name}")
            kind = ["Any"]
        optional = " | None" if p.default is None and kind != ["Any"] else ""
        stars = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
        text = f"{stars}{p.name}: {self.spelled(kind[0])}{optional}"
        return text if p.default is p.empty else f"{text} = {shown(p.default)}"

    def signatures(self, name, function, cls):
        """The ways to call it, each as "(parameters) -> type"."""
        functions = () if cls not in ("", "Tensor") else (name,)
        if given := look_up("SIGNATURES", f"{cls}.{name}", *functions):
            if cls:
                given = [re.sub(r"^\(input: [^,)]*", "(self", text) for text in given]
            return [self.spelled(text) for text in given]
        parameters, owners = parameters_of(function), [f"{cls}.{name}", name]
        texts, star = [], False
        if name == "__init__":
            texts, owners = ["self"], [cls]
        elif cls:
            texts, parameters = ["self"], parameters[1:]
        for p in parameters:
            if p.kind == p.KEYWORD_ONLY and name.startswith("__") and name != "__init__":
                continue  # x + y has no place for add's alpha
            if p.kind == p.KEYWORD_ONLY and not star:
                texts.append("*")
            star = star or p.kind in (p.VAR_POSITIONAL, p.KEYWORD_ONLY)
            texts.append(self.parameter(p, *owners))
        if cls == "Tensor" and re.fullmatch(r"[a-z]\w*_", function.__name__):  # add_, for x += y
            result = ["Self"]
        else:
            result = ["None"] if name == "__init__" else look_up("RETURNS", *owners)
        if not result and inspect.isfunction(function) and not has_result(function):
            result = ["None"]
        ours = self.name in OF_TENSORS or name in ("forward", "__call__")
        if not result and not ours:
            problems.append(f"RETURNS: nothing for {self.name}.{cls}.{name}")
        result = self.spelled(result[0] if result else "Tensor")
        return [f"({', '.join(texts)}) -> {result}"]

    def write(self, text, indent=""):
        self.lines += [indent + line if line else "" for line in text.split("\n")]

    def docstring(self, thing, indent):
        text = inspect.getdoc(thing) if thing.__doc__ else ""
        if text:
            quotes = 'r"""' if "\\" in text else '"""'
            end = "\n" if "\n" in text else ""
            self.write(f'{quotes}{text}{end}"""', indent)

    def function(self, name, function, cls="", indent=""):
        ways = self.signatures(name, function, cls)
        ignore = "  # type: ignore" if look_up("DIFFERENT", f"{cls}.{name}") else ""
        for way in ways:
            if len(ways) > 1:
                self.write("@overload", indent)
            documented = function.__doc__ and not name.startswith("__")
            end = ":" if documented else ": ..."
            inside, result = way.rsplit(") -> ", 1)
            self.lines += textwrap.wrap(
                f"def {name}{inside})\xa0->\xa0" + f"{result}{end}{ignore}".replace(" ", "\xa0"),
                100, initial_indent=indent, subsequent_indent=indent + " " * 8,
                break_long_words=False, break_on_hyphens=False,
            )
            if documented:
                self.docstring(function, indent + "    ")

    def describe_class(self, name, cls):
        own, above = [], object  # the class and its bases that users don't see; the base they see
        for part in cls.__mro__:
            if part is not cls and (id(part) in self.homes or not is_ours(part)):
                above = part
                break
            own.append(part)
        base = self.homes[id(above)][1] if id(above) in self.homes else ""
        self.write(f"class {name}({base}):" if base else f"class {name}:")
        self.docstring(cls, "    ")
        before = len(self.lines)
        self.attributes(name, cls, own)
        if above is object or inspect.signature(cls) != inspect.signature(above):
            self.function("__init__", cls, name, "    ")
        members = {}
        for part in reversed(own):
            members.update(vars(part))
        for key, value in members.items():
            value = getattr(value, "__func__", value)
            if not inspect.isfunction(value) or not is_ours(value) or key == "__init__":
                continue
            if key.startswith("_") and not (key[2:-2] in OPERATORS and key.startswith("__")):
                continue
            theirs = getattr(above, key, None)
            if inspect.isfunction(theirs) and parameters_of(theirs) == parameters_of(value):
                continue
            if look_up("NOT_FOR_USERS", f"{name}.{key}", key):
                continue
            self.function(key, value, name, "    ")
            if key == "forward" and "__call__" not in members and hasattr(cls, "train"):  # to call a module is to run forward
                self.function("__call__", value, name, "    ")
        if len(self.lines) == before:
            self.write("...", "    ")

    def attributes(self, name, cls, own):
        """Properties, what methods assign to self.x, and what ATTRIBUTES lists besides."""
        names = [part.__name__ for part in own]
        found = {key.split(".")[1] for key in TABLES["ATTRIBUTES"] if key.split(".")[0] in names}
        found |= set(getattr(cls, "_settings", ()))
        properties = {k: v for part in own for k, v in vars(part).items() if isinstance(v, property)}
        for part in own:
            found |= {
                node.attr for node in parsed(part)
                if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
                and isinstance(node.value, ast.Name) and node.value.id == "self"
            }
        arguments = inspect.signature(cls).parameters
        for key in sorted({x for x in found | set(properties) if not x.startswith("_")}):
            kind = look_up("ATTRIBUTES", *(f"{one}.{key}" for one in names), key)
            if not kind and key in arguments:
                text = self.parameter(arguments[key], name).split(": ", 1)[1].split(" = ")[0]
            elif kind:
                text = self.spelled(kind[0])
            else:
                text = "Any"
            given = properties.get(key)
            if given and given.fset is None:
                self.write("@property", "    ")
                self.write(f"def {key}(self) -> {text}:", "    ")
                self.docstring(given, "        ")
                if not given.__doc__:
                    self.lines[-1] += " ..."
            else:
                self.write(f"{key}: {text}", "    ")
                if given:
                    self.docstring(given, "    ")


def stubs():
    """{path: text} of all stubs."""
    homes = {}
    for name in MODULES:
        importlib.import_module(name)
        things = public(sys.modules[name])
        for key, thing in things.items():
            own = getattr(thing, "__name__", key)
            if callable(thing):
                homes.setdefault(id(thing), (name, own if own in things else key))
    return {stub.path: stub.text for stub in (Stub(name, homes) for name in MODULES)}


texts = stubs()
problems += [f"{table}: nothing needs {name}" for table, names in TABLES.items()
             for name in names if (table, name) not in needed]
stale = [path for path, text in texts.items()
         if not path.exists() or path.read_text(encoding="utf-8") != text]
for path in stale:
    print(f"{path.relative_to(ROOT)} is not up to date")
    if "--check" not in sys.argv:
        path.write_text(texts[path], encoding="utf-8")
print("\n".join(problems))
sys.exit(bool(problems or stale and "--check" in sys.argv))
