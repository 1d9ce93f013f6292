"""Moving images at random without changing a pixel's value."""

import torch
from torch import Tensor, nn

# Of an image's side, either way: what a patient moves by without lying otherwise.
_MOST_SHIFT = 1 / 32


class RandomMoves(nn.Module):
    """Shift each image of a batch by whole pixels, and mirror and turn it where that means nothing.

    A decoder that is shown the same few thousand images again and again learns them by heart. Moved
    ones are others to it, as sharp as before.

    Args:
        turn: whether images may lie in any quarter turn.
        mirror: whether left and right may be swapped.
        upend: whether top and bottom may be swapped.
    """

    def __init__(self, turn: bool, mirror: bool, upend: bool) -> None:
        super().__init__()
        self.turn, self.mirror, self.upend = turn, mirror, upend

    def forward(self, images: Tensor) -> Tensor:
        """Map square images (N, C, S, S) to the same, channels last.

        Where a shift leaves nothing, the border is continued.
        """
        is_moved = torch.rand(3, len(images), 1, 1, 1, device=images.device) < 0.5
        # Every turn is a reflection about the diagonal or none, and then about the axes.
        if self.turn:
            images = torch.where(is_moved[0], images.transpose(2, 3), images)
        if self.mirror:
            images = torch.where(is_moved[1], images.flip(3), images)
        if self.upend:
            images = torch.where(is_moved[2], images.flip(2), images)
        side = images.shape[-1]
        most = round(_MOST_SHIFT * side)
        places = torch.arange(side, device=images.device)
        shifts = torch.randint(-most, most + 1, (2, len(images), 1), device=images.device)
        rows, columns = (places + shifts).clamp(0, side - 1)
        images = images.gather(2, rows[:, None, :, None].expand_as(images))
        images = images.gather(3, columns[:, None, None, :].expand_as(images))
        return images.contiguous(memory_format=torch.channels_last)
