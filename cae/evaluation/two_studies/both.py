"""Two studies of the same images, row by row."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cae.cohorts.units import IMAGE, PATIENT, drawn_together
from cae.errors import CaeError
from cae.evaluation.two_studies.matching import SharedImages, image_digests, shared_images
from cae.number_text import counted
from cae.progress import Progress, silent
from cae.sources.table import text_column
from cae.study.derived import keep_derived, read_derived
from cae.study.study import Study

FEWEST_SHARED = 20
_DIGESTS, _STEPS = "image_digests", ("import",)


@dataclass(frozen=True, eq=False)
class Both:
    """What two studies hold of the images that they share; row i is the same image everywhere.

    Attributes:
        studies: the two.
        shared: which images.
        latents: of each study, (S, d) and (S, e); memory-mapped where a study holds no other
            images.
        table: one row per image: the columns of the first study, then those that only the second
            knows.
        unit: patient or image: what is drawn for intervals.
        units: int64 (S,), whom each image is drawn with, see `drawn_together`.
    """

    studies: tuple[Study, Study]
    shared: SharedImages
    latents: tuple[np.ndarray, np.ndarray]
    table: pd.DataFrame
    unit: str
    units: np.ndarray

    def __len__(self) -> int:
        return len(self.shared)

    @property
    def rows(self) -> tuple[np.ndarray, np.ndarray]:
        """The rows of the images in each study."""
        return self.shared.first, self.shared.second


def shared_by(first: Study, second: Study, progress: Progress = silent) -> SharedImages:
    """Return the images that two studies share, see `shared_images`.

    What is read of their pixels for that is kept in either study.
    """
    if first.images.shape[1:] != second.images.shape[1:]:
        nothing = np.empty(0, np.int64)
        return SharedImages(nothing, nothing, 0, 0)
    digests = [_digests_of(study, progress) for study in (first, second)]
    return shared_images(first.samples["id"], digests[0], second.samples["id"], digests[1])


def both_of(first: Study, second: Study, progress: Progress = silent) -> Both:
    """Return what two studies hold of the images that they share.

    Raises:
        CaeError: a study has no latents, or they share fewer than 20 images.
    """
    for study in (first, second):
        study.require("encode")
    shared = shared_by(first, second, progress)
    _require_enough(first, second, shared)
    table = _joint_table(first.samples.iloc[shared.first], second.samples.iloc[shared.second])
    has_patients = len(table[PATIENT].dropna().unique()) > 1
    unit = PATIENT if has_patients else IMAGE
    latents = _latents(first, shared.first), _latents(second, shared.second)
    # One patient alone is none to draw.
    known = table if has_patients else table.assign(patient=text_column([None] * len(table)))
    return Both((first, second), shared, latents, table, unit, drawn_together(known))


def _digests_of(study: Study, progress: Progress) -> np.ndarray:
    kept = read_derived(study, _DIGESTS, _STEPS)
    if kept is not None and kept.dtype == np.uint64 and kept.shape == (len(study), 2):
        return kept
    found = image_digests(study.images, progress)
    keep_derived(study, _DIGESTS, _STEPS, found)
    return found


def _require_enough(first: Study, second: Study, shared: SharedImages) -> None:
    if len(shared) >= FEWEST_SHARED:
        return
    names = f"{first.path.name} and {second.path.name}"
    sizes = [" × ".join(map(str, study.images.shape[1:3])) for study in (first, second)]
    why = ""
    if first.images.shape[1:] != second.images.shape[1:]:
        why = f" Their images differ in size or colour ({sizes[0]} and {sizes[1]} pixels)."
    elif shared.changed:
        why = f" {shared.changed:,} have the same id and other pixels."
    raise CaeError(
        f"The studies {names} share {counted(len(shared), 'image')}, and at least {FEWEST_SHARED} "
        f"are needed to compare them; choose studies of the same images.{why}"
    )


def _joint_table(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of the first table, and of the second those that the first knows not."""
    first, second = (table.reset_index(drop=True) for table in (first, second))
    known = [column for column in first if first[column].notna().any() or column not in second]
    others = [column for column in second if column not in known]
    order = [*first.columns, *(column for column in second if column not in first)]
    return pd.concat([first[known], second[others]], axis=1)[order]


def _latents(study: Study, rows: np.ndarray) -> np.ndarray:
    are_all = len(rows) == len(study) and np.array_equal(rows, np.arange(len(rows)))
    return study.latents if are_all else np.asarray(study.latents[rows])
