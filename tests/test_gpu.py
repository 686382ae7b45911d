"""CuPy beside NumPy: every operation, a DCGAN step. Without a GPU, the same on its stand-ins."""

import gpu_check
import numpy as np
import pytest
from draws import to_tensor
from hypothesis import given, settings
from hypothesis import strategies as st
from operations import TABLE
from strict_array import watch
from training import GAN

import tinygrad_cv as tg
from tinygrad_cv import nn
from tinygrad_cv.models.dcgan import Discriminator, Generator

COMPILED = pytest.param("compiled", marks=pytest.mark.compiled)
CUDA = pytest.param("cuda", marks=pytest.mark.gpu)
devices = pytest.mark.parametrize("device", ["strict", COMPILED, CUDA])


def moved(array, device, double):
    x = to_tensor(tg, array, double)
    return x.detach().to(device).requires_grad_(x.requires_grad)


@devices
@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
@settings(max_examples=max(2, settings().max_examples // 10))
@given(data=st.data())
def test_every_operation_gives_what_numpy_gives(row, device, data):
    """Values and gradients, in both precisions."""
    arrays, parameters = row.draw(lambda options: data.draw(st.sampled_from(options)))
    for double, tolerance in (True, 1e-9), (False, 2e-4):
        host, there = ([moved(a, where, double) for a in arrays] for where in ("cpu", device))
        wanted, got = (row.outputs(tg, inputs, parameters) for inputs in (host, there))
        for a, b in zip(wanted, got, strict=True):
            same(a, b, tolerance)
            if a.requires_grad:
                a.backward(tg.ones_like(a), retain_graph=True)
                b.backward(tg.ones_like(b), retain_graph=True)
        for a, b in zip(host, there):
            assert (a.grad is None) == (b.grad is None)
            if a.grad is not None:
                same(a.grad, b.grad, tolerance)


def same(a, b, tolerance):
    a, b = a.detach().cpu().numpy(), b.detach().cpu().numpy()
    assert a.shape == b.shape and a.dtype == b.dtype
    np.testing.assert_allclose(b, a, rtol=tolerance, atol=tolerance)


@devices
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_a_dcgan_step_leaves_the_gradients_of_the_cpu(device, precision):
    passed, seen = gpu_check.parity(device, precision, tiny=True)
    assert passed, seen


@pytest.mark.parametrize("criterion", ["BCEWithLogitsLoss", "BCELoss", "MSELoss"])
@pytest.mark.parametrize("device", ["strict", COMPILED])
def test_a_gan_s_step_waits_for_nothing_and_uploads_its_data_alone(device, criterion):
    """Images and noise are uploaded; what is printed is fetched at the end, and at once."""
    last = nn.Identity() if "Logits" in criterion else nn.Sigmoid()
    G = Generator(latent=8, features=2, image_size=16).to(device)
    D = nn.Sequential(Discriminator(features=2, image_size=16), last).to(device)
    gan = GAN(tg, G, D, criterion=criterion)
    images, noise = tg.randn(4, 3, 16, 16, device="cpu"), tg.randn(4, 8, 1, 1, device="cpu")
    for _ in range(2):  # the second step has running averages and moments from the first
        with watch() as seen:
            losses = gan.step(images.to(device), noise.to(device))
        assert seen.synchronizations == 0 and seen.uploads == 2
        assert {"float32"} <= seen.dtypes <= {"float32", "int64", "bool"}
        with watch() as seen:
            tg.stack(losses).tolist()
        assert seen.synchronizations == 1


def test_a_missing_number_is_no_small_error():
    for right, wrong in ([1.0, float("nan")], [1.0, 1.0]), ([1.0, 1.0], [1.0, float("nan")]):
        assert not gpu_check.relative_error([tg.tensor(right)], [tg.tensor(wrong)]) <= 1


@pytest.mark.gpu
def test_the_memory_pool_does_not_grow():
    passed, seen = gpu_check.growth()
    assert passed, seen
