"""DCGAN on several processes, as a user starts it: the same run again, faults, and --resume."""

import os
import signal

import pytest
from launching import DCGAN, fails, needs_mpi, run
from running import picture, prepared, same_checkpoints

SMALL = "--features 4 --image-size 32 --batch-size 4 --device cpu --workers 0".split()
SMALL += ["--save-every", "0"]
DATA = ["--count", "50", "--epochs", "1"]  # 6 steps of 2 processes, and 2 sprites left over

pytestmark = [*needs_mpi, pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    out = tmp_path_factory.mktemp("whole")
    rank_0_judges_and_draws = prepared("""
import pictures
from tinygrad_cv import parallel
sample = pictures.sample
pictures.sample = lambda *args: 1 / 0 if parallel.get_rank() else sample(*args)""")
    said = run(2, *rank_0_judges_and_draws, DCGAN, *SMALL, *DATA, "--out", out)
    assert said.count("done: ") == 1  # by one of them
    assert picture(out / "epoch_001.png")
    return out


def in_rank_1(statement):
    """Options for Python with which rank 1 does something after its fourth step."""
    return prepared(f"""
from tinygrad_cv import parallel
average, steps = parallel.average_buffers, []
def disturbed(*modules):
    steps.append(1)
    if len(steps) == 4 and parallel.get_rank() == 1:
        {statement}
    average(*modules)
parallel.average_buffers = disturbed""")


def test_a_killed_process_ends_all_and_the_run_is_resumed_bit_for_bit(whole, tmp_path):
    command = DCGAN, *SMALL, *DATA, "--out", tmp_path
    killed = in_rank_1(f"os.kill(os.getpid(), {signal.SIGKILL.value})")
    assert f"{signal.SIGKILL.value}" in fails((2, *killed, *command))
    assert not (tmp_path / "epoch_001.png").exists()
    assert fails((3, *command, "--resume")).count("mpiexec -n 2") == 1
    assert "3 steps, 0 epochs" in run(2, *command, "--resume")
    same_checkpoints(whole, tmp_path)


def test_between_two_epochs_the_number_of_processes_may_change(whole):
    said = run(3, DCGAN, *SMALL, *DATA[:-1], "2", "--dry-run", "--resume", "--out", whole)
    assert "6 steps, 1 epochs" in said and picture(whole / "epoch_002.png")


def test_a_signal_to_one_process_stops_all_after_the_same_step(tmp_path):
    stopped = in_rank_1(f"os.kill(os.getpid(), {signal.SIGINT.value})")
    said = fails((2, *stopped, DCGAN, *SMALL, *DATA, "--out", tmp_path))
    assert "Traceback" not in said and said.count("stopped after 4 steps; add --resume") == 1


def test_an_error_in_one_process_ends_all_and_is_told_with_its_rank(tmp_path):
    broken = in_rank_1("raise LookupError('the disk of this machine is gone')")
    said = fails((2, *broken, DCGAN, *SMALL, *DATA, "--out", tmp_path))
    assert "rank 1: Traceback" in said and "LookupError: the disk of this machine is gone" in said


@pytest.mark.parametrize("difference", [["--lr", "0.5"], ["--count", "52"]])
def test_processes_with_other_arguments_are_refused(tmp_path, difference):
    one, two = ([DCGAN, *SMALL, *DATA, "--out", tmp_path, *more] for more in ([], difference))
    said = fails((1, *one), (1, *two))
    assert said.count("rank 0 has ") == 1 and f"rank 1 {difference[1]}" in said
    assert not (tmp_path / "checkpoint.npz").exists()


def test_an_option_that_only_one_process_does_not_know_ends_all(tmp_path):
    said = fails((1, DCGAN, "--bogus"), (1, DCGAN, *SMALL, *DATA, "--out", tmp_path))
    assert "unrecognized arguments: --bogus" in said


def test_processes_with_other_data_are_refused(tmp_path):
    changed = prepared("""
import common
from tinygrad_cv import parallel
common.fingerprint = lambda data: [len(data), parallel.get_rank()]""")
    said = fails((2, *changed, DCGAN, *SMALL, *DATA, "--out", tmp_path))
    assert "rank 0 has examples [50, 0], but rank 1 [50, 1]" in said
