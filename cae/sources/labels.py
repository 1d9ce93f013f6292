"""Turn arrays of labels into columns of a table."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cae.imageset import RESERVED_COLUMNS
from cae.sources.table import text_column


def label_columns(labels: np.ndarray, names: Sequence[str]) -> dict[str, pd.Series]:
    """Return the columns that describe an array of labels.

    Args:
        labels: (N,) or (N, 1), one class per image as a number or text; or (N, K), one number
            per image and label. Rows that all hold a single one count as one class per image.
        names: names of the classes or labels in the order of their numbers; may be too few.

    Returns:
        ``label`` with the class's name, ``value`` where numbers are no whole numbers, or one
        column per label, boolean where it holds nothing but 0 and 1.
    """
    labels = labels.reshape(len(labels), -1)
    if labels.shape[1] == 1:
        return _one_class(labels[:, 0], names)
    if labels.dtype.kind in "buif" and _is_one_hot(labels):
        return _one_class(labels.argmax(axis=1), names)
    return _many_labels(labels, names)


def _is_one_hot(labels: np.ndarray) -> bool:
    return bool(np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all())


def _one_class(labels: np.ndarray, names: Sequence[str]) -> dict[str, pd.Series]:
    if labels.dtype.kind == "S":
        labels = np.char.decode(labels, "utf-8", "replace")
    if labels.dtype.kind == "f":
        known = np.isfinite(labels)
        if (labels[known] % 1 != 0).any():
            return {"value": pd.Series(labels.astype(np.float64)).where(known)}
        numbers = np.where(known, labels, 0).astype(np.int64)
        texts = _class_names(numbers, names)
        texts[~known] = None
        return {"label": text_column(texts)}
    if labels.dtype.kind in "bui":
        return {"label": text_column(_class_names(labels.astype(np.int64), names))}
    return {"label": text_column([str(text) or None for text in labels])}


def _class_names(numbers: np.ndarray, names: Sequence[str]) -> np.ndarray:
    unique, inverse = np.unique(numbers, return_inverse=True)
    texts = [names[n] if 0 <= n < len(names) else str(n) for n in unique.tolist()]
    return np.array(texts, dtype=object)[inverse]


def _many_labels(labels: np.ndarray, names: Sequence[str]) -> dict[str, pd.Series]:
    columns: dict[str, pd.Series] = {}
    for index, values in enumerate(labels.T):
        name = names[index] if index < len(names) else f"label_{index}"
        if name in columns or name in RESERVED_COLUMNS:
            name = f"{name}_{index}"
        if values.dtype.kind in "SU":
            columns[name] = text_column(values.astype(str))
        else:
            binary = np.isin(values, (0, 1)).all()
            columns[name] = pd.Series(values.astype(bool) if binary else values)
    return columns
