"""Find the columns of a table that name the images."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from cae.errors import CaeError
from cae.sources.matching import NAMED, FileIndex, has_image_ending
from cae.sources.vocabulary import words, words_in

_SAMPLED_NAMES = 5000
_MOST_FOLDERS = 3
_NUMBER = re.compile(r"\d+(\.0+)?")
_INDEX_NAME = re.compile(
    r"(column|unnamed|index|idx|level|row|nr|no|num|number|zeile|lfd|serial|sno|s no)?[\W_\d]*"
    r"(number|nr|no|id)?[\W_\d]*"
)
_NAME_WORDS = words(
    "image images img file filename name path picture photo scan slice id ids uid key code number"
    " no nr index bild datei dateiname imagen archivo fichier nombre nome fundus jpg png dicom"
)
_MASK_WORDS = words("mask masks maske segmentation seg roi annotation annotations")
# A column of plain numbers can match numbered files by chance, so it comes last.
_EXACT, _STEMS, _NUMBERS = range(3)


@dataclass(frozen=True)
class ImageColumns:
    """How the rows of a table name images.

    Attributes:
        names: columns each of which names one image of the row.
        folders: columns with the folders that stand before these names.
        is_sure: False where the names are plain numbers.
        notes: what else would have fitted, as phrases.
    """

    names: tuple[str, ...]
    folders: tuple[str, ...] = ()
    is_sure: bool = True
    notes: list[str] = field(default_factory=list)

    def texts(self, cells: pd.DataFrame, name: str) -> pd.Series:
        """Return the text that names the image of each row, of one of the `names`."""
        texts = cells[name]
        for folder in reversed(self.folders):
            texts = _within(cells[folder], texts)
        return texts


@dataclass
class _Candidate:
    """A column and what it names: positions of files, and how."""

    column: str
    positions: set[int]
    kind: int
    is_named_so: bool


def find_image_columns(cells: pd.DataFrame, index: FileIndex) -> ImageColumns | None:
    """Return the columns that name images, None if there are none.

    Of columns that name at least half as many files as the best, file names with their endings
    come before stems, and stems before plain numbers; then the one that names most files, then
    one that is called so. A column that only counts the rows is none. Where names occur in
    several folders, columns with the folders are found, too. Further columns are taken that name
    other files as well as the first.
    """
    found = [_candidate(cells, place, index) for place in range(cells.shape[1])]
    candidates = [one for one in found if one is not None]
    if not candidates:
        return None
    most = max(len(one.positions) for one in candidates)
    eligible = [one for one in candidates if 2 * len(one.positions) >= most]
    eligible.sort(key=lambda one: (one.kind, -len(one.positions), not one.is_named_so))
    best = eligible[0]
    others, equals = [], []
    seen = set(best.positions)
    for one in eligible[1:]:
        if one.kind == best.kind and one.kind != _NUMBERS and not one.positions & seen:
            others.append(one.column)
            seen |= one.positions
        elif (one.kind, len(one.positions)) == (best.kind, len(best.positions)):
            equals.append(one.column)
    notes = [f"the column {column!r} names as many images" for column in equals]
    folders = _folder_columns(cells, best.column, index)
    return ImageColumns((best.column, *others), folders, best.kind != _NUMBERS, notes)


def chosen_image_columns(cells: pd.DataFrame, choice: str) -> ImageColumns:
    """Return the column a person named, or folders and name with commas between.

    Raises:
        CaeError: there is no such column.
    """
    if choice in cells:
        return ImageColumns((choice,))
    columns = [require_column(cells, part.strip()) for part in choice.split(",")]
    return ImageColumns((columns[-1],), tuple(columns[:-1]))


def require_column(cells: pd.DataFrame, name: str) -> str:
    """Return the column of this name, in any case; raise `CaeError` where there is none."""
    for column in cells.columns:
        if name.casefold() == column.casefold():
            return column
    known = ", ".join(map(repr, cells.columns[:20]))
    raise CaeError(f"The table has no column {name!r}; it has {known}.")


def names_image(text: str, index: FileIndex) -> bool:
    """Whether a text names a file, and does not rather name a column of names."""
    found = index.look_up(text)
    if not found.positions:
        return False
    return has_image_ending(text) or not _NAME_WORDS.intersection(words_in(text))


def _candidate(cells: pd.DataFrame, place: int, index: FileIndex) -> _Candidate | None:
    column = cells.columns[place]
    texts = cells[column].dropna()
    names = texts.unique()
    found = {name: index.look_up(name) for name in names}
    found = {name: one for name, one in found.items() if one.positions}
    if not found or _MASK_WORDS.intersection(words_in(column)):
        return None
    is_named_so = bool(_NAME_WORDS.intersection(words_in(column)))
    numbers = sum(bool(_NUMBER.fullmatch(name)) for name in found)
    exact = sum(one.tier == NAMED and has_image_ending(name) for name, one in found.items())
    kind = _EXACT if 2 * exact >= len(found) else _STEMS
    if 2 * numbers > len(found):
        kind = _NUMBERS
        if not (is_named_so or place == 0) or _counts_rows(column, texts):
            return None
        # Many rows alike name something else, such as ages that read like numbered files.
        if 2 * len(names) < len(texts):
            return None
    positions = {position for one in found.values() for position in one.positions}
    return _Candidate(column, positions, kind, is_named_so)


def _counts_rows(column: str, texts: pd.Series) -> bool:
    """Whether a column is called like an index, or not at all, and counts from 0 or 1."""
    if not _INDEX_NAME.fullmatch(column.casefold().strip()):
        return False
    return any(
        texts.tolist() == [str(number) for number in range(first, first + len(texts))]
        for first in (0, 1)
    )


def _folder_columns(cells: pd.DataFrame, name: str, index: FileIndex) -> tuple[str, ...]:
    """Return the columns whose texts, put before the names, tell files of one name apart."""
    known = cells[cells[name].notna()]
    sample = known.iloc[:: 1 + len(known) // _SAMPLED_NAMES]
    texts = sample[name]
    folders: list[str] = []
    doubt = _doubt(texts, index)
    while doubt > len(texts) and len(folders) < _MOST_FOLDERS:
        others = [one for one in cells.columns if one != name and one not in folders]
        doubts = {one: _doubt(_within(sample[one], texts), index) for one in others}
        best = min(doubts, key=doubts.__getitem__, default=None)
        if best is None or doubts[best] >= doubt:
            break
        texts, doubt = _within(sample[best], texts), doubts[best]
        folders.insert(0, best)
    return tuple(folders)


def _within(folders: pd.Series, names: pd.Series) -> pd.Series:
    """Return paths of names in folders, or the names where no folder is known."""
    return (folders + "/" + names).fillna(names)


def _doubt(texts: pd.Series, index: FileIndex) -> int:
    """Return how many files all texts may mean; the number of texts if each means one."""
    return sum(len(index.find(text)) or len(index.files) for text in texts)


def described(columns: Sequence[str]) -> str:
    """Return columns as a phrase such as ``'left' and 'right'``."""
    return " and ".join(map(repr, columns))
