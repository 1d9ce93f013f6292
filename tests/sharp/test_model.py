import numpy as np
import pytest
import torch

from cae.augment.random_moves import RandomMoves
from cae.errors import CaeError
from cae.methods.decoder import DecoderSettings
from cae.model import Model
from cae.networks.velocity import VelocityNetwork, VelocitySettings
from cae.sharp.model import SharpModel, SharpTraining
from cae.sharp.settings import SharpSettings
from cae.study.study import Study


@pytest.fixture
def model():
    torch.manual_seed(0)
    shape = VelocitySettings(28, 3, latent=4, width=8)
    network = VelocityNetwork(shape)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    return SharpModel(network, shape, scale=0.1, noise=1.0)


@pytest.fixture
def given():
    draw = np.random.default_rng(0)
    latents = draw.standard_normal((5, 4), np.float32)
    return latents, draw.integers(60, 200, (5, 28, 28, 3), dtype=np.uint8)


def test_is_the_midpoint_method(model, given):
    latents, means = given
    noise = np.random.default_rng(7).standard_normal((1, 3, 28, 28), np.float32)
    mean = torch.from_numpy(means).permute(0, 3, 1, 2).float() / 255
    points = torch.from_numpy(noise).repeat(5, 1, 1, 1)

    def velocity(points, time):
        found = model.network(points, mean, torch.full((5,), time), torch.from_numpy(latents))
        return found.detach()

    for step in range(3):
        halfway = points + velocity(points, step / 3) / 6
        points = points + velocity(halfway, step / 3 + 1 / 6) / 3
    expected = (mean + 0.1 * points).clamp(0, 1).permute(0, 2, 3, 1).numpy() * 255
    assert np.abs(model.likely(latents, means, seed=7, steps=3) - expected).max() <= 0.51


def test_few_steps_come_near_to_the_end_of_a_flow_that_bends(model, given, monkeypatch):
    latents, _ = given
    means = np.full((5, 28, 28, 3), 128, np.uint8)
    monkeypatch.setattr(model.network, "forward", lambda points, means, time, latents: points)
    noise = np.random.default_rng(7).standard_normal((3, 28, 28), np.float32)
    end = (128 / 255 + 0.1 * np.e * noise).clip(0, 1).transpose(1, 2, 0) * 255
    assert np.abs(model.likely(latents, means, seed=7, steps=4) - end).max() < 3


def test_seed_decides_and_neighbours_in_a_batch_do_not(model, given):
    latents, means = given
    images = model.likely(latents, means, seed=1)
    assert np.array_equal(images, model.likely(latents, means, seed=1))
    assert not np.array_equal(images, model.likely(latents, means, seed=2))
    seeds = np.array([5, 1, 5, 1, 2])
    apart = model.likely(latents, means, seeds)
    assert np.abs(apart[[1, 3]].astype(int) - images[[1, 3]]).max() <= 1
    assert not np.array_equal(apart[[0, 2, 4]], images[[0, 2, 4]])
    alone = model.likely(latents[3:4], means[3:4], seed=1)
    assert np.abs(images[3:4].astype(int) - alone).max() <= 1


def test_frames_change_no_more_than_latents_and_means_do(model, given):
    latents, means = given
    shares = np.linspace(0, 1, 33, dtype=np.float32)[:, None]
    path = latents[0] + shares * (latents[1] - latents[0])
    frames = model.likely(path, np.repeat(means[:1], 33, axis=0), seed=1).astype(float)
    steps = np.sqrt(np.square(np.diff(frames, axis=0)).mean((1, 2, 3)))
    others = model.likely(path[:1], means[:1], seed=2).astype(float)
    assert steps.max() < np.sqrt(np.square(frames[:1] - others).mean()) / 4


def test_comes_back_as_it_was_saved_but_for_half_precision(model, given, tmp_path):
    model.save(tmp_path, SharpSettings(width=8))
    again = SharpModel.load(tmp_path)
    assert (again.scale, again.noise, again.settings) == (0.1, 1.0, model.settings)
    change = model.likely(*given, seed=1).astype(int) - again.likely(*given, seed=1)
    assert np.abs(change).max() <= 2


def test_what_does_not_fit_is_refused(model, given, tmp_path):
    latents, means = given
    with pytest.raises(CaeError, match="sharpen the study anew"):
        model.likely(latents[:, :3], means, seed=0)
    with pytest.raises(CaeError, match="sharpen the study anew"):
        model.likely(latents, means[:, :-1], seed=0)
    model.save(tmp_path, SharpSettings(width=8))
    (tmp_path / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(CaeError, match="damaged"):
        SharpModel.load(tmp_path)


def test_images_are_moved_as_in_their_own_training_unless_only_decoded(digits_study: Study):
    images, latents = digits_study.images[:40], digits_study.latents[:40]
    rows, settings = np.arange(40), SharpSettings(width=8)
    model = digits_study.model
    training = SharpTraining.untrained(images, latents, rows, model, settings)
    assert isinstance(training.moves, RandomMoves)
    moved = np.roll(images, 1, axis=2)
    shown = torch.from_numpy(moved).permute(0, 3, 1, 2) / 255
    with torch.no_grad():
        found = training.module.latents_of(shown, torch.from_numpy(latents.copy()))
    np.testing.assert_allclose(found, model.encode(moved), atol=1e-3)

    decoding = Model.of_latents(images, DecoderSettings(), latents.shape[1])
    training = SharpTraining.untrained(images, latents, rows, decoding, settings)
    assert torch.equal(training.moves(shown), shown)
    assert torch.equal(training.module.latents_of(shown, torch.tensor(0.0)), torch.tensor(0.0))
