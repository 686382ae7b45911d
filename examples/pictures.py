"""The pictures that the examples draw: grids of images, curves, a GIF of a training, and others."""

import contextlib
import importlib.util
import math
import os
import sys

from PIL import Image

import tinygrad_cv as tg
from tinygrad_cv.serialization.files import complete_file
from tinygrad_cv.utils import make_grid, save_image

FRAMES = 60  # the most in a GIF


def sample(generator, noise):
    """Images from noise, in eval mode and without recording.

    So batch norm uses its running statistics and leaves them as they are, and an image depends on
    its own noise only.
    """
    generator.eval()
    with tg.no_grad():
        images = tg.cat([generator(some) for some in noise.split(64)])
    generator.train()
    return images


def grid_of(images, nrow=8):
    """Images in [-1, 1] as one image in [0, 1]."""
    return make_grid(images, nrow=nrow, normalize=True, value_range=(-1, 1), pad_value=1.0)


def save_samples(images, path, nrow=8):
    """Images in [-1, 1] as a grid in a PNG file; returns the grid."""
    grid = grid_of(images, nrow)
    save_picture(grid, path)
    return grid


def save_picture(picture, path):
    """A picture (3, H, W) in [0, 1] as a PNG file."""
    with complete_file(path) as file:
        save_image(picture, file, format="png")


def viewer():
    """A function that shows a picture file here: in a notebook, or in a terminal, coarsely."""
    if "ipykernel" in sys.modules:
        from IPython import display

        return lambda path: display.display(display.Image(path))
    try:
        from rich.console import Console
        from rich_pixels import Pixels
    except ImportError:
        raise SystemExit('--preview needs rich-pixels: pip install -e ".[preview]"') from None

    def show(path):
        console, picture = Console(), Image.open(path).convert("RGB")
        picture.thumbnail((console.width, picture.height))
        console.print(Pixels.from_image(picture))

    return show


def save_side_by_side(real, fake, path):
    """Real images left, generated ones right."""
    side = math.isqrt(min(len(real), len(fake)))
    left, right = (grid_of(images[: side * side], side).cpu() for images in (real, fake))
    gap = tg.ones(len(left), left.shape[1], 16)
    save_picture(tg.cat([left, gap, right], dim=2), path)


def save_training_gif(names, path):
    """The picture files of a training as one moving picture, without those that can't be read."""
    frames, step = [], max(1, math.ceil(len(names) / FRAMES))
    for name in names[::-step][::-1]:  # with the last one
        with contextlib.suppress(Exception):  # missing, or damaged in one of many ways
            # Method 2, an octree, takes a fortieth of the time that the default (median cut) takes
            frames.append(Image.open(name).convert("RGB").quantize(method=2))
    first, *rest = [frame for frame in frames if frame.size == frames[-1].size] or [None]
    if first:
        times = [200] * len(rest) + [1000]  # ms
        with complete_file(path) as file:
            first.save(file, "GIF", save_all=True, append_images=rest, loop=0, duration=times)


def save_curves(history, panels, path, xlabel="step", keep=0.95):
    """The numbers of a run (one dict per step) as curves: thin as they are, and bold smoothed.

    `panels` is a list of (names, label of the axis, value of balance to draw as a line, or None).
    """
    figure = new_figure(5.5 * len(panels), 4)
    axes = figure.subplots(1, len(panels), squeeze=False)[0]
    for axis, (names, label, balance) in zip(axes, panels):
        for name in names:
            steps = [i for i, step in enumerate(history, 1) if name in step]
            values = [step[name] for step in history if name in step]
            (line,) = axis.plot(steps, values, alpha=0.25, linewidth=0.8)
            axis.plot(steps, smooth(values, keep), color=line.get_color(), label=name)
        if balance is not None:
            axis.axhline(balance, color="grey", linewidth=0.8, linestyle=":")
        axis.set_xlabel(xlabel)
        axis.set_ylabel(label)
        axis.legend()
    write(figure, path)


def save_titled(images, titles, path, ncol=10):
    """Images (N, C, H, W) in [-1, 1], each under its title."""
    nrow = max(1, math.ceil(len(titles) / ncol))
    figure = new_figure(1.1 * ncol, 1.4 * nrow)
    axes = figure.subplots(nrow, ncol, squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    for axis, image, title in zip(axes.flat, images, titles):
        axis.imshow(grid_of(image).cpu().numpy().transpose(1, 2, 0))
        axis.set_title(title, fontsize=8)
    write(figure, path)


def save_points(clouds, path):
    """Clouds of points (N, 2) by name, in one plane."""
    figure = new_figure(5, 4.5)
    axis = figure.subplots()
    for name, points in clouds.items():
        axis.scatter(*points.T.tolist(), s=10, label=name)
    axis.legend()
    write(figure, path)


def save_path(path, name):
    """A path [(x, y), ...] in the plane, its steps numbered."""
    figure = new_figure(4.5, 4.5)
    axis = figure.subplots()
    axis.plot(*zip(*path), marker="o")
    for step, place in enumerate(path):
        axis.annotate(str(step), place, textcoords="offset points", xytext=(6, 6))
    axis.plot(0, 0, marker="x", color="black")
    axis.set(xlabel="x", ylabel="y", aspect="equal")
    write(figure, name)


def save_guesses(images, probabilities, names, path, columns=7, most=3):
    """Pillow images, and under each its likeliest classes; `probabilities` is (N, classes)."""
    rows = math.ceil(len(images) / columns)
    figure = new_figure(2.4 * columns, 2.9 * rows)
    axes = figure.subplots(rows, columns, squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    for axis, image, row in zip(axes.flat, images, probabilities.tolist()):
        axis.imshow(image)
        likeliest = sorted(zip(row, names), reverse=True)[:most]
        text = "\n".join(f"{p:4.0%} {name.replace('_', ' ')}" for p, name in likeliest)
        axis.text(0, -0.03, text, transform=axis.transAxes, va="top", fontsize=7)
    write(figure, path)


def smooth(values, keep):
    """A running average that starts without bias."""
    total, weight, out = 0.0, 0.0, []
    for value in values:
        total, weight = keep * total + (1 - keep) * value, keep * weight + (1 - keep)
        out.append(total / weight)
    return out


def new_figure(width, height):
    """An empty figure, in inches. It is drawn into a file: no window, and no notebook's backend."""
    backend, _, module = os.environ.get("MPLBACKEND", "").partition("://")
    if backend == "module" and not importlib.util.find_spec(module.partition(".")[0]):
        del os.environ["MPLBACKEND"]  # a notebook gave it on to `!python`, which doesn't have it
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height))


def write(figure, path):
    figure.tight_layout()
    with complete_file(path) as file:
        figure.savefig(file, format="png", dpi=100)
