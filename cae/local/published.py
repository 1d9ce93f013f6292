"""Unsupervised local discrimination as published by Chen et al. 2021."""

from typing import ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.func import functional_call
from torch.nn import functional

from cae.augment.aligned_views import aligned_views
from cae.local.network import (
    FullSizeNetwork,
    LocalNetwork,
    LocalNetworkSettings,
    ShapeDiscriminator,
)
from cae.local.settings import PublishedSettings
from cae.local.shapes import load_shapes
from cae.losses.map_entropy import map_entropy
from cae.losses.patch_discrimination import patch_discrimination
from cae.losses.region_discrimination import region_discrimination, region_vectors
from cae.losses.shape_guidance import discriminator_loss, guidance_loss
from cae.methods.method import Grouping, Known, Losses, Method, Stage, Trainable
from cae.methods.settings import TrainingSettings
from cae.plugins import load
from cae.ranks.exchange import gathered

_MIXED = (0.2, 0.8)


class PublishedLocalDiscrimination(Method[PublishedSettings]):
    """Learns an embedding and soft regions of every pixel, without labels (arXiv 2108.09440).

    First patches are told apart across views, also in mixed images; then regions, which begin at
    random, are told apart and made certain as well, ``L_pd + L_mix + 10·L_ld + 0.1·L_ent``. Patches
    are discriminated in both directions. Views are made here rather than by the training loop,
    because their layout must be undone. Nothing is decoded.

    The public code takes 80,000 steps of four pairs of crops of 448 pixels and halves Adam's rate
    every ten epochs; here the loop's schedule is used, and images are as large as they are.

    With example masks, a discriminator that tells them from region map 0 draws it towards their
    shape; masks and images need not belong together.

    Attributes:
        Network: what embeds and divides.
    """

    title: ClassVar[str] = "Local discrimination, as published"
    sentence: ClassVar[str] = (
        "Learns what every pixel shows; regions begin at random and need a very long training."
    )
    Settings: ClassVar[type[TrainingSettings]] = PublishedSettings
    Network: ClassVar[type[LocalNetwork]] = FullSizeNetwork
    model: ClassVar[str] = "cae.local.model:LocalModel"
    steps: ClassVar[tuple[str, ...]] = ("local", "areas")
    shapes: Tensor | None
    regional: Tensor

    def __init__(
        self,
        network: LocalNetworkSettings,
        settings: PublishedSettings,
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
        self.network = self.Network(network)
        self.discriminator = None if shapes is None else ShapeDiscriminator(network.width)
        self.register_buffer("shapes", shapes, persistent=False)
        self.register_buffer("regional", torch.tensor(len(self.stages(settings)) == 1))
        self.make_view = aligned_views(settings.preset)

    @classmethod
    def untrained(cls, images: np.ndarray, settings: PublishedSettings, known: Known) -> Trainable:
        """Return an untrained model for images (N, S, S, C), with its example masks if any."""
        side = images.shape[1]
        shapes = load_shapes(settings.shape, known, side) if settings.shape else None
        model: Trainable = load(cls.model).for_images(images, settings, shapes)
        return model

    @classmethod
    def stages(cls, settings: PublishedSettings) -> tuple[Stage, ...]:
        """Return patch discrimination alone, then all terms; these alone in a single epoch."""
        first = round(settings.patch_share * settings.epochs)
        return (Stage(0), Stage(first)) if 0 < first < settings.epochs else (Stage(0),)

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
            share = float(torch.empty(()).uniform_(*_MIXED))
            mixed = share * first[:half] + (1 - share) * first[half : 2 * half]
        # One pass over all of them, so that batch norm sees them alike.
        embeddings, decoded = self.network.embedded(torch.cat([first, second, mixed]))
        f, g, of_mixed = embeddings.split([len(images), len(images), half])
        target = (share * f[:half] + (1 - share) * f[half : 2 * half]).detach()
        losses = {
            "patch": self.patch_loss(
                gathered(self.patches(layout.undo(f))), gathered(self.patches(other_layout.undo(g)))
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
        height, width = images.shape[2:]
        both = 2 * len(images)
        maps = self.network.divided(tuple(part[:both] for part in decoded))[..., :height, :width]
        regions = region_vectors(embeddings[:both], self.network.shrunk(maps))
        losses["region"] = settings.region_weight * region_discrimination(
            gathered(regions), settings.region_temperature
        )
        losses["entropy"] = settings.entropy_weight * map_entropy(maps)
        a, b = maps.chunk(2)
        a, b = layout.undo(a), other_layout.undo(b)
        return losses | self.guiding_losses(images, a, b) | self._shape_losses(torch.cat([a, b]))

    def patch_loss(self, first: Tensor, second: Tensor) -> Tensor:
        """Return the loss of patches (M, d) that should know each other, each once the anchor."""
        temperature = self.settings.temperature
        there = patch_discrimination(first, second, temperature)
        return (there + patch_discrimination(second, first, temperature)) / 2

    def guiding_losses(self, images: Tensor, first: Tensor, second: Tensor) -> Losses:
        """Return further losses of two views' maps (N, K, S, S), laid back on images; none here."""
        return {}

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

    def _shape_losses(self, maps: Tensor) -> Losses:
        """Return both sides of the game about region map 0, the first of maps (N, K, S, S)."""
        if self.discriminator is None or self.shapes is None or not self.training:
            return {}
        maps = maps[:, :1]
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
