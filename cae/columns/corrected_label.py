"""The columns that hold labels as people corrected them, and who did so, when and how."""

from collections.abc import Iterable

import pandas as pd

from cae.columns.titles import LABEL

CORRECTED, BY, AT, HOW = "corrected_label", "corrected_by", "corrected_at", "corrected_how"
# What tells of the act, not of the patient, so that nothing is compared or adjusted by it.
RECORDS = frozenset({BY, AT, HOW})
BY_HAND, SUGGESTED = "by hand", "suggested by neighbours"


def name_aside(column: str) -> str:
    """Return the name of a source's column that does not have one of these names."""
    return f"{column} (table)" if column in (CORRECTED, *RECORDS) else column


def follows_suggestions(table: pd.DataFrame) -> bool:
    """Return whether labels of a table were accepted as the images' neighbours suggested them.

    Such a column was made from the images, as clusters are.
    """
    return CORRECTED in table and HOW in table and bool((table[HOW] == SUGGESTED).any())


def with_corrected(columns: Iterable[str], table: pd.DataFrame) -> frozenset[str]:
    """Return columns beside the other one of the source's label and the corrected label.

    Where either says who belongs to a group, or who a patient is, the other says it, too.

    Args:
        columns: names of any.
        table: where it holds no corrected labels, nothing is added.
    """
    named, labels = frozenset(columns), frozenset({LABEL, CORRECTED})
    return named | labels if CORRECTED in table and named & labels else named
