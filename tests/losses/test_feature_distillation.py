import numpy as np
import pytest
import torch
from scipy.spatial.distance import cosine
from torch.nn import functional

from cae.losses.feature_distillation import feature_distillation


def draws(*shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)))


@pytest.mark.parametrize(
    ("views", "count", "own", "told"), [(1, 1, 4, 4), (3, 5, 4, 7), (2, 6, 8, 3)]
)
def test_equals_the_naive_loop(views, count, own, told):
    embeddings, features = draws(views, count, own), draws(count, told)
    shared = min(own, told)
    distances = [
        cosine(view[image, :shared].numpy(), features[image, :shared].numpy())
        for view in embeddings
        for image in range(count)
    ]
    loss = feature_distillation(embeddings, features)
    assert float(loss) == pytest.approx(np.mean(distances), rel=1e-5)


def test_the_same_direction_costs_nothing_whatever_the_lengths():
    features = draws(6, 5)
    embeddings = torch.stack([features, features * torch.arange(1, 7)[:, None]])
    assert float(feature_distillation(embeddings, features)) == pytest.approx(0, abs=1e-6)
    assert float(feature_distillation(-embeddings, features)) == pytest.approx(2, abs=1e-6)


def test_descent_brings_embeddings_to_the_teachers_features():
    features, embeddings = draws(8, 5), draws(1, 8, 3).requires_grad_()
    optimiser = torch.optim.Adam([embeddings], lr=0.05)
    for _ in range(300):
        optimiser.zero_grad()
        feature_distillation(embeddings, features).backward()
        optimiser.step()
    expected = functional.normalize(features[:, :3], dim=1)
    found = functional.normalize(embeddings[0].detach(), dim=1)
    torch.testing.assert_close(found, expected, atol=1e-2, rtol=0)


def test_the_teacher_learns_nothing():
    embeddings, features = draws(2, 4, 3).requires_grad_(), draws(4, 3).requires_grad_()
    feature_distillation(embeddings, features).backward()
    assert embeddings.grad is not None
    assert features.grad is None


def test_half_precision_does_not_blur_directions():
    embeddings = torch.ones(1, 4, 8) + 1e-3 * draws(1, 4, 8)
    features = torch.ones(4, 8)
    with torch.autocast("cpu", torch.bfloat16):
        inside = feature_distillation(embeddings, features)
    torch.testing.assert_close(inside, feature_distillation(embeddings, features))
