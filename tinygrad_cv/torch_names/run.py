"""Running a script as `python script args` does: `python -m tinygrad_cv` comes here."""

import os
import runpy
import sys


def run(script, *args):
    """Run the file `script` as the program."""
    if not os.path.isfile(script):
        sys.exit(f"python -m tinygrad_cv: there is no file {script}")

    def show_from_the_script_on(kind, error, trace, show=sys.excepthook):
        """A traceback that begins in the script, not here."""
        while trace is not None and trace.tb_frame.f_code.co_filename != script:
            trace = trace.tb_next
        show(kind, error.with_traceback(trace), trace)

    sys.excepthook, sys.argv = show_from_the_script_on, [script, *args]
    sys.path[0] = os.path.dirname(os.path.abspath(script))
    runpy.run_path(script, run_name="__main__")
