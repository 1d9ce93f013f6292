"""The table of a DICOM set, from what is known of each frame."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from cae.sources.dicom.facts import FREE_TEXTS, TEXTS

DAYS, STUDY = "days_since_first", "study"
_ORDER = ("patient", "file", STUDY, "series", "instance", "frame", "stack", DAYS)
_TEXTS = frozenset({*TEXTS, "patient", "study", "series", "instance", "plane", "laterality"})
_WHOLE = frozenset({"frame", "rows", "columns"})


def dicom_columns(
    rows: Sequence[dict[str, Any]], files: Sequence[str]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the columns of a set and which of them may tell who a patient is.

    Columns in which nothing is known are left out, and so are ``frame`` and ``stack`` where they
    tell nothing apart: a stack is what of a series has one orientation.

    Args:
        rows: what `cae.sources.dicom.facts.describe` returns, with the ``frame``.
        files: path of the file of each row.
    """
    table = pd.DataFrame(
        {name: _column(name, [row[name] for row in rows]) for name in rows[0]},
    )
    table["file"] = pd.Series(files, dtype="str")
    table["stack"] = _stacks(table["series"], table.pop("orientation"))
    table[DAYS] = relative_days(table.pop("day"), table["patient"])
    telling = [
        name
        for name in table
        if table[name].notna().any() and not (name in ("frame", "stack") and _is_one(table[name]))
    ]
    ordered = [name for name in _ORDER if name in telling or name == "patient"]
    further = [name for name in telling if name not in ordered]
    identifying = ("file", *(name for name in FREE_TEXTS if name in further))
    return table[[*ordered, *further]], identifying


def relative_days(days: pd.Series, patients: pd.Series) -> pd.Series:
    """Return for each image the days since its patient's first study; missing where unknown."""
    return (days - days.groupby(patients).transform("min")).astype("Int64")


def continued_days(known: pd.DataFrame, new: pd.DataFrame) -> pd.Series:
    """Return the days of `new` counted from the first study that `known` has of each patient.

    Both count from the first study that they hold themselves. What they differ by is told by a
    study that both hold; missing where a patient is known and no study is in both.

    Args:
        known: columns patient, study and days_since_first of the images that there are.
        new: the same of others.
    """
    first = known.dropna(subset=["patient", STUDY, DAYS]).groupby(["patient", STUDY])[DAYS].first()
    places = pd.MultiIndex.from_frame(new[["patient", STUDY]])
    later = first.reindex(places).set_axis(new.index).astype("Int64") - new[DAYS].astype("Int64")
    shift = later.groupby(new["patient"]).transform("first")
    is_known = new["patient"].isin(known["patient"].dropna())
    return (new[DAYS].astype("Int64") + shift).where(is_known, new[DAYS].astype("Int64"))


def _column(name: str, values: list[Any]) -> pd.Series:
    if name in _TEXTS or name == "orientation":
        return pd.Series(values, dtype="str")
    return pd.Series(values, dtype="int64" if name in _WHOLE else "float64")


def _stacks(series: pd.Series, orientations: pd.Series) -> pd.Series:
    """Return the number of each image's orientation within its series, 1 where none is known."""
    known = pd.DataFrame({"series": series.fillna(""), "orientation": orientations.fillna("")})
    return known.groupby("series")["orientation"].transform(lambda o: pd.factorize(o)[0] + 1)


def _is_one(values: pd.Series) -> bool:
    return bool((values == 1).all())
