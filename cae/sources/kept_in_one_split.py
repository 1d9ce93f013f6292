"""Which images of a study's table belong together, so that no split tears them apart."""

import numpy as np
import pandas as pd

from cae.imageset import RESERVED_COLUMNS
from cae.sources.description import groups_of
from cae.sources.nifti.names import groups as volume_groups
from cae.sources.nifti.names import is_nifti
from cae.sources.table import as_text, text_column

_FILE = "file"


def kept_in_one_split(table: pd.DataFrame) -> tuple[pd.Series, list[str]]:
    """Return a text for each image that it shares with those it is to stay with, and what is said.

    These are the images of one patient; of unknown patients those of one lesion, slide or the like,
    or of names that may tell patients apart, see `groups_of`; of one examination, where they are
    slices of volumes; else those of one file. An image that stays with no other has its own text.

    Args:
        table: one row per image, as a study's `samples`.

    Returns:
        Texts (N,) and sentences on what they were made from.
    """
    files = table[_FILE] if _FILE in table else table["id"]
    groups, said = _shared(table, files)
    alone = "image " + table["id"] if files.is_unique else "file " + files
    return groups.fillna(alone), said


def kept_with(samples: pd.DataFrame, table: pd.DataFrame) -> pd.Series:
    """Return the split of the images of `samples` that those of `table` belong with.

    Args:
        samples: of a study, one row per image.
        table: of images to be added, in the same form.

    Returns:
        Text (M,), missing for images that belong with none there.
    """
    both = pd.concat([samples, table], ignore_index=True)
    files = both[_FILE] if _FILE in both else both["id"]
    groups = _shared(both, files.fillna(both["id"]))[0]
    known = samples["split"].to_numpy()
    first = pd.Series(known, index=groups.iloc[: len(samples)])
    first = first[first.index.notna() & ~first.index.duplicated()]
    return text_column(groups.iloc[len(samples) :].map(first).tolist())


def numbered(groups: pd.Series) -> np.ndarray:
    """Return a number for each text, int64 (N,), the same for the same."""
    return np.asarray(pd.factorize(groups)[0], np.int64)


def _shared(table: pd.DataFrame, files: pd.Series) -> tuple[pd.Series, list[str]]:
    """Return what images share with others but the file, missing where nothing is known of it."""
    cells = table.drop(columns=[*RESERVED_COLUMNS, _FILE], errors="ignore")
    groups, said = groups_of(cells, files.tolist(), table["patient"])
    known = ("patient " + table["patient"]).fillna("group " + as_text(groups))
    if not files.map(is_nifti).all():
        return known, said
    return known.fillna("volumes " + files.map(volume_groups(files.tolist()))), said
