"""Residual networks whose latent keeps meaning and detail apart.

Contrastive losses ask a latent to forget how an image is cropped, turned and lit; reconstruction
asks it to remember. Here each gets its own part. The *semantic* part has unit length and carries
almost all of the latent's spread, so distances, maps and clusters follow it; the *detail* part is
scaled down, and the decoder scales it up again. Where nothing is contrasted all is detail.

The detail begins as the principal components of the images and the decoder as their inverse, so
that training starts where a linear autoencoder ends (Baldi & Hornik 1989) and adds what the
convolutions see.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from cae.networks.settings import NetworkSettings

Regression = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
_PATCH = {28: 2, 32: 2, 64: 4, 128: 8, 224: 14}
_SMALLEST_SIDE = 4
_LAYOUT_CHANNELS = 32
_FEATURES = 256
# Decoder stages beyond this side have fewer channels, so that large images stay affordable.
_FULL_WIDTH_SIDE = 32
DETAIL_SCALE = 0.03
# The linear part of the networks sees larger images reduced to this side.
_LINEAR_SIDE = 64
# A component that spreads less than this tells nothing that 8 bits can hold.
_LEAST_SPREAD = 1e-3


def _linear_side(image_size: int) -> int:
    return min(image_size, _LINEAR_SIDE)


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


def _semantic_head(size: int) -> nn.Sequential:
    return nn.Sequential(
        nn.BatchNorm1d(_FEATURES),
        nn.ReLU(),
        nn.Linear(_FEATURES, _FEATURES, bias=False),
        nn.BatchNorm1d(_FEATURES),
        nn.ReLU(),
        nn.Linear(_FEATURES, size),
    )


class ResidualEncoder(nn.Module):
    """A patch stem and residual stages; the latent sees pooled features and their layout.

    The semantic part passes through a multilayer perceptron, as embeddings do in contrastive
    learning; the detail is linear in these features and in the pixels.
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
        self.semantic = _semantic_head(settings.semantic) if settings.semantic else None
        detail = settings.latent - settings.semantic
        self.detail = nn.Linear(_FEATURES, detail, bias=False)
        self.linear_side = _linear_side(settings.image_size)
        self.linear = nn.Linear(settings.channels * self.linear_side**2, detail)

    def forward(self, images: Tensor) -> Tensor:
        """Encode images (N, C, S, S) in 0–1 into latents (N, d)."""
        maps = self.stages(self.stem(images))
        features = self.features(torch.cat([maps.mean((2, 3)), self.layout(maps).flatten(1)], 1))
        pixels = functional.adaptive_avg_pool2d(images, self.linear_side).flatten(1)
        convolved, linear = self.detail(features).float(), self.linear(pixels).float()
        detail: Tensor = DETAIL_SCALE * (convolved + linear)
        if self.semantic is None:
            return detail
        return torch.cat([functional.normalize(self.semantic(features).float()), detail], dim=1)


class SemanticPart(nn.Module):
    """Takes the place of a projector: contrastive losses act on the semantic part itself."""

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        self.size = settings.semantic

    def forward(self, latents: Tensor) -> Tensor:
        """Return the semantic part (N, semantic) of latents (N, d)."""
        return latents[:, : self.size]


class ResidualDecoder(nn.Module):
    """The sum of a linear picture and of what convolutions add to it.

    These follow upsampling, which draws no checkerboards, up to half the image's side; the last
    step shuffles channels into pixels, so that no convolution runs at full size.
    """

    to_unit_spread: Tensor

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
        to_unit_spread = torch.full((settings.latent,), 1 / DETAIL_SCALE)
        to_unit_spread[: settings.semantic] = settings.semantic**0.5
        self.register_buffer("to_unit_spread", to_unit_spread, persistent=False)
        self.channels = settings.channels
        self.linear_side = _linear_side(settings.image_size)
        self.linear = nn.Linear(settings.latent, settings.channels * self.linear_side**2)
        self.smallest_maps = nn.Linear(settings.latent, widths[0] * self.sides[0] ** 2)
        self.stages = nn.ModuleList(
            nn.Sequential(_convolution(before, after), nn.ReLU())
            for before, after in zip(widths, widths[1:], strict=False)
        )
        self.pixels = nn.Sequential(
            nn.Conv2d(widths[-1], 4 * settings.channels, 3, padding=1), nn.PixelShuffle(2)
        )

    def forward(self, latents: Tensor) -> Tensor:
        """Decode latents (N, d) into images (N, C, S, S) in 0–1."""
        latents = latents * self.to_unit_spread
        maps = functional.relu(self.smallest_maps(latents))
        maps = maps.unflatten(1, (-1, self.sides[0], self.sides[0]))
        maps = maps.contiguous(memory_format=torch.channels_last)
        for side, stage in zip(self.sides[1:], self.stages, strict=True):
            maps = stage(functional.interpolate(maps, size=(side, side)))
        picture = self.linear(latents).unflatten(1, (self.channels, *2 * [self.linear_side]))
        if self.linear_side < self.size:
            picture = functional.interpolate(picture, size=2 * [self.size], mode="bilinear")
        images: Tensor = picture + self.pixels(maps)[..., : self.size, : self.size]
        # The gradient passes the limits, or a pixel beyond them would never come back.
        return images + (images.clamp(0, 1) - images).detach()


