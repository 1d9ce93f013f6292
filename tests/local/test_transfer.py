import numpy as np
import pytest
import torch

from cae.errors import CaeError
from cae.local.dice import dice
from cae.local.model import LocalModel
from cae.local.settings import LocalSettings
from cae.local.transfer import TransferSettings, learn_masks
from tests.conftest import digits_imageset

QUICK = TransferSettings(steps=60, batch=6, width=4, preset="steady", learning_rate=1e-2)


@pytest.fixture(scope="module")
def inked():
    """Digits, and where their ink is."""
    images = digits_imageset(40).images
    return images, np.concatenate([images > 100, images <= 100], axis=3)


def test_ink_is_learnt_from_few_images_and_found_in_others(inked):
    images, masks = inked
    found = learn_masks(images[:6], masks[:6], settings=QUICK).masks(images[6:])
    assert found.shape == masks[6:].shape
    assert dice(found[..., 0], masks[6:, ..., 0]) > 0.8


def test_the_encoder_begins_as_it_was_pretrained(inked):
    images, masks = inked
    torch.manual_seed(7)
    pretrained = LocalModel.for_images(images, LocalSettings(width=4, embedding=6, regions=3))
    unmoved = TransferSettings(steps=0, width=4)
    begun = learn_masks(images[:2], masks[:2], pretrained.encoder, unmoved).network
    scratch = learn_masks(images[:2], masks[:2], None, unmoved).network
    weights = pretrained.encoder.state_dict()
    for name, weight in begun.encoder.state_dict().items():
        assert torch.equal(weight, weights[name])
    assert any(
        not torch.equal(weight, weights[name])
        for name, weight in scratch.encoder.state_dict().items()
    )
    assert torch.equal(begun.region.weight, scratch.region.weight)


def test_a_single_structure_and_progress(inked):
    images, masks = inked
    told = []
    settings = TransferSettings(steps=2, width=4)
    found = learn_masks(
        images[:2], masks[:2, ..., :1], settings=settings, progress=lambda *now: told.append(now[0])
    )
    assert told == [1, 2]
    assert found.masks(images[:3]).shape == (3, 28, 28, 1)


@pytest.mark.parametrize("count", [0, 3])
def test_masks_that_do_not_fit_are_refused(inked, count):
    images, masks = inked
    with pytest.raises(CaeError, match="mask of its size"):
        learn_masks(images[:count], masks[: 2 * count // 3])
