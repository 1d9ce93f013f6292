"""Random views of images: presets per kind of image, batched on tensors."""

from dataclasses import dataclass

import kornia.augmentation as augmentation
import numpy as np
import torch
from torch import Tensor, nn

from cae.errors import CaeError


@dataclass(frozen=True)
class Preset:
    """How far a view may differ from its image.

    Attributes:
        sentence: what the preset assumes about the images, for people.
        crop: smallest share of the area that a crop keeps, 0–1.
        degrees: largest rotation either way; corners take the border's colour.
        shear: largest shear either way, in degrees.
        mirror: whether left and right may be swapped.
        upend: whether top and bottom may be swapped.
        brightness: largest shift of intensity, as a share of full scale.
        contrast: largest relative change of contrast.
        gamma: largest relative change of gamma.
        hue: largest turn of hue, as a share of the colour circle; RGB only.
        saturation: largest relative change of saturation; RGB only.
        blur: largest standard deviation of a Gaussian blur, in pixels.
        noise: largest standard deviation of Gaussian noise, as a share of full scale.
    """

    sentence: str
    crop: float
    degrees: float = 0.0
    shear: float = 0.0
    mirror: bool = False
    upend: bool = False
    brightness: float = 0.1
    contrast: float = 0.3
    gamma: float = 0.2
    hue: float = 0.0
    saturation: float = 0.0
    blur: float = 0.0
    noise: float = 0.0

    @property
    def quarter_turns(self) -> int:
        """In how many quarter turns an image may lie and mean the same: 4 where any turn may be."""
        return 4 if self.degrees >= 180 else 1


PRESETS = {
    "chest": Preset(
        "Upright frontal chest images: no flips, small turns; opacity, the finding, is kept.",
        crop=0.3, degrees=10, brightness=0.05, contrast=0.1, gamma=0.1,
    ),
    "organs": Preset(
        "CT and MR slices in a fixed orientation: no flips, small turns, intensity varies.",
        crop=0.5, degrees=10, brightness=0.1, contrast=0.3, gamma=0.2, noise=0.02,
    ),
    "brain": Preset(
        "Brain MR in a fixed orientation: small turns, gamma and contrast vary with the scanner.",
        crop=0.5, degrees=15, brightness=0.1, contrast=0.3, gamma=0.3, noise=0.03,
    ),
    "cells": Preset(
        "Stained cells without an up or down: any turn, both flips, weak changes of stain.",
        crop=0.5, degrees=180, mirror=True, upend=True, contrast=0.2, hue=0.02, saturation=0.2,
    ),
    "histology": Preset(
        "Stained tissue without an up or down: any turn, both flips, stain varies.",
        crop=0.4, degrees=180, mirror=True, upend=True, contrast=0.3, hue=0.04, saturation=0.3,
        blur=0.8,
    ),
    "skin": Preset(
        "Photographs of skin: any turn, both flips, light and skin tone vary.",
        crop=0.5, degrees=180, mirror=True, upend=True, brightness=0.2, hue=0.02, saturation=0.3,
    ),
    "mixed": Preset(
        "Several body parts and modalities: mirrored, turned by up to 45°, intensity varies.",
        crop=0.4, degrees=45, mirror=True, brightness=0.1, contrast=0.3, gamma=0.3, noise=0.02,
    ),
    "digits": Preset(
        "Handwriting: turned, slanted and scaled, never flipped.",
        crop=0.6, degrees=20, shear=20, brightness=0.0, contrast=0.3, gamma=0.3,
    ),
}  # fmt: skip


def augmentation_for(preset: str, image_size: int, channels: int) -> nn.Module:
    """Return a module that makes one random view of every image of a batch.

    It maps (N, C, S, S) in 0–1 to the same and draws from torch's global random numbers.

    Raises:
        CaeError: there is no such preset.
    """
    if preset not in PRESETS:
        raise CaeError(f"There is no augmentation {preset!r}; choose one of {', '.join(PRESETS)}.")
    chosen = PRESETS[preset]
    steps: list[nn.Module] = []
    if chosen.mirror:
        steps.append(augmentation.RandomHorizontalFlip())
    if chosen.upend:
        steps.append(augmentation.RandomVerticalFlip())
    if chosen.degrees or chosen.shear:
        steps.append(
            augmentation.RandomAffine(
                chosen.degrees, shear=chosen.shear or None, padding_mode="border", p=1.0
            )
        )
    steps.append(
        augmentation.RandomResizedCrop(
            (image_size, image_size), (chosen.crop, 1.0), (0.8, 1.25), cropping_mode="resample"
        )
    )
    if channels == 3 and (chosen.hue or chosen.saturation):
        steps.append(augmentation.ColorJiggle(saturation=chosen.saturation, hue=chosen.hue, p=1.0))
    steps.append(IntensityJitter(chosen.brightness, chosen.contrast, chosen.gamma))
    if chosen.blur:
        steps.append(augmentation.RandomGaussianBlur((3, 3), (0.1, chosen.blur), p=0.5))
    if chosen.noise:
        steps.append(VaryingNoise(chosen.noise))
    return nn.Sequential(*steps)


class IntensityJitter(nn.Module):
    """Change brightness, contrast about the image's own mean, and gamma, each image its own way.

    Unlike a jitter about mid-grey this keeps dark images dark, as radiographs need.
    """

    def __init__(self, brightness: float, contrast: float, gamma: float) -> None:
        super().__init__()
        self.brightness, self.contrast, self.gamma = brightness, contrast, gamma

    def forward(self, images: Tensor) -> Tensor:
        """Map (N, C, H, W) in 0–1 to the same."""
        shift, scale, log_gamma = (2 * torch.rand(3, len(images), 1, 1, 1) - 1).to(images.device)
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


def augmentation_sheet(
    images: np.ndarray, preset: str, seed: int = 0, views: int = 7
) -> np.ndarray:
    """Return a picture that shows what a preset does: each row an image and its random views.

    Args:
        images: uint8, (N, S, S, C).
        preset: a key of `PRESETS`.
        seed: seed of the views.
        views: random views beside each image.

    Returns:
        uint8, (N·S, (1 + views)·S, C).
    """
    batch = torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float() / 255
    augment = augmentation_for(preset, batch.shape[-1], batch.shape[1])
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        columns = torch.stack([batch, *(augment(batch) for _ in range(views))])
    count, _, channels, side, _ = columns.shape[1], *columns.shape[1:]
    sheet = columns.permute(1, 3, 0, 4, 2).reshape(count * side, (1 + views) * side, channels)
    return (sheet * 255).round().to(torch.uint8).numpy()
