"""How undecided soft maps are."""

import torch
from torch import Tensor


def map_entropy(maps: Tensor) -> Tensor:
    """Return the mean binary entropy of maps.

    Args:
        maps: any shape, 0–1.

    Returns:
        A scalar from 0, where every value is 0 or 1, to log 2, where every value is one half.

    Source: Chen et al. 2021, arXiv 2108.09440.
    """
    values = maps.float()
    # x·log x has the limit 0 at 0 but no gradient there.
    least = torch.finfo(values.dtype).eps
    inside = values.clamp(least, 1 - least)
    return -(inside * inside.log() + (1 - inside) * (-inside).log1p()).mean()
