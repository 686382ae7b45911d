"""examples/dcgan.py and sample.py as a user runs them, on settings small enough for seconds."""

import os
import signal

import numpy as np
import pytest
from dcgan import trouble
from PIL import Image
from running import fails, interrupted, on_the_cpu, picture, run, same_checkpoints, start

import tinygrad_cv as tg

TINY = "--features 2 --image-size 16 --count 64 --batch-size 4 --device cpu".split()
PICTURES = {"losses.png", "real_and_generated.png", "training.gif", "checkpoint.npz",
            "tinygrad_cv.log"}

pytestmark = on_the_cpu


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The folder of an uninterrupted run of three epochs, 16 steps each."""
    out = tmp_path_factory.mktemp("trained")
    printed = run("dcgan.py", *TINY, "--epochs", 3, "--out", out)
    assert f"done: the pictures and {out / 'checkpoint.npz'} are in {out}" in printed
    return out


def test_pictures_and_checkpoint(trained):
    epochs = {f"epoch_{k:03}.png" for k in (1, 2, 3)}
    assert set(os.listdir(trained)) == epochs | PICTURES
    history = tg.load(trained / "checkpoint.npz")["history"]
    assert len(history) == 3 * 16
    assert all(np.isfinite(list(step.values())).all() for step in history)
    # 8 x 8 images of 16 and a border of 2
    assert {picture(trained / name) for name in epochs} == {(8 * 18 + 2,) * 2}
    assert min(picture(trained / "losses.png")) > 300
    width, height = picture(trained / "real_and_generated.png")
    assert width == 2 * height + 16
    with Image.open(trained / "training.gif") as gif:
        assert gif.n_frames == 3 and gif.size == (8 * 18 + 2,) * 2


def test_more_epochs_do_not_raise_the_rates(tmp_path):
    """They sink to 2 % in the epochs that the run began with, and stay there."""
    for epochs, resume in ((1, []), (2, ["--resume"])):
        run("dcgan.py", *TINY, "--epochs", epochs, "--out", tmp_path, *resume)
        parts = tg.load(tmp_path / "checkpoint.npz")["parts"]
        rates = [parts[name]["param_groups"][0]["lr"] for name in ("opt_G", "opt_D")]
        assert rates == pytest.approx([0.02 * 1e-3, 0.02 * 2e-3])


def test_what_goes_wrong_is_said_in_words(tmp_path):
    """G that doesn't learn: D wins. Said once, above the bar."""
    options = "--recipe course --features 4 --epochs 5 --lr 0 --lr-d 1e-2".split()
    lines = run("dcgan.py", *TINY, *options, "--out", tmp_path).splitlines()
    said = [line for line in lines if "D is winning: D(x) 0." in line]
    assert len(said) == 1 and said[0].endswith("see docs/troubleshooting.md")
    assert trouble([{"D(x)": 0.7, "D(G(z))": 0.3, "twins": 0.9}] * 200) is None  # too early
    assert "twins: 90%" in trouble([{"D(x)": 0.7, "D(G(z))": 0.3, "twins": 0.9}] * 2000)
    assert "NaN" in trouble([{"D(x)": float("nan"), "D(G(z))": 0.3}] * 20)


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is a signal")
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_saves_and_the_resumed_run_is_bit_identical(trained, tmp_path, by):
    """In the middle of an epoch: after its first step the signal has 15 more to arrive in."""
    process = start("dcgan.py", *TINY, "--epochs", 3, "--out", tmp_path)
    err = interrupted(process, lambda said: "loss_D" in said, by)
    done = len(tg.load(tmp_path / "checkpoint.npz")["history"])
    assert f"stopped after {done} steps" in err and 1 <= done < 48
    printed = run("dcgan.py", *TINY, "--epochs", 3, "--out", tmp_path, "--resume")
    assert f"{done} steps" in printed
    same_checkpoints(trained, tmp_path)


def test_tensorboard(tmp_path):
    """Losses of each step and images of each epoch, read back."""
    run("dcgan.py", *TINY, "--epochs", 1, "--out", tmp_path, "--tensorboard")
    run("dcgan.py", *TINY, "--epochs", 2, "--out", tmp_path, "--tensorboard", "--resume")
    events = [event for name in sorted((tmp_path / "tensorboard").iterdir())
              for event in tensorboard_events(name)]
    written = {}
    for event in events:
        for value in event.summary.value:
            written.setdefault(value.tag, {})[event.step] = value
    history = tg.load(tmp_path / "checkpoint.npz")["history"]
    assert {step: value.simple_value for step, value in written["loss_D"].items()} == pytest.approx(
        {step: numbers["loss_D"] for step, numbers in enumerate(history, 1)}
    )
    for tag, images in (("real", 4), ("fake", 8)):  # a batch of real ones; eight to a row
        widths = {step: value.image.width for step, value in written[tag].items()}
        assert widths == dict.fromkeys((16, 32), images * 18 + 2)
    starts = [event.step for event in events if event.HasField("session_log")]
    assert starts == [1, 17]  # TensorBoard forgets what an earlier run wrote from there on


