"""Turning, shearing, mirroring and cropping images at random, in one resampling."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

_MOST_ASPECT = 1.25


class RandomWarp(nn.Module):
    """Turn, shear, mirror and crop each image of a batch in its own way, with one interpolation.

    The steps are multiplied into one matrix per image (Jaderberg et al. 2015, arXiv 1506.02025),
    so that an image is blurred once, not once a step, and a batch takes a few operations in all.
    What lies outside an image takes the colour of its border.

    Args:
        crop: smallest share of the area that a crop keeps, 0–1; its aspect is 4:5 to 5:4.
        degrees: largest rotation either way.
        shear: largest horizontal shear either way, in degrees.
        mirror: whether left and right are swapped in half of the images.
        upend: whether top and bottom are swapped in half of the images.
    """

    def __init__(
        self, crop: float, degrees: float, shear: float, mirror: bool, upend: bool
    ) -> None:
        super().__init__()
        self.crop, self.degrees, self.shear = crop, degrees, shear
        self.mirror, self.upend = mirror, upend

    def forward(self, images: Tensor) -> Tensor:
        """Map square images (N, C, S, S) to the same, channels last."""
        matrices = self.matrices(len(images), images.device)
        sampled = functional.grid_sample(
            images.contiguous(),
            _sampling_grid(matrices, images.shape[-1]),
            padding_mode="border",
            align_corners=False,
        )
        return sampled.contiguous(memory_format=torch.channels_last)

    def matrices(self, count: int, device: torch.device) -> Tensor:
        """Draw from where on an image each place of a view is taken, (N, 2, 3).

        Places run from −1 to 1 along either side of an image.
        """
        drawn = torch.rand(8, count, device=device)
        angle = math.radians(self.degrees) * (2 * drawn[0] - 1)
        slant = torch.tan(math.radians(self.shear) * (2 * drawn[1] - 1))
        is_flipped = drawn[2:4] < torch.tensor([[self.mirror], [self.upend]], device=device) / 2
        area = self.crop + (1 - self.crop) * drawn[4]
        aspect = ((2 * drawn[5] - 1) * math.log(_MOST_ASPECT)).exp().sqrt()
        # A crop that would be longer than the image is as long as it.
        sides = (area.sqrt() * torch.stack([aspect, 1 / aspect])).clamp(max=1)
        centres = (2 * drawn[6:8] - 1) * (1 - sides)
        cosine, sine = angle.cos(), angle.sin()
        turned = torch.stack([cosine, -sine, sine, cosine]).view(2, 2, count)
        sheared = torch.stack([turned[:, 0], turned[:, 1] + slant * turned[:, 0]], dim=1)
        moved = (1 - 2 * is_flipped.float())[:, None] * sheared
        offset = (moved * centres).sum(dim=1, keepdim=True)
        return torch.cat([moved * sides, offset], dim=1).permute(2, 0, 1)


def _sampling_grid(matrices: Tensor, side: int) -> Tensor:
    """Return where (N, S, S, 2) each pixel of views is taken, x and y from −1 to 1.

    As `functional.affine_grid`, whose product of matrices takes several times as long as sampling.
    """
    places = (2 * torch.arange(side, device=matrices.device) + 1) / side - 1
    along_x = matrices[:, None, None, :, 0] * places[:, None]
    along_y = matrices[:, None, None, :, 1] * places[:, None, None] + matrices[:, None, None, :, 2]
    return along_x + along_y
