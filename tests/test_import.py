"""Importing the library changes nothing but the library: no setting of the process."""

import json
import subprocess
import sys

import pytest

# What the process looks like at the end, in a form that can be compared
STATE = """
import json, os, signal, sys, threading, warnings
after = dict(os.environ)
import threadpoolctl  # it sets a variable itself
print(json.dumps({
    "environment": [name for name in {**before, **after} if before.get(name) != after.get(name)],
    "BLAS threads": [
        {k: pool[k] for k in ("prefix", "num_threads")} for pool in threadpoolctl.threadpool_info()
    ],
    "NumPy's errors": numpy.geterr(),
    "warning filters": repr(warnings.filters),
    "signals": [repr(signal.getsignal(number)) for number in sorted(signal.valid_signals())],
    "Python threads": threading.active_count(),
    "threads": len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 0,
    "hooks": [repr(sys.excepthook), repr(threading.excepthook), repr(sys.displayhook)],
    "switch interval": sys.getswitchinterval(),
    "recursion limit": sys.getrecursionlimit(),
    "Matplotlib": any(name.split(".")[0] == "matplotlib" for name in sys.modules),
    "random": numpy.random.get_state()[1].tolist() == drawn,
}))
"""


def state_after(*modules):
    """The state of a fresh process after these imports, in this order."""
    program = "import os; before = dict(os.environ); drawn = None\n"
    for module in modules:
        program += f"import {module}\n"
        if module == "numpy":
            program += "numpy.random.seed(0); drawn = numpy.random.get_state()[1].tolist()\n"
    done = subprocess.run([sys.executable, "-c", program + STATE], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def without_us():
    return state_after("numpy")


@pytest.mark.parametrize(
    "modules", [("tinygrad_cv", "numpy"), ("numpy", "tinygrad_cv")], ids=["first", "after NumPy"]
)
def test_the_process_is_as_without_us(without_us, modules):
    assert not without_us["environment"] and not without_us["Matplotlib"]
    assert state_after(*modules) == without_us
