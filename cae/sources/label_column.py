"""Find what a table or the folders say about the class of each image."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from cae.sources.identifying import is_free_text
from cae.sources.paths import folders_of
from cae.sources.split_words import folder_words
from cae.sources.vocabulary import joined, words

_NAMES = (
    ("label", "labels", "class", "classname", "classlabel", "labelname", "category")
    + ("categoryname", "diagnosis", "diagnosis1", "diagnose", "dx", "pathology")
    + ("groundtruth", "finding", "findings", "findinglabels", "benignmalignant")
    + ("target",)
    + ("labeltext", "classid", "labelid", "imagelabel", "befund", "klasse", "classe", "clase")
    + ("diagnostico", "diagnostic", "diagnosi", "etiqueta", "etichetta", "etiquette", "categoria")
)
# These are labels only where they hold a few classes.
_WEAK_NAMES = ("y", "grade", "level", "group", "dxbl", "dxgroup", "malignancy")
_FEW_CLASSES, _MOST_CLASSES = 10, 30
_MOST_NUMBERS = 100
_MOST_COLUMNS = 100
# Yes and no of these are properties of a patient, not classes of which an image has one.
_NO_CLASSES = words(
    "male female m f man woman men women weiblich maennlich männlich homme femme hombre mujer uomo"
    " donna left right l r od os links rechts train val valid test yes no true false"
)
_NO_CLASS_FOLDERS = words(
    "images image imgs img pictures picture photos scans slices frames files data dataset datasets"
    " original originals raw png jpg jpeg tif tiff bmp webp mask masks patches tiles crops"
)


def find_label_column(cells: pd.DataFrame) -> str | None:
    """Return the column that is named like a label; ``label`` itself comes first.

    Free text is none, nor are measurements; ``y`` beside ``x`` is a coordinate, and names that
    mean other things as well, such as ``group``, need a few classes.
    """
    plain = [(column, joined(column)) for column in cells.columns]
    has_x = any(text == "x" for _, text in plain)
    for name in (*_NAMES, *_WEAK_NAMES):
        for column, text in plain:
            if text != name or (name == "y" and has_x):
                continue
            if _holds_classes(cells[column], is_weak=name in _WEAK_NAMES):
                return column
    return None


def is_label_name(column: str) -> bool:
    """Whether a column is called like a label, or like what may be one."""
    return joined(column) in (*_NAMES, *_WEAK_NAMES)


def only_class_column(cells: pd.DataFrame) -> str | None:
    """Return the one column of a table without names that holds a few classes, if it is one."""
    found = [
        column
        for column in cells.columns
        if _holds_classes(cells[column], is_weak=True)
        and not cells[column].str.fullmatch(r"[\d.,:/ -]*\d[\d.,:/ -]*").all()
    ]
    return found[0] if len(found) == 1 else None


def find_one_hot(cells: pd.DataFrame) -> tuple[str, ...]:
    """Return the columns, side by side, of which exactly one is 1 and the others 0 in every row.

    The longest such row of columns, of which two at least are 1 somewhere; rows of the table
    without any value do not count.
    """
    columns = list(cells.columns[:_MOST_COLUMNS])
    values = [_binary(cells[column]) for column in columns]
    best: tuple[str, ...] = ()
    for first in range(len(columns)):
        total = np.zeros(len(cells))
        is_known = np.zeros(len(cells), bool)
        occurring = 0
        for last in range(first, len(columns)):
            numbers = values[last]
            if numbers is None or columns[last].casefold() in _NO_CLASSES:
                break
            total += np.nan_to_num(numbers)
            is_known |= ~np.isnan(numbers)
            occurring += bool((numbers == 1).any())
            is_longer = last - first + 1 > len(best)
            if is_longer and occurring > 1 and (total[is_known] == 1).all():
                best = tuple(columns[first : last + 1])
    return best


def one_hot_labels(cells: pd.DataFrame, columns: Sequence[str]) -> pd.Series:
    """Return the name of the column that is 1, missing where none is."""
    labels = pd.Series([None] * len(cells), index=cells.index, dtype="str")
    for column in columns:
        numbers = _binary(cells[column])
        if numbers is not None:
            labels = labels.where(numbers != 1, column)
    return labels


def folder_labels(files: Sequence[str], patients: Sequence[str | None]) -> list[str | None]:
    """Return the innermost folder of each file that is neither split, nor patient, nor ``images``.

    Missing for all where it is the same for all.

    Args:
        files: relative paths.
        patients: folder named after the patient, or missing, one per file.
    """
    splits = folder_words({part for file in files for part in folders_of(file)})
    labels = [
        _class_folder(folders_of(file), patient, splits)
        for file, patient in zip(files, patients, strict=True)
    ]
    return labels if len(set(labels)) > 1 else [None] * len(files)


def _class_folder(
    folders: Iterable[str], patient: str | None, split_words: dict[str, str]
) -> str | None:
    classes = [
        folder
        for folder in folders
        if folder not in split_words
        and folder != patient
        and folder.casefold() not in _NO_CLASS_FOLDERS
    ]
    return classes[-1] if classes else None


def label_objection(values: pd.Series) -> str | None:
    """Return why the values of a column are no labels, as ``holds dates``; None if they may be."""
    known = values.dropna()
    different = known.nunique()
    if known.empty:
        return "holds no values"
    if pd.api.types.is_datetime64_any_dtype(known):
        return "holds dates"
    if pd.api.types.is_float_dtype(known) and (known % 1 != 0).any():
        return "holds numbers with decimals"
    if different > _MOST_NUMBERS:
        return f"holds {different:,} different values, and labels are at most {_MOST_NUMBERS}"
    if different > _FEW_CLASSES and 2 * different > len(known):
        return "holds another value for most images"
    if pd.api.types.is_string_dtype(known) and is_free_text(known):
        return "holds free text"
    return None


def _holds_classes(texts: pd.Series, *, is_weak: bool) -> bool:
    known = texts.dropna()
    if known.empty:
        return not is_weak
    if is_free_text(known):
        return False
    different = known.nunique()
    if is_weak:
        return 1 < different <= _MOST_CLASSES and (different < len(known) or different <= 2)
    is_number = known.str.fullmatch(r"[+-]?\d*[.,]?\d+(?:[eE][+-]?\d+)?").mean() > 0.9
    has_fractions = known.str.fullmatch(r"[+-]?\d*[.,]\d*[1-9]\d*").any()
    most = _MOST_CLASSES if has_fractions else _MOST_NUMBERS
    return not is_number or different <= most


def _binary(texts: pd.Series) -> np.ndarray | None:
    """Return 0, 1 and NaN where missing, or None where something else is among the texts."""
    known = set(texts.dropna().unique())
    if not known or not known <= {"0", "1", "0.0", "1.0"}:
        return None
    return pd.to_numeric(texts).to_numpy(dtype=float)
