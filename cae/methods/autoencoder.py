"""The plain autoencoder, on which every other method stands."""

from typing import ClassVar

import torch
from torch import Tensor, nn

from cae.losses.reconstruction import reconstruction_loss
from cae.networks import ARCHITECTURES, NetworkSettings
from cae.training.settings import TrainingSettings

Losses = dict[str, Tensor]


class Autoencoder(nn.Module):
    """An encoder and a decoder trained to reproduce clean images.

    Calling it returns the weighted losses of one training step, by name; their sum is minimised.
    A subclass says how many augmented views of an image it wants and adds its own terms.
    """

    title: ClassVar[str] = "Autoencoder"
    sentence: ClassVar[str] = (
        "Learns to reproduce images; nearby latents look alike pixel by pixel."
    )
    views: ClassVar[int] = 0

    def __init__(self, network: NetworkSettings, settings: TrainingSettings) -> None:
        super().__init__()
        architecture = ARCHITECTURES[network.architecture]
        self.encoder = architecture.encoder(network)
        self.decoder = architecture.decoder(network)
        self.reconstruction_weight = settings.reconstruction_weight

    def forward(self, images: Tensor, views: Tensor) -> Losses:
        """Return the losses of one step.

        Args:
            images: (N, C, S, S), 0–1.
            views: (V, N, C, S, S), V augmented views of each image.
        """
        latents = self.encoder(torch.cat([images, *views]))
        decoded = self.decoder(latents[: len(images)])
        loss = reconstruction_loss(decoded, images)
        return {
            "reconstruction": self.reconstruction_weight * loss,
            **self.view_losses(latents.unflatten(0, (1 + len(views), len(images)))),
        }

    def view_losses(self, latents: Tensor) -> Losses:
        """Return the losses that compare latents (1 + V, N, d) of images and views; none here."""
        return {}

    def encode(self, images: Tensor) -> Tensor:
        """Map images (N, C, S, S) in 0–1 to latents (N, d)."""
        return self.encoder(images)

    def decode(self, latents: Tensor) -> Tensor:
        """Map latents (N, d) to images (N, C, S, S) in 0–1."""
        return self.decoder(latents)
