"""The small pictures of the README's table of systems, cut from what the examples write.

    python examples/bilinear_game.py
    python examples/gaussian_gan.py
    python examples/mnist_gan.py --model dc --count 12000
    python examples/wgan_gp.py --count 8000
    python examples/mnist_classifier.py
    python examples/dog_breeds.py
    python examples/dcgan.py --data digits --epochs 6 --out runs/dcgan_digits
    python docs/figures/systems.py runs
"""

import sys
from pathlib import Path

from PIL import Image

DOCS, SIZE = Path(__file__).resolve().parents[1], 150
PICTURES = {  # the name here: the folder below runs/, the file, the part to cut out
    "bilinear_game": ("bilinear_game", "path.png", None),
    "gaussian_gan": ("gaussian_gan", "points.png", None),
    "mnist_gan": ("mnist_gan/vanilla_dc", "real_and_generated.png", (510, 34, 746, 270)),
    "wgan_gp": ("wgan_gp/mlp", "real_and_generated.png", (510, 34, 746, 270)),
    "mnist_classifier": ("mnist_classifier", "wrong.png", (10, 10, 330, 260)),
    "dog_breeds": ("dog_breeds", "predictions.png", (10, 5, 245, 295)),
    "dcgan_digits": ("dcgan_digits", "epoch_006.png", (0, 0, 266, 266)),
}

for name, (folder, file, box) in PICTURES.items():
    with Image.open(Path(sys.argv[1]) / folder / file) as picture:
        part = picture.convert("RGB").crop(box)
    part.thumbnail((SIZE, SIZE), Image.Resampling.LANCZOS)
    part.quantize(32).save(DOCS / f"system_{name}.png", optimize=True)
