"""What the examples share: their command line, and the bookkeeping of a run.

A run can be stopped at any time and resumed.
"""

import argparse
import contextlib
import functools
import io
import itertools
import math
import os
import signal
import sys
import threading
import time
import warnings
import zlib

from folders import Folder, holds

import tinygrad_cv as tg
from tinygrad_cv import parallel
from tinygrad_cv.data.progress import progress

# Arguments that may change on --resume
FREE = {
    "epochs", "device", "workers", "data", "out", "resume", "dry_run", "save_every", "tensorboard",
    "every", "classifier", "score", "preview",
}
# The least that options of these names may be
LEAST = dict(
    epochs=1, batch_size=1, lr=0, lr_d=0, workers=0, save_every=0, count=1, features=1, samples=1,
    noise=1, every=1, critic_steps=1, penalty=0, score=2, rows=1, steps=1, cache_features=0,
    momentum=0, weight_decay=0, lr_period=1, lr_decay=0, beta1=0, noise_d=0, average=0,
)
HELD = ("parts", "loader", "random", "epoch", "history", "starts", "frames", "data", "arguments")
running = threading.local()  # running.stack: what `start` gives back when a program ends


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
    add("--batch-size", type=int, help="examples per step, in each process")
    add("--lr", type=float, help="learning rate")
    add("--seed", type=int, default=0, help="the same seed gives the same run")
    add("--device", default="cuda" if tg.cuda.is_available() else "cpu", help="cpu or cuda")
    add("--workers", type=int, default=1, help="threads that load data ahead")
    add("--out", help="folder for pictures and checkpoint")
    add("--save-every", type=float, default=300, metavar="S",
        help="write a checkpoint every S seconds, beside those of the first step and each epoch")
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
        if action.help and default not in (None, argparse.SUPPRESS) and default is not False:
            action.help += f" (default {default})"
    args = parser.parse_args()
    for name, value in preset(args).items():
        if getattr(args, name, None) is None:
            setattr(args, name, value)
    for name, least in LEAST.items():
        value = getattr(args, name, None)
        if isinstance(value, (int, float)) and not least <= value < math.inf:  # NaN is not
            dashed = name.replace("_", "-")
            raise SystemExit(f"--{dashed} {value}: must be at least {least}, and finite")
    with told_in_a_line("--device"):
        tg.empty(0, device=getattr(args, "device", None))
    return args


def start(main, args):
    """main(args). A file that can't be read or written ends it with one line, and so does Ctrl-C.

    Whatever happens, what was changed outside is given back: locks, signal handlers, the output.
    """
    with contextlib.ExitStack() as running.stack:
        when_done(setattr, running, "stack", None)
        if isinstance(out := sys.stdout, io.TextIOWrapper):
            when_done(functools.partial(out.reconfigure, errors=out.errors))
            out.reconfigure(errors="backslashreplace")  # names that the console can't show
        try:
            with told_in_a_line(os.path.basename(sys.argv[0]), (OSError, FloatingPointError)):
                main(args)
        except KeyboardInterrupt:
            raise SystemExit("\nstopped") from None


def when_done(function, *args):
    """Call function(*args) when the program ends, by whatever error."""
    if getattr(running, "stack", None):
        running.stack.callback(function, *args)


@contextlib.contextmanager
def together():
    """Inside, the processes that mpiexec started (if it did) train together, and the first prints.

    An error in one of them ends all, even one in its arguments.
    """
    with told_in_a_line("mpiexec", (ImportError, RuntimeError)):
        parallel.init_process_group()
    with open(os.devnull, "w") as nowhere, parallel.end_together():
        with contextlib.redirect_stdout(nowhere if parallel.get_rank() else sys.stdout):
            yield


def sampler(data, args):
    """Each process's share of the data, for a DataLoader; None if there is one process."""
    if parallel.get_world_size() == 1:
        return None
    return parallel.DistributedSampler(data, seed=args.seed, drop_last=True)


@contextlib.contextmanager
def told_in_a_line(what, kinds=(OSError, ValueError, RuntimeError)):
    """Errors that the user can fix (a wrong file or size) end the program without a traceback."""
    try:
        yield
    except kinds as error:
        raise SystemExit(f"{what}: {error}") from None


