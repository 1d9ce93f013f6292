"""Ages and other durations that are written with their unit."""

import re

import numpy as np
import pandas as pd

from cae.sources.vocabulary import joined, words, words_in

_AGE_WORDS = words("age ages alter edad eta idade leeftijd")
# Names without signs between their words, such as ageatscan and patientenalter.
_AGE_NAME = re.compile(
    r"(?:.{4,}alter|(?:patients?|subjects?|donor|current|scan)?age"
    r"(?:in|at|of|y|yrs?|years?|mo|months?|days?|dx|scan|diagnosis|death|visit|baseline|bl|onset"
    r"|imaging|exam|study|inclusion|enrollment)*\d*)"
)
_WORDED = re.compile(
    r"(?P<number>\d+(?:\.\d+)?)\s?(?P<unit>y|yr|yrs|years?|years? old|months?|mos?|weeks?|days?"
    r"|j|jahre?|monate?|wochen?|tage?|ans?|mois|años?|meses|anni|mesi)\.?",
    re.ASCII | re.IGNORECASE,
)
# As DICOM has ages; elsewhere such texts are codes.
_CODED = re.compile(r"(?P<number>\d{3})(?P<unit>[DWMY])", re.ASCII)
_PLAIN = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
_UNITS = {"y": "years", "j": "years", "a": "years", "m": "months", "w": "weeks"}
_UNITS |= {"d": "days", "t": "days"}
_YEARS = {"years": 1.0, "months": 1 / 12, "weeks": 7 / 365.25, "days": 1 / 365.25}


def names_age(column: str) -> bool:
    """Whether a column is called like an age."""
    return bool(_AGE_WORDS.intersection(words_in(column)) or _AGE_NAME.fullmatch(joined(column)))


def per_year(column: str) -> float:
    """Return how many of the unit that the name of a column of ages tells are a year; 1 if none."""
    name = joined(column)
    units = {
        "months": r"month|monat|mois|meses|mesi|mo$",
        "weeks": r"week|woche",
        "days": r"day|tage",
    }
    unit = next((unit for unit, words in units.items() if re.search(words, name)), "years")
    return 1 / _YEARS[unit]


def read_durations(unique: pd.Series, is_age: bool) -> pd.Series | None:
    """Return texts such as 6 months and 30 days as numbers, None where there are none.

    Plain numbers among them have their unit.

    Args:
        unique: different texts.
        is_age: in years, whatever their units, also 058Y; else they need one unit, in which they
            stay.
    """
    matches = [_match(text, is_age) for text in unique]
    units = {_unit(match) for match in matches if match}
    if not units or (len(units) > 1 and not is_age):
        return None
    factors = _YEARS if is_age else dict.fromkeys(_YEARS, 1.0)
    numbers = [_number(text, match, factors) for text, match in zip(unique, matches, strict=True)]
    values = pd.Series(numbers, index=unique.index, dtype="float64")
    return values.astype("Int64") if (values.dropna() % 1 == 0).all() else values


def duration_notes(texts: pd.Series, values: pd.Series) -> list[str]:
    """Return a sentence on the unit of a column that was read by `read_durations`, else none.

    Args:
        texts: the column; its name is its title.
        values: what was made of it.
    """
    if not pd.api.types.is_numeric_dtype(values):
        return []
    is_age = names_age(str(texts.name))
    matches = {text: _match(text, is_age) for text in texts.dropna().unique()}
    found = {text: match for text, match in matches.items() if match}
    if not found:
        return []
    first = next(iter(found))
    unit = "years" if is_age else _unit(found[first])
    return [f"The numbers of {texts.name!r} are {unit}; it says {first!r}."]


def _match(text: str, is_age: bool) -> re.Match[str] | None:
    return _WORDED.fullmatch(text) or (_CODED.fullmatch(text) if is_age else None)


def _unit(match: re.Match[str]) -> str:
    return _UNITS[match["unit"][0].casefold()]


def _number(text: str, match: re.Match[str] | None, factors: dict[str, float]) -> float:
    if match is None:
        return float(text) if _PLAIN.fullmatch(text) else np.nan
    return float(match["number"]) * factors[_unit(match)]
