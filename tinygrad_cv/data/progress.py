"""Progress: tqdm's bar in a terminal or a notebook, or its lines in a log file."""

import sys


def progress(*args, disable=False, **options):
    """A bar around an iterable, drawn ten times a second, or once a second into a file."""
    from tqdm.auto import tqdm  # here, as it takes a while and most programs need none

    nowhere = sys.stderr is None  # as in a service
    pause = 0.1 if nowhere or sys.stderr.isatty() else 1
    return tqdm(*args, mininterval=pause, disable=disable or nowhere, **options)
