"""What an export may tell: everything, or nothing that may tell who a patient is."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cached_property
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cae.cohorts.selection import LEFT_OUT
from cae.columns.category import category_text
from cae.columns.corrected_label import with_corrected
from cae.export.filenames import safe_names
from cae.home import free_name
from cae.sources.known import known_set
from cae.sources.pseudonyms import Pseudonyms
from cae.uploads import uploaded_source

if TYPE_CHECKING:
    from cae.study.study import Study

_PUBLIC_SOURCES = ("brain", "medmnist")
_SHORTEST_QUOTE = 3
_NAMING_DIGITS = 8
_PATIENT, PSEUDONYM = "patient", "patient_pseudonym"
_HARMLESS = ("kind", "combine", "count", "column")
_REMARK = {"details": LEFT_OUT}
# Blanks, signs and underscores part words, so that Smith_left.png and SMITH^ANNA have them too.
_WORD = re.compile(r"[^\W_]+")


class Disclosure:
    """Tells everything that a study knows, as it is; `Redaction` tells less.

    Every table, name and text that leaves the program passes through one of both.

    Attributes:
        left_out: columns of the study that are not told.
    """

    left_out: tuple[str, ...] = ()

    def __init__(self, study: "Study") -> None:
        self._study = study

    def table(self, rows: np.ndarray) -> pd.DataFrame:
        """Return what the study's samples tell of the images in `rows`, index 0…len(rows)−1."""
        return self._study.samples.iloc[rows].reset_index(drop=True)

    def image_names(self, rows: Sequence[int] | np.ndarray) -> list[str]:
        """Return the ids of the images in `rows`."""
        return [str(name) for name in self._study.samples["id"].iloc[np.asarray(rows, np.int64)]]

    def file_names(self, rows: np.ndarray) -> list[str]:
        """Return for each image in `rows` a name without ending that no other has."""
        return list(safe_names(self.image_names(rows)))

    def text(self, text: str) -> str:
        """Return free text."""
        return text

    def person(self, name: str) -> str:
        """Return who of the users did something."""
        return name

    def details(self, value: Any) -> Any:
        """Return an event, filters or facts of any depth, JSON-able."""
        return value

    def source(self, source: str) -> str:
        """Return where the study's images come from."""
        return source

    def study_name(self) -> str:
        """Return what the study is called."""
        return self._study.name

    def parameters(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Return a step's parameters."""
        return parameters


class Redaction(Disclosure):
    """Removes a study's identifying columns, their values and local paths.

    Instead of the patient there is a pseudonym, made with a salt that stays with this user, so
    that others can keep the images of one patient in one split.

    It rather takes out too much than too little: whatever names an identifying column, quotes
    one of its values or looks like a path of this computer goes. A text quotes a value that
    has all the value's words in their order, capitals, accents' encoding and what stands
    between the words aside; values of fewer than three characters are too common to be looked
    for in texts. Numbers stay as they are.
    """

    def __init__(self, study: "Study") -> None:
        super().__init__(study)
        known = study.full_table
        self._names = with_corrected(study.identifying, known)
        self._harmless_columns = frozenset(study.samples.columns) - self._names
        self.left_out = tuple(column for column in known if column in self._names)

    def table(self, rows: np.ndarray) -> pd.DataFrame:
        """Return the samples without identifying columns and without cells that quote them."""
        table = super().table(rows).drop(columns=list(self.left_out), errors="ignore")
        if "id" in table:
            table["id"] = self.image_names(rows)
        for column in table.columns.difference(["id"]):
            if not pd.api.types.is_numeric_dtype(table[column]):
                table[column] = table[column].astype(object).map(self._cell, na_action="ignore")
        if _PATIENT in self.left_out and self._study.samples[_PATIENT].notna().any():
            name = free_name(PSEUDONYM, lambda name: name in table)
            table[name] = self._pseudonyms(rows)
        return table

    def _pseudonyms(self, rows: Sequence[int] | np.ndarray) -> pd.Series:
        """Return what stands for the patient of each image, missing where he is not known."""
        pseudonyms = Pseudonyms.of_this_user()
        patients = self._study.samples[_PATIENT].iloc[np.asarray(rows)].reset_index(drop=True)
        known = {one: pseudonyms.of("P", str(one)) for one in patients.dropna().unique()}
        return patients.map(known)

    def image_names(self, rows: Sequence[int] | np.ndarray) -> list[str]:
        """Return ids, or ``row 17`` in the place of those that may tell who a patient is."""
        names = zip(rows, super().image_names(rows), strict=True)
        return [f"row {row}" if self._identifies(name) else name for row, name in names]

    def file_names(self, rows: np.ndarray) -> list[str]:
        """Return names without ending; of the row where an id may tell who a patient is."""
        names = super().image_names(rows)
        told = [
            f"row-{row:07d}" if self._identifies(name) else name
            for row, name in zip(rows, names, strict=True)
        ]
        return list(safe_names(told))

    def text(self, text: str) -> str:
        """Return free text, or a remark where it quotes an identifying value or is a path."""
        return LEFT_OUT if self._quotes(text) or _is_path(text) else text

    def person(self, name: str) -> str:
        """Return a pseudonym, so that what two users did can be told apart."""
        return Pseudonyms.of_this_user().of("R", name) if name else name

    def details(self, value: Any) -> Any:
        """Return an event or filters with whatever tells too much replaced by a remark."""
        if isinstance(value, dict):
            if self._is_identifying(value.get("column")):
                return {**{key: value[key] for key in _HARMLESS if key in value}, **_REMARK}
            return {self.text(key): self._detail(key, item, value) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.details(item) for item in value]
        if isinstance(value, str) and self._tells(value):
            return LEFT_OUT
        return self._texts(value)

    def source(self, source: str) -> str:
        """Return only the kind of a source, unless it is a public data set."""
        kind = (uploaded_source(source) or source).split(":", 1)[0]
        return source if kind in _PUBLIC_SOURCES else kind

    def study_name(self) -> str:
        """Return what somebody called the study; of the name of a file or folder only its kind."""
        source, name = self._study.manifest["source"], self._study.name
        if self._is_public(source) or name not in _names_in(source):
            return self.text(name)
        return f"{self.source(source)} {self._study.pixels_digest[:_NAMING_DIGITS]}"

    def _is_public(self, source: str) -> bool:
        return self.source(source) == source or bool(known_set(self._study.name).credit)

    def parameters(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Return a step's parameters without source, names of files and identifying values.

        A shape that is no mask of the images is somebody's folder.
        """
        cleaned: dict[str, Any] = self._texts(parameters)
        if isinstance(cleaned.get("brought"), dict):
            cleaned["brought"] = {**cleaned["brought"], "file": LEFT_OUT}
        if (
            parameters.get("shape")
            and parameters["shape"] not in self._study.manifest["mask_names"]
        ):
            cleaned["shape"] = LEFT_OUT
        if isinstance(parameters.get("source"), str):
            cleaned["source"] = self.source(parameters["source"])
        return cleaned

    def _detail(self, key: str, item: Any, event: dict[str, Any]) -> Any:
        if key in self._names:
            return LEFT_OUT
        if key == "filters":
            return self.details(item)
        column = event.get("column")
        of_harmless_column = isinstance(column, str) and column in self._harmless_columns
        if (
            key in _HARMLESS
            or key in self._harmless_columns
            or (of_harmless_column and not _holds_dicts(item))
        ):
            return self._texts(item)
        return self.details(item)

    def _texts(self, value: Any) -> Any:
        """Return a JSON-able value with every text in it as `text` returns it."""
        if isinstance(value, dict):
            return {self.text(key): self._texts(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._texts(item) for item in value]
        return self.text(value) if isinstance(value, str) else value

    def _cell(self, value: Any) -> Any:
        return LEFT_OUT if self._quotes(str(value)) else value

    def _identifies(self, name: str) -> bool:
        return "id" in self._names or name in self._values or self._quotes(name)

    def _is_identifying(self, column: Any) -> bool:
        return isinstance(column, str) and column in self._names

    def _tells(self, text: str) -> bool:
        # In a query a quote within a text or a name is written twice.
        single = text.replace('""', '"').replace("``", "`")
        return any(
            self._names_column(one) or one in self._values or self._quotes(one)
            for one in (text, single)
        )

    def _names_column(self, text: str) -> bool:
        return any(re.search(rf"\b{re.escape(name)}\b", text) for name in self._names)

    def _quotes(self, text: str) -> bool:
        words = _words(text)
        return any(
            words[start : start + length] in self._quotable
            for start, word in enumerate(words)
            for length in self._lengths.get(word, ())
        )

    @cached_property
    def _values(self) -> frozenset[str]:
        known = self._study.full_table
        return frozenset(
            spelling
            for column in self.left_out
            for value in known[column].dropna().drop_duplicates().astype(object)
            for spelling in _spellings(value)
        )

    @cached_property
    def _quotable(self) -> frozenset[tuple[str, ...]]:
        """The words of every value that is long enough to be looked for in texts."""
        long = (value for value in self._values if len(value) >= _SHORTEST_QUOTE)
        return frozenset(filter(None, map(_words, long)))

    @cached_property
    def _lengths(self) -> dict[str, set[int]]:
        """How many words the values have that begin with a word."""
        lengths: dict[str, set[int]] = {}
        for first, length in {(words[0], len(words)) for words in self._quotable}:
            lengths.setdefault(first, set()).add(length)
        return lengths


def disclosure(study: "Study", identifying: bool) -> Disclosure:
    """Return what tells everything of `study` where `identifying`, else a `Redaction`."""
    return Disclosure(study) if identifying else Redaction(study)


def _words(text: str) -> tuple[str, ...]:
    normal = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return tuple(_WORD.findall(normal.casefold()))


def _spellings(value: Any) -> Iterator[str]:
    """Yield how a value of a table may be written elsewhere."""
    if isinstance(value, str):
        yield value
        return
    yield str(value)
    yield category_text(value)
    if isinstance(value, pd.Timestamp | np.datetime64):
        yield from _dates(pd.Timestamp(value).date())


def _dates(day: date) -> Iterator[str]:
    """Yield how a day is written: as ISO and DICOM have it, by day or month first, and in words.

    Signs between do not matter where words are compared.
    """
    year, short = f"{day:%Y}", f"{day:%y}"
    yield from (f"{day:%Y-%m-%d}", f"{day:%Y%m%d}", f"{day:%d%m%Y}", f"{day:%m%d%Y}")
    numbers = ((f"{day:%d}", f"{day:%m}"), (str(day.day), str(day.month)))
    for one, month in numbers:
        yield from (f"{one}.{month}.{year}", f"{month}/{one}/{year}", f"{year}-{month}-{one}")
        yield from (f"{one}.{month}.{short}", f"{month}/{one}/{short}")
        for name in (f"{day:%B}", f"{day:%b}"):
            yield from (f"{one} {name} {year}", f"{name} {one} {year}")


def _holds_dicts(value: Any) -> bool:
    items = value if isinstance(value, list | tuple) else [value]
    return any(isinstance(item, dict) for item in items)


def _names_in(source: str) -> set[str]:
    """Return what the files and folders of a source are called, with and without their endings.

    What follows a comma may belong to a name or say more, as ``all`` does in ``nifti:DIR,all``.
    """
    words = (uploaded_source(source) or source).partition(":")[2].split(",")
    starts = (",".join(words[:count]) for count in range(1, len(words) + 1))
    paths = [PureWindowsPath(text) for text in (*starts, *words[1:])]
    return {name for path in paths for name in (path.name, path.stem, path.name.partition(".")[0])}


def _is_path(text: str) -> bool:
    return PurePosixPath(text).is_absolute() or PureWindowsPath(text).is_absolute()
