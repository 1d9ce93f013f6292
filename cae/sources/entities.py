"""Rows of a table about patients, eyes or slides, of which there are several images each."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from cae.sources.patients import PATIENT_WORDS, is_patient_name

_TOKEN = re.compile(r"[^\W\d_]+|\d+")
_LEAST_DIGITS = 3
_SHOWN = 3

Key = tuple[str, ...]


class Entities(NamedTuple):
    """Which of a column's values is in the path of each file.

    Attributes:
        column: its name.
        found: one text per file, None where none was found or several may be meant, (N,).
        unclear: values that a path may mean as well as others, and why, as a phrase.
    """

    column: str
    found: np.ndarray
    unclear: dict[str, str]


def find_entity_column(cells: pd.DataFrame, files: Sequence[str]) -> Entities | None:
    """Return the column whose values are in the paths of the files, and each file's value.

    A value is found where it is the name of a folder, or whole words at the beginning of or
    within a name: ``sub-01`` and ``1`` in ``sub-01/anat/T1w.png``, ``011_S_0002`` in
    ``ADNI_011_S_0002_MR.png``. Zeros before numbers do not matter. Short plain numbers must be a
    whole folder's name or follow a word for patients. Of values that differ in no more than signs,
    zeros and case, such as P-1 and P1, the one that is spelled as in the path is meant, else none.

    Returns:
        Of the column that finds most files, the one called after patients before others; or None
        where no column finds any.
    """
    best: Entities | None = None
    most = (0, False)
    for column in cells.columns:
        known = cells[column].dropna()
        values = known.unique()
        is_patient = is_patient_name(column)
        # Values that most rows share say something about a patient, they do not name one.
        if not is_patient and 2 * len(values) < len(known):
            continue
        found, unclear = _values_in(files, list(values))
        rank = (int(np.count_nonzero(found != None)), is_patient)  # noqa: E711 (element by element)
        if rank[0] and rank > most:
            best, most = Entities(column, found, unclear), rank
    return best


def _values_in(files: Sequence[str], values: Sequence[str]) -> tuple[np.ndarray, dict[str, str]]:
    """Return the value that each file's path holds, and those of which it may hold any."""
    by_key: dict[Key, list[str]] = defaultdict(list)
    for value in values:
        by_key[_key(_tokens(value))].append(value)
    by_key.pop((), None)
    lengths = sorted({len(key) for key in by_key}, reverse=True)
    found = np.full(len(files), None, dtype=object)
    unclear: dict[str, str] = {}
    for position, file in enumerate(files):
        first = next((key for key, _ in _keys_in(file, lengths) if key in by_key), None)
        if first is None:
            continue
        alike = by_key[first]
        if len(alike) == 1:
            found[position] = alike[0]
            continue
        spellings = (text for key, text in _keys_in(file, lengths) if key == first)
        found[position] = next((text for text in spellings if text in alike), None)
        if found[position] is None:
            told = " or ".join(map(repr, alike[:_SHOWN]))
            for value in alike:
                unclear.setdefault(value, f"{file!r} may be of {told}; spell it as one of these")
    return found, unclear


def _tokens(text: str) -> list[re.Match[str]]:
    """Return where the words and numbers of a text are, without the .0 of a whole number."""
    return list(_TOKEN.finditer(re.sub(r"(\d)\.0+$", r"\1", text)))


def _key(tokens: Iterable[re.Match[str]]) -> Key:
    """Return words and numbers without case and zeros before numbers."""
    parts = (token[0].casefold() for token in tokens)
    return tuple(part.lstrip("0") or part[:1] for part in parts)


def _keys_in(file: str, lengths: Sequence[int]) -> Iterator[tuple[Key, str]]:
    """Yield what may name an entity within a path, and how it is spelled there.

    Whole folders come first, then parts of names.
    """
    parts = file.split("/")
    parts[-1] = parts[-1].rsplit(".", 1)[0]
    tokens = [_tokens(part) for part in parts]
    keys = [_key(found) for found in tokens]
    for part, places, key in zip(parts[:-1], tokens, keys, strict=False):
        yield key, part
        if len(key) > 1 and key[0] in PATIENT_WORDS:
            yield key[1:], part[places[1].start() :]
    for part, places, key in zip(parts, tokens, keys, strict=True):
        for length in lengths:
            for start in range(len(key) - length + 1):
                piece = key[start : start + length]
                if _is_telling(piece, part) or (start and key[start - 1] in PATIENT_WORDS):
                    yield piece, part[places[start].start() : places[start + length - 1].end()]


def _is_telling(piece: Key, name: str) -> bool:
    if len(piece) > 1:
        return any(map(str.isdigit, piece))
    # As written, for zeros before a number make it an id.
    return piece[0].isdigit() and any(
        len(number) >= _LEAST_DIGITS and (number.lstrip("0") or "0") == piece[0]
        for number in re.findall(r"\d+", name)
    )
