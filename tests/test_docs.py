"""The documentation is true: its code runs, its links lead somewhere, its names exist."""

import ast
import builtins
import doctest
import keyword
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest

import tinygrad_cv as tg
from tinygrad_cv.tensor import Tensor

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "tinygrad_cv"
DOCS = sorted((ROOT / "docs").glob("*.md"))
PICTURES = sorted((ROOT / "docs").glob("*.svg"))
EXERCISES = sorted((ROOT / "exercises").glob("**/README.md"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS, *EXERCISES]
FROM_PYTORCH = ROOT / "docs" / "from_pytorch.md"

FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]+)\)")
INLINE = re.compile(r"`([^`\n]+)`")
# A file, or a folder with its last slash
PATH = re.compile(r"[\w.-]+(/[\w.-]+)*(/|\.(py|md|svg|cfg|toml))")
WRITTEN_BY_EXAMPLES = "runs/"
SHELL = "pip ", "python ", "pytest "
ROW = re.compile(r"^\| `([^`]+)` \| `([^`]+)` \|$", re.MULTILINE)  # PyTorch's code, and ours
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
names_fast = pytest.mark.skipif(not (PACKAGE / "fast").is_dir(), reason="pages name files of fast/")


def text_of(page):
    return page.read_text(encoding="utf-8")


def prose_of(page):
    """A page without its blocks of code."""
    return FENCED.sub("", text_of(page))


def run(page, namespace):
    """Run a page's Python from top to bottom. Tracebacks and doctest's reports show its lines."""
    text = text_of(page)
    for block in FENCED.finditer(text):
        language, source = block.groups()
        needs_fast = "tinygrad_cv.fast" in source and "tinygrad_cv.fast" not in sys.modules
        if language != "python" or needs_fast:  # importing fast/ would switch it on
            continue
        if "tinygrad_cv.torch_names" in source:  # there `import torch` gives the library
            subprocess.run([sys.executable, "-c", source], check=True)
            continue
        lines_before = text.count("\n", 0, block.start(2))
        if source.lstrip().startswith(">>>"):
            parser, place = doctest.DocTestParser(), (page.name, str(page), lines_before)
            test = parser.get_doctest(source, namespace, *place)
            report = []
            doctest.DocTestRunner(verbose=False).run(test, out=report.append, clear_globs=False)
            assert not report, "".join(report)
            namespace.update(test.globs)
        else:
            exec(compile("\n" * lines_before + source, str(page), "exec"), namespace)


@every_page
def test_the_code_runs(page):
    run(page, {"__name__": page.stem})


def test_a_false_page_is_noticed(tmp_path):
    page = tmp_path / "page.md"
    for first, second in (
        ("x = 1", "assert x == 2"), (">>> x = 1", ">>> x + 1\n3"), ("x = 1", ">>> x\n2")
    ):
        blocks = ("python", first), ("sh", "not python"), ("python", second)
        page.write_text("\n".join(f"```{language}\n{code}\n```\n" for language, code in blocks))
        with pytest.raises(AssertionError):
            run(page, {})


def numbers(result):
    """A tensor, of PyTorch's or ours, or a tuple of them, as a list of arrays."""
    results = result if isinstance(result, tuple) else (result,)
    return [np.asarray(x.detach().cpu() if hasattr(x, "detach") else x) for x in results]


@pytest.mark.parity
def test_what_stands_in_for_a_function_of_pytorch_gives_its_numbers():
    """Each row of the table: the left side with PyTorch, the right side with this library."""
    torch, here = pytest.importorskip("torch"), {}
    run(FROM_PYTORCH, here)
    there = {k: torch.from_numpy(*numbers(x)) for k, x in here.items() if isinstance(x, Tensor)}
    there = {**here, **there, "torch": torch, "F": torch.nn.functional}
    rows = ROW.findall(text_of(FROM_PYTORCH))
    assert len(rows) > 40
    for theirs, ours in rows:
        expected, found = numbers(eval(theirs, there)), numbers(eval(ours, here))
        for a, b in zip(expected, found, strict=True):
            np.testing.assert_allclose(b, a, rtol=2e-5, atol=2e-6, err_msg=ours)
            assert a.shape == b.shape and a.dtype == b.dtype, ours


def test_the_tables_are_those_that_errors_show():
    tables = text_of(PACKAGE / "torch_names" / "stand_ins.md")
    assert text_of(FROM_PYTORCH).endswith(tables), "copy stand_ins.md to the end of the page"


