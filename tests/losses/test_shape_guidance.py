import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from cae.losses.shape_guidance import discriminator_loss, guidance_loss


def test_is_the_cross_entropy_of_torch():
    examples, maps = torch.randn(3, 1, 2, 2), torch.randn(5, 1, 2, 2)
    real = binary_cross_entropy_with_logits(examples, torch.ones_like(examples))
    fake = binary_cross_entropy_with_logits(maps, torch.zeros_like(maps))
    torch.testing.assert_close(discriminator_loss(examples, maps), real + fake)
    fooled = binary_cross_entropy_with_logits(maps, torch.ones_like(maps))
    torch.testing.assert_close(guidance_loss(maps), fooled)


def test_what_helps_one_side_hurts_the_other():
    scores = torch.zeros(1, requires_grad=True)
    (of_guide,) = torch.autograd.grad(guidance_loss(scores), scores)
    (of_judge,) = torch.autograd.grad(discriminator_loss(torch.zeros(1), scores), scores)
    assert float(of_guide) == pytest.approx(-0.5)
    assert float(of_judge) == pytest.approx(0.5)
