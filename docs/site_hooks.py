"""What mkdocs.yml adds to these pages: formulas as MathML, and a reference from the docstrings.

Browsers draw MathML themselves: no script and no font is needed, on the site or from elsewhere.
"""

import re
from pathlib import Path

import griffe
from latex2mathml.converter import convert
from mkdocs.structure.files import File

PACKAGE = Path(__file__).resolve().parent.parent / "tinygrad_cv"
FORMULA = re.compile(r"^```math\n(.*?)^```$", re.DOTALL | re.MULTILINE)
WIDE = '<div style="overflow-x: auto; margin: 1em 0">{}</div>'  # narrow screens scroll a formula
SOURCE_LINK = re.compile(r"\[([^\]]*)\]\(\.\./[^)]*\)")  # into the repository
DOCTEST = re.compile(r"^>>> .*?(?=\n\n|\Z)", re.DOTALL | re.MULTILINE)
INDICES = re.compile(r"^(?! {4}|>>>|[^\n]*`).*\]\[.*$", re.MULTILINE)  # in text, not in code


def on_files(files, config):
    """One page of the reference for each folder of the package."""
    folders = [path.parent for path in PACKAGE.glob("*/__init__.py") if path.parent.name != "fast"]
    pages = []
    for folder in [PACKAGE, *sorted(folders)]:
        names = [".".join(p.relative_to(PACKAGE.parent).with_suffix("").parts)
                 for p in sorted(folder.glob("*.py")) if not p.name.startswith("_")]
        title = ".".join(folder.relative_to(PACKAGE.parent).parts)
        text = f"# {title}\n\n" + "\n\n".join(f"::: {name}" for name in names)
        pages.append(f"reference/{title.removeprefix('tinygrad_cv.')}.md")
        files.append(File.generated(config, pages[-1], content=text))
    config.nav.append({"Reference": pages})
    return files


def on_page_markdown(markdown, **_):
    """Formulas as MathML; links into the repository, which the site has not, as plain names."""

    def drawn(match):
        return WIDE.format(convert(match[1].strip(), display="block"))

    markdown = FORMULA.sub(drawn, markdown)
    return SOURCE_LINK.sub(r"\1", markdown)


class Docstrings(griffe.Extension):
    """Examples in docstrings become blocks of code, and x[i][j] in their text is no link."""

    def on_instance(self, *, obj, **_):
        if obj.docstring:
            text = INDICES.sub(lambda line: line[0].replace("][", "]\\["), obj.docstring.value)
            obj.docstring.value = DOCTEST.sub(r"```pycon\n\g<0>\n```", text)
