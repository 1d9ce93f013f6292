import math

import pytest
import torch
from pytorch_metric_learning.losses import SupConLoss

from cae.losses.supcon import supcon


def naive(embeddings, labels, temperature):
    views, count, _ = embeddings.shape
    unit = embeddings / embeddings.norm(dim=-1, keepdim=True)
    places = [(v, i) for v in range(views) for i in range(count)]
    total = 0.0
    for v, i in places:
        others = [place for place in places if place != (v, i)]
        score = {o: float(unit[v, i] @ unit[o]) / temperature for o in others}
        log_all = math.log(sum(math.exp(value) for value in score.values()))
        positives = [
            o for o in others if o[1] == i or (labels[i] >= 0 and labels[o[1]] == labels[i])
        ]
        total -= sum(score[o] - log_all for o in positives) / len(positives)
    return total / len(places)


@pytest.mark.parametrize("shape", [(2, 3, 3), (2, 7, 5), (3, 5, 4)])
@pytest.mark.parametrize("temperature", [0.07, 0.5])
def test_equals_the_naive_loop_with_missing_labels(shape, temperature):
    random = torch.Generator().manual_seed(3)
    embeddings = torch.randn(shape, generator=random)
    labels = torch.randint(-1, 3, (shape[1],), generator=random)
    assert float(supcon(embeddings, labels, temperature)) == pytest.approx(
        naive(embeddings, labels.tolist(), temperature), rel=1e-4
    )


@pytest.mark.parametrize("views", [2, 3])
def test_equals_pytorch_metric_learning_with_gradients(views):
    random = torch.Generator().manual_seed(4)
    embeddings = torch.randn(views, 9, 6, generator=random, requires_grad=True)
    reference = embeddings.detach().clone().requires_grad_()
    labels = torch.tensor([0, 0, 0, 1, 1, 2, 2, 3, 4])
    loss = supcon(embeddings, labels, 0.1)
    expected = SupConLoss(temperature=0.1)(reference.flatten(0, 1), labels.repeat(views))
    loss.backward()
    expected.backward()
    torch.testing.assert_close(loss, expected, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(embeddings.grad, reference.grad, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("labels", [[0] * 5, [-1] * 5])
def test_one_class_and_no_labels_have_finite_gradients(labels):
    embeddings = torch.randn(2, 5, 4, requires_grad=True)
    loss = supcon(embeddings, torch.tensor(labels))
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(embeddings.grad).all()


def test_missing_labels_are_not_alike():
    embeddings = torch.randn(2, 4, 3)
    missing, distinct = torch.full((4,), -1), torch.arange(4)
    torch.testing.assert_close(supcon(embeddings, missing), supcon(embeddings, distinct))


def test_names_and_order_do_not_matter():
    embeddings, labels = torch.randn(2, 6, 3), torch.tensor([0, 0, 1, 2, 2, -1])
    order = torch.randperm(6)
    expected = supcon(embeddings, labels)
    torch.testing.assert_close(supcon(embeddings[:, order], labels[order]), expected)
    renamed = torch.tensor([5, 5, 9, 0, 0, -4])
    torch.testing.assert_close(supcon(embeddings, renamed), expected)


@pytest.mark.parametrize(
    ("shape", "labels", "temperature"),
    [((1, 4, 3), 4, 0.2), ((2, 4, 3), 3, 0.2), ((2, 4, 3), 4, 0.0)],
)
def test_unsuitable_input_is_refused(shape, labels, temperature):
    with pytest.raises(ValueError, match="Expected|temperature"):
        supcon(torch.randn(shape), torch.arange(labels), temperature)
