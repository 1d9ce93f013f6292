"""Recognise and read dates in the forms that tables hold them."""

import re

import numpy as np
import pandas as pd

_TIME = r"[T\s]+\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s*[AaPp][Mm])?"
_ZONE = r"\s*(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})"
_AFTER = re.compile(rf"(?:(?P<clock>{_TIME})(?:{_ZONE})?)?$")
_YEAR = r"(?:18|19|20)\d{2}"
_MONTH, _DAY = r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
_MONTH_NAME = r"[^\W\d_]{3,10}\.?"
_COMPACT = re.compile(rf"{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d{{6}}(?:\.\d+)?)?")
_DATE = (
    rf"{_YEAR}(?P<s>[-/.]){_MONTH}(?P=s){_DAY}",
    rf"{_DAY}(?P<t>[-/.]){_MONTH}(?P=t)(?:{_YEAR}|\d{{2}})",
    rf"{_MONTH}(?P<u>[-/.]){_DAY}(?P=u)(?:{_YEAR}|\d{{2}})",
    rf"{_DAY}\.?[-\s/.]+{_MONTH_NAME}[-\s/.,]+(?:{_YEAR}|\d{{2}})",
    rf"{_MONTH_NAME}[-\s/.]+{_DAY},?[-\s/]+{_YEAR}",
    rf"{_YEAR}[-\s/]{_MONTH_NAME}[-\s/]{_DAY}",
)
_LOOKS_LIKE = re.compile(rf"(?:{'|'.join(_DATE)})(?:{_TIME}(?:{_ZONE})?)?|{_COMPACT.pattern}")
_FORMATS = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%d.%m.%Y",
    "%d-%b-%Y",
    "%d %b %Y",
    "%d %B %Y",
    "%d-%B-%Y",
    "%b %d, %Y",
    "%B %d, %Y",
)
# Only some value with a number above 12 tells day from month.
_AMBIGUOUS_FORMATS = ("%d/%m/%Y", "%m/%d/%Y"), ("%d-%m-%Y", "%m-%d-%Y")
_TIME_FORMATS = ("", "%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p")


def looks_like_date(text: str) -> bool:
    """Whether a text is a date in any form, also one that leaves day and month open."""
    return bool(_LOOKS_LIKE.fullmatch(text))


def read_dates(texts: pd.Series) -> pd.Series | None:
    """Return dates for unique texts, missing where one is none; None where no form fits any.

    Forms are ISO 8601 with or without time and zone (which is left aside, so that a date stays
    what was written), day and month in numbers or English, and 20200131 as DICOM writes it. What
    leaves day and month open in every text, such as 03/04/2020, is not read.

    Args:
        texts: text without missing values.
    """
    if not texts.map(looks_like_date).any():
        return None
    if texts.map(lambda text: bool(_COMPACT.fullmatch(text))).any():
        return _compact(texts).astype("datetime64[us]")
    parts = [_day_and_clock(text) for text in texts]
    days = pd.Series([day for day, _ in parts], index=texts.index)
    clocks = pd.Series([clock for _, clock in parts], index=texts.index)
    dates = _read_days(days)
    if dates is None:
        return None
    return (dates + _read_times(clocks.str.strip(" T"))).astype("datetime64[us]")


def _day_and_clock(text: str) -> tuple[str, str]:
    """Return what stands before the time of day, and this; it is empty where there is none."""
    after = _AFTER.search(text)
    return (text, "") if after is None else (text[: after.start()], after["clock"] or "")


def _compact(texts: pd.Series) -> pd.Series:
    whole = texts.where(texts.map(lambda text: bool(_COMPACT.fullmatch(text))))
    dates = pd.to_datetime(whole.str[:8], format="%Y%m%d", errors="coerce")
    return dates + pd.to_timedelta(
        whole.str[8:].map(lambda clock: _seconds(clock) if isinstance(clock, str) else np.nan),
        unit="s",
    )


def _seconds(clock: str) -> float:
    if not clock:
        return 0.0
    return int(clock[:2]) * 3600 + int(clock[2:4]) * 60 + float(clock[4:])


def _read_days(texts: pd.Series) -> pd.Series | None:
    """Read days by the form that fits most texts."""
    readings = [pd.to_datetime(texts, format=form, errors="coerce") for form in _FORMATS]
    for forms in _AMBIGUOUS_FORMATS:
        both = [pd.to_datetime(texts, format=form, errors="coerce") for form in forms]
        fits = [dates.notna().sum() for dates in both]
        if fits[0] != fits[1]:
            readings.append(both[int(np.argmax(fits))])
    best = max(readings, key=lambda dates: dates.notna().sum())
    return best if best.notna().any() else None


def _read_times(clocks: pd.Series) -> pd.Series:
    """Return times of day as durations, none where there is no time."""
    times = pd.Series(pd.Timedelta(0), index=clocks.index)
    for form in _TIME_FORMATS[1:]:
        read = pd.to_datetime(clocks.str.replace(",", "."), format=form, errors="coerce")
        times = times.where(read.isna(), read - read.dt.normalize())
    return times
