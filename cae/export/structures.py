"""Masks of structures that came with a study's images, among the files of an archive."""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cae.export.archive import Entry
from cae.export.contents import png_bytes
from cae.export.filenames import safe_names
from cae.export.redaction import Disclosure

if TYPE_CHECKING:
    from cae.study.study import Study

FOLDER = "masks"
MASK = "mask"


@dataclass
class Structures:
    """The masks of M images.

    Attributes:
        columns: name of the column of files → what the structure is called.
        files: name of a column → M, the file of each image in the archive, None where it has no
            mask; and behind each such column one of the files' SHA-256.
        count: how many images have masks.
    """

    columns: dict[str, str] = field(default_factory=dict)
    files: dict[str, list[str | None]] = field(default_factory=dict)
    count: int = 0

    @property
    def table(self) -> pd.DataFrame:
        """The columns of files and of their SHA-256, a row per image."""
        return pd.DataFrame(self.files, dtype="str")


def structure_columns(study: "Study", told: Disclosure) -> dict[str, str]:
    """Return the column of files of each structure, and what the structure is called."""
    names = [told.text(name) for name in study.manifest["mask_names"]]
    if study.masks is None:
        return {}
    if len(names) == 1:
        return {MASK: names[0]}
    return {f"{MASK}_{safe}": name for safe, name in zip(safe_names(names), names, strict=True)}


def structure_entries(
    study: "Study", rows: np.ndarray, stems: list[str], told: Disclosure
) -> Generator[Entry, None, Structures]:
    """Yield the masks of images as pictures (PNG, grey: 0 outside, 255 inside), one at a time.

    The masks of one structure lie in ``masks/``, those of several in a folder for each within.
    A study keeps a black mask of an image that came without one; such are left out.

    Args:
        study: whose images they are.
        rows: int64 (M,).
        stems: M, names of the files without ending.
        told: what may be told of the study.
    """
    columns = structure_columns(study, told)
    found = Structures(columns)
    for name in columns:
        found.files |= {name: [], f"{name}_sha256": []}
    if study.masks is None:
        return found
    for row, stem in zip(rows, stems, strict=True):
        masks = np.asarray(study.masks[row])
        has_masks = bool(masks.any())
        found.count += has_masks
        for number, name in enumerate(columns):
            file = sha256 = None
            if has_masks:
                within = "" if len(columns) == 1 else f"{name.removeprefix(f'{MASK}_')}/"
                entry = Entry(f"{FOLDER}/{within}{stem}.png", png_bytes(masks[..., [number]]))
                yield entry
                file, sha256 = entry.name, entry.sha256
            found.files[name].append(file)
            found.files[f"{name}_sha256"].append(sha256)
    return found
