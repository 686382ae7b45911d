"""What mkdocs.yml adds to these pages: drawn formulas, and a reference from the docstrings."""

import re
import sys
from pathlib import Path

import griffe
from mkdocs.structure.files import File

sys.path.insert(0, str(Path(__file__).parent))
import formulas  # noqa: E402

PACKAGE = Path(__file__).resolve().parent.parent / "tinygrad_cv"
FORMULA = re.compile(r"^```formula\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SOURCE_LINK = re.compile(r"\[([^\]]*)\]\(\.\./[^)]*\)")  # into the repository
DOCTEST = re.compile(r"^>>> .*?(?=\n\n|\Z)", re.DOTALL | re.MULTILINE)
ONE_LINE = re.compile(r"^class (\w+)\(\w+, \w+=", re.MULTILINE)  # class ELU(Layer, function=F.elu)
INDICES = re.compile(r"^(?! {4}|>>>|[^\n]*`).*\]\[.*$", re.MULTILINE)  # in text, not in code


def on_files(files, config):
    """One page of the reference for each folder of the package."""
    folders = [path.parent for path in PACKAGE.glob("*/__init__.py") if path.parent.name != "fast"]
    pages = []
    for folder in [PACKAGE, *sorted(folders)]:
        names = []
        for path in sorted(folder.glob("*.py")):
            if not path.name.startswith("_"):
                names.append(".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts))
                layers = ONE_LINE.findall(path.read_text(encoding="utf-8"))
                names += [f"tinygrad_cv.nn.{layer}" for layer in layers]
        names = ["tinygrad_cv.Tensor" if n == "tinygrad_cv.tensor" else n for n in names]
        title = ".".join(folder.relative_to(PACKAGE.parent).parts)
        text = f"# {title}\n\n" + "\n\n".join(f"::: {name}" for name in names)
        pages.append(f"reference/{title.removeprefix('tinygrad_cv.')}.md")
        files.append(File.generated(config, pages[-1], content=text))
    config.nav.append({"Reference": pages})
    return files


def on_page_markdown(markdown, **_):
    """Formulas as MathML; links into the repository, which the site has not, as plain names."""
    markdown = FORMULA.sub(lambda match: formulas.draw(match[1]), markdown)
    return SOURCE_LINK.sub(r"\1", markdown)


class Docstrings(griffe.Extension):
    """Examples in docstrings become blocks of code, and x[i][j] in their text is no link."""

    def on_instance(self, *, obj, **_):
        if obj.docstring:
            text = INDICES.sub(lambda line: line[0].replace("][", "]\\["), obj.docstring.value)
            obj.docstring.value = DOCTEST.sub(r"```pycon\n\g<0>\n```", text)

    def on_package(self, *, pkg, **_):
        """Tensor with all its methods: tensor.py takes them from a list, so the stub has them."""
        file = pkg.filepath.with_suffix(".pyi")
        known = griffe.Extensions(self)
        stub = griffe.visit(pkg.path, file, file.read_text(encoding="utf-8"), extensions=known)
        pkg.set_member("Tensor", stub.members["Tensor"])
