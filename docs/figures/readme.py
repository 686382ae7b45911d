"""The pictures that the README opens with, from the default run of examples/dcgan.py.

    python examples/dcgan.py
    python docs/figures/readme.py runs/dcgan

Writes docs/creatures.png, 32 images after the last epoch, and docs/training.gif, the same 32 after
each epoch. Few colours keep the files small.
"""

import argparse
from pathlib import Path

from PIL import Image

DOCS = Path(__file__).parents[1]


def upper_half(path):
    """The upper half of a picture of 64 images."""
    with Image.open(path) as grid:
        return grid.convert("RGB").crop((0, 0, grid.width, grid.height // 2))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path, help="the folder of the run")
    frames = [upper_half(path) for path in sorted(parser.parse_args().run.glob("epoch_*.png"))]
    palette = frames[-1].quantize(128, Image.Quantize.MAXCOVERAGE)
    first, *rest = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    frames[-1].quantize(192).save(DOCS / "creatures.png", optimize=True)
    times = [400] * len(rest) + [3000]
    first.save(DOCS / "training.gif", save_all=True, append_images=rest, loop=0, duration=times)


if __name__ == "__main__":
    main()
