"""When an event occurred to each patient, or until when it had not."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cae.cohorts.event_words import MOST_VALUES, EventWords, event_words
from cae.cohorts.material import Material
from cae.cohorts.remark import Remark
from cae.cohorts.suppression import told_count
from cae.cohorts.units import IMAGE, PATIENT, Units
from cae.cohorts.variables import as_numbers
from cae.errors import CaeError

_NEVER = frozenset({"id", "patient", "split"})
_OUTCOMES = r"\b(os|pfs|dfs|rfs|efs|dss|ttp|pfi|dfi)\b"
_LIKE_TIMES = re.compile(
    rf"surviv|follow ?up|\btime\b|\bduration\b|{_OUTCOMES}|"
    r"\b(days|weeks|months|years)? ?to (event|death|last|relapse|recurrence|progression)|"
    r"^(days|weeks|months|years)$"
)
_LIKE_EVENTS = re.compile(
    rf"event|\bstatus\b|dead|death|\bdied\b|deceased|vital|alive|censor|relaps|recurr|progress|"
    rf"mortality|{_OUTCOMES}"
)


@dataclass(frozen=True)
class Offered:
    """Columns that could be meant; which is, only a person can say.

    Attributes:
        likely: by their names, in the table's order.
        others: those that hold such values, too.
    """

    likely: tuple[str, ...]
    others: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Outcome:
    """Time and event of each unit.

    Attributes:
        time: float64 (U,), in the column's unit; NaN where time or event is unknown.
        event: bool (U,), whether it occurred at that time; else the unit was last seen then.
        words: how the event's column was read.
        unit: patient or image.
        negative: images whose time is below 0, which is left out.
        torn: patients whose images tell different times or events.
        unknown: units without time or event.
    """

    time: np.ndarray
    event: np.ndarray
    words: EventWords
    unit: str
    negative: int
    torn: int
    unknown: int

    @property
    def is_known(self) -> np.ndarray:
        """Which units have a time and an event, bool (U,)."""
        known: np.ndarray = ~np.isnan(self.time)
        return known

    def remarks(self, least: int = 0) -> tuple[Remark, ...]:
        """Return what was counted and left out, as sentences that hide counts below `least`."""
        told = [self.words.sentence]
        if self.negative:
            have = "has" if max(self.negative, least) == 1 else "have"
            some = told_count(self.negative, IMAGE, least)
            told.append(f"{some} {have} a time below 0, which is left out.")
        if self.unit == PATIENT:
            told.append(
                "Several images of a patient count once: by the longest time that they tell, and "
                "the event then."
            )
        if self.torn:
            some = told_count(self.torn, PATIENT, least)
            told.append(f"Of {some} the images tell different times or events.")
        if self.unknown:
            are = "is" if max(self.unknown, least) == 1 else "are"
            some = told_count(self.unknown, self.unit, least)
            told.append(f"{some} without time or event {are} left out.")
        return tuple(Remark(one[:1].upper() + one[1:]) for one in told)


def offered_times(material: Material) -> Offered:
    """Return which columns could be times: numbers, none below 0, not made from the images."""
    columns = [name for name in _candidates(material) if _is_time(material.table[name])]
    return _offered(columns, _LIKE_TIMES)


def offered_events(material: Material) -> Offered:
    """Return which columns could say whether an event occurred: those of 2 to 20 values."""
    table = material.table
    columns = [name for name in _candidates(material) if 2 <= table[name].nunique() <= MOST_VALUES]
    return _offered(columns, _LIKE_EVENTS)


def outcome_of(
    table: pd.DataFrame, units: Units, time: str, event: str, occurred: Sequence[str] = ()
) -> Outcome:
    """Return time and event of each unit.

    Several images of a patient count once: by the longest time that they tell, and the event then.

    Args:
        table: one row per image.
        units: who is counted.
        time: column of numbers from a start, such as the diagnosis, to the event or the last visit.
        event: column that says whether the event occurred, see `event_words`.
        occurred: values of it that say so, where they are named.

    Raises:
        CaeError: there is no such column, the times are no numbers, or the events cannot be read.
    """
    for column in (time, event):
        if column not in table:
            raise CaeError(f"There is no column {column!r}; choose one of the table's.")
    if not _is_number(table[time]):
        raise CaeError(
            f"The column {time!r} does not hold numbers; name one that counts days, months or "
            "years from a start to the event or the last visit."
        )
    words = event_words(table[event], occurred)
    times = as_numbers(table[time].iloc[units.rows])
    events = words.read(table[event].iloc[units.rows])
    negative = int((times < 0).sum())
    has_both = (times >= 0) & ~np.isnan(events)
    unit, times, events = units.of_row[has_both], times[has_both], events[has_both]
    order = np.lexsort((events, times, unit))
    unit, times, events = unit[order], times[order], events[order]
    is_last = np.append(unit[1:] != unit[:-1], True)[: len(unit)]
    longest = np.full(len(units), np.nan)
    longest[unit[is_last]] = times[is_last]
    has_event = np.zeros(len(units), dtype=bool)
    has_event[unit[is_last]] = events[is_last] == 1
    differs = (unit[1:] == unit[:-1]) & ((times[1:] != times[:-1]) | (events[1:] != events[:-1]))
    torn = len(np.unique(unit[1:][differs]))
    unknown = int(np.isnan(longest).sum())
    return Outcome(longest, has_event, words, units.kind, negative, torn, unknown)


def _candidates(material: Material) -> Iterable[str]:
    names = map(str, material.table.columns)
    return (name for name in names if name not in _NEVER | material.derived | material.records)


def _offered(columns: Sequence[str], like: re.Pattern[str]) -> Offered:
    likely = tuple(name for name in columns if like.search(re.sub(r"[\W_]+", " ", name.casefold())))
    return Offered(likely, tuple(name for name in columns if name not in likely))


def _is_number(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def _is_time(values: pd.Series) -> bool:
    if not _is_number(values) or values.nunique() <= 2:
        return False
    numbers = as_numbers(values)
    return bool(np.nanmin(numbers, initial=np.inf) >= 0 and np.isfinite(numbers).any())
