"""The contrastive autoencoder of Ferrante et al. 2022, phase 1."""

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from cae.losses.ntxent import ntxent
from cae.methods.autoencoder import Autoencoder
from cae.methods.method import Losses
from cae.methods.settings import ImageSettings
from cae.networks import ARCHITECTURES, NetworkSettings
from cae.settings import setting


@dataclass(frozen=True)
class ContrastiveSettings(ImageSettings):
    """How to train with contrast.

    Attributes:
        temperature: τ of the contrastive loss.
    """

    owner: ClassVar[str] = "the method 'contrastive'"
    method: ClassVar[str] = "contrastive"

    temperature: float = setting(0.5, "Temperature τ", "τ of the contrastive loss.", above=0)


class ContrastiveAutoencoder(Autoencoder):
    """The autoencoder with one more term: NT-Xent between the embeddings of views.

    ``L = NTXent(z) + λ·rec`` (arXiv 2209.12005). The reconstruction is of the clean image, so
    that the decoder serves real images rather than augmented ones. It is no view: that it looks
    unlike all augmented ones would be the first thing to be learnt.
    """

    title: ClassVar[str] = "Contrastive autoencoder"
    sentence: ClassVar[str] = (
        "Also learns that two views of an image belong together; clusters follow what is shown."
    )
    Settings = ContrastiveSettings
    views = 2

    def __init__(self, network: NetworkSettings, settings: ContrastiveSettings) -> None:
        super().__init__(network, settings)
        self.projector = ARCHITECTURES[network.architecture].projector(network)
        self.temperature = settings.temperature

    @classmethod
    def semantic_size(cls, latent: int) -> int:
        """Return three sixteenths of the dimensions.

        A sphere of few dimensions holds the classes of an image set; the detail, where every
        number counts, gets the rest.
        """
        return max(1, latent * 3 // 16)

    def view_losses(self, latents: Tensor, groups: Tensor) -> Losses:
        """Return NT-Xent over the embeddings of the views."""
        return {"contrastive": ntxent(self.head_outputs(latents[1:]), self.temperature)}

    def head_outputs(self, views: Tensor) -> Tensor:
        """Map latents of views (V, N, d) to the embeddings on which contrastive losses act."""
        return self.projector(views.flatten(0, 1)).unflatten(0, views.shape[:2])
