"""Residual networks whose latent keeps meaning and detail apart.

Contrastive losses ask a latent to forget how an image is cropped, turned and lit; reconstruction
asks it to remember. Here each gets its own half. The *semantic* half has unit length and carries
almost all of the latent's spread, so distances, maps and clusters follow it; the *detail* half is
standardised and scaled down, and the decoder scales it up again.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from cae.networks.settings import NetworkSettings

_PATCH = {28: 2, 32: 2, 64: 4, 128: 8, 224: 14}
_SMALLEST_SIDE = 4
_LAYOUT_CHANNELS = 32
_FEATURES = 256
# Decoder stages beyond this side have fewer channels, so that large images stay affordable.
_FULL_WIDTH_SIDE = 32
_DETAIL_SCALE = 0.05


def semantic_size(settings: NetworkSettings) -> int:
    """Return how many of the latent's dimensions, the first ones, are semantic."""
    return settings.latent // 2


def _sides(image_size: int) -> list[int]:
    """Return the sides of the feature maps, from the stem's down to the smallest."""
    sides = [image_size // _PATCH[image_size]]
    while sides[-1] > _SMALLEST_SIDE:
        sides.append(-(-sides[-1] // 2))
    return sides


def _widths(settings: NetworkSettings) -> list[int]:
    return [settings.width * 2**stage for stage in range(len(_sides(settings.image_size)))]


def _convolution(before: int, after: int, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, kernel, stride, (kernel - 1) // 2, bias=False),
        nn.BatchNorm2d(after),
    )


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions beside a shortcut (He et al. 2016); halves the side where asked."""

    def __init__(self, before: int, after: int, stride: int = 1) -> None:
        super().__init__()
        self.first = _convolution(before, after, stride=stride)
        self.second = _convolution(after, after)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or before != after:
            self.shortcut = nn.Sequential(
                nn.AvgPool2d(stride, ceil_mode=True) if stride > 1 else nn.Identity(),
                _convolution(before, after, kernel=1),
            )

    def forward(self, maps: Tensor) -> Tensor:
        """Map (N, before, s, s) to (N, after, ⌈s/stride⌉, ⌈s/stride⌉)."""
        inner = self.second(functional.relu(self.first(maps)))
        return functional.relu(inner + self.shortcut(maps))


class ResidualEncoder(nn.Module):
    """A patch stem and residual stages; the latent sees pooled features and their layout.

    The semantic half passes through a multilayer perceptron, as projections do in contrastive
    learning; the detail half is linear.
    """

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        patch = _PATCH[settings.image_size]
        sides, widths = _sides(settings.image_size), _widths(settings)
        self.stem = nn.Sequential(
            nn.Conv2d(settings.channels, widths[0], patch + 2, stride=patch, padding=1, bias=False),
            nn.BatchNorm2d(widths[0]),
            nn.ReLU(),
            ResidualBlock(widths[0], widths[0]),
        )
        self.stages = nn.Sequential(
            *(
                ResidualBlock(before, after, stride=2)
                for before, after in zip(widths, widths[1:], strict=False)
            )
        )
        self.layout = nn.Conv2d(widths[-1], _LAYOUT_CHANNELS, 1)
        self.features = nn.Linear(widths[-1] + _LAYOUT_CHANNELS * sides[-1] ** 2, _FEATURES)
        semantic = semantic_size(settings)
        self.semantic = nn.Sequential(
            nn.BatchNorm1d(_FEATURES),
            nn.ReLU(),
            nn.Linear(_FEATURES, _FEATURES, bias=False),
            nn.BatchNorm1d(_FEATURES),
            nn.ReLU(),
            nn.Linear(_FEATURES, semantic),
        )
        detail = settings.latent - semantic
        self.detail = nn.Sequential(
            nn.Linear(_FEATURES, detail), nn.BatchNorm1d(detail, affine=False)
        )

    def forward(self, images: Tensor) -> Tensor:
        """Encode images (N, C, S, S) in 0–1 into latents (N, d)."""
        maps = self.stages(self.stem(images))
        features = self.features(torch.cat([maps.mean((2, 3)), self.layout(maps).flatten(1)], 1))
        semantic = functional.normalize(self.semantic(features).float(), dim=1)
        return torch.cat([semantic, _DETAIL_SCALE * self.detail(features).float()], dim=1)


class SemanticPart(nn.Module):
    """Takes the place of a projector: contrastive losses act on the semantic half itself."""

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        self.size = semantic_size(settings)

    def forward(self, latents: Tensor) -> Tensor:
        """Return the semantic half (N, d // 2) of latents (N, d)."""
        return latents[:, : self.size]


class ResidualDecoder(nn.Module):
    """Upsampling and convolutions, which draw no checkerboards, up to half the image's side.

    The last step shuffles channels into pixels, so that no convolution runs at full size.
    """

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        self.sides = _sides(settings.image_size)[::-1]
        widths = _widths(settings)[::-1]
        while self.sides[-1] * 2 < settings.image_size:
            self.sides.append(self.sides[-1] * 2)
            widths.append(
                max(4, settings.width * _FULL_WIDTH_SIDE // max(self.sides[-1], _FULL_WIDTH_SIDE))
            )
        self.size = settings.image_size
        semantic = semantic_size(settings)
        to_unit_spread = torch.full((settings.latent,), 1 / _DETAIL_SCALE)
        to_unit_spread[:semantic] = semantic**0.5
        self.register_buffer("to_unit_spread", to_unit_spread, persistent=False)
        self.linear = nn.Linear(settings.latent, widths[0] * self.sides[0] ** 2)
        self.stages = nn.ModuleList(
            nn.Sequential(_convolution(before, after), nn.ReLU())
            for before, after in zip(widths, widths[1:], strict=False)
        )
        self.pixels = nn.Sequential(
            nn.Conv2d(widths[-1], 4 * settings.channels, 3, padding=1), nn.PixelShuffle(2)
        )

    def forward(self, latents: Tensor) -> Tensor:
        """Decode latents (N, d) into images (N, C, S, S) in 0–1."""
        maps = functional.relu(self.linear(latents * self.to_unit_spread))
        maps = maps.unflatten(1, (-1, self.sides[0], self.sides[0]))
        maps = maps.contiguous(memory_format=torch.channels_last)
        for side, stage in zip(self.sides[1:], self.stages, strict=True):
            maps = stage(functional.interpolate(maps, size=(side, side)))
        images = torch.sigmoid(self.pixels(maps))
        return images[..., : self.size, : self.size]
