"""What is counted when groups are compared: patients, or images where patients are unknown.

Images of one patient are alike, so that counting each of them would make chance look like a
difference.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cae.cohorts.groups import Group
from cae.cohorts.material import Material
from cae.cohorts.remark import Remark
from cae.cohorts.suppression import told_count
from cae.cohorts.variables import CATEGORY, Variable, as_categories, as_numbers
from cae.columns.category import sort_key
from cae.errors import CaeError
from cae.sources.kept_in_one_split import kept_in_one_split, numbered
from cae.sources.table import text_column

PATIENT, IMAGE = "patient", "image"


@dataclass(frozen=True, eq=False)
class Units:
    """Who is counted, in which group each is, and what is left out.

    Attributes:
        kind: patient or image.
        group: int64 (U,), the number of each unit's group.
        rows: int64, the images that are compared.
        of_row: int64, the unit of each of `rows`.
        groups: how many groups there are.
        drawn_with: int64 (U,), whom each unit is drawn with, see `drawn_together`.
        counting: what is counted, and how columns are told of it, as a sentence.
        torn: patients who are left out, as they have images in more than one group.
        unknown: images that are left out, as they do not tell their patient.
        emptied: names of the groups in which nobody is left.
    """

    kind: str
    group: np.ndarray
    rows: np.ndarray
    of_row: np.ndarray
    groups: int
    drawn_with: np.ndarray
    counting: str
    torn: int = 0
    unknown: int = 0
    emptied: tuple[str, ...] = ()

    def remarks(self, least: int = 0) -> tuple[Remark, ...]:
        """Return what is counted and who is left out, as sentences that hide counts below least."""
        return (Remark(self.counting), *self.left_out(least))

    def left_out(self, least: int = 0) -> tuple[Remark, ...]:
        """Return who is left out, as sentences that hide counts below `least`."""
        told = []
        if self.torn:
            have, are = ("has", "is") if max(self.torn, least) == 1 else ("have", "are")
            told.append(
                f"{_capital(told_count(self.torn, PATIENT, least))} {have} images in more than one "
                f"group, and {are} counted in none."
            )
        if self.unknown:
            do, are = ("does", "is") if max(self.unknown, least) == 1 else ("do", "are")
            told.append(
                f"{_capital(told_count(self.unknown, IMAGE, least))} {do} not tell a patient and "
                f"{are} left out."
            )
        told += [
            f"No patient is left in {name}; to count images instead (unit {IMAGE}) makes p-values "
            "too small."
            for name in self.emptied
        ]
        return tuple(map(Remark, told))

    def __len__(self) -> int:
        return len(self.group)

    @property
    def counts(self) -> tuple[int, ...]:
        """How many units are in each group."""
        return tuple(np.bincount(self.group, minlength=self.groups).tolist())

    def values(self, table: pd.DataFrame, variable: Variable) -> np.ndarray:
        """Return a column by unit (U,): the mean of numbers and dates, the commonest category.

        Of categories that are equally common the first in order is taken. Numbers are float64
        with NaN, categories are text with None, where a unit has no value.
        """
        values = table[variable.column].iloc[self.rows]
        if variable.kind == CATEGORY:
            return self._commonest(as_categories(values))
        numbers = pd.Series(as_numbers(values))
        return numbers.groupby(self.of_row).mean().to_numpy()

    def means(self, vectors: np.ndarray) -> np.ndarray:
        """Return the mean vector of each unit, float64 (U, d), of one vector per image (N, d)."""
        if self.kind == IMAGE:
            return np.asarray(vectors[self.rows], dtype=np.float64)
        total = np.zeros((len(self), vectors.shape[1]))
        np.add.at(total, self.of_row, vectors[self.rows])
        return total / np.bincount(self.of_row)[:, None]

    def _commonest(self, categories: pd.Series) -> np.ndarray:
        known = sorted(categories.dropna().unique(), key=sort_key)
        codes = pd.Categorical(categories, categories=known).codes
        has_value = codes >= 0
        counts = np.zeros((len(self), len(known) + 1), dtype=np.int64)
        np.add.at(counts, (self.of_row[has_value], codes[has_value]), 1)
        chosen = np.where(counts.any(axis=1), counts.argmax(axis=1), len(known))
        return np.array([*known, None], dtype=object)[chosen]


def drawn_together(table: pd.DataFrame) -> np.ndarray:
    """Return whom each of N images is drawn with, int64 (N,): a number of its patient.

    Where that is unknown, of its lesion, slide, volume or file, as splits keep them together; an
    image that belongs with no other has a number of its own.

    Args:
        table: one row per image, as a study's `samples`; id and patient may be absent.
    """
    unnamed = {"id": text_column(list(map(str, range(len(table))))), PATIENT: text_column([None])}
    absent = {name: column for name, column in unnamed.items() if name not in table}
    known = table.reset_index(drop=True).assign(**absent)
    return numbered(kept_in_one_split(known)[0])


def units_of(material: Material, groups: Sequence[Group], unit: str | None = None) -> Units:
    """Return who is counted.

    Args:
        material: what the groups were taken from.
        groups: of which none shares an image with another.
        unit: patient or image; None for patients where any is known.

    Raises:
        CaeError: `unit` is neither, or patients are asked for and none is known.
    """
    has_patients = PATIENT in material.table and bool(material.table[PATIENT].notna().any())
    if unit not in (None, PATIENT, IMAGE):
        raise CaeError(f"The unit {unit!r} is unknown; use {PATIENT} or {IMAGE}.")
    if unit == PATIENT and not has_patients:
        raise CaeError("No image tells its patient, so that only images can be counted.")
    if unit == IMAGE or not has_patients:
        return _images(material.table, groups, has_patients)
    return _patients(material.table[PATIENT], groups)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _images(table: pd.DataFrame, groups: Sequence[Group], has_patients: bool) -> Units:
    rows, group = _members(groups)
    own = np.arange(len(rows))
    drawn_with = drawn_together(table)[rows]
    if has_patients:
        remark = (
            "Images are counted, though patients are known; p-values are too small where several "
            "are of one patient."
        )
    elif len(np.unique(drawn_with)) < len(rows):
        remark = (
            "Images are counted, since no image tells its patient; p-values are too small, as "
            "several are of one lesion, volume or file."
        )
    else:
        remark = (
            "Images are counted, since no image tells its patient; p-values are too small if "
            "several are of one patient."
        )
    return Units(IMAGE, group, rows, own, len(groups), drawn_with, remark)


def _members(groups: Sequence[Group]) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of all groups, ascending, and the number of each one's group."""
    rows = np.concatenate([group.rows for group in groups])
    number = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    order = np.argsort(rows)
    return rows[order], number[order]


def _patients(patients: pd.Series, groups: Sequence[Group]) -> Units:
    rows, group = _members(groups)
    codes, names = pd.factorize(patients.iloc[rows].astype("str"), sort=True)
    codes = np.where(patients.iloc[rows].isna(), -1, codes)
    images = np.zeros((len(names), len(groups)), dtype=np.int64)
    np.add.at(images, (codes[codes >= 0], group[codes >= 0]), 1)
    in_one = (images > 0).sum(axis=1) == 1
    kept = (codes >= 0) & np.append(in_one, False)[codes]
    number = np.cumsum(in_one) - 1
    counts = np.bincount(images.argmax(axis=1)[in_one], minlength=len(groups))
    return Units(
        PATIENT,
        images.argmax(axis=1)[in_one],
        rows[kept],
        number[codes[kept]],
        len(groups),
        np.arange(int(in_one.sum())),
        "Patients are counted: the mean of numbers, the commonest category of each.",
        torn=int(((images > 0).sum(axis=1) > 1).sum()),
        unknown=int((codes < 0).sum()),
        emptied=tuple(one.name for one, count in zip(groups, counts, strict=True) if count == 0),
    )
