"""The images of an export as they may be told; formats write nothing but this."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cae.export.contents import png_bytes


@dataclass(frozen=True, eq=False)
class Release:
    """M images of a study and what leaves with them.

    Attributes:
        name: of the group, told.
        table: (M lines), told: the lines of ``images.csv``; ``image`` is the file of each.
        labels: (M,), told, of each image, missing where it is not known or must not be told.
        folds: int64 (M,), 0 to the number of folds − 1; None where there are none.
        splits: (M,), ``train``, ``val`` or ``test`` of each image.
        rows: int64 (M,), of the images in `images`.
        images: uint8 (N, H, W, C), of the whole study, memory-mapped.
        latents: yields float32 (d,) for each of the M images; nothing where there are none.
    """

    name: str
    table: pd.DataFrame
    labels: pd.Series
    folds: np.ndarray | None
    splits: np.ndarray
    rows: np.ndarray
    images: np.ndarray
    latents: Iterable[np.ndarray]

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def classes(self) -> list[str]:
        """The labels that there are, sorted."""
        return sorted(map(str, self.labels.dropna().unique()))

    def png(self, place: int) -> bytes:
        """Return image `place` (0 to M − 1) as PNG, the same as its file."""
        return png_bytes(self.images[self.rows[place]])
