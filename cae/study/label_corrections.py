"""Labels that people correct, assign or accept, in ``label_corrections.json``.

The source's labels stay as they are. Each act says which images got which label, by whom, when and
how; a later one goes before an earlier one, and the last can be undone, with those of its batch.
"""

import base64
import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from cae.cohorts.rows import pack_rows, unpack_rows
from cae.columns.corrected_label import AT, BY, BY_HAND, CORRECTED, HOW, SUGGESTED
from cae.columns.titles import LABEL
from cae.documents import read_of_format
from cae.errors import CaeError, DamagedFileError, TooLargeError
from cae.number_text import counted
from cae.storage import write_json
from cae.study.locks import editing
from cae.study.schemas import LabelCorrections
from cae.timestamp import now_utc

FILE = "label_corrections.json"
LONGEST_LABEL = 200
_ASIDE = "label_corrections-"
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
        position: how many acts were before it, the undone ones too.
        rows: int64, ascending rows of the images.
        label: that they got; None where they got back that of the source.
        who: by whom, as the computer or the sign-in knows him.
        made: when, UTC, ISO 8601.
        undone: when it was undone, None where it holds.
        how: by hand, or as neighbours suggested it, see `cae.columns.corrected_label`.
        batch: what acts have in common that were done, and are undone, as one; None for one alone.
    """

    position: int
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
    acts = _acts(path)
    return _read(path, acts, range(len(acts)))


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
    ``corrected_at`` and ``corrected_how`` are missing there.

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
    added = {name: _texts(values) for name, values in columns.items()}
    return pd.concat([table, pd.DataFrame(added, index=table.index)], axis=1)


def require_readable(folder: Path, column: str) -> None:
    """Raise `CaeError` where acts on labels of a column were set aside and are damaged now."""
    _acts(_aside(folder, column))


def change_corrected_column(folder: Path, former: str, now: str) -> int:
    """Set the acts on labels of one column aside, and take up again those on labels of another.

    Args:
        folder: of the study.
        former: where the labels were from.
        now: where they are from.

    Returns:
        How many acts were set aside.
    """
    path = folder / FILE
    with editing(folder):
        count = sum(act["undone"] is None for act in _acts(path))
        if path.exists():
            path.replace(_aside(folder, former))
        if (back := _aside(folder, now)).exists():
            back.replace(path)
    return count


def _aside(folder: Path, column: str) -> Path:
    digest = hashlib.blake2b(column.encode(), digest_size=8).hexdigest()
    return folder / f"{_ASIDE}{digest}.json"


def files_aside(folder: Path) -> list[Path]:
    """Return the files of acts that were set aside."""
    return sorted(folder.glob(f"{_ASIDE}*.json"))


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
            `cae.latent.label_errors.find_label_errors` returns.
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


def undo_correction(study: Labelled, seen: Sequence[Correction] = ()) -> list[Correction]:
    """Undo the last act that holds, with those of its batch, and return them.

    Args:
        study: whose labels were corrected.
        seen: what `last_correction` returned to whoever undoes it, who may know of no later one;
            nothing where the last is meant whatever it is.

    Raises:
        CaeError: there is none, or another one than was seen.
    """
    path = study.path / FILE
    with editing(study.path):
        acts = _acts(path)
        last = _last(acts)
        if seen:
            _require_same(seen, _read(path, acts, last))
        if not last:
            raise CaeError("No label was corrected; there is nothing to undo.")
        undone = now_utc()
        for position in last:
            acts[position]["undone"] = undone
        _write(path, acts)
    return _read(path, acts, last)


def last_correction(folder: Path) -> list[Correction]:
    """Return the acts that `undo_correction` would undo; none where there is nothing to undo."""
    path = folder / FILE
    acts = _acts(path)
    return _read(path, acts, _last(acts))


def given_words(acts: Sequence[Correction]) -> str:
    """Return which label was given to how many images.

    Args:
        acts: of one batch, at least one.
    """
    count = counted(sum(len(act.rows) for act in acts), "image")
    if acts[0].batch is not None:
        return f"what neighbours suggest, to {count}"
    label = "that of the source" if acts[0].label is None else f"“{acts[0].label}”"
    return f"{label} to {count}"


def _require_same(seen: Sequence[Correction], last: Sequence[Correction]) -> None:
    """Let pass where the last acts are those that were seen, else say what happened meanwhile."""
    if [_identity(act) for act in seen] == [_identity(act) for act in last]:
        return
    if last and last[-1].position > seen[-1].position:
        raise CaeError(
            f"{last[0].who} labelled images meanwhile, {given_words(last)}; nothing was undone. "
            "Undo again to take that back."
        )
    raise CaeError(f"What was given, {given_words(seen)}, was undone meanwhile; nothing else was.")


def _identity(act: Correction) -> tuple[int, str, str, str | None]:
    return act.position, act.who, act.made, act.batch


def _require_images(study: Labelled, rows: np.ndarray) -> None:
    if not len(rows) or rows.min() < 0 or rows.max() >= len(study):
        raise CaeError("No image of the study is chosen; choose at least one to label.")


def _act(rows: np.ndarray, label: str | None, who: str) -> dict[str, Any]:
    return {
        "rows": base64.b64encode(pack_rows(np.sort(rows))).decode("ascii"),
        "label": label,
        "who": who,
        "made": now_utc(),
        "undone": None,
    }


def _add(study: Labelled, acts: list[dict[str, Any]]) -> None:
    path = study.path / FILE
    with editing(study.path):
        former = _acts(path)
        try:
            _write(path, [*former, *acts])
        except TooLargeError:
            # What was undone is but a record, and goes before what holds is refused.
            _write(path, [*(act for act in former if act["undone"] is None), *acts])


def _last(acts: list[dict[str, Any]]) -> list[int]:
    """Return the position of the last act that holds, with those of its batch."""
    held = [position for position, act in enumerate(acts) if act["undone"] is None]
    batch = acts[held[-1]].get("batch") if held else None
    if batch is None:
        return held[-1:]
    return [position for position in held if acts[position].get("batch") == batch]


def _acts(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    acts: list[dict[str, Any]] = read_of_format(path, LabelCorrections, _FORMAT)["acts"]
    return acts


def _read(path: Path, acts: list[dict[str, Any]], positions: Iterable[int]) -> list[Correction]:
    return [_correction(path, position, acts[position]) for position in positions]


def _correction(path: Path, position: int, act: dict[str, Any]) -> Correction:
    try:
        rows = unpack_rows(base64.b64decode(act["rows"], validate=True))
        datetime.fromisoformat(act["made"])
    except ValueError as error:
        raise DamagedFileError(path, str(error)) from error
    return Correction(
        position,
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


def _texts(values: np.ndarray) -> pd.Series:
    return pd.Series(values, dtype="str")
