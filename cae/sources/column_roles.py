"""Recognise by its name what a column of a table is for."""

import re
from collections.abc import Iterable

import pandas as pd

_SPLIT_NAMES = ("split", "subset", "partition", "set", "dataset", "usage", "phase")
_LABEL_NAMES = (
    "label",
    "labels",
    "class",
    "classname",
    "classlabel",
    "category",
    "target",
    "diagnosis",
    "diagnose",
    "dx",
    "groundtruth",
    "finding",
    "findings",
    "findinglabels",
    "y",
)
_PATIENT_NAMES = (
    "patient",
    "patientid",
    "patid",
    "patientnumber",
    "patientno",
    "subject",
    "subjectid",
    "participant",
    "participantid",
    "person",
    "personid",
    "pid",
    "case",
    "caseid",
    "mrn",
)
_SPLIT_WORDS = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "test": "test",
    "testing": "test",
    "holdout": "test",
}
_IDENTIFYING_WORDS = frozenset(
    {"id", "uid", "guid", "dob", "mrn", "ssn", "zip", "postcode", "date", "mail", "email"}
    | {"phone", "vorname", "initials", "file", "path", "url", "accession"}
)
_IDENTIFYING_PARTS = (
    "patient",
    "subject",
    "participant",
    "person",
    "name",
    "birth",
    "geburt",
    "address",
    "adresse",
    "street",
    "telephone",
    "insurance",
    "medicalrecord",
    "hospital",
)


def split_word(text: str) -> str | None:
    """Return train, val or test for a word that means one of them, else None."""
    return _SPLIT_WORDS.get(text.strip().casefold())


def find_split_column(cells: pd.DataFrame) -> str | None:
    """Return the column that is named like a split and mostly holds the words for splits."""
    for column in _named(cells.columns, _SPLIT_NAMES):
        known = cells[column].dropna()
        if len(known) and known.map(lambda text: split_word(text) is not None).mean() > 0.5:
            return column
    return None


def find_label_column(cells: pd.DataFrame) -> str | None:
    """Return the column that is named like a label; ``label`` itself comes first."""
    return next(_named(cells.columns, _LABEL_NAMES), None)


def find_patient_column(cells: pd.DataFrame) -> str | None:
    """Return the column that is named like the number of a patient."""
    return next(_named(cells.columns, _PATIENT_NAMES), None)


def is_identifying(name: str) -> bool:
    """Whether a column of this name may tell who a patient is; rather once too often."""
    words = re.sub(r"([a-zà-ÿ])([A-Z])", r"\1 \2", name)
    words = re.split(r"[\W_\d]+", words.casefold())
    plain = _plain(name)
    return bool(_IDENTIFYING_WORDS & set(words)) or any(p in plain for p in _IDENTIFYING_PARTS)


def _named(columns: Iterable[str], names: tuple[str, ...]) -> Iterable[str]:
    """Yield the columns that have one of `names`, in the order of `names`."""
    plain = [(column, _plain(column)) for column in columns]
    return (column for name in names for column, text in plain if text == name)


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())
