"""Contrastive learning with clinical labels, after Kokilepersaud et al. 2022."""

from typing import ClassVar

import torch
from torch import Tensor

from cae.losses.supcon import supcon
from cae.methods.autoencoder import Losses
from cae.methods.contrastive import ContrastiveAutoencoder
from cae.methods.settings import TrainingSettings
from cae.networks import NetworkSettings


class ClinicalAutoencoder(ContrastiveAutoencoder):
    """An autoencoder in which images with the same clinical value belong together.

    ``L = Σ_y w_y·L_y + λ·rec``, a supervised contrastive loss per clinical label y
    (arXiv 2211.05092, where all weights are 1); reconstruction is ours, so that the latents can
    be decoded.
    """

    title: ClassVar[str] = "Contrastive with clinical values"
    sentence: ClassVar[str] = (
        "Also learns that images with the same clinical value, such as a score, belong together."
    )

    def __init__(self, network: NetworkSettings, settings: TrainingSettings) -> None:
        super().__init__(network, settings)
        self.weights = settings.clinical_weights or (1.0,) * len(settings.clinical)

    def view_losses(self, latents: Tensor, groups: Tensor) -> Losses:
        """Return the weighted sum of supervised contrastive losses over the columns of `groups`."""
        projections = self.project(latents[1:])
        losses = [
            weight * supcon(projections, column, self.temperature)
            for weight, column in zip(self.weights, groups.T, strict=True)
        ]
        return {"clinical": torch.stack(losses).sum()}