def test_the_page_for_pytorch_s_users_lists_everything():
    words = set(re.findall(r"\w+", text_of(FROM_PYTORCH)))
    hidden = {"__version__", "functional", "init", "cuda", "missing"}
    for path in "__init__", "nn/__init__", "nn/functional", "optim/__init__", "data/__init__":
        tree = ast.parse(text_of(PACKAGE / f"{path}.py"))
        imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
        names = {alias.asname or alias.name for node in imports for alias in node.names}
        assert names <= words | hidden, f"{path}: {sorted(names - words - hidden)} are not listed"


def anchors(page):
    """The names under which GitHub links to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", prose_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@names_fast
@every_page
def test_links_lead_somewhere(page):
    for text, target in LINK.findall(prose_of(page)):
        if re.match(r"\w+:", target):  # another site
            continue
        path, _, anchor = target.partition("#")
        there = page.parent / path if path else page
        assert there.exists(), f"{page.name} links to {target}"
        assert not anchor or anchor in anchors(there), f"{page.name}: no heading {target}"
        named = INLINE.fullmatch(text)
        if named and PATH.fullmatch(named[1]):
            same = path.rstrip("/").endswith(named[1].rstrip("/"))
            assert same, f"{page.name}: {text} links to {path}"


@names_fast
@every_page
def test_files_that_are_named_exist(page):
    """`ops/conv.py` may be short for `tinygrad_cv/ops/conv.py`."""
    for code in INLINE.findall(LINK.sub("", prose_of(page))):
        if PATH.fullmatch(code) and not code.startswith(WRITTEN_BY_EXAMPLES):
            places = page.parent, ROOT, PACKAGE
            assert any((place / code).exists() for place in places), f"{page.name} names {code}"


def names_in(source):
    """Every name that Python code defines or uses, and the environment variables that it reads."""
    for node in ast.walk(ast.parse(source)):
        for field in ("id", "attr", "arg", "name", "module", "value"):
            value = getattr(node, field, None)
            if isinstance(value, str) and (field != "value" or re.fullmatch("[A-Z_]+", value)):
                yield from value.split(".")


@pytest.fixture(scope="module")
def known():
    """The names of the library, its examples and exercises, and Python's own."""
    others = [path for name in ("examples", "exercises") for path in (ROOT / name).rglob("*.py")]
    sources = [*PACKAGE.rglob("*.py"), *others]
    nodes = {name.capitalize() for name in dir(tg)}  # Exp is the node that exp makes
    names = {name for path in sources for name in names_in(text_of(path))}
    return names | nodes | {*dir(builtins), *keyword.kwlist}


def unknown_names(code, known):
    names = re.findall(r"[A-Za-z_]\w+", re.sub(PATH, "", code))
    return [name for name in names if name not in known]


@names_fast
@pytest.mark.parametrize("page", [*DOCS, *EXERCISES], ids=lambda page: str(page.relative_to(ROOT)))
def test_names_in_the_text_exist(page, known):
    """A function that was renamed must be renamed where the text speaks of it."""
    blocks = re.findall(r"^```python\n([^>].*?)^```", text_of(page), re.DOTALL | re.MULTILINE)
    here = {name for source in blocks for name in names_in(source)}
    for code in INLINE.findall(ROW.sub("", prose_of(page))):
        if not code.startswith(SHELL):
            assert not unknown_names(code, known | here), f"{page.name} speaks of `{code}`"


@names_fast
@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_pictures_stand_alone_and_name_what_exists(picture, known):
    svg = "{http://www.w3.org/2000/svg}"
    tree = ElementTree.parse(picture).getroot()
    assert tree.tag == svg + "svg" and tree.get("viewBox") and tree.find(svg + "title") is not None
    outside = re.search(r"@import|@font-face|href|url\((?!#)", text_of(picture))
    assert not outside, "it must need nothing from outside"
    for text in tree.iter(svg + "text"):
        if "code" in (text.get("class") or "").split():
            code = "".join(text.itertext())
            assert not unknown_names(code, known), f"{picture.name} shows {code}"


READING = (ROOT / "docs" / "reading.md").read_text(encoding="utf-8")
QUESTIONS = re.findall(r"^\| (.+\?) \| `(.+)` \| `(.+)` \| [-\d, ]+ \|$", READING, re.MULTILINE)


def definitions(tree, prefix=""):
    """The qualified names that a module's source defines or imports, and `__doc__`."""
    yield prefix + "__doc__"
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield prefix + node.name
            if isinstance(node, ast.ClassDef):
                yield from definitions(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.Assign):
            names = (target.id for target in node.targets if isinstance(target, ast.Name))
            yield from (prefix + name for name in names)
        elif isinstance(node, ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node.names)


@pytest.mark.parametrize("question, file, names", QUESTIONS)
def test_the_reading_guide_leads_to_definitions(question, file, names):
    missing = {*names.split("`, `")} - {*definitions(ast.parse(text_of(PACKAGE / file)))}
    assert not missing, f"{question} {file} has no {missing}"
