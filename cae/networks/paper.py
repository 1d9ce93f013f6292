"""The small networks of Ferrante et al. 2022 (arXiv 2209.12005)."""

import torch
from torch import Tensor, nn

from cae.networks.settings import NetworkSettings

_BLOCKS = 3


class PaperEncoder(nn.Module):
    """Three strided convolutions with GELU and batch norm, global pooling, one linear layer."""

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        widths = [settings.channels, *(settings.width * 2**block for block in range(_BLOCKS))]
        self.blocks = nn.Sequential(
            *(
                nn.Sequential(
                    nn.Conv2d(before, after, 4, stride=2, padding=1),
                    nn.GELU(),
                    nn.BatchNorm2d(after),
                )
                for before, after in zip(widths, widths[1:], strict=False)
            )
        )
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.linear = nn.Linear(widths[-1], settings.latent)

    def forward(self, images: Tensor) -> Tensor:
        """Encode images (N, C, S, S) in 0–1 into latents (N, d)."""
        latents: Tensor = self.linear(self.pool(self.blocks(images)).flatten(1))
        return latents


class PaperDecoder(nn.Module):
    """One linear layer and three transposed convolutions that end in a sigmoid."""

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        self.size = settings.image_size
        self.side = -(-settings.image_size // 2**_BLOCKS)
        widths = [settings.width * 2**block for block in reversed(range(_BLOCKS))]
        self.linear = nn.Linear(settings.latent, widths[0] * self.side**2)
        steps: list[nn.Module] = []
        for before, after in zip(widths, widths[1:], strict=False):
            steps += [
                nn.ConvTranspose2d(before, after, 4, stride=2, padding=1),
                nn.GELU(),
                nn.BatchNorm2d(after),
            ]
        self.blocks = nn.Sequential(
            *steps, nn.ConvTranspose2d(widths[-1], settings.channels, 4, stride=2, padding=1)
        )

    def forward(self, latents: Tensor) -> Tensor:
        """Decode latents (N, d) into images (N, C, S, S) in 0–1."""
        maps = self.linear(latents).unflatten(1, (-1, self.side, self.side))
        # 28 px do not halve three times; what the last block makes beyond them is cut off.
        return torch.sigmoid(self.blocks(maps)[..., : self.size, : self.size])


@torch.no_grad()
def rescale(encoder: PaperEncoder, decoder: PaperDecoder, factors: Tensor) -> None:
    """Multiply each number of the latents by its factor, (d,), and divide by it in the decoder."""
    encoder.linear.weight.mul_(factors[:, None])
    encoder.linear.bias.mul_(factors)
    decoder.linear.weight.div_(factors)
