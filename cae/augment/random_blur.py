"""Blurring some images of a batch."""

import torch
from torch import Tensor, nn
from torch.nn import functional

_LEAST_SPREAD = 0.1


class RandomBlur(nn.Module):
    """Blur half of the images each with a Gaussian of its own, three pixels wide.

    Args:
        largest: largest standard deviation, in pixels; at least 0.1.
    """

    def __init__(self, largest: float) -> None:
        super().__init__()
        self.largest = largest

    def forward(self, images: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same."""
        drawn = torch.rand(2, len(images), 1, 1, 1, device=images.device)
        spread = _LEAST_SPREAD + (self.largest - _LEAST_SPREAD) * drawn[0]
        beside = torch.exp(-0.5 / spread**2)
        share = torch.where(drawn[1] < 0.5, beside / (1 + 2 * beside), 0)
        for axis, margin in ((2, (0, 0, 1, 1)), (3, (1, 1, 0, 0))):
            padded, side = functional.pad(images, margin, "replicate"), images.shape[axis]
            around = padded.narrow(axis, 0, side) + padded.narrow(axis, 2, side)
            images = images + share * (around - 2 * images)
        return images
