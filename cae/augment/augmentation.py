"""Random views of images: presets per kind of image, batched on tensors."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from cae.augment.intensity import ColourJitter, IntensityJitter, VaryingNoise
from cae.augment.random_apply import RandomApply
from cae.augment.random_blur import RandomBlur
from cae.augment.random_moves import RandomMoves
from cae.augment.random_warp import RandomWarp
from cae.errors import CaeError

# With which probability a view differs from its image.
_CHANGED = 0.75


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


def moves_for(preset: str) -> nn.Module:
    """Return a module that moves images of a preset to where they mean the same.

    It maps (N, C, S, S) to the same and draws from torch's global random numbers.

    Raises:
        CaeError: there is no such preset.
    """
    chosen = _preset(preset)
    return RandomMoves(chosen.quarter_turns == 4, chosen.mirror, chosen.upend)


def augmentation_for(preset: str, channels: int) -> nn.Module:
    """Return a module that makes one random view of every image of a batch.

    One view in four is the image itself, so that contrast acts on images as they are, too. It maps
    (N, C, S, S) in 0–1 to the same and draws from torch's global random numbers.

    Raises:
        CaeError: there is no such preset.
    """
    chosen = _preset(preset)
    steps: list[nn.Module] = [
        RandomWarp(chosen.crop, chosen.degrees, chosen.shear, chosen.mirror, chosen.upend)
    ]
    if channels == 3 and (chosen.hue or chosen.saturation):
        steps.append(ColourJitter(chosen.hue, chosen.saturation))
    steps.append(IntensityJitter(chosen.brightness, chosen.contrast, chosen.gamma))
    if chosen.blur:
        steps.append(RandomBlur(chosen.blur))
    if chosen.noise:
        steps.append(VaryingNoise(chosen.noise))
    return RandomApply(nn.Sequential(*steps), _CHANGED)


def _preset(name: str) -> Preset:
    if name not in PRESETS:
        raise CaeError(f"There is no augmentation {name!r}; choose one of {', '.join(PRESETS)}.")
    return PRESETS[name]


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
    augment = augmentation_for(preset, batch.shape[1])
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        columns = torch.stack([batch, *(augment(batch) for _ in range(views))])
    count, _, channels, side, _ = columns.shape[1], *columns.shape[1:]
    sheet = columns.permute(1, 3, 0, 4, 2).reshape(count * side, (1 + views) * side, channels)
    return (sheet * 255).round().to(torch.uint8).numpy()
