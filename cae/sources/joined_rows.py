"""Make one row of the several that a table has about an image."""

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cae.sources.choices import Choices
from cae.sources.column_types import infer_type
from cae.sources.identifying import is_identifying
from cae.sources.label_column import is_label_name
from cae.sources.patients import is_group_name, is_patient_name
from cae.sources.split_words import find_flag_columns, find_fold_column, find_split_column

ROWS = "rows of the table"
_MOST_JOINED = 10


@dataclass(frozen=True)
class JoinedRows:
    """One row for each image that a table tells of.

    Attributes:
        cells: text, its index being the positions of the images.
        said: the phrase that says what was joined; empty if nothing.
        conflicts: positions of images, and what their rows contradict each other in.
    """

    cells: pd.DataFrame
    said: str = ""
    conflicts: list[tuple[int, str]] = field(default_factory=list)


def one_row_each(
    cells: pd.DataFrame,
    positions: np.ndarray,
    decimal_comma: bool,
    choices: Choices,
    about: str = "images",
) -> JoinedRows:
    """Return one row per image: texts that differ are joined, of numbers the mean is kept, of 0
    and 1 the larger, of dates the first.

    Numbers that are called like labels or tell who someone is are joined as texts are: no mean of
    two classes is a class. Where rows contradict each other in what decides on the split (patient,
    lesion, fold and the like) nothing is known of it.

    Args:
        cells: text, one row each.
        positions: of the images that they are about, (M,).
        decimal_comma: whether numbers may be written as 3,14.
        choices: what a person says about columns.
        about: what rows are about, as the phrase calls it.
    """
    groups = pd.Series(positions)
    is_single = ~groups.duplicated(keep=False)
    single = cells[is_single].set_index(groups[is_single].to_numpy())
    if is_single.all():
        return JoinedRows(single)
    several, positions_of = cells[~is_single], groups[~is_single]
    by_image = several.groupby(positions_of)
    joined = by_image.first()
    deciding = _deciding(cells, choices)
    label = (choices.label or "").casefold()
    values, texts = [], []
    conflicts: list[tuple[int, str]] = []
    for column in cells.columns:
        differs = by_image[column].nunique().gt(1)
        if not differs.any():
            continue
        if column.casefold() in deciding:
            joined[column] = joined[column].mask(differs)
            reason = f"its rows differ in {column!r}, which counts as missing"
            conflicts += [(int(at), reason) for at in differs.index[differs]]
        elif column.casefold() == label or is_label_name(column) or is_identifying(column):
            joined[column] = several[column].groupby(positions_of).agg(_joined_texts)
            texts.append(column)
        else:
            joined[column] = _joined(several[column], positions_of, decimal_comma)
            values.append(column)
    if ROWS not in cells:
        joined[ROWS] = by_image.size().astype(str)
        single = single.assign(**{ROWS: "1"})
    said = f"{len(several):,} rows are of {len(joined):,} {about}"
    if values:
        said += (
            f"; where they differ ({_some(values)}), texts are joined and of numbers "
            "the mean is kept"
        )
    if texts:
        said += f"; what they say of {_some(texts)} is joined"
    return JoinedRows(pd.concat([single, joined]).astype("str"), said, conflicts)


def _deciding(cells: pd.DataFrame, choices: Choices) -> Collection[str]:
    """Return the columns that say which images stay together, and in which split, in small
    letters.
    """
    named = [c for c in cells.columns if is_patient_name(c) or is_group_name(c)]
    splits = [find_split_column(cells), find_fold_column(cells), *find_flag_columns(cells)]
    return {name.casefold() for name in (*named, *splits, choices.patient, choices.split) if name}


def _joined(texts: pd.Series, groups: pd.Series, decimal_comma: bool) -> pd.Series:
    values = infer_type(texts, decimal_comma)
    if values.dtype.kind == "M":
        return texts.groupby(groups).first()
    if values.dtype.kind in "iu" and values.dropna().isin((0, 1)).all():
        return values.groupby(groups).max().astype("str")
    if values.dtype.kind in "iuf":
        means = values.astype("float64").groupby(groups).mean()
        written = [f"{mean:.10g}" for mean in means]
        if decimal_comma:
            written = [text.replace(".", ",") for text in written]
        return pd.Series(written, index=means.index, dtype="str").where(means.notna())
    return texts.groupby(groups).agg(_joined_texts)


def _joined_texts(texts: pd.Series) -> str | None:
    different = sorted(texts.dropna().unique())
    if len(different) > _MOST_JOINED:
        different = [*different[:_MOST_JOINED], "…"]
    return "; ".join(different) or None


def _some(columns: list[str]) -> str:
    return ", ".join(columns[:_MOST_JOINED])
