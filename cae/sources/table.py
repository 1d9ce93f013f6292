"""The columns that the table of every image set has."""

from collections.abc import Iterable, Sequence

import pandas as pd


def text_column(values: Iterable[str | None]) -> pd.Series:
    """Return `values` as a column of text in which None is missing."""
    return pd.Series(list(values), dtype="str")


def base_table(
    ids: Sequence[str] | pd.Series,
    splits: Sequence[str] | pd.Series,
    labels: Sequence[str | None] | pd.Series | None = None,
    patients: Sequence[str | None] | pd.Series | None = None,
) -> pd.DataFrame:
    """Return a table with id, split, label and patient; what is not given is missing."""
    unknown = [None] * len(ids)
    return pd.DataFrame(
        {
            "id": text_column(ids),
            "split": text_column(splits),
            "label": text_column(unknown if labels is None else labels),
            "patient": text_column(unknown if patients is None else patients),
        }
    )


def as_text(values: pd.Series) -> pd.Series:
    """Return values as text; whole numbers without decimals, truth values as true and false."""
    if pd.api.types.is_bool_dtype(values):
        return values.map({True: "true", False: "false"}).astype("str")
    if pd.api.types.is_float_dtype(values):
        return text_column([None if pd.isna(value) else f"{value:.15g}" for value in values])
    return text_column([None if pd.isna(value) else str(value) for value in values])