@contextlib.contextmanager
def warnings_as_lines():
    """Print warnings as plain lines, each once."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for message in dict.fromkeys(str(warning.message) for warning in caught):
        print(message)


def check_apart(data, out):
    """Refuse an --out within the folder of images --data: a later run would learn from pictures."""
    if os.path.isdir(data) and holds(data, out):
        raise SystemExit(f"--out {out} is within --data {data}; choose a folder outside of it")


def folder(path, **options):
    """A Folder that is closed when the program ends."""
    with told_in_a_line("--out"):
        opened = Folder(path, **options)
    when_done(opened.close)
    return opened


def check_out(args):
    """Refuse now what a Run of these arguments would refuse: its folder, or its checkpoint."""
    with told_in_a_line("--out"):
        Folder(args.out, read=["checkpoint.npz"] if args.resume else []).close()
    if args.resume:
        resumable(args)


def load(path, device, made_by, parts, arguments=()):
    """The checkpoint at `path`; ValueError unless it has the parts and arguments of `made_by`."""
    state = tg.load(path, device)
    held = state if isinstance(state, dict) else {}
    wanted = {"parts": parts, "arguments": arguments}
    if not set(HELD) <= set(held) or any(set(wanted[key]) - set(held[key]) for key in wanted):
        raise ValueError(f"{path} was not written by {made_by} of this version")
    return state


def resumable(args, parts=()):
    """(path, content) of the checkpoint in --out; the program ends unless these arguments fit."""
    path, program = os.path.join(args.out, "checkpoint.npz"), os.path.basename(sys.argv[0])
    if not os.path.exists(path):
        raise SystemExit(
            f"--resume: there is no {path}; name its folder with --out, or run without --resume"
        )
    with told_in_a_line("--resume"):
        state = load(path, args.device, program, parts)
        if set(state["arguments"]) != set(vars(args)):
            raise ValueError(f"{path} was not written by {program} of this version")
    for name, value in state["arguments"].items():
        if name not in FREE and value != getattr(args, name):
            option = name.replace("_", "-")
            if isinstance(value, bool):
                option = f"--{option}" if value else f"--no-{option}"
            else:
                option = f"--{option} {value}"
            raise SystemExit(f"--resume: {path} was made with {option}; give that again")
    return path, state


def fingerprint(dataset):
    """[number of items, checksum]: how a resumed run notices that its data are others."""
    count, crc = len(dataset), 0
    while hasattr(dataset, "dataset"):  # a Subset, for example
        dataset = dataset.dataset
    for name in ("checksums", "tensors", "data", "features", "targets"):
        content = getattr(dataset, name, ())
        for part in content if isinstance(content, tuple) else [content]:
            if isinstance(part, tg.Tensor):
                part = part.cpu().numpy().tobytes()
            crc = zlib.crc32(part if isinstance(part, bytes) else repr(part).encode(), crc)
    return [count, crc]


def optional(draw):
    """A decorator of draw(run, ...): a picture that can't be written doesn't stop the run."""

    @functools.wraps(draw)
    def drawing(run, *args):
        try:
            if run.writes:
                draw(run, *args)
        except OSError as error:
            run.tell(f"a picture is missing: {error}")

    return drawing


class Run:
    """The bookkeeping of a training: progress bar, history, TensorBoard, checkpoint and resume.

    `parts` are the modules, optimizers and schedules that make up the state, by name. A checkpoint
    holds all of them, the state of the random numbers and the position in the epoch. A resumed run
    ends as the uninterrupted one would, bit for bit.

    Of several processes (see tinygrad_cv/parallel.py) only the first one writes. They are equal
    after each step, except in their random numbers and their places in the data.

    `history` has the numbers of each step, `starts` the first step of each epoch, and `frames` the
    names of the pictures for a GIF.
    """

    def __init__(self, args, parts, loader):
        self.args, self.parts, self.loader = args, parts, loader
        self.epoch, self.history, self.starts, self.frames = 0, [], [], []
        self.stop, self.handlers, self.bar, self.warned = False, {}, None, set()
        if len(loader) == 0:
            few, batch = len(loader.sampler), loader.batch_size
            raise SystemExit(f"{few} examples are less than a batch of {batch}; lower --batch-size")
        self.data, self.writer = fingerprint(loader.dataset), None
        with told_in_a_line("mpiexec"):
            parallel.check_equal(**vars(args), examples=self.data)
        self.writes, self.processes = parallel.get_rank() == 0, parallel.get_world_size()
        self.networks = [part for part in parts.values() if isinstance(part, tg.nn.Module)]
        if self.writes:
            self.folder = folder(args.out, read=["checkpoint.npz"] if args.resume else [])
        if args.resume:
            self.load()
        else:
            parallel.broadcast(*self.networks)
            self.draw_apart()
        self.checkpoint = self.path("checkpoint.npz")
        if args.tensorboard and self.writes:
            self.writer = tensorboard(args.out, self.steps)
        when_done(self.end)

    @property
    def steps(self):
        """How many steps are done."""
        return len(self.history)

    def path(self, name):
        """Where to write a file of this name."""
        return self.folder.path(name) if self.writes else os.path.join(self.args.out, name)

    def frame(self, name):
        """Where to write a picture for the GIF."""
        if name not in self.frames:
            self.frames.append(name)
        return self.path(name)

    def frame_paths(self):
        """Where the pictures for the GIF are, in order; to read, not to write."""
        return [os.path.join(self.args.out, name) for name in self.frames]

    def draw_apart(self):
        """From here on each of several processes draws random numbers of its own."""
        if self.processes > 1:
            tg.manual_seed(self.args.seed << 64 | self.steps << 32 | parallel.get_rank() + 1)

    def save(self):
        """Write the checkpoint; the previous one stays until this one is complete."""
        own = {"loader": self.loader.state_dict(), "random": tg.get_rng_state()}
        first, *others = parallel.all_gather_object(own)
        with told_in_a_line("checkpoint"):
            if self.writes:
                if not self.args.resume and self.saved == -math.inf:
                    self.keep_earlier()
                tg.save({
                    "parts": {name: part.state_dict() for name, part in self.parts.items()},
                    **first, "epoch": self.epoch, "history": self.history, "starts": self.starts,
                    "frames": self.frames, "data": self.data, "arguments": vars(self.args),
                    **({"others": others} if others else {}),
                }, self.path("checkpoint.npz"))
                self.folder.settle()
        self.saved = time.monotonic()

    def keep_earlier(self):
        """Give the checkpoint of an earlier run another name: this one does not continue it."""
        if os.path.exists(self.path("checkpoint.npz")):
            names = (f"checkpoint.{number}.npz" for number in itertools.count(1))
            name = next(n for n in names if not os.path.exists(os.path.join(self.args.out, n)))
            os.replace(self.path("checkpoint.npz"), self.path(name))
            self.tell(f"the checkpoint of an earlier run is now {name}")

    def load(self):
        """Continue from the checkpoint in --out."""
        path, state = resumable(self.args, self.parts)
        if state["data"] != self.data:
            self.other_data(state)
        with told_in_a_line("--resume"):
            for name, part in self.parts.items():
                part.load_state_dict(state["parts"][name])
            self.load_own(state)
        if self.writes:
            self.folder.adopt("checkpoint.npz")
        for name in ("epoch", "history", "starts", "frames"):
            setattr(self, name, state[name])
        print(f"resumed {path}: {self.steps} steps, {self.epoch} epochs are done")

    def load_own(self, state):
        """The random numbers and the place in the data: each process has its own."""
        saved = [state, *state.get("others", [])]
        fits = len(saved) == self.processes
        if not fits and state["loader"]["seed"] is not None:
            raise ValueError(
                f"it was saved within an epoch, whose data are shared out to {len(saved)} "
                f"process(es); continue with mpiexec -n {len(saved)} until the epoch ends"
            )
        own = saved[parallel.get_rank() if fits else 0]
        self.loader.load_state_dict(own["loader"])
        tg.set_rng_state(own["random"])
        if not fits:
            self.draw_apart()

    def other_data(self, state):
        """Between two epochs the data may change, but not within one."""
        (before, _), (now, _) = state["data"], self.data
        said = f"the data are not those of the checkpoint ({before} examples then, {now} now)"
        if state["loader"]["seed"] is not None:
            raise SystemExit(
                f"--resume: {said}, which was saved within an epoch; give the same data until its "
                "end, or run without --resume"
            )
        print(f"{said}: the next epoch takes the new ones")

    def epochs(self):
        """The epochs to do. Ctrl-C lets the current step finish; then the run is saved and ends."""
        count = self.epoch + 1 if self.args.dry_run else self.args.epochs
        done, self.saved = self.loader.state_dict()["done"], -math.inf  # so after the first step
        self.examples = self.loader.batch_size * self.processes  # in a step
        total = max(((count - self.epoch) * len(self.loader) - done) * self.examples, 0)
        self.bar = progress(total=total, unit="ex", smoothing=0.05, dynamic_ncols=True,
                            disable=not self.writes)
        self.catch_signals()
        while self.epoch < count:
            self.bar.set_description(f"epoch {self.epoch + 1}/{count}", refresh=False)
            if len(self.starts) == self.epoch:
                self.starts.append(self.steps)
            if self.processes > 1:
                self.loader.sampler.set_epoch(self.epoch)
            yield self.epoch
            self.epoch += 1
            self.save()
            (stop,) = self.agreed(self.stop)
            if stop and self.epoch < count:
                self.leave()
        self.end()
        if self.writer:
            self.writer.close()
        print(f"done: the pictures and {self.checkpoint} are in {self.args.out}")

    def batches(self):
        """The batches of this epoch; two of them with --dry-run."""
        for i, batch in enumerate(self.loader, 1):
            yield batch
            if self.processes > 1:  # one process need not look for the buffers at each step
                parallel.average_buffers(*self.networks)
            self.bar.update(self.examples)
            if self.args.dry_run and i == 2:
                break
            if self.loader.state_dict()["done"] < len(self.loader):  # otherwise see epochs()
                late = time.monotonic() - self.saved > self.args.save_every
                stop, late = self.agreed(self.stop, late)
                if stop or late:
                    self.save()
                if stop:
                    self.leave()

    def agreed(self, *flags):
        """Each flag is true if it is in any process: they save and stop after the same step."""
        return [any(values) for values in zip(*parallel.all_gather_object(flags))]

    def leave(self):
        self.end()
        raise SystemExit(f"\nstopped after {self.steps} steps; add --resume to continue")

    def catch_signals(self):
        """The first Ctrl-C asks the run to stop. A second one stops it at once, as everywhere."""

        def ask(*_):
            self.stop = True
            self.restore_signals()

        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                if signal.getsignal(number) is not None:  # None: it could not be given back
                    self.handlers[number] = signal.signal(number, ask)

    def restore_signals(self):
        while self.handlers:
            signal.signal(*self.handlers.popitem())

    def end(self):
        """Give back what the run has changed outside of itself."""
        self.restore_signals()
        if self.bar is not None:
            self.bar.close()

    def log(self, **values):
        """Note numbers (0-d tensors) of a step, fetched from the device together, and show them."""
        numbers = tg.stack([value.detach().reshape(()) for value in values.values()])
        parallel.average([numbers])
        values = dict(zip(values, numbers.tolist()))
        shown = " ".join(f"{name} {number:.2f}" for name, number in values.items())
        self.bar.set_postfix_str(shown, refresh=False)  # drawn when the bar is: 10 times a second
        self.history.append({})
        self.note(**values)

    def note(self, **values):
        """Add numbers to those of the last step; some are measured once per epoch."""
        self.history[-1].update(values)
        if self.writer:
            for name, number in values.items():
                self.writer.add_scalar(name, number, self.steps)

    def warn(self, words):
        """Print "what goes wrong: numbers", once for each thing that goes wrong."""
        what = (words or "").partition(":")[0]
        if what and what not in self.warned:
            self.warned.add(what)
            self.tell(f"step {self.steps}: {words}; see docs/troubleshooting.md")

    def show(self, **grids):
        """Pictures (3, H, W) in [0, 1] for TensorBoard, if it was asked for."""
        if self.writer:
            for name, grid in grids.items():
                self.writer.add_image(name, grid.cpu().numpy(), self.steps)

    def tell(self, line):
        """Print a line above the progress bar."""
        if sys.stdout is not None:
            self.bar.write(line)


def tensorboard(out, steps):
    """A writer of TensorBoard's files. TensorBoard forgets older numbers of later steps."""
    try:
        from tensorboardX import SummaryWriter
    except ImportError:
        raise SystemExit(
            '--tensorboard needs tensorboardX: pip install -e ".[tensorboard]"'
        ) from None
    suffix = f".{os.getpid()}.{steps}"  # two runs within a second have files of their own
    return SummaryWriter(os.path.join(out, "tensorboard"), purge_step=steps + 1,
                         filename_suffix=suffix)
