"""Find out what kind of values a column of text holds."""

import re

import numpy as np
import pandas as pd

_WHOLE = re.compile(r"[+-]?(0|[1-9]\d{0,17})")
_NUMBER = re.compile(r"[+-]?(0|[1-9]\d*|(?=\.))(\.\d*)?([eE][+-]?\d{1,3})?")
_NUMBER_COMMA = re.compile(r"[+-]?(0|[1-9]\d*)?(,\d+)?")
_TRUTHS = {"true": True, "yes": True, "false": False, "no": False}
_DATE_FORMATS = (
    "%Y-%m-%d",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y/%m/%d",
    "%d.%m.%Y",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
)
_SLASHED_FORMATS = ("%d/%m/%Y", "%m/%d/%Y")


def infer_type(texts: pd.Series, decimal_comma: bool = False) -> pd.Series:
    """Return a column of text as whole numbers, numbers, booleans, dates, or text as it is.

    A type is taken only when every value that is not missing has it; missing stays missing.
    Numbers with leading zeros, such as 007, are codes and stay text. Dates like 03/04/2020 stay
    text unless some value tells day from month.

    Args:
        texts: text with missing values.
        decimal_comma: read 3,14 as a number.
    """
    known = texts.dropna()
    if known.empty:
        return texts
    unique = pd.Series(known.unique())
    for convert in (_whole_numbers, _numbers_comma if decimal_comma else _numbers, _truths, _dates):
        values = convert(unique)
        if values is not None:
            return _mapped(texts, dict(zip(unique, values, strict=True)), values.dtype)
    return texts


def _mapped(texts: pd.Series, values: dict, dtype: np.dtype) -> pd.Series:
    """Replace every text by its value, with a type that can hold missing values where needed."""
    missing = texts.isna().any()
    if missing and dtype.kind in "ib":
        dtype = {"i": pd.Int64Dtype(), "b": pd.BooleanDtype()}[dtype.kind]
    converted = [values.get(text) for text in texts]
    return pd.Series(converted, index=texts.index, dtype=dtype)


def _whole_numbers(unique: pd.Series) -> pd.Series | None:
    if not unique.map(lambda text: bool(_WHOLE.fullmatch(text))).all():
        return None
    return unique.astype(np.int64)


def _numbers(unique: pd.Series) -> pd.Series | None:
    if not unique.map(lambda text: bool(_NUMBER.fullmatch(text)) and _has_digit(text)).all():
        return None
    return _finite(unique.astype(np.float64))


def _numbers_comma(unique: pd.Series) -> pd.Series | None:
    if not unique.map(lambda text: bool(_NUMBER_COMMA.fullmatch(text)) and _has_digit(text)).all():
        return _numbers(unique)
    return unique.str.replace(",", ".").astype(np.float64)


def _has_digit(text: str) -> bool:
    return any(character.isdigit() for character in text)


def _finite(values: pd.Series) -> pd.Series | None:
    return values if np.isfinite(values).all() else None


def _truths(unique: pd.Series) -> pd.Series | None:
    lower = unique.str.casefold()
    return lower.map(_TRUTHS).astype(bool) if lower.isin(_TRUTHS).all() else None


def _dates(unique: pd.Series) -> pd.Series | None:
    for date_format in _DATE_FORMATS:
        dates = _read_dates(unique, date_format)
        if dates is not None:
            return dates
    readings = [_read_dates(unique, date_format) for date_format in _SLASHED_FORMATS]
    readable = [dates for dates in readings if dates is not None]
    return readable[0] if len(readable) == 1 else None


def _read_dates(unique: pd.Series, date_format: str) -> pd.Series | None:
    dates = pd.to_datetime(unique, format=date_format, errors="coerce")
    return None if dates.isna().any() else dates
