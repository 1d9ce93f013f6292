"""Contrastive learning with clinical labels, after Kokilepersaud et al. 2022."""

from typing import ClassVar

import torch
from torch import Tensor

from cae.losses.supcon import supcon
from cae.methods.autoencoder import Losses
from cae.methods.contrastive import ContrastiveAutoencoder


class ClinicalAutoencoder(ContrastiveAutoencoder):
    """An autoencoder in which images with the same clinical value belong together.

    ``L = Σ_y L_y + λ·rec``, a supervised contrastive loss per clinical label y (arXiv 2211.05092),
    each with weight 1; reconstruction is ours, so that the latents can be decoded.
    """

    title: ClassVar[str] = "Contrastive with clinical values"
    sentence: ClassVar[str] = (
        "Also learns that images with the same clinical value, such as a score, belong together."
    )

    def view_losses(self, latents: Tensor, groups: Tensor) -> Losses:
        """Return the sum of the supervised contrastive losses of all columns of `groups`."""
        projections = self.project(latents[1:])
        losses = [supcon(projections, column, self.temperature) for column in groups.T]
        return {"clinical": torch.stack(losses).sum()}
