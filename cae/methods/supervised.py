"""The classifier that methods without labels are compared with."""

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor, nn
from torch.nn import functional

from cae.methods.autoencoder import Autoencoder
from cae.methods.contrastive import ContrastiveAutoencoder
from cae.methods.method import Losses
from cae.methods.settings import ImageSettings, TrainingSettings
from cae.networks import NetworkSettings
from cae.settings import setting


@dataclass(frozen=True)
class SupervisedSettings(ImageSettings):
    """How to train with labels.

    Attributes:
        classes: how many there are.
    """

    owner: ClassVar[str] = "the method 'supervised'"
    method: ClassVar[str] = "supervised"

    classes: int = setting(2, "Classes", "How many labels there are.", low=1)


class SupervisedClassifier(Autoencoder[SupervisedSettings]):
    """The encoder with a linear head, taught the label of every image by cross entropy.

    It sees one augmented view of each image, and is validated on the images themselves. The head
    has a row per class; latents are standardised before it, as their two parts differ in scale.
    There is no decoder.
    """

    title: ClassVar[str] = "Classifier trained with labels"
    sentence: ClassVar[str] = "Learns to name the label of every image."
    Settings: ClassVar[type[TrainingSettings]] = SupervisedSettings
    views = 1

    def __init__(self, network: NetworkSettings, settings: SupervisedSettings) -> None:
        super().__init__(network, settings)
        del self.decoder
        self.head = nn.Sequential(
            nn.BatchNorm1d(network.latent, affine=False),
            nn.Linear(network.latent, settings.classes),
        )

    @classmethod
    def semantic_size(cls, latent: int) -> int:
        """Return the size that the methods have whose encoder this is to be compared with."""
        return ContrastiveAutoencoder.semantic_size(latent)

    def begin(self, images: Tensor) -> list[Tensor]:
        """Leave the weights as they were drawn; what images can set serves the decoder."""
        return []

    def finish(self, images: Tensor) -> None:
        """Leave latents as labels shaped them."""

    def forward(
        self, images: Tensor, views: Tensor, groups: Tensor, features: Tensor | None = None
    ) -> Losses:
        """Return the cross entropy of one step; `groups` are the classes, none of them missing."""
        seen = views[0] if self.training else images
        scores = self.head(self.encoder(seen)).float()
        return {"classification": functional.cross_entropy(scores, groups)}

    def head_outputs(self, views: Tensor) -> Tensor:
        """Map latents of views (V, N, d) to scores of the classes (V, N, classes)."""
        scores: Tensor = self.head(views.flatten(0, 1)).unflatten(0, views.shape[:2])
        return scores
