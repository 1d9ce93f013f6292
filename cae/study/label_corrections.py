"""Labels that people correct or assign by hand, in ``label_corrections.json``.

The source's labels stay as they are. Each act says which images got which label, by whom and
when; a later one goes before an earlier one, and the last can be undone.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from cae.cohorts.rows import pack_rows, unpack_rows
from cae.columns.titles import LABEL
from cae.documents import read_document
from cae.errors import CaeError, DamagedFileError
from cae.storage import write_json
from cae.study.locks import editing
from cae.study.schemas import LabelCorrections

FILE = "label_corrections.json"
CORRECTED, BY, AT = "corrected_label", "corrected_by", "corrected_at"
LONGEST_LABEL = 200
_FORMAT = 1


class Labelled(Protocol):
    """What is asked of a study; `cae.study.study.Study` is one."""

    @property
    def path(self) -> Path:
        """Its folder."""

    def __len__(self) -> int:
        """How many images it has."""


@dataclass(frozen=True, eq=False)
class Correction:
    """One act.

    Attributes:
        rows: int64, ascending rows of the images.
        label: that they got; None where they got back that of the source.
        who: by whom, as the computer or the sign-in knows him.
        made: when, UTC, ISO 8601.
        undone: when it was undone, None where it holds.
    """

    rows: np.ndarray
    label: str | None
    who: str
    made: str
    undone: str | None = None


def corrections(folder: Path) -> list[Correction]:
    """Return all acts on the study in `folder`, oldest first, the undone ones too.

    Raises:
        CaeError: the file is damaged.
    """
    path = folder / FILE
    return [_read(path, act) for act in _acts(path)]


def corrections_state(folder: Path) -> tuple[int, int]:
    """Return what a cache must compare, without reading anything."""
    path = folder / FILE
    if not path.exists():
        return 0, 0
    found = path.stat()
    return found.st_mtime_ns, found.st_size


def with_corrections(table: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Return a table beside its labels as corrected; the same where nothing was corrected.

    ``corrected_label`` is the source's label where nobody corrected it, ``corrected_by`` and
    ``corrected_at`` are missing there. Columns of these names that the source brings stay.

    Raises:
        CaeError: the file is damaged, or of more images than the table has.
    """
    held = [act for act in corrections(folder) if act.undone is None]
    if not held:
        return table
    labels = table[LABEL].astype(object).where(table[LABEL].notna(), None).to_numpy(copy=True)
    source = labels.copy()
    who, made = np.full(len(table), None, object), np.full(len(table), None, object)
    for act in held:
        if len(act.rows) and act.rows[-1] >= len(table):
            raise DamagedFileError(folder / FILE, "it is of more images than the study has")
        labels[act.rows] = source[act.rows] if act.label is None else act.label
        who[act.rows] = None if act.label is None else act.who
        made[act.rows] = None if act.label is None else act.made
    columns = {CORRECTED: _texts(labels), BY: _texts(who), AT: _texts(made)}
    added = {name: values for name, values in columns.items() if name not in table}
    return pd.concat([table, pd.DataFrame(added, index=table.index)], axis=1)


def correct_labels(
    study: Labelled, rows: Sequence[int] | np.ndarray, label: str | None, who: str
) -> None:
    """Give images a label, or that of the source back.

    Args:
        study: its own labels are not changed.
        rows: of the images, at least one.
        label: at most 200 characters, surplus blanks are dropped; None or empty takes former
            corrections back.
        who: by whom.

    Raises:
        CaeError: there is no image, or the label is too long.
    """
    chosen = np.unique(np.asarray(rows, dtype=np.int64))
    given = " ".join((label or "").split()) or None
    if not len(chosen) or chosen[0] < 0 or chosen[-1] >= len(study):
        raise CaeError("No image of the study is chosen; choose at least one to label.")
    if given and len(given) > LONGEST_LABEL:
        raise CaeError(f"The label has {len(given)} characters; use at most {LONGEST_LABEL}.")
    act = {
        "rows": base64.b64encode(pack_rows(chosen)).decode("ascii"),
        "label": given,
        "who": who,
        "made": _now(),
        "undone": None,
    }
    path = study.path / FILE
    with editing(study.path):
        _write(path, [*_acts(path), act])


def undo_correction(study: Labelled) -> Correction:
    """Undo the last act that holds, and return it.

    Raises:
        CaeError: there is none.
    """
    path = study.path / FILE
    with editing(study.path):
        acts = _acts(path)
        held = [act for act in acts if act["undone"] is None]
        if not held:
            raise CaeError("No label was corrected; there is nothing to undo.")
        held[-1]["undone"] = _now()
        _write(path, acts)
    return _read(path, held[-1])


def last_correction(folder: Path) -> Correction | None:
    """Return the act that `undo_correction` would undo, None where there is none."""
    held = [act for act in corrections(folder) if act.undone is None]
    return held[-1] if held else None


def _acts(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    acts: list[dict[str, Any]] = read_document(path, LabelCorrections)["acts"]
    return acts


def _read(path: Path, act: dict[str, Any]) -> Correction:
    try:
        rows = unpack_rows(base64.b64decode(act["rows"], validate=True))
        datetime.fromisoformat(act["made"])
    except ValueError as error:
        raise DamagedFileError(path, str(error)) from error
    return Correction(rows, act["label"], act["who"], act["made"], act["undone"])


def _write(path: Path, acts: list[dict[str, Any]]) -> None:
    write_json(path, {"format": _FORMAT, "acts": acts})


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _texts(values: np.ndarray) -> pd.Series:
    return pd.Series(values, dtype="str")
