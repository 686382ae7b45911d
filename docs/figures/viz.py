"""docs/viz_activations.png: what a network that reads digits makes of one of them.

    python docs/figures/viz.py      about half a minute
"""

import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1]
sys.path.append(str(DOCS.parent / "examples"))

from images import digit_tensors  # noqa: E402  (examples/)
from mnist_classifier import Classifier  # noqa: E402

import tinygrad_cv as tg  # noqa: E402

tg.manual_seed(0)
images, targets = digit_tensors("digits", count=5000)
net = Classifier()
optimizer = tg.optim.Adam(net.parameters(), lr=1e-3)
for x, y in tg.data.DataLoader(tg.data.TensorDataset(images, targets), 100, shuffle=True):
    optimizer.zero_grad()
    tg.nn.functional.cross_entropy(net(x), y).backward()
    optimizer.step()
picture = tg.viz.activations(net, images[:1]).convert("RGB").quantize(64)  # a smaller file
picture.save(DOCS / "viz_activations.png", optimize=True)
