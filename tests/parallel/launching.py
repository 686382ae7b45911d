"""Programs that mpiexec starts, for the tests."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from running import on_the_cpu

ROOT = Path(__file__).resolve().parents[2]
DCGAN = str(ROOT / "examples" / "dcgan.py")
beside = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
MPIEXEC = importlib.util.find_spec("mpi4py") and shutil.which("mpiexec", path=beside)

needs_mpi = [
    on_the_cpu,
    pytest.mark.skipif(not MPIEXEC, reason='needs mpi4py and mpiexec: pip install -e ".[mpi]"'),
]


def start(*groups):
    """mpiexec with groups of processes: (their number, script, arguments...)."""
    command = [MPIEXEC]
    for count, *program in groups:
        command += [*([":"] if len(command) > 1 else []), "-n", str(count), sys.executable]
        command += map(str, program)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMPI_ALLOW_RUN_AS_ROOT": "1",
                   "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "PRTE_MCA_rmaps_default_mapping_policy":
                   ":oversubscribe", "OMPI_MCA_rmaps_base_oversubscribe": "1"}
    return subprocess.Popen(command, env=environment, text=True, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def end(process, seconds=60):
    """(exit status, standard output, standard error) of a launcher that should end by itself."""
    try:
        out, err = process.communicate(timeout=seconds)
    finally:
        process.kill()
    return process.returncode, out, err


def run(*group):
    status, out, err = end(start(group))
    assert status == 0, err
    return out


def fails(*groups):
    """What failing processes say: everything but progress."""
    status, out, err = end(start(*groups))
    assert status != 0
    return "\n".join(line for line in (out + err).splitlines() if "ex/s" not in line)
