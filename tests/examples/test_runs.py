"""Runs lose nothing: one in a folder at a time, the user's files stay, other data are told."""

import os
import shutil
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import folders
import numpy as np
import pytest
from PIL import Image
from running import end, fails, on_the_cpu, run, start

import tinygrad_cv as tg

GAUSSIAN = "--count 80 --device cpu --out".split()
TINY = "--features 2 --image-size 16 --batch-size 4 --device cpu".split()

pytestmark = on_the_cpu


def waiting_for(path, process):
    while not path.exists() and process.poll() is None:
        time.sleep(0.01)


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_a_folder_belongs_to_one_run_until_that_ends_or_is_killed(tmp_path):
    process = start("gaussian_gan.py", "--epochs", 10**6, *GAUSSIAN, tmp_path)
    waiting_for(tmp_path / "checkpoint.npz", process)
    for options in ([], ["--resume"]):
        line = fails("gaussian_gan.py", *GAUSSIAN, tmp_path, *options)
        assert f"in use by process {process.pid} on " in line
        assert f"started {time.strftime('%Y-')}" in line
    assert "--out" in fails("mnist_gan.py", "--count", 128, "--out", tmp_path)
    process.send_signal(signal.SIGKILL)
    end(process)
    run("gaussian_gan.py", "--epochs", 10**6, "--resume", "--dry-run", *GAUSSIAN, tmp_path)


@pytest.mark.parametrize("name", ["checkpoint.npz", "chart.gif"])
def test_files_of_the_user_are_not_overwritten(tmp_path, name):
    photograph = tmp_path / "photograph.png"
    photograph.write_bytes(b"mine")
    for place, make in (("a", shutil.copy), ("b", lambda old, new: os.symlink(old, new)),
                        ("c", lambda old, new: new.mkdir())):
        (tmp_path / place).mkdir()
        make(photograph, tmp_path / place / name)
        line = fails("dcgan.py", *TINY, "--out", tmp_path / place)
        assert f"{tmp_path / place / name} was not written by these programs" in line
        assert sorted(os.listdir(tmp_path / place)) == [name]
    assert photograph.read_bytes() == (tmp_path / "a" / name).read_bytes() == b"mine"


@pytest.mark.parametrize("put", [shutil.copy, lambda old, new: new.symlink_to(old)])
def test_files_that_the_user_puts_in_the_place_of_a_picture_stay(tmp_path, put):
    for _ in range(2):
        run("gaussian_gan.py", "--dry-run", *GAUSSIAN, tmp_path / "out")
    photograph, picture = tmp_path / "photograph.png", tmp_path / "out" / "losses.png"
    photograph.write_bytes(b"mine")
    picture.unlink()
    put(photograph, picture)
    assert f"{picture} was not written" in fails("gaussian_gan.py", *GAUSSIAN, tmp_path / "out")
    resumed = run("gaussian_gan.py", "--dry-run", "--resume", *GAUSSIAN, tmp_path / "out")
    assert f"{picture} was not written" in resumed
    assert photograph.read_bytes() == picture.read_bytes() == b"mine"


def test_a_log_of_something_else_is_refused(tmp_path):
    (tmp_path / folders.LOG).write_text("my diary\n")
    assert "move it away" in fails("gaussian_gan.py", "--dry-run", *GAUSSIAN, tmp_path)
    assert (tmp_path / folders.LOG).read_text() == "my diary\n"
    assert "--out" in fails("gaussian_gan.py", *GAUSSIAN, tmp_path / folders.LOG / "not a folder")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / folders.LOG).symlink_to(tmp_path / "nothing.log")
    assert "is a link" in fails("gaussian_gan.py", "--dry-run", *GAUSSIAN, tmp_path / "out")
    assert not (tmp_path / "nothing.log").exists()


def test_resume_from_a_checkpoint_that_was_copied_here(tmp_path):
    """The checkpoint counts as a run's only if it is one."""
    run("gaussian_gan.py", "--epochs", 1, *GAUSSIAN, tmp_path / "one")
    for place in ("two", "three"):
        (tmp_path / place).mkdir()
        shutil.copy(tmp_path / "one" / "checkpoint.npz", tmp_path / place)
    assert "was not written" in fails("gaussian_gan.py", *GAUSSIAN, tmp_path / "two")
    run("gaussian_gan.py", "--epochs", 2, "--resume", *GAUSSIAN, tmp_path / "two")
    line = fails("mnist_classifier.py", "--count", 128, "--resume", "--out", tmp_path / "three")
    assert "was not written by mnist_classifier.py" in line
    assert "was not written" in fails("gaussian_gan.py", *GAUSSIAN, tmp_path / "three")


def test_the_checkpoint_of_a_run_before_is_kept(tmp_path):
    for seed in range(3):
        output = run("gaussian_gan.py", "--seed", seed, "--dry-run", *GAUSSIAN, tmp_path)
        names = ["checkpoint.npz", "checkpoint.1.npz", "checkpoint.2.npz"][: seed + 1]
        assert seed == 0 or f"an earlier run is now {names[-1]}" in output
        assert sorted(path.name for path in tmp_path.glob("*.npz")) == sorted(names)
    seeds = [tg.load(tmp_path / name)["arguments"]["seed"] for name in names]
    assert seeds == [2, 0, 1]
    run("gaussian_gan.py", "--seed", 2, "--resume", "--epochs", 1, *GAUSSIAN, tmp_path)
    assert len(list(tmp_path.glob("*.npz"))) == 3


