"""Some of many, evenly spread."""

import numpy as np

from cae.errors import CaeError


def evenly_spread(count: int, most: int) -> np.ndarray:
    """Return at most `most` of the numbers below `count`, from first to last, int64, ascending."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.int64))


def require_latents(latents: np.ndarray, what: str = "latents") -> None:
    """Raise `CaeError` unless `latents` is a table of finite numbers (N, d), d at least 1."""
    if latents.ndim != 2 or latents.shape[1] == 0:
        raise CaeError(f"The {what} must have the shape (N, d), but theirs is {latents.shape}.")
    if not np.isfinite(latents).all():
        row = int(np.flatnonzero(~np.isfinite(latents).all(axis=1))[0])
        raise CaeError(f"The {what} hold a value that is no number in row {row}; encode again.")
