"""Local discrimination whose regions begin from classes of pixels; after Chen et al. 2021."""

from typing import ClassVar

import torch
from torch import Tensor

from cae.local.network import LocalNetwork, LocalNetworkSettings
from cae.local.pixel_classes import PixelClasses
from cae.local.published import PublishedLocalDiscrimination
from cae.local.settings import LocalSettings
from cae.losses.mutual_information import joint_regions, mutual_information_loss
from cae.losses.patch_discrimination import patch_discrimination
from cae.methods.method import Losses
from cae.methods.settings import TrainingSettings
from cae.ranks.exchange import gathered

_LEAST_SHARE = 1e-6


class LocalDiscrimination(PublishedLocalDiscrimination):
    """Learns an embedding and soft regions of every pixel, without labels, in minutes.

    ``L_pd + L_mix + 3·L_ld + 0.1·L_ent`` with two further terms, because those of the paper alone
    leave region maps undecided for long: the mutual information of the two views' maps, so that a
    pixel is of the same region whatever its view looks like, and the cross entropy with the classes
    of `PixelClasses`, from which regions begin. Embeddings are of half the size and patches
    discriminated in one direction, which takes half the time.

    With example masks, region 0 begins as those classes that together are shaped most like them.
    """

    title: ClassVar[str] = "Local discrimination"
    sentence: ClassVar[str] = (
        "Learns what every pixel shows, to outline regions and find a point again in other images."
    )
    Settings: ClassVar[type[TrainingSettings]] = LocalSettings
    Network: ClassVar[type[LocalNetwork]] = LocalNetwork
    settings: LocalSettings

    def __init__(
        self,
        network: LocalNetworkSettings,
        settings: LocalSettings,
        shapes: Tensor | None = None,
    ) -> None:
        """Build the network, see `PublishedLocalDiscrimination`."""
        super().__init__(network, settings, shapes)
        self.classes = PixelClasses(network.regions, network.channels)

    def begin(self, images: Tensor) -> list[Tensor]:
        """Find the first classes of pixels in a sample of the images (N, C, S, S) in 0–1."""
        self.classes.begin(images, self.shapes)
        self.network.families.copy_(self.classes.families())
        return []

    def patch_loss(self, first: Tensor, second: Tensor) -> Tensor:
        """Return the loss of patches (M, d), of which the first should know the second."""
        return patch_discrimination(first, second, self.settings.temperature)

    def guiding_losses(self, images: Tensor, first: Tensor, second: Tensor) -> Losses:
        """Return how far maps (N, K, S, S) are from each other and from the classes of pixels."""
        with torch.no_grad(), torch.autocast(images.device.type, enabled=False):
            classes = self.classes(images)
        joint = gathered(joint_regions(first, second)[None]).sum(0)
        own = torch.cat([first, second]).gather(1, classes.repeat(2, 1, 1)[:, None])
        of_classes = -own.clamp(min=_LEAST_SHARE).log().mean()
        return {
            "agreement": self.settings.agreement_weight * mutual_information_loss(joint),
            "classes": self.settings.class_weight * of_classes,
        }
