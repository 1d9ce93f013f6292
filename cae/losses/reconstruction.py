"""How far a decoded image is from the image it should show."""

from torch import Tensor
from torch.nn import functional


def reconstruction_loss(decoded: Tensor, target: Tensor) -> Tensor:
    """Return the mean squared error.

    Args:
        decoded: (N, C, H, W), 0–1.
        target: as `decoded`.

    Returns:
        A scalar ≥ 0; −10·log10 of it is a PSNR in dB.
    """
    return functional.mse_loss(decoded.float(), target.float())
