"""Contrastive learning without false negatives, after Zhang et al. 2022."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from cae.latent.hierarchy import ward_classes
from cae.latent.neighbours import nearest
from cae.losses.masked_ntxent import masked_ntxent
from cae.methods.contrastive import ContrastiveAutoencoder, ContrastiveSettings
from cae.methods.method import Grouping, Losses, Stage
from cae.methods.settings import TrainingSettings
from cae.networks import NetworkSettings
from cae.ranks.exchange import gathered
from cae.settings import setting

_WARM_UP = 0.1


@dataclass(frozen=True)
class PseudoClassSettings(ContrastiveSettings):
    """How to train with pseudo-classes.

    Attributes:
        pseudo_classes: groups whose members are never negatives of each other.
        positives: nearest images of a pseudo-class whose views count as an image's own; 0 for
            none.
        refresh: epochs after which pseudo-classes are found anew.
    """

    owner: ClassVar[str] = "the method 'pseudo-class'"
    method: ClassVar[str] = "pseudo-class"

    pseudo_classes: int = setting(
        20,
        "Pseudo-classes",
        "Into how many groups images are put first; images of one group are not pushed apart. "
        "Too few mix kinds of images, many divide them.",
        low=1,
        usual=True,
    )
    positives: int = setting(
        5,
        "Near positives",
        "How many of the nearest images of its group count as an image itself. Take 0 where "
        "images hardly differ, as X-rays of one part of the body.",
        low=0,
        usual=True,
    )
    refresh: int = setting(3, "Refresh", "Epochs after which pseudo-classes are found anew.", low=1)


class PseudoClassAutoencoder(ContrastiveAutoencoder[PseudoClassSettings]):
    """A plain autoencoder first; then images of one pseudo-class are no negatives any more.

    Pseudo-classes are found by hierarchical clustering of the autoencoder's latents
    (arXiv 2211.08557), and anew from the present latents every few epochs. The first time a
    semantic part is left out, because nothing has shaped it yet, and each number of the rest
    counts as much as it changes the decoded image: the residual encoder gives all of them one
    spread, and most then say little. From the first such refresh on, the nearest
    members of an image's pseudo-class are positives too: the last of its views is of one of them.
    """

    title: ClassVar[str] = "Contrastive with pseudo-classes"
    sentence: ClassVar[str] = (
        "Groups images first and no longer pushes images of one group apart; for sets with many "
        "near-alike images."
    )

    Settings: ClassVar[type[TrainingSettings]] = PseudoClassSettings
    warmed: Tensor

    def __init__(self, network: NetworkSettings, settings: PseudoClassSettings) -> None:
        super().__init__(network, settings)
        self.pseudo_classes = settings.pseudo_classes
        self.positives = settings.positives
        self.register_buffer("warmed", torch.tensor(False))

    @property
    def views(self) -> int:
        """Augmented views wanted of an image: none in the warm-up."""
        return 2 if self.warmed else 0

    @classmethod
    def stages(cls, settings: PseudoClassSettings) -> tuple[Stage, ...]:
        """Return the warm-up, the contrastive stage, and its refreshes."""
        first = max(1, round(_WARM_UP * settings.epochs))
        starts = range(first, settings.epochs, settings.refresh)
        return (Stage(0), *(Stage(epoch, epoch == first) for epoch in starts))

    def begin_stage(
        self, number: int, latents: np.ndarray, held_out: np.ndarray, seed: int
    ) -> Grouping:
        """Find pseudo-classes and, once latents have learnt from them, near members of each.

        An image that is not trained on is in the class of the training image nearest to it.
        """
        self.warmed.fill_(True)
        is_contrasted = number > 1
        count = len(latents)
        features = np.concatenate([latents, held_out])
        if not is_contrasted:
            features = self._as_decoded(features)[:, self.semantic :]
        known = features[:count]
        classes = ward_classes(known, min(self.pseudo_classes, count), seed)
        if len(held_out):
            alike, _ = nearest(known, features[count:], 1)
            classes = np.concatenate([classes, classes[alike[:, 0]]])
        positives = self.positives if is_contrasted else 0
        return Grouping(classes, _nearest_members(features, classes, count, positives))

    def _as_decoded(self, latents: np.ndarray) -> np.ndarray:
        """Return latents (N, d) measured in how far a step in each number changes the image."""
        given = torch.from_numpy(latents).to(next(self.parameters()))
        measured: np.ndarray = latents * self.changes(given).cpu().numpy()
        return measured

    def view_losses(self, latents: Tensor, groups: Tensor) -> Losses:
        """Return NT-Xent without negatives from an image's own pseudo-class.

        The image itself is a view here: pseudo-classes are found among images that are not
        augmented, and what these say must be shaped before it is asked.
        """
        if len(latents) == 1:
            return {}
        embeddings = gathered(self.head_outputs(latents), dim=1)
        loss = masked_ntxent(embeddings, gathered(groups), self.temperature)
        return {"contrastive": loss}


def _nearest_members(
    features: np.ndarray, classes: np.ndarray, trained_on: int, count: int
) -> np.ndarray:
    """Return, of the `count` nearest training images of each, those of its class; else itself.

    The first `trained_on` images are trained on.

    Returns:
        int64, (N, count).
    """
    itself = np.arange(len(features))[:, None]
    if count == 0:
        return np.empty((len(features), 0), np.int64)
    found, _ = nearest(features[:trained_on], features, count + 1)
    others = np.argsort(found == itself, axis=1, kind="stable")[:, :count]
    found = np.take_along_axis(found, others, axis=1)
    return np.where(classes[found] == classes[itself], found, itself)
