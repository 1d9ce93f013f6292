"""Find out what kind of values a column of text holds."""

import re
from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd

from cae.sources.dates import read_dates
from cae.sources.durations import names_age, read_durations
from cae.sources.text_table import NOTHING

_WHOLE = re.compile(r"[+-]?(0|[1-9]\d{0,17})", re.ASCII)
_LONG_WHOLE = re.compile(r"[+-]?[1-9]\d{18,}", re.ASCII)
# More than 18 digits without a point are a code.
_NUMBER = re.compile(
    r"(?![+-]?\d{19,}$)[+-]?(0|[1-9]\d*|(?=\.\d))(\.\d*)?([eE][+-]?\d{1,3})?", re.ASCII
)
_NUMBER_COMMA = re.compile(r"[+-]?(0|[1-9]\d*|(?=,\d))(,\d+)?", re.ASCII)
_THOUSANDS = r"[+-]?[1-9]\d{{0,2}}(?:[{marks}]\d{{3}})+(?:{decimal}\d+)?"
_SPACES = " '’\u00a0\u202f"
_THOUSANDS_POINT = re.compile(_THOUSANDS.format(marks="," + _SPACES, decimal=r"\."), re.ASCII)
_THOUSANDS_COMMA = re.compile(_THOUSANDS.format(marks="." + _SPACES, decimal=","), re.ASCII)
_CODE = re.compile(r"[+-]?0\d+", re.ASCII)
_Reading = Callable[[pd.Series], pd.Series | None]
_TRUTHS = {"true": True, "yes": True, "false": False, "no": False}
_NO_VALUES = frozenset(
    {"?", "-", "--", "—", ".", "..", "x", "n/k", "nk", "unknown", "unk", "missing", "not available"}
    | {"not known", "unbekannt", "k.a.", "keine angabe", "inconnu", "desconocido", "ignoto"}
    | NOTHING
)
# One value of a hundred may be mistyped, in a small table a single one.
_MOST_BAD = 0.01
_LEAST_GOOD_PER_BAD = 4


def infer_type(texts: pd.Series, decimal_comma: bool = False) -> pd.Series:
    """Return a column of text as whole numbers, numbers, booleans, dates, or text as it is.

    A type is taken when the values that are not missing have it. Marks such as ``?`` and a
    mistyped value or two (at most 1 %, or one where there are fewer) do not turn numbers and dates
    into text; they are missing then, see `unread_values`. Numbers with leading zeros, such as 007,
    and whole numbers of more than 18 digits are codes and stay text. Durations such as 30 days
    become numbers of their unit, ages such as 058Y and 006M years, see `duration_notes`. Dates
    like 03/04/2020 stay text unless some value tells day from month.

    Args:
        texts: text with missing values, and a name if it is a column's.
        decimal_comma: read 3,14 as a number and 1.234,5 as 1234.5, else 1,234.5.
    """
    counts = texts.value_counts()
    if counts.empty:
        return texts
    unique = pd.Series(counts.index, dtype="str")
    rows = counts.to_numpy()
    best, most = None, 0
    readings: list[_Reading] = [read_dates, _whole_numbers, *_number_readings(decimal_comma)]
    readings += [_truths, partial(read_durations, is_age=names_age(str(texts.name)))]
    for convert in readings:
        values = convert(unique)
        read = 0 if values is None else rows[values.notna()].sum()
        if read > most:
            best, most = values, read
        if most == rows.sum():
            break
    if best is None or not _is_enough(unique, rows, best.notna().to_numpy()):
        return texts
    return _mapped(texts, unique, best)


def unread_values(texts: pd.Series, values: pd.Series) -> list[str]:
    """Return the texts that `infer_type` could not read as what the others of a column are."""
    return texts[texts.notna() & values.isna()].drop_duplicates().tolist()