@pytest.mark.parametrize("content", [b"", None, "other"])
def test_old_pictures_may_be_missing_damaged_or_of_another_size(tmp_path, content):
    options = [*TINY, "--count", 8, "--out", tmp_path]
    run("dcgan.py", *options, "--epochs", 1)
    picture = tmp_path / "epoch_001.png"
    picture.unlink()
    if content == "other":
        Image.new("RGBA", (7, 5)).save(picture)
    elif content is not None:
        picture.write_bytes(content)
    run("dcgan.py", *options, "--epochs", 2, "--resume")
    with Image.open(tmp_path / "training.gif") as gif:
        assert gif.n_frames == 1


def test_other_data_are_told_and_not_taken_within_an_epoch(tmp_path):
    """The same number of images, one of them with another content."""
    data, out = tmp_path / "data", tmp_path / "out"
    data.mkdir()
    for k in range(8):
        Image.fromarray(np.full((16, 16, 3), 20 * k, np.uint8)).save(data / f"{k}.png")
    options = [*TINY, "--data", data, "--out", out]
    run("dcgan.py", *options, "--epochs", 1)
    moved = shutil.copytree(data, tmp_path / "moved")
    printed = run("dcgan.py", *TINY, "--data", moved, "--out", out, "--epochs", 2, "--resume")
    assert "the data are not" not in printed
    shutil.copy(data / "1.png", data / "0.png")
    printed = run("dcgan.py", *options, "--epochs", 3, "--resume")
    assert "the data are not those of the checkpoint (8 examples then, 8 now)" in printed
    state = tg.load(out / "checkpoint.npz")
    state["loader"] |= {"seed": 1, "done": 1}
    tg.save(state, out / "checkpoint.npz")
    shutil.copy(data / "2.png", data / "0.png")
    line = fails("dcgan.py", *options, "--epochs", 4, "--resume")
    assert "8 examples then, 8 now), which was saved within an epoch; give the same data" in line


def test_output_within_the_images_is_refused(tmp_path):
    Image.new("RGB", (16, 16)).save(tmp_path / "1.jpg")
    (tmp_path / "link").symlink_to(tmp_path)
    for out in (tmp_path, tmp_path / "out", tmp_path / "link" / "out"):
        assert "is within --data" in fails("dcgan.py", *TINY, "--data", tmp_path, "--out", out)


def test_an_unreadable_image_is_a_line_without_advice_for_python(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    for k in range(5):
        Image.new("RGB", (16, 16)).save(data / f"{k}.png")
    (data / "bad.png").write_bytes(b"")
    process = start("dcgan.py", *TINY, "--data", data, "--epochs", 1, "--out", tmp_path / "out")
    status, printed, err = end(process)
    assert status == 0 and "Warning" not in err
    assert f"ImageFolder({data}): skipped 1 corrupt images: bad.png (the file is empty)" in printed
    assert len(tg.load(tmp_path / "out" / "checkpoint.npz")["history"]) == 1  # one batch of four
    for path in data.iterdir():
        path.write_bytes(b"")
    line = fails("dcgan.py", *TINY, "--data", data, "--out", tmp_path / "out")
    assert "6 of 6 images are corrupt; remove them: 0.png" in line
    line = fails("mnist_gan.py", "--data", data, "--out", tmp_path / "digits")
    assert "no train-images-idx3-ubyte" in line and "=True" not in line


def test_lines_without_a_terminal(tmp_path):
    status, _, err = end(start("gaussian_gan.py", "--epochs", 5, *GAUSSIAN, tmp_path))
    assert status == 0 and "\r" not in err and err.endswith("\n")
    assert 2 <= err.count("ex/s") <= 12 and "100%" in err.splitlines()[-1]


def test_single_pictures_do_not_overwrite_either(tmp_path):
    (tmp_path / "path.png").write_bytes(b"mine")
    assert "was not written" in fails("bilinear_game.py", "--out", tmp_path)
    assert (tmp_path / "path.png").read_bytes() == b"mine"
    (tmp_path / "path.png").unlink()
    for _ in range(2):
        run("bilinear_game.py", "--out", tmp_path)


def test_what_comes_after_a_training_is_checked_before_it(tmp_path):
    (tmp_path / "bad.npz").write_bytes(b"damaged")
    for script in ("mnist_gan.py", "wgan_gp.py"):
        assert "--classifier" in fails(script, "--classifier", tmp_path / "bad.npz", "--out",
                                       tmp_path / "gan")


def test_in_a_thread(tmp_path):
    """Where there are no signals."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(run, "gaussian_gan.py", "--dry-run", *GAUSSIAN, tmp_path).result()
    assert (tmp_path / "points.png").exists()
