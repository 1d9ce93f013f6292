"""The plain autoencoder, on which every other method stands."""

from typing import ClassVar, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from cae.losses.reconstruction import reconstruction_loss
from cae.methods.settings import TrainingSettings
from cae.networks import ARCHITECTURES, NetworkSettings

Losses = dict[str, Tensor]


class Stage(NamedTuple):
    """A part of a training.

    Attributes:
        first_epoch: the epoch that begins it, from 0.
        new_loss: whether losses before it cannot be compared with those from it on, so that the
            search for the best weights starts again.
    """

    first_epoch: int
    new_loss: bool = True


class Grouping(NamedTuple):
    """What the beginning of a stage finds out about N training images.

    Attributes:
        groups: int64, (N,), the group of each image, −1 for none.
        positives: int64, (N, P), images a view of which may stand for a view of each image; an
            image itself is one. P is 0 where only its own views are positives.
    """

    groups: np.ndarray
    positives: np.ndarray


class Autoencoder(nn.Module):
    """An encoder and a decoder trained to reproduce clean images.

    Calling it returns the weighted losses of one training step, by name; their sum is minimised.
    A subclass says how many augmented views of an image it wants and adds its own terms. It may
    train in stages, of which each begins with a look at the latents of all training images.
    """

    title: ClassVar[str] = "Autoencoder"
    sentence: ClassVar[str] = (
        "Learns to reproduce images; nearby latents look alike pixel by pixel."
    )
    views: ClassVar[int] = 0

    def __init__(self, network: NetworkSettings, settings: TrainingSettings) -> None:
        super().__init__()
        self.architecture = ARCHITECTURES[network.architecture]
        self.encoder = self.architecture.encoder(network)
        self.decoder = self.architecture.decoder(network)
        self.reconstruction_weight = settings.reconstruction_weight

    def forward(self, images: Tensor, views: Tensor, groups: Tensor) -> Losses:
        """Return the losses of one step.

        Args:
            images: (N, C, S, S), 0–1.
            views: (V, N, C, S, S), V augmented views of each image or of one of its positives.
            groups: (N,), or (N, L) for L clinical labels; −1 where an image is in no group.
        """
        latents = self.encoder(torch.cat([images, *views]))
        loss = reconstruction_loss(self.decode(latents[: len(images)]), images)
        return {
            "reconstruction": self.reconstruction_weight * loss,
            **self.view_losses(latents.unflatten(0, (1 + len(views), len(images))), groups),
        }

    def view_losses(self, latents: Tensor, groups: Tensor) -> Losses:
        """Return the losses that compare latents (1 + V, N, d) of images and views; none here."""
        return {}

    @classmethod
    def semantic_size(cls, latent: int) -> int:
        """Return how many of a latent's dimensions shall carry meaning apart from detail; none."""
        return 0

    def begin(self, images: Tensor) -> list[nn.Parameter]:
        """Get ready for training with a sample of its images (N, C, S, S) in 0–1.

        Returns the parameters that begin near their end, and so need only small steps.
        """
        return self.architecture.begin(self.encoder, self.decoder, images)

    @classmethod
    def stages(cls, settings: TrainingSettings) -> tuple[Stage, ...]:
        """Return the stages of a training, the first of which begins with epoch 0."""
        return (Stage(0),)

    def begin_stage(self, number: int, latents: np.ndarray, seed: int) -> Grouping:
        """Get ready for a stage after the first.

        Args:
            number: of the stage, 1 for the second.
            latents: (N, d), present latents of the training images.
            seed: of every random choice.
        """
        return Grouping(np.full(len(latents), -1), np.empty((len(latents), 0), np.int64))

    @property
    def cluster_prototypes(self) -> Tensor:
        """Prototypes (K, d) of the clusters it learned; none here."""
        return torch.empty(0)

    def encode(self, images: Tensor) -> Tensor:
        """Map images (N, C, S, S) in 0–1 to latents (N, d)."""
        return self.encoder(images)

    def decode(self, latents: Tensor) -> Tensor:
        """Map latents (N, d) to images (N, C, S, S) in 0–1."""
        return self.decoder(latents)
