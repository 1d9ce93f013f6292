import numpy as np
import pytest
import torch

from cae.losses.masked_ntxent import masked_ntxent
from cae.methods.pseudo_class import PseudoClassAutoencoder, PseudoClassSettings
from cae.networks import ARCHITECTURES, NetworkSettings

NONE = np.empty((0, 8), np.float32)


@pytest.fixture(params=ARCHITECTURES)
def method(request):
    torch.manual_seed(0)
    semantic = 2 if ARCHITECTURES[request.param].has_semantic_part else 0
    network = NetworkSettings(request.param, 28, latent=8, width=4, semantic=semantic)
    settings = PseudoClassSettings(temperature=0.3, pseudo_classes=3)
    return PseudoClassAutoencoder(network, settings).eval()


def test_warms_up_as_a_plain_autoencoder(method):
    assert method.views == 0
    images = torch.rand(4, 1, 28, 28)
    losses = method(images, images.new_empty((0, *images.shape)), torch.full((4,), -1))
    assert set(losses) == {"reconstruction"}


def test_then_members_of_a_group_are_no_negatives(method):
    latents = np.random.default_rng(0).normal(size=(12, 8)).astype(np.float32)
    groups, _ = method.begin_stage(1, latents, NONE, seed=0)
    assert sorted(set(groups)) == [0, 1, 2]
    assert method.views == 2
    images, views = torch.rand(4, 1, 28, 28), torch.rand(2, 4, 1, 28, 28)
    chosen = torch.tensor([0, 0, 1, -1])
    projections = torch.stack([method.projector(method.encode(view)) for view in [images, *views]])
    torch.testing.assert_close(
        method(images, views, chosen)["contrastive"], masked_ntxent(projections, chosen, 0.3)
    )


def test_the_first_groups_follow_the_detail(method):
    detail = np.repeat(np.eye(3, 8 - method.semantic), 5, axis=0)
    latents = np.hstack([np.random.default_rng(0).normal(size=(15, method.semantic)), detail])
    groups, _ = method.begin_stage(1, latents.astype(np.float32), NONE, seed=0)
    assert [len(set(groups[start : start + 5])) for start in (0, 5, 10)] == [1, 1, 1]
    assert len(set(groups)) == 3


def test_the_first_groups_follow_what_is_seen_in_the_decoded_image(method):
    seen, unseen = method.semantic, method.semantic + 1
    latents = np.zeros((12, 8), np.float32)
    latents[:, seen] = 0.1 * (np.arange(12) % 3)
    latents[:, unseen] = np.arange(12) // 4
    method.decode = lambda latents: latents[:, seen, None, None, None].expand(-1, 1, 28, 28)
    groups, _ = method.begin_stage(1, latents, NONE, seed=0)
    assert [len(set(groups[start::3])) for start in range(3)] == [1, 1, 1]
    assert len(set(groups)) == 3


def test_near_members_of_the_own_class_are_positives_after_the_first_refresh(method):
    random = np.random.default_rng(0)
    centres = np.repeat(np.eye(3, 8), 5, axis=0)
    latents = (centres + 0.05 * random.normal(size=(15, 8))).astype(np.float32)
    assert method.begin_stage(1, latents, NONE, seed=0).positives.shape == (15, 0)
    method.positives = 6
    groups, positives = method.begin_stage(2, latents, NONE, seed=0)
    cosines = latents @ latents.T / np.outer(*2 * [np.linalg.norm(latents, axis=1)])
    for row in range(15):
        nearest = [other for other in np.argsort(-cosines[row]) if other != row][:6]
        members = [other for other in nearest if groups[other] == groups[row]]
        assert len(members) == 4
        assert positives[row].tolist() == [*members, row, row]


@pytest.mark.parametrize("number", [1, 2])
def test_held_out_images_are_where_those_alike_are_and_shape_nothing(method, number):
    random = np.random.default_rng(0)
    centres = np.hstack([np.zeros((15, method.semantic)), np.repeat(np.eye(3, 6), 5, axis=0)])
    latents = np.pad(centres, ((0, 0), (0, 8 - centres.shape[1])))
    latents = (latents + 0.01 * random.normal(size=(15, 8))).astype(np.float32)
    alone = method.begin_stage(number, latents, NONE, seed=0)
    found = method.begin_stage(number, latents, latents[[2, 7, 12]] + 0.001, seed=0)
    assert np.array_equal(found.groups[:15], alone.groups)
    assert np.array_equal(found.positives[:15], alone.positives)
    assert found.groups[15:].tolist() == alone.groups[[2, 7, 12]].tolist()
    for row, positives in enumerate(found.positives[15:], start=15):
        assert set(found.groups[positives]) <= {found.groups[row]}
        assert number == 1 or (positives != row).any()


def test_images_that_coincide_are_positives_of_each_other(method):
    method.positives = 1
    latents = np.repeat(np.eye(3, 8, dtype=np.float32), 2, axis=0)
    positives = method.begin_stage(2, latents, NONE, seed=0).positives
    assert positives[:, 0].tolist() == [1, 0, 3, 2, 5, 4]


def test_groups_are_found_anew_every_few_epochs():
    stages = PseudoClassAutoencoder.stages(PseudoClassSettings(epochs=20, refresh=5))
    assert [stage.first_epoch for stage in stages] == [0, 2, 7, 12, 17]
    assert [stage.new_loss for stage in stages] == [True, True, False, False, False]
