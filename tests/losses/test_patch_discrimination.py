import math

import pytest
import torch

from cae.losses.patch_discrimination import patch_discrimination


def naive(anchors, targets, temperature):
    a = anchors.double() / anchors.double().norm(dim=1, keepdim=True)
    t = targets.double() / targets.double().norm(dim=1, keepdim=True)
    total = 0.0
    for i in range(len(a)):
        weights = [math.exp(float(a[i] @ t[j]) / temperature) for j in range(len(t))]
        for j, weight in enumerate(weights):
            p = weight / sum(weights)
            total -= math.log(p) if i == j else math.log(1 - p)
    return total / len(a)


@pytest.mark.parametrize("shape", [(1, 3), (2, 3), (7, 5), (16, 2)])
@pytest.mark.parametrize("temperature", [0.1, 0.5])
def test_equals_the_naive_loop(shape, temperature):
    random = torch.Generator().manual_seed(1)
    anchors, targets = torch.randn(2, *shape, generator=random)
    assert float(patch_discrimination(anchors, targets, temperature)) == pytest.approx(
        naive(anchors, targets, temperature), rel=1e-4, abs=1e-6
    )


def test_gradients_are_those_of_finite_differences():
    anchors, targets = torch.randn(2, 5, 3, generator=torch.Generator().manual_seed(0))
    anchors.requires_grad_()
    patch_discrimination(anchors, targets, 0.5).backward()
    step = 1e-3
    for i, j in ((0, 0), (2, 1), (4, 2)):
        moved = [anchors.detach().clone() for _ in range(2)]
        moved[0][i, j] += step
        moved[1][i, j] -= step
        up, down = (naive(one, targets, 0.5) for one in moved)
        assert float(anchors.grad[i, j]) == pytest.approx((up - down) / (2 * step), rel=1e-2)


def test_a_sure_mistake_has_a_finite_loss_and_gradient():
    anchors = torch.eye(4, requires_grad=True)
    targets = torch.eye(4).roll(1, 0)
    loss = patch_discrimination(anchors, targets, 0.01)
    loss.backward()
    assert math.isfinite(float(loss.detach()))
    assert torch.isfinite(anchors.grad).all()


def test_length_and_order_do_not_matter():
    anchors, targets = torch.randn(2, 6, 4)
    order = torch.randperm(6)
    expected = patch_discrimination(anchors, targets)
    torch.testing.assert_close(patch_discrimination(anchors[order], targets[order]), expected)
    torch.testing.assert_close(patch_discrimination(3 * anchors, 0.2 * targets), expected)


def test_right_targets_cost_less_than_exchanged_ones():
    patches = torch.randn(6, 4)
    assert patch_discrimination(patches, patches) < patch_discrimination(
        patches, patches.roll(1, 0)
    )


@pytest.mark.parametrize(
    ("anchors", "targets", "temperature"),
    [
        ((4, 3), (3, 3), 0.1),
        ((4, 3, 1), (4, 3, 1), 0.1),
        ((0, 3), (0, 3), 0.1),
        ((4, 3), (4, 3), 0),
    ],
)
def test_unsuitable_input_is_refused(anchors, targets, temperature):
    with pytest.raises(ValueError, match="Expected|temperature"):
        patch_discrimination(torch.ones(anchors), torch.ones(targets), temperature)
