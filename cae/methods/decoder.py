"""A decoder for latents that came from elsewhere, whose encoder is not at hand."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.linear_model import RidgeCV
from torch import Tensor

from cae.errors import CaeError
from cae.losses.reconstruction import reconstruction_loss
from cae.methods.method import Known, Losses, Method, Trainable
from cae.methods.settings import DecodingSettings, TrainingSettings
from cae.networks import ARCHITECTURES, NetworkSettings
from cae.plugins import load

_TO_TENSOR = "cae.model:to_tensor"
_MOST_LEARNT = 4096
_MOST_VALUES = 2**26
_LEAST_SPREAD = 1e-6
# Of the ridge, for inputs of unit spread: from hardly any to one that leaves next to the mean.
_PENALTIES = np.logspace(-1, 5, 13)


@dataclass(frozen=True)
class DecoderSettings(DecodingSettings):
    """How to train a decoder of given latents."""

    owner: ClassVar[str] = "the method 'decoder'"
    method: ClassVar[str] = "decoder"


class LatentDecoder(Method[DecoderSettings]):
    """A decoder trained with squared error to show each image from the latent it was given.

    What it shows is the mean of all images that have such a latent: right on average, blurred
    where the latent says nothing of how an image looks. Each number is standardised first, so that
    vectors of any model and length can be decoded.
    """

    title: ClassVar[str] = "Decoder"
    sentence: ClassVar[str] = (
        "Learns to show what latents that came from elsewhere say of their images."
    )
    Settings: ClassVar[type[TrainingSettings]] = DecoderSettings
    steps: ClassVar[tuple[str, ...]] = ("decoder", "project", "cluster")
    mean: Tensor
    spread: Tensor

    def __init__(self, network: NetworkSettings, settings: DecoderSettings) -> None:
        super().__init__()
        self.architecture = ARCHITECTURES[network.architecture]
        self.decoder = self.architecture.decoder(network)
        self.reconstruction_weight = settings.reconstruction_weight
        self.begun: list[Tensor] = []
        self.register_buffer("mean", torch.zeros(network.latent))
        self.register_buffer("spread", torch.ones(network.latent))

    @classmethod
    def features(cls, settings: DecoderSettings, known: Known) -> np.ndarray | None:
        """Return the latents to decode, float32 (N, d)."""
        return _latents_of(known)

    @classmethod
    def untrained(cls, images: np.ndarray, settings: DecoderSettings, known: Known) -> Trainable:
        """Return a decoder that knows how its latents spread and the linear picture of them."""
        latents = _latents_of(known)
        model: Any = load(cls.model).of_latents(images, settings, latents.shape[1])
        most = max(2, min(_MOST_LEARNT, _MOST_VALUES // images[0].size, len(known.train_rows)))
        places = np.linspace(0, len(known.train_rows) - 1, most).astype(int)
        rows = np.unique(known.train_rows[places])
        seen = torch.from_numpy(np.asarray(latents[rows], dtype=np.float32))
        model.module.begin_with(seen, load(_TO_TENSOR)(images[rows]))
        begun: Trainable = model
        return begun

    @torch.no_grad()
    def begin_with(self, latents: Tensor, images: Tensor) -> None:
        """Standardise by latents (N, d), and begin with their linear picture of (N, C, S, S)."""
        spread = latents.std(0, unbiased=False)
        self.mean.copy_(latents.mean(0))
        # A number that never differs says nothing, whatever it is divided by.
        self.spread.copy_(torch.where(spread > _LEAST_SPREAD, spread, torch.ones_like(spread)))
        self.begun = self.architecture.begin_decoding(
            self.decoder, self._standardised(latents), images, _ridge_regression
        )

    def begin(self, images: Tensor) -> list[Tensor]:
        """Return the weights of the linear picture, which begins near its end."""
        return self.begun

    def forward(
        self, images: Tensor, views: Tensor, groups: Tensor, features: Tensor | None = None
    ) -> Losses:
        """Return the loss of one step; `features` are the latents (N, d) of the images."""
        if features is None:
            raise TypeError("A decoder is trained on latents.")
        loss = reconstruction_loss(self.decode(features), images)
        return {"reconstruction": self.reconstruction_weight * loss}

    def decode(self, latents: Tensor) -> Tensor:
        """Map latents (N, d) to images (N, C, S, S) in 0–1."""
        images: Tensor = self.decoder(self._standardised(latents))
        return images

    @property
    def cluster_prototypes(self) -> Tensor:
        """Prototypes (K, d) of clusters; a decoder learns none."""
        return torch.empty(0)

    def _standardised(self, latents: Tensor) -> Tensor:
        scaled: Tensor = self.architecture.detail_scale * (latents - self.mean) / self.spread
        return scaled


def _ridge_regression(inputs: Tensor, outputs: Tensor) -> tuple[Tensor, Tensor]:
    """Return weights and intercepts; the penalty is that of the least leave-one-out error."""
    found = RidgeCV(_PENALTIES).fit(inputs.numpy(), outputs.numpy())
    return torch.from_numpy(found.coef_), torch.from_numpy(found.intercept_)


def _latents_of(known: Known) -> np.ndarray:
    if known.latents is None:
        raise CaeError(
            "There are no latents that a decoder could learn from; bring some first, as with: "
            "cae build DIR --latents FILE"
        )
    return known.latents
