"""Clinical labels: columns of the sample table as classes for contrastive losses."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cae.errors import CaeError

_FEW_VALUES = 10


def clinical_labels(
    table: pd.DataFrame, columns: Sequence[str], train_rows: np.ndarray
) -> np.ndarray:
    """Return each image's class in each of some columns.

    A column of text, of truth values, or of at most ten different numbers has a class per value.
    Any other column of numbers is cut at the quartiles of its training values. Values that
    training has not seen count as missing where classes are values.

    Args:
        table: one row per image.
        columns: names of columns.
        train_rows: rows that values and quartiles are learnt from.

    Returns:
        int64, (N, columns), −1 where the value is missing.

    Raises:
        CaeError: a column is unknown, holds dates, or tells nothing on the training rows.
    """
    for column in columns:
        if column not in table:
            raise CaeError(
                f"There is no column {column!r} in the table; it has {', '.join(table.columns)}."
            )
    found = [_classes(table[column], train_rows) for column in columns]
    return np.stack(found, axis=1) if found else np.empty((len(table), 0), np.int64)


def can_be_clinical(values: pd.Series) -> bool:
    """Whether images can be told to belong together by a column.

    It must be no date, have different values, and these must be numbers that can be binned or,
    as a rule, be had by several images: the ids of images belong to one each, and so do numbers
    that count them.
    """
    if pd.api.types.is_datetime64_any_dtype(values):
        return False
    present, different = values.notna().sum(), values.nunique()
    if different < 2 or (pd.api.types.is_integer_dtype(values) and values.is_unique):
        return False
    return _is_binned(values) or bool(different <= present / 2)


def _is_binned(values: pd.Series) -> bool:
    """Whether a column holds so many numbers that their quantiles are its classes."""
    is_number = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    return bool(is_number and values.nunique() > _FEW_VALUES)


def _classes(values: pd.Series, train_rows: np.ndarray) -> np.ndarray:
    if pd.api.types.is_datetime64_any_dtype(values):
        raise CaeError(
            f"The column {values.name!r} holds dates, which are not classes; add a column such as "
            "the age or the year."
        )
    seen = values.iloc[train_rows].dropna()
    if seen.nunique() < 2:
        what = "is empty" if seen.empty else "has the same value everywhere"
        raise CaeError(
            f"The column {values.name!r} {what} in the split 'train', so it tells nothing; "
            "leave it out."
        )
    if _is_binned(seen):
        return _quartile_bins(values, seen)
    names = pd.Index(sorted(seen.unique(), key=str))
    return np.asarray(names.get_indexer(pd.Index(values)), np.int64)


def _quartile_bins(values: pd.Series, seen: pd.Series) -> np.ndarray:
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    cuts = np.unique(np.quantile(seen.to_numpy(dtype=np.float64), [0.25, 0.5, 0.75]))
    return np.where(np.isnan(numbers), -1, np.searchsorted(cuts, numbers, side="right"))
