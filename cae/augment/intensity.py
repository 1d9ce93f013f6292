"""Changing colours and intensities of images at random, and adding noise."""

import math

import torch
from torch import Tensor, nn

# What red, green and blue each add to how bright a colour looks (ITU-R BT.601).
_LUMA = (0.299, 0.587, 0.114)


class ColourJitter(nn.Module):
    """Turn hue and change saturation of RGB images, each image its own way.

    Both are one linear map of a pixel's colour: saturation moves it from the grey that looks as
    bright, hue turns it about the axis of greys (Haeberli 1993, "Matrix operations for image
    processing").

    Args:
        hue: largest turn either way, as a share of the colour circle.
        saturation: largest relative change.
    """

    def __init__(self, hue: float, saturation: float) -> None:
        super().__init__()
        self.hue, self.saturation = hue, saturation

    def forward(self, images: Tensor) -> Tensor:
        """Map (N, 3, H, W) in 0–1 to the same."""
        shift, scale = 2 * torch.rand(2, len(images), device=images.device) - 1
        matrices = colour_matrices(2 * math.pi * self.hue * shift, 1 + self.saturation * scale)
        pixels = images.permute(0, 2, 3, 1).flatten(1, 2) @ matrices.transpose(1, 2)
        changed: Tensor = pixels.clamp(0, 1).transpose(1, 2).unflatten(2, images.shape[2:])
        return changed


def colour_matrices(turns: Tensor, saturations: Tensor) -> Tensor:
    """Return linear maps of colours, (N, 3, 3), that turn hue and change saturation.

    Args:
        turns: (N,), of hue, in radians; a third of a circle makes red green.
        saturations: (N,), factors of saturation, 0 for greys.
    """
    cosine, sine = turns.cos()[:, None, None], turns.sin()[:, None, None]
    identity = torch.eye(3, device=turns.device)
    # Rodrigues' formula about (1, 1, 1) / √3.
    even = torch.full((3, 3), 1 / 3, device=turns.device)
    across = (identity.roll(1, 0) - identity.roll(-1, 0)) / math.sqrt(3)
    turned = cosine * identity + (1 - cosine) * even + sine * across
    factors = saturations[:, None, None]
    luma = torch.tensor(_LUMA, device=turns.device).expand(3, 3)
    return turned @ (factors * identity + (1 - factors) * luma)


class IntensityJitter(nn.Module):
    """Change brightness, contrast about the image's own mean, and gamma, each image its own way.

    Unlike a jitter about mid-grey this keeps dark images dark, as radiographs need.
    """

    def __init__(self, brightness: float, contrast: float, gamma: float) -> None:
        super().__init__()
        self.brightness, self.contrast, self.gamma = brightness, contrast, gamma

    def forward(self, images: Tensor) -> Tensor:
        """Map (N, C, H, W) in 0–1 to the same."""
        drawn = torch.rand(3, len(images), 1, 1, 1, device=images.device)
        shift, scale, log_gamma = 2 * drawn - 1
        mean = images.mean((1, 2, 3), keepdim=True)
        images = (images - mean) * (1 + self.contrast * scale) + mean + self.brightness * shift
        return images.clamp(0, 1) ** torch.exp(self.gamma * log_gamma)


class VaryingNoise(nn.Module):
    """Add Gaussian noise whose strength differs from image to image."""

    def __init__(self, largest: float) -> None:
        super().__init__()
        self.largest = largest

    def forward(self, images: Tensor) -> Tensor:
        """Map (N, C, H, W) in 0–1 to the same."""
        strength = self.largest * torch.rand(len(images), 1, 1, 1, device=images.device)
        return (images + strength * torch.randn_like(images)).clamp(0, 1)
