"""Views of images whose layout is known, so that what a network says of them can be laid back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from cae.augment.intensity import IntensityJitter, VaryingNoise
from cae.errors import CaeError

_BIAS_KNOTS = 4

Move = Callable[[Tensor, bool, int], Tensor]


@dataclass(frozen=True)
class AlignedPreset:
    """How far an aligned view may differ from its image.

    Attributes:
        sentence: what the preset assumes about the images, for people.
        moves: whether views may be mirrored and turned by quarters.
        crop: smallest share of the area that a crop keeps, 0–1.
        brightness: largest shift of intensity, as a share of full scale.
        contrast: largest relative change of contrast.
        gamma: smallest and largest exponent of intensity.
        bias: strength of a smooth bias field, as the standard deviation of its logarithm.
        inversion: how often dark and bright change places, 0–1.
        noise: largest standard deviation of Gaussian noise, as a share of full scale.
        kept: how often a view keeps the intensities of its image, 0–1; such views keep what is
            learnt of images as they are from fading.
    """

    sentence: str
    moves: bool = True
    crop: float = 0.9
    brightness: float = 0.05
    contrast: float = 0.1
    gamma: tuple[float, float] = (0.9, 1.1)
    bias: float = 0.0
    inversion: float = 0.0
    noise: float = 0.0
    kept: float = 0.25


ALIGNED_PRESETS = {
    "scanner": AlignedPreset(
        "What tissue looks like depends on the scanner: brightness varies across the image, "
        "gamma, noise, and which tissue is bright.",
        brightness=0.1, contrast=0.3, gamma=(0.6, 1.6), bias=0.25, inversion=0.5, noise=0.06,
    ),
    "upright": AlignedPreset(
        "As scanner, but what is left or below matters: nothing is mirrored or turned.",
        moves=False,
        brightness=0.1, contrast=0.3, gamma=(0.6, 1.6), bias=0.25, inversion=0.5, noise=0.06,
    ),
    "steady": AlignedPreset(
        "Brightness has a meaning, as in CT or stained tissue, and varies little.", noise=0.02,
    ),
}  # fmt: skip


class Layout(NamedTuple):
    """How each of N views lies on its image.

    Attributes:
        mirrored: bool (N,), whether left and right are swapped first.
        turns: int64 (N,), quarter turns to the left that follow, 0–3.
        side: (N,), which share of the image's side the view shows, taken first of all.
        centre: (N, 2), x and y of the view's centre on the image, −1…1.
    """

    mirrored: Tensor
    turns: Tensor
    side: Tensor
    centre: Tensor

    def apply(self, images: Tensor) -> Tensor:
        """Return the views (N, C, S, S) of images (N, C, S, S)."""
        cut = _resampled(images, self.side, self.centre)
        return _by_move(cut, self.mirrored, self.turns, _moved)

    def undo(self, maps: Tensor) -> Tensor:
        """Lay maps of the views (N, C, S, S) back onto the images.

        Mirroring and turns are undone exactly, a crop by bilinear sampling; what a view does not
        show takes the value of its border.
        """
        straight = _by_move(maps, self.mirrored, self.turns, _moved_back)
        return _resampled(straight, 1 / self.side, -self.centre / self.side[:, None])


class AlignedViews(nn.Module):
    """Makes random views of which the layout is known; draws from torch's global random numbers."""

    def __init__(self, preset: AlignedPreset) -> None:
        super().__init__()
        self.preset = preset
        self.jitter = IntensityJitter(preset.brightness, preset.contrast, 0.0)
        self.noise = VaryingNoise(preset.noise)

    def forward(self, images: Tensor) -> tuple[Tensor, Layout]:
        """Return a view of each image (N, C, S, S) in 0–1, in 0–1, and how it lies on it."""
        layout = self.random_layout(len(images), images.device)
        views = layout.apply(images)
        is_kept = (torch.rand(len(images), 1, 1, 1) < self.preset.kept).to(images.device)
        return torch.where(is_kept, views, self.changed_intensity(views)), layout

    def random_layout(self, count: int, device: torch.device) -> Layout:
        """Draw how `count` views lie on their images."""
        moves = int(self.preset.moves)
        side = (self.preset.crop + (1 - self.preset.crop) * torch.rand(count)).sqrt()
        centre = (2 * torch.rand(count, 2) - 1) * (1 - side)[:, None]
        layout = Layout(
            torch.randint(0, 1 + moves, (count,)).bool(),
            torch.randint(0, 1 + 3 * moves, (count,)),
            side,
            centre,
        )
        return Layout(*(part.to(device) for part in layout))

    def changed_intensity(self, images: Tensor) -> Tensor:
        """Change only the intensities of images (N, C, S, S) in 0–1, each its own way."""
        low, high = torch.tensor(self.preset.gamma).log()
        drawn = torch.rand(2, len(images), 1, 1, 1)
        exponent = (low + (high - low) * drawn[0]).exp().to(images)
        changed = images.clamp(0, 1) ** exponent
        if self.preset.bias:
            changed = changed * _bias_field(images, self.preset.bias)
        is_inverted = (drawn[1] < self.preset.inversion).to(images.device)
        changed = self.jitter(changed.clamp(0, 1))
        noisy: Tensor = self.noise(torch.where(is_inverted, 1 - changed, changed))
        return noisy


def aligned_views(preset: str) -> AlignedViews:
    """Return the views of a preset.

    Raises:
        CaeError: there is no such preset.
    """
    if preset not in ALIGNED_PRESETS:
        raise CaeError(
            f"There are no aligned views {preset!r}; choose one of {', '.join(ALIGNED_PRESETS)}."
        )
    return AlignedViews(ALIGNED_PRESETS[preset])


def _bias_field(images: Tensor, strength: float) -> Tensor:
    """Return a smooth positive factor per pixel, (N, 1, S, S), like that of a coil's position."""
    knots = strength * torch.randn(len(images), 1, _BIAS_KNOTS, _BIAS_KNOTS)
    field = functional.interpolate(
        knots.to(images), size=images.shape[2:], mode="bicubic", align_corners=True
    )
    return field.exp()


def _resampled(maps: Tensor, side: Tensor, centre: Tensor) -> Tensor:
    """Sample maps on a grid `side` as large as theirs about `centre`."""
    if bool((side == 1).all() and (centre == 0).all()):
        return maps
    theta = torch.zeros(len(maps), 2, 3, device=maps.device)
    theta[:, 0, 0] = theta[:, 1, 1] = side
    theta[:, :, 2] = centre
    grid = functional.affine_grid(theta, list(maps.shape), align_corners=False)
    return functional.grid_sample(
        maps.float(), grid, padding_mode="border", align_corners=False
    ).contiguous(memory_format=torch.channels_last)


def _moved(maps: Tensor, is_mirrored: bool, turns: int) -> Tensor:
    return torch.rot90(maps.flip(3) if is_mirrored else maps, turns, (2, 3))


def _moved_back(maps: Tensor, is_mirrored: bool, turns: int) -> Tensor:
    back = torch.rot90(maps, -turns, (2, 3))
    return back.flip(3) if is_mirrored else back


def _by_move(maps: Tensor, mirrored: Tensor, turns: Tensor, move: Move) -> Tensor:
    """Apply `move` to each image with its own mirroring and turns."""
    parts, places = [], []
    for is_mirrored in (False, True):
        for turn in range(4):
            rows = ((mirrored == is_mirrored) & (turns == turn)).nonzero().squeeze(1)
            if len(rows):
                parts.append(move(maps[rows], is_mirrored, turn))
                places.append(rows)
    return torch.cat(parts)[torch.cat(places).argsort()]
