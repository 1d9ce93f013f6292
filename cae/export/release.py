"""The images of an export as they may be told; formats write nothing but this."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from cae.export.contents import png_bytes
from cae.json_value import json_value


@dataclass(frozen=True, eq=False)
class Release:
    """M images of a study and what leaves with them.

    Attributes:
        name: of the group, told.
        table: (M lines), told: the lines of ``images.csv``; ``image`` is the file of each.
        labels: (M,), told, of each image, missing where it is not known or must not be told.
        folds: int64 (M,), 0 to the number of folds − 1; None where there are none.
        splits: (M,), ``train``, ``val`` or ``test`` of each image.
        rows: int64 (M,), of the images in `images` and `latents`.
        images: uint8 (N, H, W, C), of the whole study, memory-mapped.
        latents: float32 (N, d), of the whole study, memory-mapped; d is 0 where there are none.
        masks: column of `table` with the files of masks of a structure, missing where an image
            has none → what the structure is called; empty where no image has masks.
    """

    name: str
    table: pd.DataFrame
    labels: pd.Series
    folds: np.ndarray | None
    splits: np.ndarray
    rows: np.ndarray
    images: np.ndarray
    latents: np.ndarray
    masks: dict[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def classes(self) -> list[str]:
        """The labels that there are, sorted."""
        return sorted(map(str, self.labels.dropna().unique()))

    def lines(self) -> Iterator[dict[str, Any]]:
        """Yield the cells of each line of the table, JSON-able, None where one is missing."""
        names = [str(name) for name in self.table]
        columns = [self.table[name].array for name in self.table]
        for cells in zip(*columns, strict=True):
            yield dict(zip(names, map(json_value, cells), strict=True))

    def masks_of(self, place: int) -> list[str]:
        """Return the files of the masks of image `place`, one per structure; none without masks."""
        files = [self.table[column].iloc[place] for column in self.masks]
        return [str(file) for file in files if not pd.isna(file)]

    def png(self, place: int) -> bytes:
        """Return image `place` (0 to M − 1) as PNG, the same as its file."""
        return png_bytes(self.images[self.rows[place]])
