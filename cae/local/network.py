"""A network that says of every pixel what it shows and to which region it belongs."""

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from cae.errors import CaeError

# Multiples of the width and number of convolutions of the encoder's stages.
_STAGES = ((1, 2), (2, 2), (4, 3), (8, 3), (8, 3))
# Below 0 a sigmoid grows by factors, so that one map can win a pixel.
_FIRST_BIAS = -3.0
_STRIDE = 2 ** (len(_STAGES) - 1)


@dataclass(frozen=True)
class LocalNetworkSettings:
    """Shape of the pixel-wise network.

    Attributes:
        channels: 1 (grey) or 3 (RGB).
        width: channels of the encoder's first stage.
        embedding: dimensions d of a pixel's embedding.
        regions: number K of region maps.
    """

    channels: int = 1
    width: int = 16
    embedding: int = 32
    regions: int = 10

    def __post_init__(self) -> None:
        if self.channels not in (1, 3):
            raise CaeError(f"Images have {self.channels} channels; use grey (1) or RGB (3).")
        if min(self.width, self.embedding, self.regions) < 2:
            raise CaeError("Width, embedding and regions must each be at least 2.")

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as a JSON-able dictionary."""
        return asdict(self)


class PixelOutput(NamedTuple):
    """What the network says of every pixel.

    Attributes:
        embeddings: f, (N, d, H, W), of unit length over d.
        maps: a, (N, K, H, W), 0–1, of sum 1 over K.
    """

    embeddings: Tensor
    maps: Tensor


def _convolution(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, 3, padding=1, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(inplace=True),
    )


class VggEncoder(nn.Module):
    """Stages of 3×3 convolutions with batch norm, max pooling between them (arXiv 1409.1556)."""

    def __init__(self, settings: LocalNetworkSettings) -> None:
        super().__init__()
        self.settings = settings
        self.widths = [multiple * settings.width for multiple, _ in _STAGES]
        stages, before = [], settings.channels
        for after, (_, count) in zip(self.widths, _STAGES, strict=True):
            layers = [_convolution(before if n == 0 else after, after) for n in range(count)]
            stages.append(nn.Sequential(*layers))
            before = after
        self.stages = nn.ModuleList(stages)

    def forward(self, images: Tensor) -> list[Tensor]:
        """Map images (N, C, H, W), sides multiples of 16, to the maps of each stage."""
        found, maps = [], images
        for number, stage in enumerate(self.stages):
            maps = stage(maps if number == 0 else functional.max_pool2d(maps, 2))
            found.append(maps)
        return found


class UNetStep(nn.Module):
    """Upsampling, joined with the encoder's stage of that size (arXiv 1505.04597)."""

    def __init__(self, below: int, beside: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            _convolution(below + beside, beside), _convolution(beside, beside)
        )

    def forward(self, maps: Tensor, beside: Tensor) -> Tensor:
        """Map (N, below, h, w) and a stage (N, beside, 2h, 2w) to (N, beside, 2h, 2w)."""
        larger = functional.interpolate(maps, scale_factor=2, mode="bilinear")
        joined: Tensor = self.layers(torch.cat([larger, beside], dim=1))
        return joined


