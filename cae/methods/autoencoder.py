"""The plain autoencoder, on which every other method of whole images stands."""

from dataclasses import dataclass
from typing import ClassVar, TypeVar

import torch
from torch import Tensor

from cae.losses.reconstruction import reconstruction_loss
from cae.methods.method import Losses, Method
from cae.methods.settings import ImageSettings, TrainingSettings
from cae.networks import ARCHITECTURES, NetworkSettings

# Of the largest factor: what changes less hardly shows, and dividing by it would blow it up.
_LEAST_CHANGE = 1e-3
_IMAGES_AT_ONCE = 512

ImageSettingsT = TypeVar("ImageSettingsT", bound=ImageSettings)


@dataclass(frozen=True)
class AutoencoderSettings(ImageSettings):
    """How to train a plain autoencoder."""

    owner: ClassVar[str] = "the method 'autoencoder'"
    method: ClassVar[str] = "autoencoder"


class Autoencoder(Method[ImageSettingsT]):
    """An encoder and a decoder trained to reproduce clean images.

    A subclass says how many augmented views of an image it wants and adds its own terms.
    """

    title: ClassVar[str] = "Autoencoder"
    sentence: ClassVar[str] = (
        "Learns to reproduce images; nearby latents look alike pixel by pixel."
    )
    Settings: ClassVar[type[TrainingSettings]] = AutoencoderSettings

    def __init__(self, network: NetworkSettings, settings: ImageSettingsT) -> None:
        super().__init__()
        self.architecture = ARCHITECTURES[network.architecture]
        self.encoder = self.architecture.encoder(network)
        self.decoder = self.architecture.decoder(network)
        self.reconstruction_weight = settings.reconstruction_weight

    def forward(
        self, images: Tensor, views: Tensor, groups: Tensor, features: Tensor | None = None
    ) -> Losses:
        """Return the losses of one step, see `Method.forward`."""
        count = (1 + len(views)) * len(images)
        between, meant = self.between(images) if len(views) else (images[:0], images[:0])
        # In one batch, so that batch norm treats what is decoded as it does images.
        latents, again = self.encoder(torch.cat([images, *views, between])).tensor_split([count])
        of_views = latents.unflatten(0, (1 + len(views), len(images)))
        loss = reconstruction_loss(self.decode(of_views[0]), images)
        return {
            "reconstruction": self.reconstruction_weight * loss,
            **self.view_losses(of_views, groups),
            **(self.between_losses(again, meant) if len(between) else {}),
            **({} if features is None else self.teacher_losses(of_views, features)),
        }

    def view_losses(self, latents: Tensor, groups: Tensor) -> Losses:
        """Return the losses that compare latents (1 + V, N, d) of images and views; none here."""
        return {}

    def teacher_losses(self, latents: Tensor, features: Tensor) -> Losses:
        """Return the losses that compare latents (1 + V, N, d) with features (N, F); none here."""
        return {}

    def between(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return images (M, C, S, S) decoded between some (N, C, S, S), and what they were to mean.

        The latter are latents (M, d). None here, M is 0.
        """
        return images[:0], images[:0]

    def between_losses(self, latents: Tensor, meant: Tensor) -> Losses:
        """Return the losses on latents (M, d) of decoded images that were to have others (M, d)."""
        return {}

    @classmethod
    def semantic_size(cls, latent: int) -> int:
        """Return how many of a latent's dimensions shall carry meaning apart from detail; none."""
        return 0

    def begin(self, images: Tensor) -> list[Tensor]:
        """Set what weights are better computed from a sample of images (N, C, S, S) than drawn."""
        return self.architecture.begin(self.encoder, self.decoder, images)

    @torch.no_grad()
    def finish(self, images: Tensor) -> None:
        """Let each number of a latent count as much as it changes the decoded image.

        Nothing else asks how far numbers spread: the residual encoder gives all of them one
        spread, and most then say little. Distances of latents become about those of images.
        """
        parts = [self.encode(part) for part in images.split(_IMAGES_AT_ONCE)]
        factors = self.changes(torch.cat(parts))
        least = _LEAST_CHANGE * factors.max()
        if least > 0:
            self.architecture.rescale(self.encoder, self.decoder, factors.clamp(min=least))

    @torch.no_grad()
    def changes(self, latents: Tensor) -> Tensor:
        """Return how far a step of one in each number of latents (N, d) changes the image, (d,).

        It is the Euclidean distance of images in 0–1, at the mean, over steps as long as the
        number's standard deviation; 0 for what never differs.
        """
        mean, spread = latents.mean(0), latents.std(0, unbiased=False)
        steps = spread.diag()
        images = self.decode(torch.cat([mean + steps, mean - steps])).float().flatten(1)
        after, before = images.chunk(2)
        tiny = torch.finfo(torch.float32).tiny
        changes: Tensor = (after - before).norm(dim=1) / (2 * spread).clamp(min=tiny)
        return changes

    @property
    def cluster_prototypes(self) -> Tensor:
        """Prototypes (K, d) of the clusters it learned; none here."""
        return torch.empty(0)

    def encode(self, images: Tensor) -> Tensor:
        """Map images (N, C, S, S) in 0–1 to latents (N, d)."""
        latents: Tensor = self.encoder(images)
        return latents

    def decode(self, latents: Tensor) -> Tensor:
        """Map latents (N, d) to images (N, C, S, S) in 0–1."""
        images: Tensor = self.decoder(latents)
        return images
