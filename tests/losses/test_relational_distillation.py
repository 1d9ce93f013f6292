import numpy as np
import pytest
import torch
from scipy.special import softmax
from scipy.stats import entropy
from torch.nn import functional

from cae.losses.relational_distillation import relational_distillation


def draws(*shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)))


def naive(embeddings, features, temperature, teacher_temperature):
    """The mean divergence, one image and view after the other."""

    def relations(vectors, image, temperature):
        unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        others = np.delete(np.arange(len(unit)), image)
        return softmax(unit[others] @ unit[image] / temperature)

    divergences = [
        entropy(
            relations(features.numpy(), image, teacher_temperature),
            relations(view.numpy(), image, temperature),
        )
        for view in embeddings
        for image in range(len(features))
    ]
    return np.mean(divergences)


@pytest.mark.parametrize(("views", "count"), [(1, 2), (1, 6), (3, 5)])
def test_equals_the_naive_loop(views, count):
    embeddings, features = draws(views, count, 4), draws(count, 7)
    expected = naive(embeddings, features, 0.2, 0.1)
    loss = relational_distillation(embeddings, features, 0.2, 0.1)
    assert float(loss) == pytest.approx(expected, rel=1e-4)


def test_equal_relations_cost_nothing_whatever_lengths_and_turns():
    features = draws(6, 5)
    turned, _ = torch.linalg.qr(draws(5, 5))
    embeddings = torch.stack([features @ turned, features * torch.arange(1, 7)[:, None]])
    loss = relational_distillation(embeddings, features, 0.1, 0.1)
    assert float(loss) == pytest.approx(0, abs=1e-5)


def test_descent_brings_relations_to_the_teachers():
    features, embeddings = draws(8, 3), draws(1, 8, 4).requires_grad_()
    optimiser = torch.optim.Adam([embeddings], lr=0.05)
    for _ in range(300):
        optimiser.zero_grad()
        relational_distillation(embeddings, features, 1.0, 1.0).backward()
        optimiser.step()
    found = functional.normalize(embeddings[0].detach(), dim=1)
    expected = functional.normalize(features, dim=1)
    pairs = torch.triu_indices(8, 8, 1).unbind()
    cosines = torch.stack([(found @ found.T)[pairs], (expected @ expected.T)[pairs]])
    assert float(torch.corrcoef(cosines)[0, 1]) > 0.95


def test_one_image_relates_to_none():
    embeddings = draws(2, 1, 4).requires_grad_()
    loss = relational_distillation(embeddings, draws(1, 3), 0.2, 0.1)
    assert float(loss) == 0


def test_half_precision_does_not_blur_the_relations():
    embeddings = torch.ones(1, 4, 8) + 1e-3 * draws(1, 4, 8)
    with torch.autocast("cpu", torch.bfloat16):
        inside = relational_distillation(embeddings, draws(4, 3), 0.2, 0.1)
    torch.testing.assert_close(inside, relational_distillation(embeddings, draws(4, 3), 0.2, 0.1))