def _is_enough(unique: pd.Series, rows: np.ndarray, is_read: np.ndarray) -> bool:
    """Whether the texts that are read speak for all of a column.

    Args:
        unique: the texts, (K,).
        rows: how often each occurs, (K,).
        is_read: whether it could be read, (K,).
    """
    bad = unique[~is_read]
    if bad.map(_is_code).any():
        return False
    is_mark = bad.str.casefold().isin(_NO_VALUES).to_numpy()
    good_rows, bad_rows = rows[is_read].sum(), rows[~is_read][~is_mark].sum()
    most = max(1, _MOST_BAD * (good_rows + bad_rows))
    return bool(bad_rows <= most and good_rows >= _LEAST_GOOD_PER_BAD * bad_rows)


def _is_code(text: str) -> bool:
    """Whether a text that is no number has digits that mean something: 007, 12345A, 20 digits."""
    is_mixed = sum(map(str.isdigit, text)) >= 4 and any(map(str.isalpha, text))
    return is_mixed or bool(_CODE.fullmatch(text) or _LONG_WHOLE.fullmatch(text))


def _mapped(texts: pd.Series, unique: pd.Series, values: pd.Series) -> pd.Series:
    """Replace every text by its value, with a type that can hold missing values where needed."""
    places = pd.Index(unique).get_indexer(texts)
    is_missing = (places < 0) | values.isna().to_numpy()[places]
    if not is_missing.any() and isinstance(values.dtype, pd.Int64Dtype):
        values = values.dropna().astype(np.int64)
    if is_missing.any() and values.dtype == bool:
        values = values.astype(pd.BooleanDtype())
    converted = values.reindex(np.where(is_missing, -1, places)).set_axis(texts.index)
    converted.name = texts.name
    return converted


def _whole_numbers(unique: pd.Series) -> pd.Series | None:
    return _read(unique, _WHOLE, int, "Int64")


def _number_readings(decimal_comma: bool) -> tuple[_Reading, ...]:
    with_point = (_numbers, _thousands_point)
    with_comma = (_numbers_comma, _thousands_comma)
    if decimal_comma:
        return _numbers, *with_comma, _thousands_point
    return *with_point, _thousands_comma_certain


def _numbers(unique: pd.Series) -> pd.Series | None:
    return _read(unique, _NUMBER, float, "float64")


def _numbers_comma(unique: pd.Series) -> pd.Series | None:
    return _read(unique, _NUMBER_COMMA, lambda text: float(text.replace(",", ".")), "float64")


def _thousands_point(unique: pd.Series) -> pd.Series | None:
    return _thousands(unique, _THOUSANDS_POINT, _NUMBER, ".")


def _thousands_comma(unique: pd.Series) -> pd.Series | None:
    return _thousands(unique, _THOUSANDS_COMMA, _NUMBER_COMMA, ",")


def _thousands_comma_certain(unique: pd.Series) -> pd.Series | None:
    """Read 1.234,5 also where commas are not known to stand before decimals."""
    is_certain = unique.str.contains(r"\.\d{3},\d|\.\d{3}\.\d{3}").any()
    return _thousands_comma(unique) if is_certain else None


def _thousands(
    unique: pd.Series, with_marks: re.Pattern[str], without: re.Pattern[str], decimal: str
) -> pd.Series | None:
    """Read numbers with marks between thousands; whole ones stay whole."""
    pattern = re.compile(f"(?:{with_marks.pattern})|(?:{without.pattern})", re.ASCII)

    def number(text: str) -> float:
        return float(re.sub(rf"[^\d{decimal}eE+-]", "", text).replace(",", "."))

    values = _read(unique, pattern, number, "float64")
    if values is None:
        return None
    known = values.dropna()
    is_whole = not unique.str.contains(decimal, regex=False).any() and known.abs().lt(2**53).all()
    return values.astype("Int64") if is_whole else values


def _read(
    unique: pd.Series, pattern: re.Pattern[str], value: Callable[[str], float], dtype: str
) -> pd.Series | None:
    """Return the values of the texts that `pattern` fits, None where it fits none."""
    found = [value(text) if pattern.fullmatch(text) else None for text in unique]
    if all(one is None for one in found):
        return None
    values = pd.Series(found, index=unique.index, dtype=dtype)
    return values if dtype == "Int64" else values.where(np.isfinite(values))


def _truths(unique: pd.Series) -> pd.Series | None:
    lower = unique.str.casefold()
    return lower.map(_TRUTHS).astype(bool) if lower.isin(_TRUTHS).all() else None
