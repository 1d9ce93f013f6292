"""Changing some images of a batch and leaving the others as they are."""

import torch
from torch import Tensor, nn


class RandomApply(nn.Module):
    """Apply a change to each image of a batch with some probability.

    Contrast acts on views alone. Were all of them changed, nothing would keep images as they are
    apart: their latents were found to lie in a narrow cone.

    Args:
        change: maps images (N, C, S, S) to the same shape, each on its own.
        probability: 0–1, with which an image is changed.
    """

    def __init__(self, change: nn.Module, probability: float) -> None:
        super().__init__()
        self.change = change
        self.probability = probability

    def forward(self, images: Tensor) -> Tensor:
        """Map images (N, C, S, S) to the same."""
        chosen = torch.rand(len(images), 1, 1, 1, device=images.device) < self.probability
        return torch.where(chosen, self.change(images), images)
