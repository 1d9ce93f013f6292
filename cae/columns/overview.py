"""What the columns of a table mean, where they came from and what they hold."""

from collections.abc import Collection, Mapping

import pandas as pd

from cae.imageset import Origin
from cae.number_text import percent_text

_EXAMPLES, _LONGEST = 3, 40
_MEANINGS = {
    "id": "names the image",
    "split": "train, val or test",
    "label": "class of the image",
    "patient": "whose image it is",
    "file": "the image's file",
}


def overview(
    table: pd.DataFrame, origins: Mapping[str, Origin], identifying: Collection[str]
) -> pd.DataFrame:
    """Return one row per column of `table`: what it is, in words.

    Args:
        table: one row per image.
        origins: where columns came from that are not as the source had them, by name.
        identifying: columns that may tell who a patient is.

    Returns:
        Text columns ``column``, ``meaning``, ``from``, ``kind``, ``filled``, ``examples`` and
        ``identifying``, and ``different``, the number of different values.
    """
    return pd.DataFrame(
        {
            "column": list(table),
            "meaning": [_MEANINGS.get(str(name), "") for name in table],
            "from": [str(origins.get(str(name), "")) for name in table],
            "kind": [_kind(table[name]) for name in table],
            "filled": [percent_text(table[name].notna().mean()) for name in table],
            "different": [int(table[name].nunique()) for name in table],
            "examples": [_examples(table[name]) for name in table],
            "identifying": ["yes" if name in identifying else "" for name in table],
        }
    )


def _kind(values: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(values):
        return "yes or no"
    if pd.api.types.is_numeric_dtype(values):
        return "number"
    if pd.api.types.is_datetime64_any_dtype(values):
        return "date"
    return "text"


def _examples(values: pd.Series) -> str:
    return ", ".join(str(value)[:_LONGEST] for value in values.dropna().unique()[:_EXAMPLES])
