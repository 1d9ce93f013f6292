"""The contrastive autoencoder of Ferrante et al. 2022 with its second phase."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from cae.errors import CaeError
from cae.latent.elbow import CANDIDATES, elbow
from cae.methods.contrastive import ContrastiveAutoencoder, ContrastiveSettings
from cae.methods.method import Grouping, Losses, Stage
from cae.methods.settings import TrainingSettings
from cae.networks import NetworkSettings
from cae.ranks.exchange import gathered
from cae.settings import setting

_PHASE_ONE = 0.6
_MOMENTUM = 0.99


@dataclass(frozen=True)
class PrototypeSettings(ContrastiveSettings):
    """How to train with prototypes.

    Attributes:
        clusters: number of prototypes; 0 chooses it by the elbow of k-means.
        assignment_temperature: T of the soft assignment to prototypes.
    """

    owner: ClassVar[str] = "the method 'prototypes'"
    method: ClassVar[str] = "prototypes"

    clusters: int = setting(
        0,
        "Prototypes",
        "How many typical images to learn, one a cluster; with 0, the elbow of k-means between 2 "
        "and 20 decides.",
        low=0,
        high=1000,
        usual=True,
    )
    assignment_temperature: float = setting(
        0.1, "Assignment temperature T", "T of the soft assignment to prototypes.", above=0
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.clusters == 1:
            raise CaeError("The setting clusters is 1; use 0 or at least 2.")


class PrototypeAutoencoder(ContrastiveAutoencoder[PrototypeSettings]):
    """Phase 1 contrasts; phase 2 also decodes from a soft assignment to prototypes.

    Between the phases k-means on the latents gives the prototypes B, K of them as set or by the
    elbow. Then ``c = softmax(hᵀB/T)`` and ``x̂ = Dec(h, c)`` (arXiv 2209.12005): here c moves h
    before it is decoded. Each prototype follows the mean of the batch members nearest to it by an
    exponential moving average. The contrastive loss goes on.
    """

    title: ClassVar[str] = "Contrastive with prototypes"
    sentence: ClassVar[str] = (
        "Contrastive autoencoder that also learns a typical image of each cluster."
    )

    Settings: ClassVar[type[TrainingSettings]] = PrototypeSettings
    prototypes: Tensor
    count: Tensor

    def __init__(self, network: NetworkSettings, settings: PrototypeSettings) -> None:
        super().__init__(network, settings)
        self.clusters = settings.clusters
        self.assignment_temperature = settings.assignment_temperature
        most = settings.clusters or CANDIDATES[-1]
        # Rows beyond `count` are room that the elbow did not need.
        self.register_buffer("prototypes", torch.zeros(most, network.latent))
        self.register_buffer("count", torch.tensor(0))
        self.condition = nn.Linear(most, network.latent, bias=False)
        nn.init.normal_(self.condition.weight, std=0.01)

    @classmethod
    def stages(cls, settings: PrototypeSettings) -> tuple[Stage, ...]:
        """Return the two phases; a single epoch has no second."""
        first = max(1, round(_PHASE_ONE * settings.epochs))
        return (Stage(0), Stage(first)) if first < settings.epochs else (Stage(0),)

    def begin_stage(
        self, number: int, latents: np.ndarray, held_out: np.ndarray, seed: int
    ) -> Grouping:
        """Set the prototypes to the centres of k-means, and group images by them."""
        from sklearn.cluster import KMeans

        k = min(self.clusters or elbow(latents, seed), len(latents))
        kmeans = KMeans(k, n_init=10, random_state=seed).fit(latents)
        self.prototypes[:k] = self.onto(torch.from_numpy(kmeans.cluster_centers_)).to(
            self.prototypes
        )
        self.count.fill_(k)
        groups = kmeans.predict(np.concatenate([latents, held_out])).astype(np.int64)
        return Grouping(groups, np.empty((len(groups), 0), np.int64))

    @property
    def cluster_prototypes(self) -> Tensor:
        """Prototypes (K, d); none before the second phase."""
        return self.prototypes[: self.count]

    def assign(self, latents: Tensor) -> Tensor:
        """Map latents (N, d) to soft assignments c (N, K), rows that sum to 1."""
        # A copy, because the prototypes move on before gradients are computed.
        similarity = latents @ self.prototypes[: self.count].T.clone()
        return torch.softmax(similarity / self.assignment_temperature, dim=1)

    def decode(self, latents: Tensor) -> Tensor:
        """Map latents (N, d) to images (N, C, S, S) in 0–1, conditioned on their assignment."""
        if self.count == 0:
            return super().decode(latents)
        return self.decode_as(latents, self.assign(latents))

    def decode_as(self, latents: Tensor, assignment: Tensor) -> Tensor:
        """Map latents (N, d) and assignments c (N, K) to images (N, C, S, S) in 0–1."""
        moved = assignment @ self.condition.weight[:, : self.count].T
        images: Tensor = self.decoder(latents + moved)
        return images

    def view_losses(self, latents: Tensor, groups: Tensor) -> Losses:
        """Return NT-Xent over the views, and let the prototypes follow the images."""
        if self.training and self.count > 0:
            self._follow(gathered(latents[0].detach().float()))
        return super().view_losses(latents, groups)

    def _follow(self, latents: Tensor) -> None:
        """Move each prototype towards the mean of the latents (N, d) nearest to it."""
        prototypes = self.prototypes[: self.count]
        nearest = torch.cdist(latents, prototypes).argmin(1)
        members = functional.one_hot(nearest, len(prototypes)).to(latents)
        sizes = members.sum(0)
        means = (members.T @ latents) / sizes.clamp(min=1)[:, None]
        moved = self.onto(torch.lerp(means, prototypes, _MOMENTUM))
        self.prototypes[: self.count] = torch.where(sizes[:, None] > 0, moved, prototypes)
