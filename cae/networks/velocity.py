"""A small U-Net that says in which direction an image becomes a likely one."""

import math
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from cae.errors import CaeError
from cae.networks.settings import require_known_form

# Pixels along the side of what one place of the largest of three maps stands for.
_PATCH = {28: 1, 32: 1, 64: 2, 128: 4, 224: 4}
_FEWEST_LEVELS = 3
_GROUPS = 8
_CONDITION = 128
_FREQUENCIES = 32
_HIGHEST_FREQUENCY = 100.0


@dataclass(frozen=True)
class VelocitySettings:
    """Shape of a velocity network.

    Attributes:
        image_size: side of the square images in pixels, one of `cae.networks.settings.IMAGE_SIZES`.
        channels: 1 (grey) or 3 (RGB).
        latent: dimensions of the latent that an image is decoded from.
        width: channels of the largest of three maps, a multiple of 8; smaller ones have 2 and 4
            times as many.
        levels: of maps, 3, or 4 with one of half as many channels and twice the side before them.
    """

    image_size: int = 64
    channels: int = 1
    latent: int = 64
    width: int = 32
    levels: int = _FEWEST_LEVELS

    def __post_init__(self) -> None:
        require_known_form(self.image_size, self.channels)
        if self.levels != _FEWEST_LEVELS and (self.levels != 4 or self.patch < 1):
            raise CaeError(
                f"{self.levels} levels of maps make no network for images of {self.image_size} "
                f"px; use {usual_levels(self.image_size)}."
            )
        if self.latent < 1 or self.width < _GROUPS or self.width % _GROUPS:
            raise CaeError(
                f"A width of {self.width} and a latent of {self.latent} make no network; "
                f"use a width that is a multiple of {_GROUPS}."
            )

    @property
    def patch(self) -> int:
        """Pixels along the side of what one place of the largest maps stands for."""
        return _PATCH[self.image_size] >> (self.levels - _FEWEST_LEVELS)

    @property
    def widths(self) -> list[int]:
        """Channels of the maps, the largest maps first."""
        return [
            self.width << level >> (self.levels - _FEWEST_LEVELS) for level in range(self.levels)
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as a JSON-able dictionary."""
        return asdict(self)


def usual_levels(image_size: int) -> int:
    """Return how many levels of maps suit images: at up to 64 px the largest have their size.

    Larger images are seen in patches, so that nine of them are decoded within about a second.
    """
    return 4 if _PATCH[image_size] > 1 else _FEWEST_LEVELS


class _Block(nn.Module):
    """Two 3×3 convolutions beside a shortcut; the condition scales and shifts between them.

    FiLM (Perez et al. 2018) after group normalisation, as in Dhariwal & Nichol 2021.
    """

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.first_norm = _norm(before)
        self.first = nn.Conv2d(before, after, 3, padding=1)
        self.second_norm = _norm(after)
        self.film = nn.Linear(_CONDITION, 2 * after)
        self.second = nn.Conv2d(after, after, 3, padding=1)
        self.shortcut = nn.Conv2d(before, after, 1) if before != after else nn.Identity()
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.film.weight)

    def forward(self, maps: Tensor, condition: Tensor) -> Tensor:
        """Map (N, before, s, s) and (N, 128) to (N, after, s, s)."""
        inner = self.first(functional.silu(self.first_norm(maps)))
        scale, shift = self.film(condition)[:, :, None, None].chunk(2, dim=1)
        inner = self.second(functional.silu(self.second_norm(inner) * (1 + scale) + shift))
        result: Tensor = inner + self.shortcut(maps)
        return result


class VelocityNetwork(nn.Module):
    """Maps a point between a mean decode and an image to the velocity there.

    It runs on patches of pixels, so that large images stay affordable; all numbers it is given
    and gives have about unit spread.
    """

    latent_mean: Tensor
    latent_spread: Tensor

    def __init__(self, settings: VelocitySettings) -> None:
        super().__init__()
        self.patch, widths = settings.patch, settings.widths
        pixels = settings.channels * self.patch**2
        self.register_buffer("latent_mean", torch.zeros(settings.latent))
        self.register_buffer("latent_spread", torch.ones(settings.latent))
        self.of_time = nn.Linear(2 * _FREQUENCIES, _CONDITION)
        self.of_latent = nn.Linear(settings.latent, _CONDITION)
        self.condition = nn.Sequential(nn.SiLU(), nn.Linear(_CONDITION, _CONDITION), nn.SiLU())
        self.stem = nn.Conv2d(2 * pixels, widths[0], 3, padding=1)
        self.down = nn.ModuleList(_Block(width, width) for width in widths[:-1])
        self.shrink = nn.ModuleList(
            nn.Conv2d(width, 2 * width, 2, stride=2) for width in widths[:-1]
        )
        self.middle = nn.ModuleList(_Block(widths[-1], widths[-1]) for _ in range(2))
        self.narrow = nn.ModuleList(nn.Conv2d(2 * width, width, 1) for width in widths[:-1])
        self.up = nn.ModuleList(_Block(2 * width, width) for width in widths[:-1])
        self.last_norm = _norm(widths[0])
        self.last = nn.Conv2d(widths[0], pixels, 3, padding=1)
        for parameter in self.last.parameters():
            nn.init.zeros_(parameter)

    def forward(self, points: Tensor, means: Tensor, time: Tensor, latents: Tensor) -> Tensor:
        """Return velocities (N, C, S, S).

        Args:
            points: (N, C, S, S), what is added to the mean decode, of unit spread.
            means: (N, C, S, S), mean decodes, 0–1.
            time: (N,), 0 at the mean decode with noise, 1 at the image.
            latents: (N, d).
        """
        standard = (latents - self.latent_mean) / self.latent_spread
        condition = self.condition(self.of_time(_waves(time)) + self.of_latent(standard))
        shown = functional.pixel_unshuffle(torch.cat([points, 4 * means - 2], 1), self.patch)
        maps = self.stem(shown.contiguous(memory_format=torch.channels_last))
        kept = []
        for block, shrink in zip(self.down, self.shrink, strict=True):
            maps = block(maps, condition)
            kept.append(maps)
            maps = shrink(maps)
        for block in self.middle:
            maps = block(maps, condition)
        for narrow, up in reversed(list(zip(self.narrow, self.up, strict=True))):
            maps = functional.interpolate(narrow(maps), scale_factor=2.0)
            maps = up(torch.cat([maps, kept.pop()], 1), condition)
        pixels = self.last(functional.silu(self.last_norm(maps)))
        return functional.pixel_shuffle(pixels, self.patch)


def _norm(channels: int) -> nn.GroupNorm:
    return nn.GroupNorm(min(_GROUPS, channels), channels)


def _waves(time: Tensor) -> Tensor:
    """Return sines and cosines (N, 64) of times (N,), ever faster (Vaswani et al. 2017)."""
    powers = torch.arange(_FREQUENCIES, device=time.device) / (_FREQUENCIES - 1)
    angles = time[:, None] * torch.exp(powers * math.log(_HIGHEST_FREQUENCY))
    return torch.cat([angles.sin(), angles.cos()], dim=1)