class LocalNetwork(nn.Module):
    """A small VGG-BN encoder, a U-Net decoder and two heads (arXiv 2108.09440).

    Regions are told at full size. Embeddings, which are twice as many numbers, come from the step
    before at half of it: that is where most of the time goes, and neighbours hardly differ.
    """

    families: Tensor

    def __init__(self, settings: LocalNetworkSettings) -> None:
        super().__init__()
        self.encoder = VggEncoder(settings)
        widths = self.encoder.widths
        steps = [
            UNetStep(below, beside)
            for below, beside in zip(widths[:0:-1], widths[-2::-1], strict=True)
        ]
        self.coarse_steps = nn.ModuleList(steps[:-1])
        self.last_step = steps[-1]
        self.embedding = nn.Conv2d(widths[1], settings.embedding, 1)
        self.region = nn.Conv2d(widths[0], settings.regions, 1)
        nn.init.constant_(self.region.get_parameter("bias"), _FIRST_BIAS)
        # Equal for regions into which one tone is divided; known when training begins.
        self.register_buffer("families", torch.arange(settings.regions))

    def forward(self, images: Tensor) -> PixelOutput:
        """Map images (N, C, H, W) in 0–1 of any size to embeddings and region maps."""
        height, width = images.shape[2:]
        coarse, finest = self.coarse(images)
        larger = functional.interpolate(self.embed(coarse), scale_factor=2, mode="bilinear")
        embeddings = functional.normalize(larger, dim=1)
        maps = self.divide(self.last_step(coarse, finest))
        return PixelOutput(embeddings[..., :height, :width], maps[..., :height, :width])

    def coarse(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return the decoder's maps at half the size and the encoder's at full size.

        Sides of images (N, C, H, W) are first continued to multiples of 16.
        """
        height, width = images.shape[2:]
        padding = (0, -width % _STRIDE, 0, -height % _STRIDE)
        stages = self.encoder(functional.pad(images, padding, mode="replicate"))
        maps = stages[-1]
        for step, beside in zip(self.coarse_steps, stages[-2:0:-1], strict=True):
            maps = step(maps, beside)
        return maps, stages[0]

    def embedded(self, images: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return embeddings (N, d, ⌈H/2⌉, ⌈W/2⌉) of images, and what `divided` makes maps of."""
        height, width = images.shape[2:]
        coarse, finest = self.coarse(images)
        # What the network continued beyond the image would be in the way of turning it back.
        embeddings = self.embed(coarse)[..., : (height + 1) // 2, : (width + 1) // 2]
        return embeddings, (coarse, finest)

    def divided(self, decoded: tuple[Tensor, ...]) -> Tensor:
        """Return region maps (N, K, H, W), continued to multiples of 16."""
        return self.divide(self.last_step(*decoded))

    def shrunk(self, maps: Tensor) -> Tensor:
        """Return maps (N, K, H, W) at the size of embeddings."""
        return functional.avg_pool2d(maps, 2, ceil_mode=True)

    def embed(self, coarse: Tensor) -> Tensor:
        """Map the decoder's maps to embeddings of unit length (N, d, H/2, W/2)."""
        return functional.normalize(self.embedding(coarse).float(), dim=1)

    def divide(self, fine: Tensor) -> Tensor:
        """Map the decoder's maps at full size to region maps (N, K, H, W)."""
        return functional.normalize(torch.sigmoid(self.region(fine).float()), p=1, dim=1)


class FullSizeNetwork(LocalNetwork):
    """As published: embeddings are of the last step, at full size; regions begin at random."""

    def __init__(self, settings: LocalNetworkSettings) -> None:
        super().__init__(settings)
        self.embedding = nn.Conv2d(self.encoder.widths[0], settings.embedding, 1)
        self.region.reset_parameters()

    def forward(self, images: Tensor) -> PixelOutput:
        """Map images (N, C, H, W) in 0–1 of any size to embeddings and region maps."""
        height, width = images.shape[2:]
        embeddings, decoded = self.embedded(images)
        return PixelOutput(embeddings, self.divided(decoded)[..., :height, :width])

    def embedded(self, images: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return embeddings (N, d, H, W) of images, and what `divided` makes maps of."""
        height, width = images.shape[2:]
        fine = self.last_step(*self.coarse(images))
        return self.embed(fine)[..., :height, :width], (fine,)

    def divided(self, decoded: tuple[Tensor, ...]) -> Tensor:
        """Return region maps (N, K, H, W), continued to multiples of 16."""
        return self.divide(*decoded)

    def shrunk(self, maps: Tensor) -> Tensor:
        """Return maps as they are, as embeddings have their size."""
        return maps


class ShapeDiscriminator(nn.Module):
    """Three strided convolutions that tell example masks from region maps by their shape."""

    def __init__(self, width: int) -> None:
        super().__init__()
        widths = [1, width, 2 * width, 4 * width]
        steps: list[nn.Module] = []
        for before, after in zip(widths, widths[1:], strict=False):
            steps += [nn.Conv2d(before, after, 4, stride=2, padding=1), nn.LeakyReLU(0.2)]
        self.steps = nn.Sequential(*steps, nn.Conv2d(widths[-1], 1, 3, padding=1))

    def forward(self, masks: Tensor) -> Tensor:
        """Map masks (N, 1, H, W) in 0–1 to scores of their patches, (N, 1, H/8, W/8)."""
        scores: Tensor = self.steps(masks)
        return scores
