"""Rectified flow: straight paths from one distribution of images to another."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional


def rectified_flow_loss(
    velocity: Callable[[Tensor, Tensor], Tensor], start: Tensor, end: Tensor, time: Tensor
) -> Tensor:
    """Return how far a field of velocities is from the straight paths between pairs of images.

    ``‖ (end − start) − v(z_t, t) ‖²`` in the mean over all numbers, with
    ``z_t = (1 − t)·start + t·end`` (Liu, Gong & Liu, ICLR 2023, arXiv 2209.03003, eq. 1). Where
    many pairs cross one point, the least loss is that of their mean direction.

    Args:
        velocity: maps points (N, C, H, W) and times (N,) to velocities (N, C, H, W).
        start: (N, C, H, W), where paths begin.
        end: as `start`, where they end.
        time: (N,), 0–1, how far along its path each pair is looked at.

    Returns:
        A scalar ≥ 0.
    """
    share = time.view(-1, 1, 1, 1)
    between = torch.lerp(start, end, share)
    return functional.mse_loss(velocity(between, time).float(), end - start)
