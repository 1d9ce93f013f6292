import numpy as np
import pytest
import torch
from scipy.ndimage import correlate1d
from sklearn.metrics import adjusted_rand_score

from cae.methods.pixel_classes import PixelClasses


@pytest.fixture
def tissue():
    """Images of three kinds of tissue in wide stripes, and which pixel is of which."""
    kinds = torch.arange(3).repeat_interleave(12).expand(4, 36, 36)
    noise = 0.02 * torch.randn(4, 36, 36, generator=torch.Generator().manual_seed(0))
    return (torch.tensor([0.1, 0.5, 0.9])[kinds] + noise).clamp(0, 1)[:, None], kinds


def test_classes_follow_the_tissue_from_dark_to_bright(tissue):
    images, kinds = tissue
    classes = PixelClasses(3, 1)
    classes.begin(images)
    found = classes(images)
    assert found.shape == kinds.shape
    assert adjusted_rand_score(kinds.flatten(), found.flatten()) > 0.8
    assert [int(found[0, 18, x]) for x in (3, 18, 33)] == [0, 1, 2]


def test_surroundings_are_mean_and_spread_under_a_gaussian(tissue):
    image = tissue[0][:1]
    features = PixelClasses(3, 1).features(image)[0].numpy()
    plain = image[0, 0].double().numpy()
    kernel = np.exp(-0.5 * (np.arange(-4, 5) / 2.0) ** 2)
    kernel /= kernel.sum()

    def blurred(values):
        return correlate1d(
            correlate1d(values, kernel, 0, mode="nearest"), kernel, 1, mode="nearest"
        )

    mean = blurred(plain)
    spread = np.sqrt(np.maximum(blurred(plain**2) - mean**2, 0))
    np.testing.assert_allclose(features[0], plain, atol=1e-6)
    np.testing.assert_allclose(features[1], 0.3 * mean, atol=1e-5)
    np.testing.assert_allclose(features[2], 0.3 * spread, atol=1e-3)


def test_colour_images_have_classes_too():
    classes = PixelClasses(4, 3)
    images = torch.rand(3, 3, 16, 16)
    classes.begin(images)
    assert set(classes(images).flatten().tolist()) <= {0, 1, 2, 3}
