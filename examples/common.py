"""What the examples share: their command line, and the bookkeeping of a run.

A run can be stopped at any time and resumed.
"""

import argparse
import contextlib
import glob
import os
import signal
import sys
import time

import tinygrad_cv as tg
from tinygrad_cv.data.download import progress

# Arguments that may change on --resume
FREE = {
    "epochs", "device", "workers", "data", "out", "resume", "dry_run", "save_every", "tensorboard",
    "every", "classifier", "score",
}
# The least that options of these names may be
LEAST = dict(
    epochs=1, batch_size=1, lr=0, lr_d=0, workers=0, save_every=0, count=1, features=1, samples=1,
    noise=1, every=1, critic_steps=1, penalty=0, score=2, rows=1, steps=1,
)


def command(doc):
    """An ArgumentParser whose help is a docstring: its first paragraph, the options, the rest."""
    description, _, epilog = (doc or "").partition("\n\n")  # python -OO removes docstrings
    return argparse.ArgumentParser(
        description=description, epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def arguments(doc, **defaults):
    """The command line that all trainings have in common, as an ArgumentParser to add to."""
    parser = command(doc)
    add = parser.add_argument
    add("--epochs", type=int, help="passes over the data")
    add("--batch-size", type=int, help="examples per step")
    add("--lr", type=float, help="learning rate")
    add("--seed", type=int, default=0, help="the same seed gives the same run")
    add("--device", default="cuda" if tg.cuda.is_available() else "cpu", help="cpu or cuda")
    add("--workers", type=int, default=1, help="threads that load data ahead")
    add("--out", help="folder for pictures and checkpoint")
    add("--save-every", type=float, default=300, metavar="S",
        help="write a checkpoint every S seconds, beside the one after each epoch")
    add("--tensorboard", action="store_true",
        help="write losses and images for TensorBoard too, under --out")
    add("--resume", action="store_true", help="continue from the checkpoint in --out")
    add("--dry-run", action="store_true", help="two steps only, to see that everything works")
    parser.set_defaults(**defaults)
    return parser


def parse(parser, preset=lambda args: {}, shown={}):
    """The checked arguments of the command line; what is not given comes from preset(arguments).

    The help of each option also tells its default; `shown` is the preset of the plain command.
    """
    for action in parser._actions:
        default = shown.get(action.dest, action.default)
        if action.help and default not in (None, False, argparse.SUPPRESS):
            action.help += f" (default {default})"
    args = parser.parse_args()
    for name, value in preset(args).items():
        if getattr(args, name, None) is None:
            setattr(args, name, value)
    for name, least in LEAST.items():
        value = getattr(args, name, None)
        if isinstance(value, (int, float)) and not value >= least:  # NaN is not
            raise SystemExit(f"--{name.replace('_', '-')} {value}: must be at least {least}")
    with told_in_a_line("--device"):
        tg.empty(0, device=getattr(args, "device", None))
    return args


def start(main, args):
    """main(args). A file that can't be read or written ends it with one line."""
    with told_in_a_line(os.path.basename(sys.argv[0]), OSError):
        main(args)


@contextlib.contextmanager
def told_in_a_line(what, kinds=(OSError, ValueError, RuntimeError)):
    """Errors that the user can fix (a wrong file or size) end the program without a traceback."""
    try:
        yield
    except kinds as error:
        raise SystemExit(f"{what}: {error}") from None


def load(path, device, made_by, parts, arguments=()):
    """The checkpoint at `path`; ValueError unless it has the parts and arguments of `made_by`."""
    state = tg.load(path, device)
    held = state if isinstance(state, dict) else {}
    for key, names in ("parts", parts), ("arguments", arguments):
        if not set(names) <= set(held.get(key, ())):
            raise ValueError(f"{path} was not written by {made_by}")
    return state


class Run:
    """The bookkeeping of a training: progress bar, history, TensorBoard, checkpoint and resume.

    `parts` are the modules, optimizers and schedules that make up the state, by name. A checkpoint
    holds all of them, the state of the random numbers and the position in the epoch. A resumed run
    ends as the uninterrupted one would, bit for bit.
    """

    def __init__(self, args, parts, loader):
        self.args, self.parts, self.loader = args, parts, loader
        self.epoch, self.history, self.stop, self.handlers = 0, [], False, {}
        self.checkpoint = self.path("checkpoint.npz")
        with told_in_a_line("--out"):
            os.makedirs(args.out, exist_ok=True)
            for name in glob.glob(f"{glob.escape(self.checkpoint)}.*.tmp"):
                os.remove(name)  # a run that was killed left it behind
        if len(loader) == 0:
            few, batch = len(loader.dataset), loader.batch_size
            raise SystemExit(f"{few} examples are less than a batch of {batch}; lower --batch-size")
        if args.resume:
            self.load()
        self.writer = None
        if args.tensorboard:
            self.writer = tensorboard(self.path("tensorboard"), self.steps)

    @property
    def steps(self):
        """How many steps are done."""
        return len(self.history)

    def path(self, name):
        return os.path.join(self.args.out, name)

    def save(self):
        """Write the checkpoint; the previous one stays until this one is complete."""
        with told_in_a_line("checkpoint"):
            tg.save({
                "parts": {name: part.state_dict() for name, part in self.parts.items()},
                "loader": self.loader.state_dict(), "random": tg.get_rng_state(),
                "epoch": self.epoch, "history": self.history, "arguments": vars(self.args),
            }, self.checkpoint)
        self.saved = time.monotonic()

    def load(self):
        """Continue from the checkpoint in --out."""
        if not os.path.exists(self.checkpoint):
            raise SystemExit(
                f"--resume: there is no {self.checkpoint}; name its folder with --out, or run "
                "without --resume"
            )
        with told_in_a_line("--resume"):
            program = os.path.basename(sys.argv[0])
            state = load(self.checkpoint, self.args.device, program, self.parts)
        for name, value in state["arguments"].items():
            if name not in FREE and value != getattr(self.args, name, value):
                option = f"--{name.replace('_', '-')}"
                raise SystemExit(
                    f"--resume: {self.checkpoint} was made with {option} {value}; give that again"
                )
        with told_in_a_line("--resume"):
            for name, part in self.parts.items():
                part.load_state_dict(state["parts"][name])
            self.loader.load_state_dict(state["loader"])
        self.epoch, self.history = state["epoch"], state["history"]
        tg.set_rng_state(state["random"])
        print(f"resumed {self.checkpoint}: {self.steps} steps, {self.epoch} epochs are done")

    def epochs(self):
        """The epochs to do. Ctrl-C lets the current step finish; then the run is saved and ends."""
        for name in (signal.SIGINT, signal.SIGTERM):
            self.handlers[name] = signal.signal(name, lambda *_: setattr(self, "stop", True))
        count = self.epoch + 1 if self.args.dry_run else self.args.epochs
        done, self.saved = self.loader.state_dict()["done"], time.monotonic()
        total = max(((count - self.epoch) * len(self.loader) - done) * self.loader.batch_size, 0)
        try:
            with progress(total=total, unit="ex", smoothing=0.05, dynamic_ncols=True) as self.bar:
                while self.epoch < count:
                    self.bar.set_description(f"epoch {self.epoch + 1}/{count}")
                    yield self.epoch
                    self.epoch += 1
                    self.save()
                    if self.stop and self.epoch < count:
                        self.leave()
        finally:
            self.restore_signals()
        if self.writer:
            self.writer.close()
        print(f"done: the pictures and {self.checkpoint} are in {self.args.out}")

    def batches(self):
        """The batches of this epoch; two of them with --dry-run."""
        for i, batch in enumerate(self.loader, 1):
            yield batch
            self.bar.update(self.loader.batch_size)
            if self.args.dry_run and i == 2:
                break
            if self.loader.state_dict()["done"] < len(self.loader):  # otherwise see epochs()
                if self.stop or time.monotonic() - self.saved > self.args.save_every:
                    self.save()
                if self.stop:
                    self.leave()

    def leave(self):
        self.bar.close()
        self.restore_signals()
        raise SystemExit(f"\nstopped after {self.steps} steps; add --resume to continue")

    def restore_signals(self):
        while self.handlers:
            signal.signal(*self.handlers.popitem())

    def log(self, **values):
        """Note numbers (0-d tensors) of a step, fetched from the device together, and show them."""
        numbers = tg.stack([value.detach().reshape(()) for value in values.values()]).tolist()
        self.history.append(dict(zip(values, numbers)))
        shown = " ".join(f"{name} {number:.2f}" for name, number in zip(values, numbers))
        self.bar.set_postfix_str(shown, refresh=False)  # drawn when the bar is: 10 times a second
        if self.writer:
            for name, number in self.history[-1].items():
                self.writer.add_scalar(name, number, self.steps)

    def show(self, **grids):
        """Pictures (3, H, W) in [0, 1] for TensorBoard, if it was asked for."""
        if self.writer:
            for name, grid in grids.items():
                self.writer.add_image(name, grid.cpu().numpy(), self.steps)

    def tell(self, line):
        """Print a line above the progress bar."""
        self.bar.write(line)


def tensorboard(folder, steps):
    """A writer of TensorBoard's files. TensorBoard forgets older numbers of later steps."""
    try:
        from tensorboardX import SummaryWriter
    except ImportError:
        raise SystemExit(
            '--tensorboard needs tensorboardX: pip install -e ".[tensorboard]"'
        ) from None
    return SummaryWriter(folder, purge_step=steps + 1)
