import numpy as np
import torch
from skimage.metrics import peak_signal_noise_ratio

from cae.losses.reconstruction import reconstruction_loss


def test_gives_the_psnr_of_scikit_image():
    images, decoded = torch.rand(2, 1, 1, 16, 16)
    loss = float(reconstruction_loss(decoded, images))
    expected = peak_signal_noise_ratio(images.numpy(), decoded.numpy(), data_range=1)
    np.testing.assert_allclose(-10 * np.log10(loss), expected, rtol=1e-5)


def test_is_zero_for_equal_images():
    images = torch.rand(3, 3, 8, 8)
    assert float(reconstruction_loss(images, images)) == 0
