"""Give the roles of label, patient and split to other columns of a table that was read already."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pandas as pd

from cae.errors import CaeError
from cae.home import free_name
from cae.imageset import RESERVED_COLUMNS, Origin
from cae.number_text import counted
from cae.sources.choices import NONE, Choices
from cae.sources.column_types import infer_type
from cae.sources.description import LAST_FOLD
from cae.sources.identifying import is_identifying, is_identifying_by_form
from cae.sources.kept_in_one_split import kept_in_one_split
from cae.sources.label_column import label_objection
from cae.sources.own_columns import is_own
from cae.sources.patients import named_patients, patient_objection
from cae.sources.split_words import chosen_splits
from cae.sources.splitting import (
    DRAWN,
    drawn_notes,
    drawn_origin,
    fill_splits,
    leaking_patients,
)
from cae.sources.table import as_text, text_column

ROLES = ("label", "patient", "split")
_PLURAL = {"label": "Labels", "patient": "Patients", "split": "Splits"}
_FILE = "file"
_NAMING = ("id", _FILE)
_OBJECTIONS: dict[str, Callable[[pd.Series], str | None]] = {
    "label": label_objection,
    "patient": patient_objection,
}


@dataclass(frozen=True)
class KnownTable:
    """The table of an image set, and what is known of its columns.

    Attributes:
        table: one row per image, index 0…N−1; id, split, label, patient and any other columns.
        origins: where columns came from that are not as the source had them, by name.
        identifying: columns that may tell who a patient is.
    """

    table: pd.DataFrame
    origins: dict[str, Origin]
    identifying: tuple[str, ...]

    def origin(self, column: str) -> Origin:
        """Return where a column came from; by itself it has the source's name."""
        return self.origins.get(column, Origin((column,)))


def role_columns(table: pd.DataFrame, role: str) -> list[str]:
    """Return the columns of a table that a role can be taken from, in their order."""
    return [column for column in _free(table) if _objection(role, table[column]) is None]


def with_roles(known: KnownTable, choices: Choices) -> tuple[KnownTable, list[str]]:
    """Take label, patient and split from other columns, and say what became of the former ones.

    What is taken from a column leaves its former place, as it does at import; what had the role
    before becomes a column of its own, under the name that the source has for it where that is
    free. Splits may be words, folds, or yes and no. Where patients become known whose images lie
    in several splits, a split that was drawn is drawn anew.

    Args:
        known: a table.
        choices: columns by the names that the table or its source has for them, or ``none``; what
            is None stays. ``image`` and ``encoding`` do not matter.

    Returns:
        The table, the same if nothing changes, and sentences.

    Raises:
        CaeError: there is no such column, it cannot have the role, or images of one patient would
            be in several splits.
    """
    given = choices.given()
    wanted = {role: given[role] for role in ROLES if role in given}
    changed, former = known, {}
    for role in wanted:
        changed, former[role] = _released(changed, role)
    released = {name for name in former.values() if name is not None}
    for role in _OBJECTIONS:
        if wanted.get(role, NONE) != NONE:
            changed = _taken(changed, role, wanted[role], released)
    if "split" not in wanted and _needs_new_split(known, changed):
        wanted["split"] = NONE
        changed, former["split"] = _released(changed, "split")
    drawn: list[str] = []
    if "split" in wanted:
        changed, drawn = _split(known, changed, wanted["split"], released)
    return _told(known, changed, former, drawn)


def _free(table: pd.DataFrame) -> list[str]:
    """Return the columns that neither have a role nor name images."""
    return [str(column) for column in table if column not in (*ROLES, *_NAMING)]


def _objection(role: str, values: pd.Series) -> str | None:
    if role in _OBJECTIONS:
        return _OBJECTIONS[role](values)
    try:
        chosen_splits(as_text(values).rename(str(values.name)))
    except CaeError as error:
        return str(error)
    return None


def _released(known: KnownTable, role: str) -> tuple[KnownTable, str | None]:
    """Make what has a role a column of its own, and return its name; None where it is empty.

    The split stays as well, until there is another.
    """
    values = known.table[role]
    if values.isna().all():
        return known, None
    origin = known.origins.get(role, Origin())
    name = origin.columns[0] if len(origin.columns) == 1 else ""
    if not name or is_own(name) or name in known.table:
        name = free_name(f"{role} (former)", lambda name: name in known.table)
    table = known.table.assign(**{name: _typed(values)})
    origins = {column: one for column, one in known.origins.items() if column != role}
    if origin != Origin((name,)):
        origins[name] = origin
    if role != "split":
        table[role] = text_column([None] * len(table))
    identifying = known.identifying
    if role in identifying:
        identifying = (*(one for one in identifying if one != role or role == "patient"), name)
    return KnownTable(table, origins, identifying), name


def _typed(texts: pd.Series) -> pd.Series:
    """Return a column as numbers, dates or truth values, if its texts can be had again of them."""
    typed = infer_type(texts)
    return typed if as_text(typed).equals(texts.astype("str")) else texts


def _found(known: KnownTable, name: str, released: set[str]) -> str:
    """Return the column that a person means: by its name here, or that of the source.

    Raises:
        CaeError: there is none, or it has a role that it is to keep.
    """
    if name.casefold() in _NAMING:
        raise CaeError(f"The column {name!r} names images; choose another column.")
    free = _free(known.table)
    for column in (*(one for one in free if one == name), *free):
        if column.casefold() == name.casefold():
            return column
    if name.casefold() in ROLES:
        raise _held(name, name.casefold())
    for column, origin in known.origins.items():
        if [one.casefold() for one in origin.columns] != [name.casefold()] or column == _FILE:
            continue
        if column in free and (column in released or not origin.how):
            return column
        if column in ROLES:
            raise _held(name, column)
    raise CaeError(f"The study has no column {name!r}; it has {', '.join(map(repr, free[:20]))}.")