@torch.no_grad()
def rescale(encoder: ResidualEncoder, decoder: ResidualDecoder, factors: Tensor) -> None:
    """Multiply each number of the detail by its factor, and divide by it in the decoder.

    Args:
        encoder: its latents change.
        decoder: it shows the changed latents as it showed the former ones.
        factors: (d,), 1 in the semantic part.
    """
    detail = factors[len(factors) - encoder.detail.out_features :]
    encoder.detail.weight.mul_(detail[:, None])
    encoder.linear.weight.mul_(detail[:, None])
    encoder.linear.bias.mul_(detail)
    decoder.linear.weight.div_(factors)
    decoder.smallest_maps.weight.div_(factors)


@torch.no_grad()
def begin_with_principal_components(
    encoder: ResidualEncoder, decoder: ResidualDecoder, images: Tensor
) -> list[Tensor]:
    """Set the linear parts to the principal components of images (N, C, S, S) in 0–1.

    Each number of the detail then has unit spread over the images, and what the convolutions add
    starts at nothing. Numbers for which the images have no component left start at 0. Returns the
    weights between pixels and detail: each adds to the sum over all pixels, so steps that suit a
    convolution would throw them off their start.
    """
    pixels = functional.adaptive_avg_pool2d(images, encoder.linear_side).flatten(1)
    detail = encoder.linear.out_features
    mean = pixels.mean(0)
    _, spread, axes = torch.pca_lowrank(pixels - mean, q=min(2 * detail, *pixels.shape), niter=4)
    spread = spread[:detail] / len(pixels) ** 0.5
    kept = int((spread > _LEAST_SPREAD).sum())
    axes, spread = axes[:, :kept], spread[:kept]
    for module in (encoder.linear, encoder.detail, decoder.linear, decoder.pixels[0]):
        for parameter in module.parameters():
            parameter.zero_()
    encoder.linear.weight[:kept] = (axes / spread).T
    encoder.linear.bias[:kept] = -(mean @ axes) / spread
    first = decoder.linear.in_features - detail
    decoder.linear.weight[:, first : first + kept] = axes * spread
    decoder.linear.bias.copy_(mean)
    return [encoder.linear.weight, decoder.linear.weight]


@torch.no_grad()
def begin_with_linear_picture(
    decoder: ResidualDecoder, latents: Tensor, images: Tensor, regression: Regression
) -> list[Tensor]:
    """Set a decoder's linear part to a regression of images on latents.

    What the convolutions add starts at nothing, as with `begin_with_principal_components`.

    Args:
        decoder: one without a semantic part.
        latents: (N, d), of mean 0 and a spread of `DETAIL_SCALE`.
        images: (N, C, S, S) in 0–1.
        regression: returns weights (P, d) and intercepts (P,) of pixels (N, P) on inputs (N, d).

    Returns:
        The weights that need only small steps from there.
    """
    pixels = functional.adaptive_avg_pool2d(images, decoder.linear_side).flatten(1)
    weights, intercepts = regression(latents * decoder.to_unit_spread, pixels)
    decoder.linear.weight.copy_(weights)
    decoder.linear.bias.copy_(intercepts)
    for parameter in decoder.pixels[0].parameters():
        parameter.zero_()
    return [decoder.linear.weight]
