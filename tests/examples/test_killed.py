"""A run that is killed by SIGKILL, which no program can catch, and resumed: nothing is lost."""

import os
import random
import signal
import time

import pytest
from running import end, fails, on_the_cpu, prepared, run, same_checkpoints, start

import tinygrad_cv as tg

SMALL = "--features 4 --image-size 32 --count 48 --batch-size 4 --epochs 3".split()
SMALL += "--samples 4 --device cpu --save-every 0".split()

pytestmark = [on_the_cpu, pytest.mark.skipif(os.name == "nt", reason="signals and limits of POSIX")]


def test_killed_ten_times(tmp_path):
    """With a checkpoint after every step, many of the kills fall into the writing of one."""
    checkpoint, chance, lengths = tmp_path / "checkpoint.npz", random.Random(0), []
    for kill in range(10):
        resume = ["--resume"] if checkpoint.exists() else []
        before = checkpoint.stat().st_mtime_ns if resume else None
        process = start("dcgan.py", *SMALL, "--out", tmp_path, *resume)
        while process.poll() is None and (not checkpoint.exists()
                                          or checkpoint.stat().st_mtime_ns == before):
            # it goes on from where it was, so from here on there is something to lose
            time.sleep(0.001)
        time.sleep(chance.random() * 0.1)
        process.kill()
        assert end(process)[0] in (-signal.SIGKILL, 0)
        lengths.append(len(tg.load(checkpoint)["history"]))  # it is always a whole one
    assert lengths == sorted(lengths) and len(set(lengths)) > 3
    run("dcgan.py", *SMALL, "--out", tmp_path, "--resume")
    assert not [name for name in os.listdir(tmp_path) if name.endswith(".tmp")]
    run("dcgan.py", *SMALL, "--out", tmp_path / "whole")
    same_checkpoints(tmp_path / "whole", tmp_path)


def test_a_full_disk_leaves_the_last_checkpoint_whole(tmp_path):
    """No file may grow past 100 kB, as on a full disk; a checkpoint of this network is larger."""
    run("dcgan.py", *SMALL, "--dry-run", "--out", tmp_path)
    good = (tmp_path / "checkpoint.npz").read_bytes()
    full = prepared("import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (10**5, 10**5))")
    line = fails("dcgan.py", *SMALL, "--save-every=300", "--out", tmp_path, "--resume", python=full)
    assert "could not write" in line and "checkpoint.npz" in line
    assert (tmp_path / "checkpoint.npz").read_bytes() == good
    assert not [x for x in os.listdir(tmp_path) if x.endswith(".tmp") or x == "epoch_002.png"]


def test_what_replaces_a_file_of_a_killed_run_is_not_overwritten(tmp_path):
    process, log = start("dcgan.py", *SMALL, "--out", tmp_path), tmp_path / "tinygrad_cv.log"
    while not log.exists() or "epoch_001.png\t" not in log.read_text():
        time.sleep(0.01)
    process.kill()
    end(process)
    picture = tmp_path / "epoch_001.png"
    picture.write_bytes(b"mine")
    assert f"{picture} was not written" in fails("dcgan.py", *SMALL, "--out", tmp_path)
    assert picture.read_bytes() == b"mine"
