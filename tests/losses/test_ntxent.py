import math

import pytest
import torch
from pytorch_metric_learning.losses import NTXentLoss

from cae.losses.ntxent import ntxent


def naive(embeddings, temperature):
    views, count, _ = embeddings.shape
    unit = embeddings / embeddings.norm(dim=-1, keepdim=True)
    terms = []
    for v in range(views):
        for i in range(count):
            anchor = unit[v, i]
            negatives = sum(
                math.exp(float(anchor @ unit[w, k]) / temperature)
                for w in range(views)
                for k in range(count)
                if k != i
            )
            for w in range(views):
                if w != v:
                    positive = math.exp(float(anchor @ unit[w, i]) / temperature)
                    terms.append(-math.log(positive / (positive + negatives)))
    return sum(terms) / len(terms)


@pytest.mark.parametrize("shape", [(2, 2, 3), (2, 7, 5), (3, 5, 4), (4, 3, 2)])
@pytest.mark.parametrize("temperature", [0.1, 0.5])
def test_equals_the_naive_loop(shape, temperature):
    embeddings = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    assert float(ntxent(embeddings, temperature)) == pytest.approx(
        naive(embeddings, temperature), rel=1e-4
    )


@pytest.mark.parametrize("views", [2, 3])
def test_equals_pytorch_metric_learning_with_gradients(views):
    embeddings = torch.randn(views, 9, 6, requires_grad=True)
    reference = embeddings.detach().clone().requires_grad_()
    loss = ntxent(embeddings, 0.2)
    expected = NTXentLoss(temperature=0.2)(reference.flatten(0, 1), torch.arange(9).repeat(views))
    loss.backward()
    expected.backward()
    torch.testing.assert_close(loss, expected, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(embeddings.grad, reference.grad, rtol=1e-3, atol=1e-6)


def test_does_not_depend_on_lengths_order_or_rotation():
    embeddings = torch.randn(2, 8, 4, dtype=torch.float64)
    loss = ntxent(embeddings)
    lengths = torch.rand(2, 8, 1, dtype=torch.float64) + 0.1
    rotation, _ = torch.linalg.qr(torch.randn(4, 4, dtype=torch.float64))
    torch.testing.assert_close(ntxent(embeddings * lengths), loss)
    torch.testing.assert_close(ntxent(embeddings[:, torch.randperm(8)]), loss)
    torch.testing.assert_close(ntxent(embeddings.flip(0)), loss)
    torch.testing.assert_close(ntxent(embeddings @ rotation), loss)


def test_one_image_leaves_nothing_to_tell_apart():
    assert float(ntxent(torch.randn(2, 1, 4))) == pytest.approx(0, abs=1e-6)


def test_agreeing_views_cost_less_than_shuffled_ones():
    views = torch.randn(16, 8)
    agreeing = ntxent(torch.stack([views, views]))
    assert agreeing < ntxent(torch.stack([views, views.roll(1, 0)]))


def test_half_precision_does_not_overflow():
    embeddings = (torch.randn(2, 32, 16) * 100).bfloat16()
    assert torch.isfinite(ntxent(embeddings, 0.01))


@pytest.mark.parametrize("shape", [(1, 4, 3), (4, 3)])
def test_refuses_a_single_view(shape):
    with pytest.raises(ValueError, match="views"):
        ntxent(torch.randn(shape))


def test_refuses_a_temperature_of_zero():
    with pytest.raises(ValueError, match="temperature"):
        ntxent(torch.randn(2, 4, 3), 0)
