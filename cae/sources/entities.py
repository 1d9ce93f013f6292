"""Rows of a table about patients, eyes or slides, of which there are several images each."""

import re
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from cae.sources.patients import PATIENT_WORDS, is_patient_name

_TOKEN = re.compile(r"[^\W\d_]+|\d+")
_LEAST_DIGITS = 3

Key = tuple[str, ...]


def find_entity_column(cells: pd.DataFrame, files: Sequence[str]) -> tuple[str, np.ndarray] | None:
    """Return the column whose values are in the paths of the files, and each file's value.

    A value is found where it is the name of a folder, or whole words at the beginning of or
    within a name: ``sub-01`` and ``1`` in ``sub-01/anat/T1w.png``, ``011_S_0002`` in
    ``ADNI_011_S_0002_MR.png``. Zeros before numbers do not matter. Short plain numbers must be a
    whole folder's name or follow a word for patients.

    Returns:
        Of the column that finds most files, the one called after patients before others: its name
        and one text per file, None where none was found; or None where no column finds any.
    """
    best: tuple[str, np.ndarray] | None = None
    most = (0, False)
    for column in cells.columns:
        known = cells[column].dropna()
        values = known.unique()
        is_patient = is_patient_name(column)
        # Values that most rows share say something about a patient, they do not name one.
        if not is_patient and 2 * len(values) < len(known):
            continue
        found = _values_in(files, list(values))
        rank = (int(np.count_nonzero(found != None)), is_patient)  # noqa: E711 (element by element)
        if rank[0] and rank > most:
            best, most = (column, found), rank
    return best


def _values_in(files: Sequence[str], values: Sequence[str]) -> np.ndarray:
    by_key: dict[Key, str] = {}
    for value in values:
        by_key.setdefault(_key(value), value)
    by_key.pop((), None)
    lengths = sorted({len(key) for key in by_key}, reverse=True)
    found = np.full(len(files), None, dtype=object)
    for position, file in enumerate(files):
        keys = _keys_in(file, lengths)
        found[position] = next((by_key[key] for key in keys if key in by_key), None)
    return found


def _key(text: str) -> Key:
    """Return the words and numbers of a text, without zeros before numbers."""
    text = re.sub(r"(\d)\.0+$", r"\1", text)
    return tuple(part.lstrip("0") or part[:1] for part in _TOKEN.findall(text.casefold()))


def _keys_in(file: str, lengths: Sequence[int]) -> Iterator[Key]:
    """Yield what may name an entity within a path: whole folders, then parts of names."""
    parts = file.split("/")
    parts[-1] = parts[-1].rsplit(".", 1)[0]
    keys = [_key(part) for part in parts]
    for key in keys[:-1]:
        yield key
        if key and key[0] in PATIENT_WORDS:
            yield key[1:]
    for part, key in zip(parts, keys, strict=True):
        for length in lengths:
            for start in range(len(key) - length + 1):
                piece = key[start : start + length]
                if _is_telling(piece, part) or (start and key[start - 1] in PATIENT_WORDS):
                    yield piece


def _is_telling(piece: Key, name: str) -> bool:
    if len(piece) > 1:
        return any(map(str.isdigit, piece))
    # As written, for zeros before a number make it an id.
    return piece[0].isdigit() and any(
        len(number) >= _LEAST_DIGITS and (number.lstrip("0") or "0") == piece[0]
        for number in re.findall(r"\d+", name)
    )
