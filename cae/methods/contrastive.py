"""The contrastive autoencoder of Ferrante et al. 2022, phase 1."""

from dataclasses import dataclass
from typing import ClassVar, TypeVar

import torch
from torch import Tensor
from torch.nn import functional

from cae.losses.feature_distillation import feature_distillation
from cae.losses.ntxent import ntxent
from cae.methods.autoencoder import Autoencoder
from cae.methods.method import Losses
from cae.methods.settings import ImageSettings, TrainingSettings
from cae.networks import ARCHITECTURES, NetworkSettings
from cae.networks.running_statistics import kept_statistics, running_statistics
from cae.ranks.exchange import gathered
from cae.settings import setting

# Numbers of the semantic part.
_SEMANTIC = 128


@dataclass(frozen=True)
class ContrastiveSettings(ImageSettings):
    """How to train with contrast.

    Attributes:
        temperature: τ of the contrastive loss.
        interpolation_weight: of the loss that lets decoded images between two others mean what
            lies between these, at the end of training.
        teacher_weight: of the loss that lets latents foretell what EfficientNet-Lite0 sees in an
            image, which was trained on ImageNet.
    """

    owner: ClassVar[str] = "the method 'contrastive'"
    method: ClassVar[str] = "contrastive"

    temperature: float = setting(0.5, "Temperature τ", "τ of the contrastive loss.", above=0)
    interpolation_weight: float = setting(
        1.0,
        "Interpolation weight",
        "Of a loss that lets what is decoded between two images mean what lies between them.",
        low=0,
    )
    teacher_weight: float = setting(
        5.0,
        "Teacher weight",
        "Of a loss that lets latents foretell what a network sees in images that was trained on "
        "photographs (EfficientNet-Lite0, ImageNet); 0 to learn from these images alone.",
        low=0,
    )


ContrastiveSettingsT = TypeVar("ContrastiveSettingsT", bound=ContrastiveSettings)


class ContrastiveAutoencoder(Autoencoder[ContrastiveSettingsT]):
    """The autoencoder with one more term: NT-Xent between the embeddings of views.

    ``L = NTXent(z) + λ·rec`` (arXiv 2209.12005). The reconstruction is of the clean image, so
    that the decoder serves real images rather than augmented ones. It is no view: that it looks
    unlike all augmented ones would be the first thing to be learnt.

    Where latents have a semantic part, what is decoded from latents between two images of a batch
    is encoded again, and its meaning is drawn to what was meant. Else what is shown between images
    would mean something else.

    Of images and of views it is also foretold what a teacher sees in the image, which was trained
    on photographs and tells apart what two views of small sets do not: no label of these images is
    seen.
    """

    title: ClassVar[str] = "Contrastive autoencoder"
    sentence: ClassVar[str] = (
        "Also learns that two views of an image belong together; clusters follow what is shown."
    )
    Settings: ClassVar[type[TrainingSettings]] = ContrastiveSettings

    def __init__(self, network: NetworkSettings, settings: ContrastiveSettingsT) -> None:
        super().__init__(network, settings)
        self.projector = ARCHITECTURES[network.architecture].projector(network)
        self.temperature = settings.temperature
        self.semantic = network.semantic
        self.interpolation_weight = settings.interpolation_weight
        self.teacher_weight = settings.teacher_weight
        self.share = 0.0

    @property
    def views(self) -> int:
        """Augmented views wanted of an image: two, which belong together."""
        return 2

    @property
    def has_teacher(self) -> bool:
        """Whether the teacher's loss counts."""
        return self.teacher_weight > 0

    @classmethod
    def semantic_size(cls, latent: int) -> int:
        """Return 128, or half where there are fewer than 256 dimensions.

        As many of the teacher's components tell most of what it sees; the detail, where every
        number counts, gets the rest.
        """
        return min(_SEMANTIC, latent // 2)

    def finish(self, images: Tensor) -> None:
        """Leave latents as contrast shaped them."""

    def view_losses(self, latents: Tensor, groups: Tensor) -> Losses:
        """Return NT-Xent over the embeddings of the views."""
        embeddings = gathered(self.head_outputs(latents[1:]), dim=1)
        return {"contrastive": ntxent(embeddings, self.temperature)}

    def teacher_losses(self, latents: Tensor, features: Tensor) -> Losses:
        """Return how far images and views are from foretelling what the teacher sees in images."""
        if len(latents) == 1:
            return {}
        loss = feature_distillation(self.head_outputs(latents), features)
        return {"teacher": self.teacher_weight * loss}

    @torch.no_grad()
    def between(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return ⌊N/2⌋ images, each decoded at a random place between two of N, and their latents.

        Only the encoder learns from them: a decoder that did, too, would draw what persuades the
        encoder, and lose images over it.
        """
        if not (self.semantic and self.interpolation_weight):
            return super().between(images)
        with kept_statistics(self.encoder):
            meant = self.points_between(self.encode(images))
        # Points between vary less than latents, which batch norm would make up for.
        with running_statistics(self.decoder):
            return self.decode(meant), meant

    def points_between(self, latents: Tensor) -> Tensor:
        """Return latents (⌊N/2⌋, d), each at a random place between two of N others (N, d)."""
        count = len(latents) // 2
        first, second = latents[:count], latents[count : 2 * count]
        mixed = torch.lerp(first, second, torch.rand(count, 1, device=latents.device))
        # On the great circle through both, as `LatentSpace.between`.
        return self.onto(mixed)

    def onto(self, latents: Tensor) -> Tensor:
        """Give the semantic parts of latents (N, d) unit length, as `LatentSpace.onto`."""
        meaning = functional.normalize(latents[:, : self.semantic])
        return torch.cat([meaning, latents[:, self.semantic :]], dim=1)

    def between_losses(self, latents: Tensor, meant: Tensor) -> Losses:
        """Return how far decoded images between others are from meaning what lies there.

        Its weight grows from nothing to the end of training: what means the same of all images is
        met at once where images are not told apart yet, and they would not be for long.
        """
        cosine = functional.cosine_similarity(
            latents[:, : self.semantic], meant[:, : self.semantic]
        )
        # Validation asks for the same in every epoch.
        share = self.share if self.training else 1.0
        return {"interpolation": share * self.interpolation_weight * (1 - cosine).mean()}

    def begin_step(self, share: float) -> None:
        """Take note how much of the training is over, 0–1."""
        self.share = share

    def head_outputs(self, views: Tensor) -> Tensor:
        """Map latents of views (V, N, d) to the embeddings on which contrastive losses act."""
        embeddings: Tensor = self.projector(views.flatten(0, 1)).unflatten(0, views.shape[:2])
        return embeddings
