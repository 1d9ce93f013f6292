"""A saved selection under a name, and what its name, note and tags may be."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from cae.cohorts.rows import unpack_rows
from cae.cohorts.selection import Selection
from cae.errors import CaeError, DamagedFileError

NAME_LENGTH = 120
TAG_LENGTH, MOST_TAGS = 40, 20


@dataclass(frozen=True, eq=False)
class Cohort:
    """A named, saved selection.

    Attributes:
        id: never used twice in one study, not even after a deletion.
        name: unique among the cohorts that are not deleted.
        note: free text.
        count: number of images.
        history: how the selection came about, see `Selection.history`.
        provenance: what it was saved on: ``app_version`` and the study's digests.
        created: UTC, ISO 8601.
        deleted: when it was deleted (UTC, ISO 8601), None while it lives.
        packed: the rows as stored.
        query: of a live cohort, which is evaluated anew whenever it is read; empty for a frozen
            one.
        tags: words it is filed under, in their order.
        version: 1 when it is saved, one more with each change; a change says which it was made
            from.
        problem: why a live cohort's query cannot be evaluated any more, so that it holds no
            image; empty where it can.
    """

    id: int
    name: str
    note: str
    count: int
    packed: bytes
    history: tuple[dict[str, Any], ...]
    provenance: dict[str, Any]
    created: str
    deleted: str | None = None
    query: str = ""
    tags: tuple[str, ...] = ()
    version: int = 1
    problem: str = ""

    @cached_property
    def rows(self) -> np.ndarray:
        """int64, ascending row numbers. Raises `CaeError` when they are damaged."""
        rows = unpack_rows(self.packed)
        if len(rows) != self.count:
            raise DamagedFileError(
                f"The cohort {self.name!r}",
                f"it holds {len(rows):,} instead of {self.count:,} images",
                "restore the study's cohorts.db from a copy",
            )
        return rows

    @property
    def is_live(self) -> bool:
        """Whether it is a query that is evaluated anew, not a fixed set of images."""
        return bool(self.query)

    @property
    def import_digest(self) -> str:
        """The digest of the study's import when the cohort was saved, empty if unknown."""
        digest: str = self.provenance.get("images_digest", "")
        return digest

    @property
    def selection(self) -> Selection:
        """The cohort as a selection, with the history it was saved with."""
        return Selection(self.rows, self.history)


def storable(text: str) -> str:
    """Return a text as every database takes it: without NUL and halves of characters."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")


def normal(name: str) -> str:
    """Return a name as it is stored and compared: composed, without surplus blanks."""
    return " ".join(unicodedata.normalize("NFC", storable(name)).split())


def checked_name(name: str) -> str:
    """Return a name as it is stored. Raises `CaeError` where it is empty or too long."""
    name = normal(name)
    if not name:
        raise CaeError("The cohort has no name; give it one.")
    if len(name) > NAME_LENGTH:
        raise CaeError(f"The cohort's name has {len(name)} characters; use at most {NAME_LENGTH}.")
    return name


def checked_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Return tags as they are stored, each once.

    Raises:
        CaeError: there are too many, or one is too long.
    """
    checked = tuple(dict.fromkeys(filter(None, map(normal, tags))))
    if len(checked) > MOST_TAGS:
        raise CaeError(f"The cohort has {len(checked)} tags; use at most {MOST_TAGS}.")
    for tag in checked:
        if len(tag) > TAG_LENGTH:
            raise CaeError(f"The tag {tag!r} is too long; use at most {TAG_LENGTH} characters.")
    return checked


def missing(cohort_id: int) -> CaeError:
    """Return the error that there is no cohort of this number."""
    return CaeError(f"The cohort {cohort_id} no longer exists; choose another one.")
