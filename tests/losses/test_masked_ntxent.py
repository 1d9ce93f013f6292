import math

import pytest
import torch

from cae.losses.masked_ntxent import masked_ntxent
from cae.losses.ntxent import ntxent


def naive(embeddings, classes, temperature):
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
                if k != i and (classes[k] != classes[i] or classes[k] < 0)
            )
            for w in range(views):
                if w != v:
                    positive = math.exp(float(anchor @ unit[w, i]) / temperature)
                    terms.append(-math.log(positive / (positive + negatives)))
    return sum(terms) / len(terms)


@pytest.mark.parametrize("shape", [(2, 3, 3), (2, 7, 5), (3, 5, 4)])
@pytest.mark.parametrize("temperature", [0.1, 0.5])
def test_equals_the_naive_loop(shape, temperature):
    random = torch.Generator().manual_seed(2)
    embeddings = torch.randn(shape, generator=random)
    classes = torch.randint(-1, 3, (shape[1],), generator=random)
    assert float(masked_ntxent(embeddings, classes, temperature)) == pytest.approx(
        naive(embeddings, classes.tolist(), temperature), rel=1e-4
    )


def test_is_ntxent_when_every_image_is_a_class_of_its_own():
    embeddings = torch.randn(2, 9, 4)
    expected = ntxent(embeddings, 0.3)
    torch.testing.assert_close(masked_ntxent(embeddings, torch.arange(9), 0.3), expected)
    torch.testing.assert_close(masked_ntxent(embeddings, torch.full((9,), -1), 0.3), expected)


def test_one_class_leaves_nothing_to_tell_apart_but_a_gradient():
    embeddings = torch.randn(2, 6, 4, requires_grad=True)
    loss = masked_ntxent(embeddings, torch.zeros(6, dtype=torch.long))
    loss.backward()
    assert float(loss.detach()) == pytest.approx(0, abs=1e-6)
    assert torch.isfinite(embeddings.grad).all()


def test_a_class_mate_is_not_pushed_away():
    embeddings = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0))
    closer = embeddings.clone()
    closer[:, 1] = embeddings[:, 0] + 0.1 * embeddings[:, 1]
    alone = torch.tensor([0, 1, 2])
    together = torch.tensor([0, 0, 1])
    pushed = masked_ntxent(closer, alone) - masked_ntxent(closer, together)
    apart = masked_ntxent(embeddings, alone) - masked_ntxent(embeddings, together)
    assert pushed > apart > 0


def test_numbers_and_order_of_classes_do_not_matter():
    embeddings = torch.randn(2, 8, 4)
    classes = torch.tensor([0, 0, 1, 1, 2, 2, -1, -1])
    order = torch.randperm(8)
    expected = masked_ntxent(embeddings, classes)
    torch.testing.assert_close(masked_ntxent(embeddings[:, order], classes[order]), expected)
    renamed = torch.tensor([7, 7, 0, 0, 3, 3, -5, -1])
    torch.testing.assert_close(masked_ntxent(embeddings, renamed), expected)


@pytest.mark.parametrize(
    ("shape", "classes", "temperature"),
    [((1, 4, 3), 4, 0.2), ((2, 4, 3), 3, 0.2), ((2, 4, 3), 4, 0.0)],
)
def test_unsuitable_input_is_refused(shape, classes, temperature):
    with pytest.raises(ValueError, match="Expected|temperature"):
        masked_ntxent(torch.randn(shape), torch.arange(classes), temperature)
