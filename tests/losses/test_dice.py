import pytest
import torch

from cae.losses.dice import dice_loss


def naive(predicted, target):
    losses = []
    for structure in range(predicted.shape[1]):
        p, t = predicted[:, structure].flatten().tolist(), target[:, structure].flatten().tolist()
        shared = sum(a * b for a, b in zip(p, t, strict=True))
        losses.append(1 - (2 * shared + 1) / (sum(p) + sum(t) + 1))
    return sum(losses) / len(losses)


@pytest.mark.parametrize("shape", [(1, 1, 3, 5), (3, 2, 4, 4)])
def test_equals_the_naive_loop(shape):
    predicted, target = torch.rand(2, *shape)
    assert float(dice_loss(predicted, target)) == pytest.approx(naive(predicted, target), rel=1e-4)


def test_runs_from_none_to_one():
    mask = torch.zeros(2, 1, 32, 32)
    mask[:, :, :16] = 1
    assert float(dice_loss(mask, mask)) == pytest.approx(0, abs=1e-6)
    assert float(dice_loss(1 - mask, mask)) == pytest.approx(1, abs=1e-3)


def test_a_structure_that_is_nowhere_has_a_finite_gradient():
    predicted = torch.zeros(1, 1, 4, 4, requires_grad=True)
    loss = dice_loss(predicted, torch.zeros(1, 1, 4, 4))
    loss.backward()
    assert float(loss.detach()) == 0
    assert torch.isfinite(predicted.grad).all()


def test_unsuitable_input_is_refused():
    with pytest.raises(ValueError, match="Expected"):
        dice_loss(torch.rand(1, 2, 3, 3), torch.rand(1, 1, 3, 3))
