"""The table of participants that BIDS keeps beside the images."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pandas as pd

from cae.sources.column_roles import (
    find_label_column,
    find_split_column,
    is_identifying,
    split_word,
)
from cae.sources.column_types import infer_type
from cae.sources.csv_table import read_csv_table
from cae.sources.table import text_column

_NAME = "participants.tsv"
_KEY = "participant_id"


@dataclass(frozen=True)
class Participants:
    """A table with one row per participant.

    Attributes:
        file: its path within the folder.
        cells: text, missing where a cell says so, index ``sub-01`` and so on.
        decimal_comma: whether numbers may be written as 3,14.
        problems: file and reason of rows that could not be read.
    """

    file: str
    cells: pd.DataFrame
    decimal_comma: bool
    problems: list[tuple[str, str]]

    def describe(
        self, patients: pd.Series
    ) -> tuple[pd.DataFrame, tuple[str, ...], list[tuple[str, str]]]:
        """Return what is known of each image's patient, what identifies, and who is not known.

        ``split`` and ``label`` are text where a column is recognised as such.
        """
        rows = self.cells.reindex(patients.to_numpy()).reset_index(drop=True)
        split, label = find_split_column(self.cells), find_label_column(self.cells)
        known: dict[str, pd.Series] = {}
        if split is not None:
            words = [None if pd.isna(text) else split_word(text) for text in rows[split]]
            known["split"] = text_column(words)
        if label is not None:
            known["label"] = rows[label].astype("str")
        further = [name for name in rows if name not in (split, label)]
        known |= {name: infer_type(rows[name], self.decimal_comma) for name in further}
        identifying = tuple(
            name for name in further if is_identifying(name) or known[name].dtype.kind == "M"
        )
        strangers = sorted(set(patients.dropna()) - set(self.cells.index))
        problems = [(name, f"{self.file} has no row for it") for name in strangers]
        return pd.DataFrame(known), identifying, [*self.problems, *problems]


def find_participants(folder: Path, files: Sequence[str]) -> Participants | None:
    """Return the table of participants nearest to the top of a folder, None where there is none.

    Raises:
        CaeError: it cannot be read.
    """
    found = [file for file in files if PurePosixPath(file).name.casefold() == _NAME]
    if not found:
        return None
    file = min(found, key=lambda file: (file.count("/"), file))
    table = read_csv_table(folder / file)
    if _KEY not in table.cells:
        return None
    cells = table.cells.dropna(subset=[_KEY])
    names = cells[_KEY].map(lambda name: name if name.startswith("sub-") else f"sub-{name}")
    cells = cells.drop(columns=_KEY).set_index(names)
    problems = [(f"{file}, row {row}", reason) for row, reason in table.problems]
    return Participants(file, cells[~cells.index.duplicated()], table.decimal_comma, problems)
