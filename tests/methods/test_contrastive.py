import numpy as np
import pytest
import torch

from cae.latent.space import LatentSpace
from cae.losses.feature_distillation import feature_distillation
from cae.losses.ntxent import ntxent
from cae.methods import method_named, new_settings
from cae.methods.contrastive import ContrastiveAutoencoder, ContrastiveSettings
from cae.networks import ARCHITECTURES, NetworkSettings

NO_GROUPS = torch.full((4,), -1)


@pytest.fixture(params=ARCHITECTURES)
def method(request):
    torch.manual_seed(0)
    network = NetworkSettings(request.param, 28, latent=8, width=4, semantic=2)
    return ContrastiveAutoencoder(network, ContrastiveSettings(temperature=0.3)).eval()


def test_contrasts_the_projections_of_views(method):
    images, views = torch.rand(4, 1, 28, 28), torch.rand(2, 4, 1, 28, 28)
    losses = method(images, views, NO_GROUPS)
    projections = torch.stack([method.projector(method.encode(view)) for view in views])
    torch.testing.assert_close(losses["contrastive"], ntxent(projections, 0.3))


def test_reconstructs_as_the_autoencoder_with_the_same_weights_does(method):
    plain = method_named("autoencoder")(
        NetworkSettings(*_shape(method)), new_settings("autoencoder")
    ).eval()
    plain.load_state_dict(method.state_dict(), strict=False)
    images, views = torch.rand(4, 1, 28, 28), torch.rand(2, 4, 1, 28, 28)
    torch.testing.assert_close(
        method(images, views, NO_GROUPS)["reconstruction"],
        plain(images, views[:0], NO_GROUPS)["reconstruction"],
    )


def test_images_and_views_learn_from_a_teacher(method):
    images, views, features = (
        torch.rand(4, 1, 28, 28),
        torch.rand(2, 4, 1, 28, 28),
        torch.rand(4, 6),
    )
    losses = method(images, views, NO_GROUPS, features)
    latents = torch.stack([method.encode(images), *map(method.encode, views)])
    expected = feature_distillation(method.head_outputs(latents), features)
    torch.testing.assert_close(losses["teacher"], method.teacher_weight * expected)
    assert "teacher" not in method(images, views, NO_GROUPS)


def _shape(method):
    name = next(
        name for name, parts in ARCHITECTURES.items() if isinstance(method.encoder, parts.encoder)
    )
    return name, 28, 1, 8, 4, 64, 2


def test_every_weight_learns(method):
    losses = method.train()(torch.rand(4, 1, 28, 28), torch.rand(2, 4, 1, 28, 28), NO_GROUPS)
    sum(losses.values()).backward()
    assert all(parameter.grad is not None for parameter in method.parameters())


@pytest.fixture
def product():
    torch.manual_seed(0)
    network = NetworkSettings("residual", 28, latent=8, width=4, semantic=3)
    return ContrastiveAutoencoder(network, ContrastiveSettings(interpolation_weight=2.0)).eval()


def test_between_images_lie_points_of_the_shortest_ways(product):
    latents = product.encode(torch.rand(7, 1, 28, 28)).detach()
    between = product.points_between(latents)
    assert between.shape == (3, 8)
    space = LatentSpace(3)
    for point, first, last in zip(between, latents[:3], latents[3:6], strict=True):
        way = space.between(first.numpy(), last.numpy(), np.linspace(0, 1, 2_001))
        detail = way[:, 3:] - point[3:].numpy()
        meaning = way[:, :3] - point[:3].numpy()
        # Both parts lie on the way, each at a place of its own.
        assert np.linalg.norm(detail, axis=1).min() < 1e-3
        assert np.linalg.norm(meaning, axis=1).min() < 1e-3


def test_what_is_decoded_between_images_is_to_mean_what_lies_there(product):
    images, views = torch.rand(4, 1, 28, 28), torch.rand(2, 4, 1, 28, 28)
    torch.manual_seed(1)
    loss = product(images, views, NO_GROUPS)["interpolation"]
    torch.manual_seed(1)
    meant = product.points_between(product.encode(images)).detach()
    again = product.encode(product.decode(meant)).detach()
    cosines = [float(a[:3] @ b[:3]) for a, b in zip(again, meant, strict=True)]
    assert loss.item() == pytest.approx(2 * (1 - np.mean(cosines)), abs=1e-5)


def draws(*shape):
    return torch.rand(shape, generator=torch.Generator().manual_seed(len(shape)))


def test_only_the_encoder_learns_from_what_lies_between(product):
    product.train().begin_step(1.0)
    images, views = draws(8, 1, 28, 28), draws(2, 8, 1, 28, 28)
    product(images, views, torch.full((8,), -1))["interpolation"].backward()
    learnt = {
        name.split(".")[0] for name, one in product.named_parameters() if one.grad is not None
    }
    assert learnt == {"encoder"}


def test_batch_norm_treats_what_lies_between_as_it_does_images(product):
    product.train()
    seen = []
    product.encoder.register_forward_hook(lambda _, given, __: seen.append(given[0]))
    images, views = draws(8, 1, 28, 28), draws(2, 8, 1, 28, 28)
    product(images, views, torch.full((8,), -1))
    asked, joint = seen
    assert torch.equal(asked, images)
    # In the one batch that statistics follow.
    assert torch.equal(joint[:24], torch.cat([images, *views]))
    assert joint.shape == (28, 1, 28, 28)
    assert all(part.training for part in product.modules())


def test_asking_for_what_lies_between_changes_no_statistics(product):
    product.train()
    statistics = {name: one.clone() for name, one in product.named_buffers()}
    product.between(draws(8, 1, 28, 28))
    assert all(torch.equal(one, statistics[name]) for name, one in product.named_buffers())


def test_what_lies_between_counts_the_more_the_longer_training_lasts(product):
    found, meant = draws(5, 8), draws(5, 8).flip(0)

    def loss(share):
        product.begin_step(share)
        return product.between_losses(found, meant)["interpolation"].item()

    assert loss(0.0) == loss(1.0) > 0
    product.train()
    assert loss(0.0) == 0
    assert loss(0.25) == pytest.approx(loss(1.0) / 4)


@pytest.mark.parametrize(("semantic", "weight", "count"), [(0, 1.0, 4), (3, 0.0, 4), (3, 1.0, 1)])
def test_where_nothing_lies_between_there_is_no_such_loss(semantic, weight, count):
    network = NetworkSettings("residual", 28, latent=8, width=4, semantic=semantic)
    settings = ContrastiveSettings(interpolation_weight=weight)
    method = ContrastiveAutoencoder(network, settings).eval()
    losses = method(
        torch.rand(count, 1, 28, 28), torch.rand(2, count, 1, 28, 28), NO_GROUPS[:count]
    )
    assert set(losses) == {"reconstruction", "contrastive"}


@pytest.mark.parametrize(("latent", "semantic"), [(2, 1), (16, 8), (256, 128), (512, 128)])
def test_half_is_semantic_and_no_more_than_128_numbers(latent: int, semantic: int) -> None:
    assert ContrastiveAutoencoder.semantic_size(latent) == semantic