def _held(name: str, role: str) -> CaeError:
    return CaeError(
        f"The column {name!r} gives the {_PLURAL[role].casefold()}; choose another column for "
        "these, too, or none."
    )


def _taken(known: KnownTable, role: str, choice: str, released: set[str]) -> KnownTable:
    """Let a column have the role of label or patient, which nothing has."""
    column = _found(known, choice, released)
    values = known.table[column]
    if objection := _OBJECTIONS[role](values):
        raise CaeError(f"The column {column!r} {objection}, so it cannot be the {role}.")
    texts = as_text(values)
    return _moved(known, column, role, named_patients(texts) if role == "patient" else texts)


def _moved(known: KnownTable, column: str, role: str, values: pd.Series) -> KnownTable:
    """Move a column to a role, with where it is from and whether it may tell who a patient is."""
    table = known.table.drop(columns=column).assign(**{role: values})
    origins = {name: one for name, one in known.origins.items() if name not in (column, role)}
    if (origin := known.origin(column)) != Origin():
        origins[role] = origin
    identifying = [role if name == column else name for name in known.identifying]
    return KnownTable(table, origins, tuple(dict.fromkeys(identifying)))


def _needs_new_split(before: KnownTable, known: KnownTable) -> bool:
    """Whether patients who were not known before have images in several splits that were drawn.

    Raises:
        CaeError: they have, but the splits were given.
    """
    patients = known.table["patient"]
    if patients.equals(before.table["patient"]):
        return False
    leaking = leaking_patients(known.table["split"], patients)
    if leaking and before.origins.get("split") != Origin(how=DRAWN):
        raise _torn(leaking)
    return bool(leaking)


def _torn(leaking: dict[str, list[str]]) -> CaeError:
    patient, splits = next(iter(leaking.items()))
    return CaeError(
        f"Images of {counted(len(leaking), 'patient')}, such as {patient!r}, would be in several "
        f"splits ({', '.join(splits)}); choose none as the split, too, and one is drawn by patient."
    )


def _split(
    before: KnownTable, known: KnownTable, choice: str, released: set[str]
) -> tuple[KnownTable, list[str]]:
    """Return the table with the split that is wanted, and what had to be drawn of it."""
    column, origin = None, None
    given = text_column([None] * len(known.table))
    if choice != NONE:
        column = _found(known, choice, released)
        given, kind = chosen_splits(as_text(known.table[column]).rename(column))
        hows = {"flags": "which says yes or no", "folds": LAST_FOLD}
        origin = known.origin(column)
        origin = replace(origin, how=origin.how or hows.get(kind, ""))
    groups, said = kept_in_one_split(known.table)
    splits = fill_splits(given, groups)
    if not (splits == "train").any():
        raise CaeError(f"The column {column!r} leaves no image to train on; choose another.")
    leaking = leaking_patients(splits, known.table["patient"])
    # What the source itself tears apart was said at import.
    is_as_imported = all(
        values.equals(before.table[role])
        for role, values in (("split", splits), ("patient", known.table["patient"]))
    )
    if leaking and not is_as_imported:
        raise _torn(leaking)
    if column is not None and as_text(known.table[column]).equals(splits):
        known = _moved(known, column, "split", splits)
    table = known.table.assign(split=splits)
    origins = {name: one for name, one in known.origins.items() if name != "split"}
    if found := drawn_origin(given, origin):
        origins["split"] = found
    drawn = drawn_notes(given, Choices(split=choice))
    return replace(known, table=table, origins=origins), [*said * bool(drawn), *drawn]


def _is_unchanged(before: KnownTable, now: KnownTable, role: str) -> bool:
    is_same = now.origins.get(role) == before.origins.get(role)
    return is_same and bool(now.table[role].equals(before.table[role]))


def _told(
    before: KnownTable, now: KnownTable, former: dict[str, str | None], drawn: list[str]
) -> tuple[KnownTable, list[str]]:
    """Return the table without copies of what did not change, and sentences on what did."""
    changed = [role for role in ROLES if not _is_unchanged(before, now, role)]
    if not changed:
        return before, []
    copies = [name for role, name in former.items() if role not in changed and name in now.table]
    now = KnownTable(
        now.table.drop(columns=copies),
        {name: origin for name, origin in now.origins.items() if name not in copies},
        tuple(name for name in now.identifying if name not in copies),
    )
    notes = []
    for role in changed:
        kept = former.get(role)
        where = f"; the former ones are in the column {kept!r}" if kept in now.table else ""
        origin = now.origins.get(role)
        absent = "unknown" if now.table[role].isna().all() else "the source's own"
        said = f"are from {origin}" if origin and origin.columns else f"are {origin or absent}"
        notes.append(f"{_PLURAL[role]} {said} now{where}.")
    return _with_identifying(before, now), notes + drawn * ("split" in changed)


def _with_identifying(before: KnownTable, now: KnownTable) -> KnownTable:
    """Add columns that are new, or that number patients who are new, and so may identify them."""
    patients = now.table["patient"]
    has_same_patients = patients.equals(before.table["patient"])
    asked = [
        str(column)
        for column in now.table
        if column not in (*RESERVED_COLUMNS, *now.identifying)
        and not (has_same_patients and column in before.table)
    ]
    found = [
        column
        for column in asked
        if (column not in before.table and is_identifying(column))
        or is_identifying_by_form(as_text(now.table[column]), patients)
    ]
    return replace(now, identifying=(*now.identifying, *found))
