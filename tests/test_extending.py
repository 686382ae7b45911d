"""The last section of docs/extending.md: each recipe becomes a part of a copy of the library."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
SECTION = re.compile(r"^## (?:A|An) \w+$(.*?)(?=^## )", re.DOTALL | re.MULTILINE)
PYTHON = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
FILES = re.compile(r"^((\w+)/(\w+)\.py) +((?:from|import) .+\n(?: +.+\n)*)", re.MULTILINE)
IMAGES = "images, _ = next(iter(tg.data.DataLoader(tg.data.Stripes(10), batch_size=8)))\n"


def add(path, text, after=""):
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    before, after, rest = old.partition(after) if after else (old, "", "")
    path.write_text(before + after + text + rest, encoding="utf-8")


def test_each_recipe_becomes_a_part_of_the_library(tmp_path):
    for folder in "tinygrad_cv", "tests", "docs":
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("*.png"))
    shutil.copy(ROOT / "setup.cfg", tmp_path)
    files, recipes = FILES.findall(PAGE), map(PYTHON.findall, SECTION.findall(PAGE))
    for (path, folder, module, imports), (code, *checks) in zip(files, recipes, strict=True):
        code, imports = code[code.index("class "):], re.sub("(?m)^ +", "", imports)
        name = re.match(r"class (\w+)", code)[1]
        for known in re.findall(r"\w+", " ".join(re.findall(r"import (.+)", imports))):
            code = re.sub(rf"\b(?:tg\.)?(?:\w+\.)?{known}\b", known, code)
        add(tmp_path / "tinygrad_cv" / path, f'"""{name}."""\n\n{imports}\n\n{code}')
        add(tmp_path / "tinygrad_cv" / folder / "__init__.py", f"from .{module} import {name}\n")
        add(tmp_path / "docs" / "from_pytorch.md", f"\n`{name}`\n")
        if folder in ("data", "models"):
            head = f"import tinygrad_cv as tg\nfrom tinygrad_cv.{folder} import {name}\n"
            body = re.sub("(?m)^(?=.)", "    ", IMAGES * (folder == "models") + "".join(checks))
            add(tmp_path / f"tests/{folder}/test_{module}.py", f"{head}def test_it():\n{body}")
    rows = re.search(r"the row of the tests is `(.+?)`, for Adagrad `(.+?)`", PAGE)
    add(tmp_path / "tests/nn/test_layers.py", f"    {rows[1]}\n", after='LAYERS = """\n')
    add(tmp_path / "tests/optim/test_optim.py", f"    {rows[2]},\n", after="OPTIONS = [\n")
    chosen = "RMSNorm or rms_norm or Adagrad or stripes or autoencoder or circles or everything"
    tests = "nn/layers optim/optim data/stripes models/autoencoder architecture docs".split()
    tests = ["tests/" + re.sub(r"(\w+)$", r"test_\1.py", name) for name in tests]
    run = [sys.executable, "-m", "pytest", "-vv", "-k", chosen, *tests]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    for found in "RMSNorm", "Adagrad", "test_stripes", "test_autoencoder", "lists_everything":
        assert found in done.stdout
