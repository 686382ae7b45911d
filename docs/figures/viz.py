"""The pictures of docs/viz.md: the graphs that its code draws, and what a network makes of a digit.

    python docs/figures/viz.py      about half a minute; needs Graphviz
"""

import io
import re
import sys
from pathlib import Path

from PIL import Image

DOCS = Path(__file__).resolve().parents[1]
sys.path.append(str(DOCS.parent / "examples"))

from images import digit_tensors  # noqa: E402  (examples/)
from mnist_classifier import Classifier  # noqa: E402

import tinygrad_cv as tg  # noqa: E402


def save(picture, name):
    picture.convert("RGB").quantize(64).save(DOCS / name, optimize=True)  # a smaller file


page, names = (DOCS / "viz.md").read_text(encoding="utf-8"), {}
graphs = iter(["viz_graph.png", "viz_generator.png"])
for code in re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE):
    exec(code, names)
    if "graph = " in code:
        save(Image.open(io.BytesIO(names["graph"].render("png"))), next(graphs))

tg.manual_seed(0)
images, targets = digit_tensors("digits", count=5000)
net = Classifier()
optimizer = tg.optim.Adam(net.parameters(), lr=1e-3)
for x, y in tg.data.DataLoader(tg.data.TensorDataset(images, targets), 100, shuffle=True):
    optimizer.zero_grad()
    tg.nn.functional.cross_entropy(net(x), y).backward()
    optimizer.step()
save(tg.viz.activations(net, images[:1]), "viz_activations.png")
