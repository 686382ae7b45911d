"""Progress: a bar in a terminal or a notebook, lines in a log file, nothing if there is neither."""

import contextlib
import sys
import time
import warnings


def progress(*args, disable=False, **options):
    """tqdm's bar around an iterable, drawn at most ten times a second."""
    with warnings.catch_warnings():  # in a notebook without widgets a bar of text will do
        warnings.simplefilter("ignore")
        from tqdm.auto import tqdm  # here, as it takes a while and most programs need none

    nowhere = sys.stderr is None  # as in a service
    file = sys.stderr if nowhere or sys.stderr.isatty() else Lines(sys.stderr)
    return tqdm(*args, file=file, disable=disable or nowhere, **options)


class Lines:
    """What tqdm draws into if there is no terminal: lines, with ever longer pauses between them."""

    def __init__(self, file):
        self.file, self.line, self.pause, self.due = file, "", 0.1, 0.0

    def write(self, text):
        self.line = text.strip() or self.line
        now, last = time.monotonic(), text == "\n"
        if self.line and (last or text.strip() and now >= self.due):
            with contextlib.suppress(OSError):  # a full disk, a closed pipe: the work goes on
                self.file.write(f"{self.line}\n")
            self.line, self.due, self.pause = "", now + self.pause, min(2 * self.pause, 60)

    def flush(self):
        with contextlib.suppress(OSError):
            self.file.flush()
