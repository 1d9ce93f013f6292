import pytest
import torch
from torch import nn

from cae.augment.random_apply import RandomApply


class _Invert(nn.Module):
    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return 1 - images


@pytest.mark.parametrize(("probability", "share"), [(0.0, 0.0), (0.75, 0.75), (1.0, 1.0)])
def test_so_many_images_are_changed_as_a_whole_and_the_others_are_kept(probability, share):
    torch.manual_seed(0)
    images = torch.rand(2000, 1, 4, 4)
    found = RandomApply(_Invert(), probability)(images)
    kept = (found == images).flatten(1).all(1)
    changed = (found == 1 - images).flatten(1).all(1)
    assert bool((kept ^ changed).all())
    assert changed.float().mean().item() == pytest.approx(share, abs=0.03)


def test_the_same_seed_changes_the_same_images():
    images = torch.rand(50, 1, 4, 4)
    change = RandomApply(_Invert(), 0.5)
    torch.manual_seed(1)
    first = change(images)
    torch.manual_seed(1)
    assert torch.equal(first, change(images))
