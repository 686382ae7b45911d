"""What the examples share: their arguments, their data, their pictures, their checkpoints."""

import argparse
import contextlib
import math
import os
import signal

import tinygrad_cv as tg  # before NumPy: see backend/__init__.py
import matplotlib

matplotlib.use("Agg")  # pictures go to files; no window is needed
import matplotlib.pyplot as plt
from PIL import Image
from tqdm import tqdm

from tinygrad_cv.data import ImageFolder, Sprites, pokemon, transforms
from tinygrad_cv.utils import make_grid, save_gif, save_image


def arguments(description, epilog, **defaults):
    """The command line that the image examples have in common, as an ArgumentParser to add to."""
    parser = argparse.ArgumentParser(
        description=description, epilog=epilog, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--epochs", type=int, default=defaults["epochs"], help="passes over the data (default %(default)s)")
    add("--batch-size", type=int, default=defaults["batch_size"], help="images a step (default %(default)s)")
    add("--lr", type=float, default=defaults["lr"], help="G's learning rate for Adam (default %(default)s)")
    add("--seed", type=int, default=0, help="the same seed gives the same run (default %(default)s)")
    add("--device", default="cuda" if tg.cuda.is_available() else "cpu", help="cpu or cuda (default %(default)s)")
    add("--workers", type=int, default=1, help="threads that load images ahead (default %(default)s)")
    add("--out", default=defaults["out"], help="folder for pictures and checkpoint (default %(default)s)")
    add("--resume", action="store_true", help="go on from the checkpoint in --out")
    add("--dry-run", action="store_true", help="two steps only, to see that everything works")
    return parser


@contextlib.contextmanager
def told_in_a_line(what):
    """An error that the user can mend (a wrong file, a wrong size) ends the program without a traceback."""
    try:
        yield
    except (OSError, ValueError, RuntimeError) as error:
        raise SystemExit(f"{what}: {error}") from None


def image_data(name, size, count):
    """The data that `--data` names, as images (3, size, size) in [-1, 1]."""
    to_tensor = [transforms.ToTensor(), transforms.Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))]
    square = transforms.Compose([transforms.Resize((size, size)), *to_tensor])
    if name == "sprites":
        return Sprites(count, size, seed=0, transform=transforms.Compose(to_tensor))
    if name != "pokemon" and not os.path.exists(name):
        raise SystemExit(f"--data {name}: no such folder or zip; give one, or 'sprites' or 'pokemon'")
    with told_in_a_line(f"--data {name}"):
        return ImageFolder(pokemon() if name == "pokemon" else name, square, cache=True, skip_corrupt=True)


def save_samples(images, path, nrow=8):
    """Images in [-1, 1] as a grid in a PNG file; returns the grid."""
    grid = make_grid(images, nrow=nrow, normalize=True, value_range=(-1, 1), pad_value=1.0)
    save_image(grid, path)
    return grid


def save_side_by_side(real, fake, path):
    """Real images left, generated ones right."""
    figure, axes = plt.subplots(1, 2, figsize=(10, 5.4))
    side = math.isqrt(min(len(real), len(fake)))
    for axis, images, title in zip(axes, (real, fake), ("real", "generated")):
        grid = make_grid(images[: side * side], nrow=side, normalize=True, value_range=(-1, 1), pad_value=1.0)
        axis.imshow(grid.cpu().numpy().transpose(1, 2, 0))
        axis.set_title(title)
        axis.axis("off")
    figure.tight_layout()
    figure.savefig(path, dpi=100)
    plt.close(figure)


def save_curves(history, path):
    """Two panels: the losses, and what the discriminator believes, step by step and smoothed."""
    figure, axes = plt.subplots(1, 2, figsize=(11, 4))
    panels = ("loss_D", "loss_G"), ("D(x)", "D(G(z))")
    for axis, names, (ylabel, balance) in zip(axes, panels, (("loss", math.log(2)), ("probability of real", 0.5))):
        for name in names:
            values = [step[name] for step in history]
            (line,) = axis.plot(values, alpha=0.25, linewidth=0.8)
            axis.plot(smooth(values), color=line.get_color(), label=name)
        axis.axhline(balance, color="grey", linewidth=0.8, linestyle=":")
        axis.set_xlabel("step")
        axis.set_ylabel(ylabel)
        axis.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=100)
    plt.close(figure)


def smooth(values, keep=0.95):
    """A running average that starts without bias."""
    total, weight, out = 0.0, 0.0, []
    for value in values:
        total, weight = keep * total + (1 - keep) * value, keep * weight + (1 - keep)
        out.append(total / weight)
    return out


FREE = {"epochs", "device", "workers", "data", "out", "resume", "dry_run"}  # arguments that may change on --resume


