import numpy as np
import pytest
import torch
from sklearn.datasets import make_blobs

from cae.latent.space import LatentSpace
from cae.methods.prototypes import PrototypeAutoencoder, PrototypeSettings
from cae.networks import ARCHITECTURES, NetworkSettings

NO_GROUPS = torch.full((6,), -1)
NONE = np.empty((0, 8), np.float32)


def build(architecture="residual", **changes):
    torch.manual_seed(0)
    network = NetworkSettings(architecture, 28, latent=8, width=4, semantic=2)
    return PrototypeAutoencoder(network, PrototypeSettings(**changes))


def latents_in(groups):
    points, truth = make_blobs(
        40 * groups, centers=4 * np.eye(groups, 8), cluster_std=0.2, random_state=0
    )
    return points.astype(np.float32), truth


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_changing_the_assignment_changes_the_decoded_image(architecture):
    method = build(architecture, clusters=3).eval()
    latents, _ = latents_in(3)
    method.begin_stage(1, latents, NONE, seed=0)
    chosen = torch.from_numpy(latents[:2])
    decoded = [method.decode_as(chosen, c.expand(2, 3)) for c in torch.eye(3)]
    assert not torch.equal(decoded[0], decoded[1])
    assert not torch.equal(decoded[1], decoded[2])
    torch.testing.assert_close(
        method.decode(chosen), method.decode_as(chosen, method.assign(chosen))
    )


@pytest.mark.parametrize("clusters", [0, 4])
def test_prototypes_are_the_centres_of_the_groups(clusters):
    method = build(clusters=clusters)
    latents, truth = latents_in(4)
    found, _ = method.begin_stage(1, latents, NONE, seed=0)
    assert int(method.count) == 4
    for group in range(4):
        members = found[truth == group]
        assert len(set(members)) == 1
        expected = LatentSpace(2).onto(latents[truth == group].mean(0).astype(np.float64))
        np.testing.assert_allclose(method.prototypes[members[0]], expected, atol=1e-4)


def test_assignments_are_a_softmax_over_prototypes():
    method = build(clusters=3, assignment_temperature=0.5)
    latents, _ = latents_in(3)
    method.begin_stage(1, latents, NONE, seed=0)
    assigned = method.assign(torch.from_numpy(latents))
    expected = np.exp(latents @ method.prototypes.numpy().T / 0.5)
    np.testing.assert_allclose(assigned, expected / expected.sum(1, keepdims=True), rtol=1e-4)


def test_prototypes_follow_their_members_and_only_in_training():
    method = build(clusters=2)
    method.begin_stage(1, latents_in(2)[0], NONE, seed=0)
    before = method.prototypes.clone()
    images, views = torch.rand(6, 1, 28, 28), torch.rand(2, 6, 1, 28, 28)
    method.eval()(images, views, NO_GROUPS)
    assert torch.equal(method.prototypes, before)
    method.train()
    sum(method(images, views, NO_GROUPS).values()).backward()
    moved = method.prototypes - before
    assert moved.abs().max() > 0
    lengths = torch.linalg.norm(method.cluster_prototypes[:, :2], dim=1)
    torch.testing.assert_close(lengths, torch.ones(2))
    assert all(parameter.grad is not None for parameter in method.parameters())


def test_an_unused_prototype_stays():
    method = build(clusters=2)
    method.count.fill_(2)
    method.prototypes[:] = torch.tensor([[0.0] * 8, [100.0] * 8])
    method._follow(torch.ones(5, 8))
    assert torch.equal(method.prototypes[1], torch.full((8,), 100.0))
    torch.testing.assert_close(method.prototypes[0, 2:], torch.full((6,), 0.01))
    torch.testing.assert_close(method.prototypes[0, :2], torch.full((2,), 0.5**0.5))


def test_one_epoch_has_no_second_phase():
    assert len(PrototypeAutoencoder.stages(PrototypeSettings(epochs=1))) == 1
    starts = [stage.first_epoch for stage in PrototypeAutoencoder.stages(PrototypeSettings())]
    assert starts == [0, 12]
