import numpy as np
import torch
from scipy.ndimage import correlate1d

from cae.augment.random_blur import RandomBlur


def test_half_of_the_images_are_blurred_by_a_gaussian_of_three_pixels() -> None:
    torch.manual_seed(0)
    images = torch.rand(64, 2, 9, 9)
    state = torch.get_rng_state()
    views = RandomBlur(0.8)(images)
    torch.set_rng_state(state)
    spread, chance = torch.rand(2, 64).numpy()
    spread = 0.1 + 0.7 * spread
    for image, view, sigma, drawn in zip(images, views, spread, chance, strict=True):
        expected = image.numpy()
        if drawn < 0.5:
            kernel = np.exp(-np.array([1, 0, 1]) / (2 * sigma**2))
            for axis in (1, 2):
                expected = correlate1d(expected, kernel / kernel.sum(), axis, mode="nearest")
        np.testing.assert_allclose(view.numpy(), expected, atol=1e-6)
    assert 16 < int((chance < 0.5).sum()) < 48