class Run:
    """The bookkeeping of a training run: progress bar, history, pictures, checkpoint and resume.

    `parts` are the modules, optimizers and loader that make up the state, by name; `fixed_noise`
    is what every epoch's picture is drawn from. A checkpoint holds all of them, the state of the
    random numbers and the place in the epoch: a resumed run ends as the uninterrupted one would.
    """

    def __init__(self, args, parts, loader, fixed_noise):
        self.args, self.parts, self.loader, self.fixed_noise = args, parts, loader, fixed_noise
        self.epoch, self.history, self.stop = 0, [], False
        self.checkpoint = os.path.join(args.out, "checkpoint.npz")
        os.makedirs(args.out, exist_ok=True)
        if len(loader) == 0:
            raise SystemExit(f"{len(loader.dataset)} images are less than a batch of {loader.batch_size}; lower --batch-size")
        if args.resume:
            self.load()

    def path(self, name):
        return os.path.join(self.args.out, name)

    def save(self):
        """Write the checkpoint; the one before stays whole until this one is."""
        tg.save({
            "parts": {name: part.state_dict() for name, part in self.parts.items()},
            "loader": self.loader.state_dict(), "random": tg.get_rng_state(), "fixed_noise": self.fixed_noise,
            "epoch": self.epoch, "history": self.history, "arguments": vars(self.args),
        }, self.checkpoint)

    def load(self):
        """Go on from the checkpoint in --out."""
        if not os.path.exists(self.checkpoint):
            raise SystemExit(f"--resume: there is no {self.checkpoint}; name its folder by --out, or run without --resume")
        with told_in_a_line("--resume"):
            state = tg.load(self.checkpoint, self.args.device)
        for name, value in state["arguments"].items():
            if name not in FREE and value != getattr(self.args, name, value):
                option = f"--{name.replace('_', '-')}"
                raise SystemExit(f"--resume: {self.checkpoint} was made with {option} {value}; give that again")
        for name, part in self.parts.items():
            part.load_state_dict(state["parts"][name])
        self.loader.load_state_dict(state["loader"])
        self.fixed_noise, self.epoch, self.history = state["fixed_noise"], state["epoch"], state["history"]
        tg.set_rng_state(state["random"])
        print(f"resumed {self.checkpoint}: {len(self.history)} steps, {self.epoch} epochs are done")

    def epochs(self):
        """The epochs still to do. Ctrl-C lets the step under way finish; then the run is saved and ends."""
        before = signal.signal(signal.SIGINT, lambda *_: setattr(self, "stop", True))
        count = self.epoch + 1 if self.args.dry_run else self.args.epochs
        total = (count - self.epoch) * len(self.loader) * self.loader.batch_size
        with tqdm(total=total, unit="img", smoothing=0.05, dynamic_ncols=True) as self.bar:
            while self.epoch < count:
                self.bar.set_description(f"epoch {self.epoch + 1}/{count}")
                yield self.epoch
                self.epoch += 1
                self.save()
                if self.stop and self.epoch < count:
                    self.leave()
        signal.signal(signal.SIGINT, before)
        print(f"done: the pictures and {self.checkpoint} are in {self.args.out}")

    def batches(self):
        """The batches of this epoch; two of them with --dry-run."""
        for i, batch in enumerate(self.loader, 1):
            yield batch
            self.bar.update(self.loader.batch_size)
            if self.args.dry_run and i == 2:
                break
            if self.stop and self.loader.state_dict()["done"] < len(self.loader):  # else epochs() ends the run
                self.save()
                self.leave()

    def leave(self):
        self.bar.close()
        raise SystemExit(f"\nstopped after {len(self.history)} steps; add --resume to go on")

    def log(self, **values):
        """Note numbers (0-d tensors) of one step, fetched from the device all at once, and show them."""
        numbers = tg.stack([value.detach().reshape(()) for value in values.values()]).tolist()
        self.history.append(dict(zip(values, numbers)))
        self.bar.set_postfix_str(" ".join(f"{name} {number:.2f}" for name, number in zip(values, numbers)))

    def draw(self, generator, real):
        """The pictures of an epoch: the fixed noise's images, all epochs as a GIF, real beside generated, curves."""
        fake = sample(generator, self.fixed_noise)
        names = [self.path(f"epoch_{epoch + 1:03}.png") for epoch in range(self.epoch + 1)]
        save_samples(fake, names[-1])
        to_tensor = transforms.ToTensor()
        save_gif([to_tensor(Image.open(name)) for name in names if os.path.exists(name)], self.path("training.gif"))
        save_side_by_side(real, fake, self.path("real_and_generated.png"))
        save_curves(self.history, self.path("losses.png"))


def sample(generator, noise):
    """Images from noise, without recording and in eval mode: the running statistics of batch norm
    are used, so that an image depends on its own noise alone, and are not touched."""
    generator.eval()
    with tg.no_grad():
        images = generator(noise)
    generator.train()
    return images
