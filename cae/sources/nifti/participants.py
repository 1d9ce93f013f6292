"""The table of participants that BIDS keeps beside the images.

A row is about a participant, or where one has several and a column says of which session they are,
about a session.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd

from cae.imageset import Origin
from cae.sources.choices import NONE, Choices
from cae.sources.column_types import infer_type
from cae.sources.csv_table import read_csv_table
from cae.sources.description import Description
from cae.sources.durations import duration_notes
from cae.sources.identifying import is_identifying, is_identifying_by_form
from cae.sources.image_columns import require_column
from cae.sources.joined_rows import one_row_each
from cae.sources.label_column import find_label_column
from cae.sources.nifti.names import entity
from cae.sources.own_columns import kept_names
from cae.sources.problems import Problem
from cae.sources.split_words import chosen_splits, find_split_column
from cae.sources.table import text_column

_NAME = "participants.tsv"
_KEY = "participant_id"
_SESSION_NAMES = ("session_id", "session", "ses", "visit_id", "visit", "timepoint")


@dataclass(frozen=True)
class Participants:
    """A table with one row per participant or session.

    Attributes:
        file: its path within the folder.
        cells: text, missing where a cell says so, index ``sub-01`` or ``sub-01 ses-1`` and so on.
        decimal_comma: whether numbers may be written as 3,14.
        problems: file and reason of rows that could not be read.
        notes: how the table was read, as sentences.
        choices: what a person says about it.
        key: the column with the participants.
    """

    file: str
    cells: pd.DataFrame
    decimal_comma: bool
    problems: list[Problem]
    notes: list[str]
    choices: Choices
    key: str = _KEY

    def describe(self, subjects: pd.Series, sessions: pd.Series) -> Description:
        """Return what is known of each image by its subject, who is its patient unless chosen.

        Args:
            subjects: of the images, (N,), missing where unknown.
            sessions: the same.

        Raises:
            CaeError: a column that was chosen is not there.
        """
        cells, choices = self.cells, self.choices
        of_subject: dict[str, list[str]] = defaultdict(list)
        for key in map(str, cells.index):
            of_subject[key.partition(" ses-")[0]].append(key)
        pairs = list(zip(subjects, sessions, strict=True))
        keys = np.array([_key(of_subject, *pair) for pair in pairs], dtype=object)
        rows = cells.reindex(keys).reset_index(drop=True)
        split = _column(cells, choices.split, find_split_column(cells))
        label = _column(cells, choices.label, find_label_column(cells))
        patient = _column(cells, choices.patient, None)
        unknown = text_column([None] * len(rows))
        patients = rows[patient] if patient else unknown if choices.patient == NONE else subjects
        known = {
            "split": _splits(cells[split], keys) if split else unknown,
            "label": rows[label] if label else unknown,
            "patient": patients,
        }
        names = kept_names(name for name in rows.columns if name not in (split, label, patient))
        identifying, units = [], []
        for name, kept in names.items():
            known[kept] = infer_type(rows[name], self.decimal_comma)
            units += duration_notes(rows[name], known[kept])
            is_date = known[kept].dtype.kind == "M"
            if is_date or is_identifying(name) or is_identifying_by_form(rows[name], patients):
                identifying.append(kept)
        roles = (("Splits", split), ("Labels", label), ("Patients", patient))
        notes = [f"{what} are from {name!r} of {self.file}." for what, name in roles if name]
        taken = {"split": split, "label": label, "patient": patient or _patient_of(self)}
        origins = {role: Origin((name,)) for role, name in taken.items() if name}
        origins |= {kept: Origin((name,)) for name, kept in names.items() if name != kept}
        lacking = [pair for pair, key in zip(pairs, keys, strict=True) if key is None]
        by_session = any(" ses-" in key for key in map(str, cells.index))
        strangers = sorted(
            {
                _named(subject, session if by_session else None)
                for subject, session in lacking
                if pd.notna(subject)
            }
        )
        problems = [(name, f"{self.file} has no row for it") for name in strangers]
        table = pd.DataFrame(known).astype(dict.fromkeys(("split", "label", "patient"), "str"))
        notes = [*self.notes, *notes, *units]
        problems = [*self.problems, *problems]
        return Description(table, tuple(identifying), problems, notes, origins=origins)


def find_participants(
    folder: Path, files: Sequence[str], choices: Choices | None = None
) -> Participants | None:
    """Return the table of participants nearest to the top of a folder, None where there is none.

    Raises:
        CaeError: it cannot be read, or the column that was chosen is not there.
    """
    choices = choices or Choices()
    found = [file for file in files if PurePosixPath(file).name.casefold() == _NAME]
    if not found:
        return None
    file = min(found, key=lambda file: (file.count("/"), file))
    table = read_csv_table(folder / file, choices.encoding)
    if choices.image is None and _KEY not in table.cells:
        return None
    key = require_column(table.cells, choices.image or _KEY)
    cells = table.cells.dropna(subset=[key]).reset_index(drop=True)
    names = cells[key].map(_as_subject)
    have_sessions = names.duplicated().any() and any(entity(name, "ses") for name in files)
    session = _session_column(cells) if have_sessions else None
    if session is not None:
        names = pd.Series(map(_named, names, cells[session]), dtype="str")
    cells = cells.drop(columns=key)
    numbers, different = pd.factorize(names)
    about = "participants or sessions"
    joined = one_row_each(cells, numbers, table.decimal_comma, choices, about)
    problems = [(f"{file}, row {row}", reason) for row, reason in table.problems]
    problems += [(file, f"{different[at]}: {reason}") for at, reason in joined.conflicts]
    notes = [f"{file}: {note}." for note in table.notes]
    if session is not None:
        notes.append(f"{file}: its rows are about sessions, by {session!r}.")
    if joined.said:
        notes.append(f"{file}: {joined.said}.")
    cells = joined.cells.set_axis(different[joined.cells.index])
    return Participants(file, cells, table.decimal_comma, problems, notes, choices, key)


def _session_column(cells: pd.DataFrame) -> str | None:
    """Return the column that names sessions, if there is one."""
    by_name = {str(name).casefold(): str(name) for name in cells.columns}
    return next((by_name[name] for name in _SESSION_NAMES if name in by_name), None)


def _as_subject(name: str) -> str:
    """Return the name of a participant as BIDS has it; tables and folders may leave out sub-."""
    return name if name.startswith("sub-") else f"sub-{name}"


def _named(subject: str, session: object) -> str:
    """Return a subject, with its session where that is known."""
    return f"{subject} {_as_session(session)}" if isinstance(session, str) else subject


def _key(of_subject: Mapping[str, list[str]], subject: object, session: object) -> str | None:
    """Return the key of an image's row: that of its session, of its subject, or the only one."""
    if not isinstance(subject, str):
        return None
    name = _as_subject(subject)
    keys = of_subject.get(name, [])
    for key in (_named(name, session), name):
        if key in keys:
            return key
    return keys[0] if len(keys) == 1 and not isinstance(session, str) else None


def _as_session(name: str) -> str:
    """Return the name of a session as tables and files may have it: ses-1, 1, 01 are one."""
    label = name.removeprefix("ses-")
    return f"ses-{label.lstrip('0') or '0'}" if label.isdigit() else f"ses-{label}"


def _splits(column: pd.Series, subjects: np.ndarray) -> pd.Series:
    """Return the split of each subject's images."""
    return chosen_splits(column)[0].reindex(subjects).reset_index(drop=True)


def _patient_of(participants: Participants) -> str | None:
    """Return the column that names the patients where none was chosen."""
    return participants.key if participants.choices.patient != NONE else None


def _column(cells: pd.DataFrame, choice: str | None, found: str | None) -> str | None:
    """Return the column that was chosen, else the one that was found, if any."""
    if choice is None:
        return found
    return None if choice == NONE else require_column(cells, choice)
