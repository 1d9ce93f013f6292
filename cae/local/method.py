"""Unsupervised local discrimination, after Chen et al. 2021."""

from typing import ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.func import functional_call
from torch.nn import functional

from cae.augment.aligned_views import aligned_views
from cae.local.network import LocalNetwork, LocalNetworkSettings, ShapeDiscriminator
from cae.local.pixel_classes import PixelClasses
from cae.local.settings import LocalSettings
from cae.local.shapes import load_shapes
from cae.losses.map_entropy import map_entropy
from cae.losses.mutual_information import joint_regions, mutual_information_loss
from cae.losses.patch_discrimination import patch_discrimination
from cae.losses.region_discrimination import region_discrimination, region_vectors
from cae.losses.shape_guidance import discriminator_loss, guidance_loss
from cae.methods.method import Grouping, Known, Losses, Method, Stage, Trainable
from cae.methods.settings import TrainingSettings
from cae.plugins import load
from cae.ranks.exchange import gathered

_MIXED = (0.2, 0.8)
_LEAST_SHARE = 1e-6


class LocalDiscrimination(Method[LocalSettings]):
    """Learns an embedding and soft regions of every pixel, without labels (arXiv 2108.09440).

    First patches are told apart across views, also in mixed images; then regions are told apart
    and made certain as well, ``L_pd + L_mix + 3·L_ld + 0.1·L_ent``. The paper has 10·L_ld; its maps
    have no other guide. Two terms are ours, because these alone leave region maps undecided for
    long: the mutual information of the two views' maps, so that a pixel is of the same region
    whatever its view looks like, and the cross entropy with the classes of `PixelClasses`, from
    which regions begin. Views are made here rather than
    by the training loop, because their layout must be undone. Nothing is decoded.

    With example masks, region 0 begins as those classes that together are shaped most like them,
    and a discriminator that tells the masks from its map draws it towards their shape; masks and
    images need not belong together.
    """

    title: ClassVar[str] = "Local discrimination"
    sentence: ClassVar[str] = (
        "Learns what every pixel shows, to outline regions and find a point again in other images."
    )
    Settings: ClassVar[type[TrainingSettings]] = LocalSettings
    model: ClassVar[str] = "cae.local.model:LocalModel"
    steps: ClassVar[tuple[str, ...]] = ("local", "areas")
    shapes: Tensor | None
    regional: Tensor

    def __init__(
        self,
        network: LocalNetworkSettings,
        settings: LocalSettings,
        shapes: Tensor | None = None,
    ) -> None:
        """Build the network.

        Args:
            network: its shape.
            settings: how it is trained.
            shapes: example masks for region 0, (M, 1, S, S) in 0–1; None for no guidance.
        """
        super().__init__()
        self.settings = settings
        self.network = LocalNetwork(network)
        self.discriminator = None if shapes is None else ShapeDiscriminator(network.width)
        self.register_buffer("shapes", shapes, persistent=False)
        self.register_buffer("regional", torch.tensor(len(self.stages(settings)) == 1))
        self.make_view = aligned_views(settings.preset)
        self.classes = PixelClasses(network.regions, network.channels)

    @classmethod
    def untrained(cls, images: np.ndarray, settings: LocalSettings, known: Known) -> Trainable:
        """Return an untrained model for images (N, S, S, C), with its example masks if any."""
        side = images.shape[1]
        shapes = load_shapes(settings.shape, known, side) if settings.shape else None
        model: Trainable = load(cls.model).for_images(images, settings, shapes)
        return model

    @classmethod
    def stages(cls, settings: LocalSettings) -> tuple[Stage, ...]:
        """Return patch discrimination alone, then all terms; these alone in a single epoch."""
        first = round(settings.patch_share * settings.epochs)
        return (Stage(0), Stage(first)) if 0 < first < settings.epochs else (Stage(0),)

    def begin(self, images: Tensor) -> list[Tensor]:
        """Find the first classes of pixels in a sample of the images (N, C, S, S) in 0–1."""
        self.classes.begin(images, self.shapes)
        self.network.families.copy_(self.classes.families())
        return []

    def begin_stage(
        self, number: int, latents: np.ndarray, held_out: np.ndarray, seed: int
    ) -> Grouping:
        """Let all terms count from now on."""
        self.regional.fill_(True)
        return super().begin_stage(number, latents, held_out, seed)

    def encode(self, images: Tensor) -> Tensor:
        """Map images (N, C, S, S) in 0–1 to the mean embeddings of their pixels (N, d)."""
        means: Tensor = self.network(images).embeddings.mean((2, 3))
        return means

    def forward(
        self, images: Tensor, views: Tensor, groups: Tensor, features: Tensor | None = None
    ) -> Losses:
        """Return the losses of one step on images (N, C, S, S) in 0–1.

        `views` and `features`, of which there are none, and `groups` are as for every method.
        """
        settings, half = self.settings, len(images) // 2
        with torch.no_grad(), torch.autocast(images.device.type, enabled=False):
            first, layout = self.make_view(images)
            second, other_layout = self.make_view(images)
            classes = self.classes(images)
            share = float(torch.empty(()).uniform_(*_MIXED))
            mixed = share * first[:half] + (1 - share) * first[half : 2 * half]
        # One pass over all of them, so that batch norm sees them alike.
        coarse, finest = self.network.coarse(torch.cat([first, second, mixed]))
        height, width = images.shape[2:]
        # What the network continued beyond the image would be in the way of turning it back.
        embeddings = self.network.embed(coarse)[..., : (height + 1) // 2, : (width + 1) // 2]
        f, g, of_mixed = embeddings.split([len(images), len(images), half])
        target = (share * f[:half] + (1 - share) * f[half : 2 * half]).detach()
        losses = {
            "patch": patch_discrimination(
                gathered(self.patches(layout.undo(f))),
                gathered(self.patches(other_layout.undo(g))),
                settings.temperature,
            ),
            "mixup": settings.mixup_weight
            * patch_discrimination(
                gathered(self.patches(of_mixed)),
                gathered(self.patches(target)),
                settings.temperature,
            ),
        }
        if not self.regional:
            return losses
        both = 2 * len(images)
        maps = self.network.divide(self.network.last_step(coarse[:both], finest[:both]))
        maps = maps[..., :height, :width]
        regions = region_vectors(embeddings[:both], functional.avg_pool2d(maps, 2, ceil_mode=True))
        losses["region"] = settings.region_weight * region_discrimination(
            gathered(regions), settings.region_temperature
        )
        losses["entropy"] = settings.entropy_weight * map_entropy(maps)
        a, b = maps.chunk(2)
        a, b = layout.undo(a), other_layout.undo(b)
        joint = gathered(joint_regions(a, b)[None]).sum(0)
        losses["agreement"] = settings.agreement_weight * mutual_information_loss(joint)
        losses["classes"] = settings.class_weight * self._class_loss(torch.cat([a, b]), classes)
        return losses | self._shape_losses(torch.cat([a, b])[:, :1])

    def patches(self, embeddings: Tensor) -> Tensor:
        """Pool pixel embeddings (N, d, S, S) to those of patches (N·grid², d).

        Pixels near a patch's centre weigh more, so that an embedding tells where it is.
        """
        settings = self.settings
        weights = [
            _closeness(side, settings.grid, settings.centre_spread).to(embeddings)
            for side in embeddings.shape[2:]
        ]
        weighted = embeddings * weights[0][:, None] * weights[1]
        pooled = functional.adaptive_avg_pool2d(weighted, settings.grid)
        return pooled.flatten(2).transpose(1, 2).flatten(0, 1)

    def _class_loss(self, maps: Tensor, classes: Tensor) -> Tensor:
        """Return the cross entropy of maps (2·N, K, S, S), laid back, and classes (N, S, S)."""
        share_of_own = maps.gather(1, classes.repeat(2, 1, 1)[:, None])
        return -share_of_own.clamp(min=_LEAST_SHARE).log().mean()

    def _shape_losses(self, maps: Tensor) -> Losses:
        """Return both sides of the game about region map 0, (N, 1, S, S)."""
        if self.discriminator is None or self.shapes is None or not self.training:
            return {}
        drawn = torch.randint(len(self.shapes), (len(maps),))
        examples = self.shapes[drawn.to(maps.device)]
        fixed = {name: weight.detach() for name, weight in self.discriminator.named_parameters()}
        return {
            "shape": self.settings.shape_weight
            * guidance_loss(functional_call(self.discriminator, fixed, maps)),
            "discriminator": discriminator_loss(
                self.discriminator(examples), self.discriminator(maps.detach())
            ),
        }


def _closeness(side: int, grid: int, spread: float) -> Tensor:
    """Return a Gaussian weight per pixel along a side, 1 in the centre of each of `grid` parts."""
    place = (torch.arange(side) + 0.5) * grid / side
    return torch.exp(-0.5 * ((place % 1 - 0.5) / spread) ** 2)
