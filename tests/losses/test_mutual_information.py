import math

import pytest
import torch
from sklearn.metrics import mutual_info_score

from cae.losses.mutual_information import joint_regions, mutual_information_loss


def hard(labels, regions):
    return torch.nn.functional.one_hot(labels, regions).permute(0, 3, 1, 2).float()


def loss_of(first, second):
    return mutual_information_loss(joint_regions(first, second))


def test_of_hard_maps_is_that_of_scikit_learn_on_the_symmetric_pairs():
    first, second = torch.randint(0, 3, (2, 4, 5, 7), generator=torch.Generator().manual_seed(0))
    pairs = [torch.cat([a.flatten(), b.flatten()]) for a, b in ((first, second), (second, first))]
    expected = mutual_info_score(*[part.numpy() for part in pairs])
    loss = loss_of(hard(first, 3), hard(second, 3))
    assert -float(loss) == pytest.approx(expected, rel=1e-3)


def test_is_least_for_equal_balanced_certain_maps():
    labels = torch.arange(16).reshape(1, 4, 4) % 4
    maps = hard(labels, 4)
    assert float(loss_of(maps, maps)) == pytest.approx(-math.log(4), rel=1e-3)
    flat = torch.full_like(maps, 0.25)
    assert float(loss_of(maps, flat)) == pytest.approx(0, abs=1e-5)
    assert float(loss_of(hard(labels * 0, 4), maps)) > -math.log(4) + 0.1


def test_is_symmetric_and_gradients_are_finite():
    first, second = torch.rand(2, 2, 3, 5, 5).softmax(dim=2)
    first.requires_grad_()
    loss = loss_of(first, second)
    torch.testing.assert_close(loss, loss_of(second, first))
    loss.backward()
    assert torch.isfinite(first.grad).all() and first.grad.any()


def test_unsuitable_input_is_refused():
    with pytest.raises(ValueError, match="Expected"):
        joint_regions(torch.rand(2, 3, 4, 4), torch.rand(2, 3, 4, 5))
