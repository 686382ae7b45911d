"""The numbers and pictures of docs/dcgan.md: from the course's recipe to the default of dcgan.py.

    python docs/figures/dcgan_lesson.py                          # 32x32, 6 minutes
    python docs/figures/dcgan_lesson.py --image-size 64 --epochs 20 --out runs/long     # 40 minutes

Each step is a run of examples/dcgan.py with the options of all steps before it, in a folder of
its own under --out; a step that is already there is not repeated. Prints the table, and writes the
first 32 images of each step to docs/figures/.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from PIL import Image

import tinygrad_cv as tg

ROOT = Path(__file__).parents[2]
# The course's recipe, at the default's size and with the paper's rate, which is for small batches
COURSE = "--recipe course --features 24 --batch-size 16 --lr 2e-4 --lr-d 2e-4".split()
STEPS = [
    ("course", "the course's recipe", []),
    ("average", "the average of G's weights", ["--average", "0.995"]),
    ("spectral", "spectral norm in D", ["--spectral"]),
    ("rates", "higher rates: 1e-3 for G, 2e-3 for D", ["--lr", "1e-3", "--lr-d", "2e-3"]),
    ("beta1", "beta1 = 0", ["--beta1", "0"]),
    ("noise", "noise on what D sees", ["--noise-d", "0.2"]),
    ("spread", "the batch's spread", ["--spread"]),
    ("decay", "sinking rates", ["--decay"]),
]


def train(options, out):
    """A run of examples/dcgan.py, if `out` has no finished one; the numbers of its last step."""
    if not (out / "done").exists():
        command = [sys.executable, ROOT / "examples" / "dcgan.py", *options, "--out", out]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        subprocess.run([*map(str, command)], check=True, env=environment)
        (out / "done").touch()
    return tg.load(out / "checkpoint.npz")["history"]


def crop(picture, path, width=548):
    """The upper half of a grid of 64 images, enlarged to `width`, in 128 colours."""
    grid = Image.open(picture).convert("RGB")
    grid = grid.crop((0, 0, grid.width, grid.height // 2))
    times = max(1, width // grid.width)
    grid = grid.resize((times * grid.width, times * grid.height), Image.Resampling.NEAREST)
    grid.quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)


def row(title, history, window=100):
    """The score after the last epoch, and what D said on average in the last steps."""
    score, last = history[-1], history[-window:]
    real, fake = (sum(step[name] for step in last) / len(last) for name in ("D(x)", "D(G(z))"))
    return (f"| {title} | {score['conv']:.3f} | {score['pixels']:.3f} | {score['twins']:.0%} "
            f"| {score['sharp']:.2f} | {real:.2f} | {fake:.2f} |")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--epochs", type=int, default=6, help="of each step (default 6)")
    parser.add_argument("--seed", type=int, default=0, help="of each step (default 0)")
    parser.add_argument("--image-size", type=int, default=32, help="of each step (default 32)")
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "lesson", help="folder")
    args = parser.parse_args()
    options, rows = list(COURSE), []
    for name in ("epochs", "seed", "image_size"):
        options += [f"--{name.replace('_', '-')}", str(getattr(args, name))]
    for name, title, more in STEPS:
        options += more
        history = train(options, args.out / name)
        pictures = sorted((args.out / name).glob("epoch_*.png"))
        crop(pictures[-1], ROOT / "docs" / "figures" / f"dcgan_{name}.png")
        rows.append(row(title, history))
    print("| step | conv | pixels | twins | sharp | D(x) | D(G(z)) |", "| --- " * 7 + "|", sep="\n")
    print(*rows, sep="\n")


if __name__ == "__main__":
    main()
