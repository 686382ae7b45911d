"""The documentation is true: its code runs, its links lead somewhere, the names that it uses exist."""

import ast
import builtins
import doctest
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCS = sorted((ROOT / "docs").glob("*.md"))
PICTURES = sorted((ROOT / "docs").glob("*.svg"))
PAGES = [ROOT / "README.md", *DOCS]

FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]+)\)")
INLINE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"[\w.-]+(/[\w.-]+)*(/|\.(py|md|svg|cfg|toml))")  # a file, or a folder by its last slash
WRITTEN_BY_EXAMPLES = "runs/"
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def text_of(page):
    return page.read_text(encoding="utf-8")


def prose_of(page):
    """A page without its blocks of code."""
    return FENCED.sub("", text_of(page))


def run(page, namespace):
    """Run a page's Python from top to bottom. Tracebacks, and doctest's reports, show its own lines."""
    text = text_of(page)
    for block in FENCED.finditer(text):
        language, source = block.groups()
        if language != "python":
            continue
        lines_before = text.count("\n", 0, block.start(2))
        if source.lstrip().startswith(">>>"):
            test = doctest.DocTestParser().get_doctest(source, namespace, page.name, str(page), lines_before)
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
    for first, second in ("x = 1", "assert x == 2"), (">>> x = 1", ">>> x + 1\n3"), ("x = 1", ">>> x\n2"):
        page.write_text(f"```python\n{first}\n```\n\n```sh\nnot python\n```\n\n```python\n{second}\n```\n")
        with pytest.raises(AssertionError):
            run(page, {})


def anchors(page):
    """The names under which GitHub links to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", prose_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


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
            assert path.rstrip("/").endswith(named[1].rstrip("/")), f"{page.name}: {text} links to {path}"


@every_page
def test_files_that_are_named_exist(page):
    """`ops/conv.py` may be short for `tinygrad_cv/ops/conv.py`."""
    for code in INLINE.findall(LINK.sub("", prose_of(page))):
        if PATH.fullmatch(code) and not code.startswith(WRITTEN_BY_EXAMPLES):
            places = page.parent, ROOT, ROOT / "tinygrad_cv"
            assert any((place / code).exists() for place in places), f"{page.name} names {code}"


def names_in(source):
    """Every name that Python code defines or uses."""
    for node in ast.walk(ast.parse(source)):
        for field in ("id", "attr", "arg", "name"):
            value = getattr(node, field, None)
            if isinstance(value, str):
                yield from value.split(".")


@pytest.fixture(scope="module")
def known():
    """The names of the library and its examples, and Python's own."""
    sources = [*(ROOT / "tinygrad_cv").rglob("*.py"), *(ROOT / "examples").glob("*.py")]
    return {name for path in sources for name in names_in(text_of(path))} | set(dir(builtins))


def unknown_names(code, known):
    return [name for name in re.findall(r"[A-Za-z_]\w+", re.sub(PATH, "", code)) if name not in known]


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_names_in_the_text_exist(page, known):
    """A function that was renamed must be renamed where the text speaks of it."""
    blocks = [source for language, source in FENCED.findall(text_of(page)) if language == "python"]
    here = {name for source in blocks for name in names_in(source)}
    for code in INLINE.findall(prose_of(page)):
        assert not unknown_names(code, known | here), f"{page.name} speaks of `{code}`"


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_pictures_stand_alone_and_name_what_exists(picture, known):
    svg = "{http://www.w3.org/2000/svg}"
    tree = ElementTree.parse(picture).getroot()
    assert tree.tag == svg + "svg" and tree.get("viewBox") and tree.find(svg + "title") is not None
    assert not re.search(r"@import|@font-face|href|url\((?!#)", text_of(picture)), "it must need nothing from outside"
    for text in tree.iter(svg + "text"):
        if "code" in (text.get("class") or "").split():
            code = "".join(text.itertext())
            assert not unknown_names(code, known), f"{picture.name} shows {code}"
