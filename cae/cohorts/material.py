"""What groups are taken from and compared by: a study, or nothing but a table."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from cae.cohorts.selection import Selection
from cae.cohorts.store import CohortStore
from cae.columns.cohort_column import with_cohorts
from cae.columns.corrected_label import CORRECTED, RECORDS, follows_suggestions, with_corrected
from cae.columns.titles import CLUSTER
from cae.errors import CaeError, UnusableError

_MAP = "map"
_FOUND = frozenset({CLUSTER, "probability", "outlier_score"})


class StudyLike(Protocol):
    """What is asked of a study; `cae.study.study.Study` is one."""

    @property
    def samples(self) -> pd.DataFrame:
        """One row per image, as the source brought them."""

    @property
    def full_table(self) -> pd.DataFrame:
        """The same beside what was found in the images, and labels as people corrected them."""

    @property
    def identifying(self) -> tuple[str, ...]:
        """Columns that may tell who a patient is."""

    @property
    def cohorts(self) -> CohortStore:
        """The saved cohorts."""

    @property
    def cluster_names(self) -> dict[int, str]:
        """The names that clusters were given, by number."""

    @property
    def latents(self) -> np.ndarray:
        """float32 (N, d)."""

    @property
    def projection(self) -> np.ndarray:
        """float32 (N, 2)."""

    @property
    def seed(self) -> int:
        """The seed of every random choice."""

    def is_done(self, step: str) -> bool:
        """Whether a step has a result."""

    def parameters(self, step: str) -> dict[str, Any]:
        """Return what a step was run with."""


@dataclass(frozen=True, eq=False)
class Material:
    """A table and, where it is that of a study, what the study knows beside it.

    Attributes:
        table: one row per image, index 0…N−1.
        derived: columns that were made from the images, such as the cluster.
        identifying: columns that may tell who a patient is.
        records: columns that say who corrected a label, when and how.
        study: the study, None for a mere table.
    """

    table: pd.DataFrame
    derived: frozenset[str]
    identifying: frozenset[str] = frozenset()
    records: frozenset[str] = frozenset()
    study: StudyLike | None = None

    def __len__(self) -> int:
        return len(self.table)

    @property
    def latents(self) -> np.ndarray | None:
        """float32 (N, d), or None where there are none."""
        if self.study is None or not self.study.is_done("encode"):
            return None
        return self.study.latents

    @property
    def cluster_names(self) -> dict[int, str]:
        """The names that clusters were given, by number; a table alone knows none."""
        return {} if self.study is None else self.study.cluster_names

    def places(self, name: str) -> np.ndarray:
        """Return where the study's own map puts the images, (N, 2).

        Raises:
            UnusableError: another map is asked for, or there is none.
        """
        if name != _MAP or self.study is None or not self.study.is_done("project"):
            raise UnusableError(f"the positions of the map {name!r} are not at hand")
        return self.study.projection

    def cohort(self, name: str) -> Selection:
        """Return the selection that a cohort is. Raises as `CohortStore.of_these_images`."""
        return self._store("cohort", name).of_these_images(name).selection

    def cohort_as_noted(self, name: str, noted: dict[str, Any] | None) -> Selection:
        """Return the selection that a step's cohort is. Raises as `CohortStore.as_noted`."""
        return self._store("cohort", name).as_noted(name, noted).selection

    def history_noted(self, name: str, noted: dict[str, Any] | None) -> tuple[dict[str, Any], ...]:
        """Return how a step's cohort came about. Raises as `CohortStore.whom_noted`."""
        return self._store("cohort", name).whom_noted(name, noted).history

    def beside(self, columns: Iterable[str]) -> pd.DataFrame:
        """Return the table beside those of `columns` that are of cohorts.

        Raises:
            CaeError: there is no such cohort.
        """
        return with_cohorts(self.table, columns, lambda name: self.cohort(name).rows)

    def remembered(self, token: str) -> Selection:
        """Return the selection in an address of the app. Raises `CaeError` if it is forgotten."""
        found = self._store("selection", token).recall(token)
        if found is None:
            raise CaeError(f"The selection {token!r} is unknown or forgotten; save it as a cohort.")
        return found

    def _store(self, kind: str, name: str) -> CohortStore:
        if self.study is None:
            raise CaeError(
                f"A table alone knows no {kind} {name!r}; give a study, or the rows themselves."
            )
        return self.study.cohorts


def material_of(source: Material | StudyLike | pd.DataFrame) -> Material:
    """Return what groups can be taken from.

    Corrected labels of which any was accepted as neighbours suggested it count as made from the
    images. Of a table alone, so do the columns ``cluster``, ``probability`` and ``outlier_score``.
    """
    if isinstance(source, Material):
        return source
    if isinstance(source, pd.DataFrame):
        table = source.reset_index(drop=True)
        columns = frozenset(table.columns)
        return Material(table, (_FOUND | _suggested(table)) & columns, records=RECORDS & columns)
    table = source.full_table
    added = frozenset(table.columns) - frozenset(source.samples.columns)
    return Material(
        table,
        (added - RECORDS - {CORRECTED}) | (_suggested(table) & added),
        with_corrected(source.identifying, table),
        RECORDS & added,
        source,
    )


def _suggested(table: pd.DataFrame) -> frozenset[str]:
    return frozenset({CORRECTED}) if follows_suggestions(table) else frozenset()
