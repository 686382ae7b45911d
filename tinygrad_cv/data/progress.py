"""Progress: a bar in a terminal or a notebook, lines in a log file, nothing where there is neither.
"""

import sys


def progress(*args, **options):
    """tqdm's bar, which suits the place."""
    from tqdm.auto import tqdm  # here, as it takes a while and most programs need none

    return tqdm(*args, disable=sys.stderr is None, **options)
