"""Some of many, evenly spread."""

import numpy as np


def evenly_spread(count: int, most: int) -> np.ndarray:
    """Return at most `most` of the numbers below `count`, from first to last, int64, ascending."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.int64))
