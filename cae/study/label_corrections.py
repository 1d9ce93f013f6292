"""Labels that people correct, assign or accept, in ``label_corrections.json``.

The source's labels stay as they are. Each act says which images got which label, by whom, when and
how; a later one goes before an earlier one, and the last can be undone, with those of its batch.
"""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from cae.cohorts.rows import pack_rows, unpack_rows
from cae.columns.corrected_label import AT, BY, BY_HAND, CORRECTED, HOW, SUGGESTED
from cae.columns.titles import LABEL
from cae.documents import read_document
from cae.errors import CaeError, DamagedFileError
from cae.storage import write_json
from cae.study.locks import editing
from cae.study.schemas import LabelCorrections

FILE = "label_corrections.json"
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
        how: by hand, or as neighbours suggested it, see `cae.columns.corrected_label`.
        batch: what acts have in common that were done, and are undone, as one; None for one alone.
    """

    rows: np.ndarray
    label: str | None
    who: str
    made: str
    undone: str | None = None
    how: str = BY_HAND
    batch: str | None = None


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

    ``corrected_label`` is the source's label where nobody corrected it; ``corrected_by``,
    ``corrected_at`` and ``corrected_how`` are missing there. Columns of these names that the source
    brings stay.

    Raises:
        CaeError: the file is damaged, or of more images than the table has.
    """
    held = [act for act in corrections(folder) if act.undone is None]
    if not held:
        return table
    labels = table[LABEL].astype(object).where(table[LABEL].notna(), None).to_numpy(copy=True)
    source = labels.copy()
    who, made, how = (np.full(len(table), None, object) for _ in range(3))
    for act in held:
        if len(act.rows) and act.rows[-1] >= len(table):
            raise DamagedFileError(folder / FILE, "it is of more images than the study has")
        labels[act.rows] = source[act.rows] if act.label is None else act.label
        who[act.rows] = None if act.label is None else act.who
        made[act.rows] = None if act.label is None else act.made
        how[act.rows] = None if act.label is None else act.how
    columns = {CORRECTED: labels, BY: who, AT: made, HOW: how}
    added = {name: _texts(values) for name, values in columns.items() if name not in table}
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
    _require_images(study, chosen)
    if given and len(given) > LONGEST_LABEL:
        raise CaeError(f"The label has {len(given)} characters; use at most {LONGEST_LABEL}.")
    _add(study, [_act(chosen, given, who)])


def accept_suggestions(
    study: Labelled, rows: Sequence[int] | np.ndarray, labels: Sequence[str], who: str
) -> None:
    """Give each image the label that its neighbours suggest, undone as one.

    Args:
        study: its own labels are not changed.
        rows: of the images, at least one, none twice.
        labels: of each of them, such as the column ``suggested`` that
            `cae.evaluation.label_errors.find_label_errors` returns.
        who: by whom.

    Raises:
        CaeError: there is no image.
    """
    chosen, given = np.asarray(rows, dtype=np.int64), np.asarray(labels, dtype=object)
    _require_images(study, chosen)
    batch = secrets.token_hex(8)
    _add(
        study,
        [
            {**_act(chosen[given == label], label, who), "how": SUGGESTED, "batch": batch}
            for label in sorted(set(given.tolist()))
        ],
    )


def undo_correction(study: Labelled) -> list[Correction]:
    """Undo the last act that holds, with those of its batch, and return them.

    Raises:
        CaeError: there is none.
    """
    path = study.path / FILE
    with editing(study.path):
        acts = _acts(path)
        last = _last(acts)
        if not last:
            raise CaeError("No label was corrected; there is nothing to undo.")
        undone = _now()
        for act in last:
            act["undone"] = undone
        _write(path, acts)
    return [_read(path, act) for act in last]


def last_correction(folder: Path) -> list[Correction]:
    """Return the acts that `undo_correction` would undo; none where there is nothing to undo."""
    path = folder / FILE
    return [_read(path, act) for act in _last(_acts(path))]


def _require_images(study: Labelled, rows: np.ndarray) -> None:
    if not len(rows) or rows.min() < 0 or rows.max() >= len(study):
        raise CaeError("No image of the study is chosen; choose at least one to label.")


def _act(rows: np.ndarray, label: str | None, who: str) -> dict[str, Any]:
    return {
        "rows": base64.b64encode(pack_rows(np.sort(rows))).decode("ascii"),
        "label": label,
        "who": who,
        "made": _now(),
        "undone": None,
    }


def _add(study: Labelled, acts: list[dict[str, Any]]) -> None:
    path = study.path / FILE
    with editing(study.path):
        _write(path, [*_acts(path), *acts])


def _last(acts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the last act that holds, with those of its batch."""
    held = [act for act in acts if act["undone"] is None]
    batch = held[-1].get("batch") if held else None
    return held[-1:] if batch is None else [act for act in held if act.get("batch") == batch]


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
    return Correction(
        rows,
        act["label"],
        act["who"],
        act["made"],
        act["undone"],
        act.get("how", BY_HAND),
        act.get("batch"),
    )


def _write(path: Path, acts: list[dict[str, Any]]) -> None:
    write_json(path, {"format": _FORMAT, "acts": acts})


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _texts(values: np.ndarray) -> pd.Series:
    return pd.Series(values, dtype="str")
