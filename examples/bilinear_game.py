"""Why GANs go in circles: min over x, max over y of f(x, y) = x y.

    python examples/bilinear_game.py

Each player follows the gradient of f with step 1, first y upward, then x downward:

    y <- y + df/dy = y + x          x <- x - df/dx = x - y

The solution is x = y = 0, where neither can gain anything. From (1, 1) they never get there:
after six steps they are back where they began. Each step is right for the player who takes it, but
together they turn around the solution. This is why the losses of a GAN can swing without falling.

Writes runs/bilinear_game/path.png.
"""

import common
import pictures

import tinygrad_cv as tg


def play(steps=6, step_size=1.0):
    """The path [(x, y), ...] of alternating gradient steps from (1, 1), the beginning included."""
    x, y = tg.tensor(1.0, requires_grad=True), tg.tensor(1.0, requires_grad=True)
    path = [(x.item(), y.item())]
    for _ in range(steps):
        (slope,) = tg.autograd.grad(x * y, [y])
        with tg.no_grad():
            y += step_size * slope
        (slope,) = tg.autograd.grad(x * y, [x])
        with tg.no_grad():
            x -= step_size * slope
        path.append((x.item(), y.item()))
    return path


def parse():
    parser = common.command(__doc__)
    parser.add_argument("--steps", type=int, default=6, help="steps of both players")
    parser.add_argument(
        "--step-size", type=float, default=1.0, help="smaller ones make a rounder circle"
    )
    parser.add_argument("--out", default="runs/bilinear_game", help="folder for the picture")
    return common.parse(parser)


def main(args):
    picture = common.folder(args.out, alone=False).path("path.png")
    path = play(args.steps, args.step_size)
    for name, values in zip("xy", zip(*path)):
        print(f"{name} = {', '.join(f'{value:g}' for value in values)}")
    pictures.save_path(path, picture)


if __name__ == "__main__":
    common.start(main, parse())