def tensorboard_events(path):
    """The events of a file: (length, its checksum, an event, its checksum) again and again."""
    event_pb2 = pytest.importorskip("tensorboardX.proto.event_pb2")
    data = path.read_bytes()
    while data:
        length = int.from_bytes(data[:8], "little")
        yield event_pb2.Event.FromString(data[12 : 12 + length])
        data = data[16 + length :]


def test_the_same_seed_and_another(trained, tmp_path):
    """Whatever the number of loader threads."""
    run("dcgan.py", *TINY, "--epochs", 3, "--out", tmp_path / "same", "--workers", 3)
    same_checkpoints(trained, tmp_path / "same")
    run("dcgan.py", *TINY, "--dry-run", "--out", tmp_path / "other", "--seed", 1)
    one, two = (tg.load(out / "checkpoint.npz")["history"][0]
                for out in (trained, tmp_path / "other"))
    assert one["loss_D"] != two["loss_D"]


def test_a_dry_run_and_what_a_killed_run_left_behind_is_removed(tmp_path):
    run("dcgan.py", *TINY, "--dry-run", "--out", tmp_path)
    assert set(os.listdir(tmp_path)) == {"epoch_001.png"} | PICTURES
    assert len(tg.load(tmp_path / "checkpoint.npz")["history"]) == 2
    for name in ("checkpoint.npz", "losses.png", "other.png"):
        (tmp_path / f"{name}.0a1b2c3d.tmp").write_bytes(b"half")
    run("dcgan.py", *TINY, "--dry-run", "--out", tmp_path)
    assert set(os.listdir(tmp_path)) == PICTURES | {
        "epoch_001.png", "other.png.0a1b2c3d.tmp", "checkpoint.1.npz"}


def test_grey_digits(tmp_path):
    """One channel, biases outside."""
    options = "--data digits --features 8 --image-size 16 --count 8 --batch-size 4".split()
    run("dcgan.py", *options, "--epochs", 1, "--out", tmp_path)
    state = tg.load(tmp_path / "checkpoint.npz")
    assert state["parts"]["G"]["0.0.bias"].shape == (16,)
    assert state["arguments"]["channels"] == 1 and state["arguments"]["average"] == 0.99
    run("sample.py", tmp_path / "checkpoint.npz", "--count", 4, "--rows", 1, "--out", tmp_path)
    with Image.open(tmp_path / "samples.png") as image:
        red, green, blue = image.split()
        assert red.tobytes() == green.tobytes() == blue.tobytes()


def test_mnist_s_files_in_a_folder(tmp_path):
    """A folder with MNIST's files is known as such; of digits the grey network is made."""
    data = tmp_path / "mnist" / "MNIST" / "raw"
    data.mkdir(parents=True)
    images = np.random.default_rng(0).integers(0, 256, (8, 28, 28), dtype=np.uint8)
    for name, array in ("images-idx3", images), ("labels-idx1", np.arange(8, dtype=np.uint8)):
        header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">i4").tobytes()
        (data / f"train-{name}-ubyte").write_bytes(header + array.tobytes())
    options = "--features 1 --image-size 16 --batch-size 4 --dry-run".split()
    run("dcgan.py", "--data", tmp_path / "mnist", *options, "--out", tmp_path / "out")
    assert tg.load(tmp_path / "out" / "checkpoint.npz")["arguments"]["channels"] == 1


def test_sample(trained, tmp_path):
    printed = run("sample.py", trained / "checkpoint.npz", "--count", 10, "--rows", 2, "--steps", 5,
                  "--out", tmp_path)
    assert str(tmp_path / "samples.png") in printed
    assert picture(tmp_path / "samples.png") == (8 * 18 + 2, 2 * 18 + 2)
    assert picture(tmp_path / "interpolation.png") == (5 * 18 + 2, 2 * 18 + 2)


def test_bad_sizes_and_data_are_one_line(tmp_path):
    for option, message in (("--image-size=48", "a power of two"), ("--beta1=1", "less than 1"),
                            ("--image-size=8", "--image-size: Sprites: expected")):
        assert message in fails("dcgan.py", option, "--out", tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.zip").write_text("no zip")
    for name, message in (("missing", "no such folder or zip"), ("text.zip", "text.zip"),
                          ("empty", str(tmp_path / "empty"))):
        assert message in fails("dcgan.py", "--data", tmp_path / name, "--out", tmp_path)
    assert "less than a batch of 4" in fails("dcgan.py", *TINY, "--count", 3, "--out", tmp_path)


def test_resume_without_or_with_a_bad_or_other_checkpoint_is_one_line(trained, tmp_path):
    assert "--resume: there is no" in fails("dcgan.py", *TINY, "--out", tmp_path, "--resume")
    (tmp_path / "checkpoint.npz").write_bytes(b"damaged")
    assert "damaged" in fails("dcgan.py", *TINY, "--out", tmp_path, "--resume")
    assert "damaged" in fails("sample.py", tmp_path / "checkpoint.npz")
    for option, was in (("--features 3", "--features 2"), ("--no-spectral", "--spectral")):
        options = *option.split(), "--epochs", 4, "--out", trained, "--resume"
        assert f"was made with {was}; give that" in fails("dcgan.py", *TINY, *options)
