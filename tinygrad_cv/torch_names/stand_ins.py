"""What PyTorch has and this library has not, and what to write instead: the rows of stand_ins.md,
with which docs/from_pytorch.md ends. `torch.einsum` raises an AttributeError with its rows.
"""

import os
import re

with open(f"{os.path.dirname(__file__)}/stand_ins.md", encoding="utf-8") as file:
    ROWS = re.findall(r"^\| (?!PyTorch|---)(.+) \| (.+) \|$", file.read(), re.MULTILINE)


def instead(name):
    """The message for a name that is missing, such as "torch.nn.functional.conv1d"."""
    module, _, last = name.rpartition(".")
    for sought in rf"{re.escape(name)}\b", rf"\b{last}\b", rf"{re.escape(module)}(?![.\w])":
        rows = [f"instead of {row[0]}: {row[1]}" for row in ROWS if re.search(sought, row[0])]
        if rows:
            return f"tinygrad_cv has no {name}; " + "; ".join(rows[:3])
    return f"tinygrad_cv has no {name}; docs/from_pytorch.md lists what there is"
