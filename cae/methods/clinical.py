"""Contrastive learning with clinical labels, after Kokilepersaud et al. 2022."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from cae.errors import CaeError
from cae.losses.supcon import supcon
from cae.methods.clinical_labels import clinical_labels
from cae.methods.contrastive import ContrastiveAutoencoder, ContrastiveSettings
from cae.methods.method import Known, Losses
from cae.methods.settings import TrainingSettings
from cae.networks import NetworkSettings
from cae.ranks.exchange import gathered
from cae.settings import setting

# The least and the greatest weight of a clinical column.
CLINICAL_WEIGHTS = (0.01, 100.0)


@dataclass(frozen=True)
class ClinicalSettings(ContrastiveSettings):
    """How to train with clinical values.

    Attributes:
        clinical: columns of the sample table, at least one.
        clinical_weights: weights of their losses, in the order of `clinical`; 1 each where empty.
    """

    owner: ClassVar[str] = "the method 'clinical'"
    method: ClassVar[str] = "clinical"

    clinical: tuple[str, ...] = setting(
        (),
        "Clinical values",
        "Images with the same value belong together; many numbers are cut into four bins.",
        usual=True,
        metavar="COLUMN[,COLUMN]",
    )
    clinical_weights: tuple[float, ...] = setting(
        (),
        "Weights",
        "How much each column counts beside the others; 1 each where left out.",
        usual=True,
        metavar="W[,W]",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.clinical:
            raise CaeError(
                "The method 'clinical' learns from columns of the table; name them, as in "
                "--clinical age,severity."
            )
        if self.clinical_weights and len(self.clinical_weights) != len(self.clinical):
            raise CaeError(
                f"The weights are {len(self.clinical_weights)}, but the clinical columns "
                f"{len(self.clinical)}; give one for each, in the same order."
            )
        low, high = CLINICAL_WEIGHTS
        if not all(low <= weight <= high for weight in self.clinical_weights):
            raise CaeError(
                f"A weight of a clinical column is not within {low} to {high}; change it or leave "
                "the column out."
            )


class ClinicalAutoencoder(ContrastiveAutoencoder[ClinicalSettings]):
    """An autoencoder in which images with the same clinical value belong together.

    ``L = Σ_y w_y·L_y + λ·rec``, a supervised contrastive loss per clinical label y
    (arXiv 2211.05092, where all weights are 1). Reconstruction is ours, so that the latents can
    be decoded; so are what is learnt from a teacher and of what lies between images, which are
    those of `ContrastiveAutoencoder` and are left out by weights of 0.
    """

    title: ClassVar[str] = "Contrastive with clinical values"
    sentence: ClassVar[str] = (
        "Also learns that images with the same clinical value, such as a score, belong together."
    )

    Settings: ClassVar[type[TrainingSettings]] = ClinicalSettings

    def __init__(self, network: NetworkSettings, settings: ClinicalSettings) -> None:
        super().__init__(network, settings)
        self.weights = settings.clinical_weights or (1.0,) * len(settings.clinical)

    @classmethod
    def groups(cls, settings: ClinicalSettings, known: Known) -> np.ndarray:
        """Return the class of each image in each of the columns, see `clinical_labels`."""
        return clinical_labels(known.samples, settings.clinical, known.train_rows)

    def view_losses(self, latents: Tensor, groups: Tensor) -> Losses:
        """Return the weighted sum of supervised contrastive losses over the columns of `groups`."""
        embeddings = gathered(self.head_outputs(latents[1:]), dim=1)
        losses = [
            weight * supcon(embeddings, column, self.temperature)
            for weight, column in zip(self.weights, gathered(groups).T, strict=True)
        ]
        return {"clinical": torch.stack(losses).sum()}
