"""Which values of a column say that an event occurred, and which that it had not yet."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cae.cohorts.variables import as_categories
from cae.columns.category import sort_key
from cae.columns.titles import column_title
from cae.errors import CaeError

MOST_VALUES = 20
_ON, _OFF = {"1", "true", "yes", "y"}, {"0", "false", "no", "n"}
_OCCURRED = {
    *("dead", "died", "deceased", "death", "event", "occurred"),
    *("relapse", "relapsed", "recurred", "recurrence", "progressed", "progression", "failed"),
    *("failure", "recurred/progressed"),
}
_NOT_YET = {
    *("alive", "living", "censored", "no event", "event-free", "event free", "none"),
    *("disease-free", "disease free", "diseasefree", "progression-free", "progression free"),
    *("relapse-free", "relapse free", "lost to follow-up", "withdrawn", "alive or censored"),
}
_UNKNOWN = {"", "unknown", "not reported", "not available", "n/a", "na", "?"}
# Where these are 1 or yes, nothing has happened yet; of survival itself that is not said.
_REVERSED = re.compile(r"censor|alive|living|surviv(?:ed|or|ing)")
_SURVIVAL = re.compile(r"surviv(?!ed|or|ing)")
_EVENT = re.compile(r"(?:event|dead|death|died|deceased)(?!.?free)")
_WITHOUT = re.compile(r"free|^no[\W_]|without")
# As cBioPortal writes it: 1:DECEASED.
_NUMBERED = re.compile(r"([01])\s*:.*")


@dataclass(frozen=True)
class EventWords:
    """How a column is read that says whether an event occurred.

    Attributes:
        column: its name.
        occurred: values, as text, that say so.
        censored: values that say that it had not occurred when the patient was last seen.
        unknown: values that say neither.
    """

    column: str
    occurred: tuple[str, ...]
    censored: tuple[str, ...]
    unknown: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """How the column is read, as a sentence."""
        said = (
            f"{column_title(self.column)} is read so: {_quoted(self.occurred)} is the event, "
            f"{_quoted(self.censored)} is not yet (censored)"
        )
        return f"{said}, {_quoted(self.unknown)} is unknown." if self.unknown else f"{said}."

    def read(self, values: pd.Series) -> np.ndarray:
        """Return 1 where the event occurred, 0 where not yet, NaN where unknown, float64 (N,)."""
        texts = as_categories(values).astype(object)
        codes = dict.fromkeys(self.censored, 0.0) | dict.fromkeys(self.occurred, 1.0)
        return np.array([codes.get(text, np.nan) for text in texts], dtype=np.float64)


def event_words(values: pd.Series, occurred: Sequence[str] = ()) -> EventWords:
    """Return how a column is read.

    Read by themselves are 0 and 1, true and false, yes and no, words such as dead and alive,
    and ``1:DECEASED``; of a column that is called censored or alive, 1 and yes mean that nothing
    happened yet, and of one that is called survival and not event, they are not understood.

    Args:
        values: the column; its name is looked at, too.
        occurred: values, as text, that say that the event occurred, if they are named; all others
            but words such as unknown then say that it had not.

    Raises:
        CaeError: there are no or too many different values, one is not understood, or one of
            `occurred` does not occur.

    Example:
        >>> import pandas as pd
        >>> event_words(pd.Series(["dead", "alive", None], name="vital")).sentence
        'Vital is read so: “dead” is the event, “alive” is not yet (censored).'
    """
    column = str(values.name)
    present = sorted(map(str, as_categories(values).dropna().unique()), key=sort_key)
    if not present or len(present) > MOST_VALUES:
        raise CaeError(
            f"The column {column!r} holds {len(present):,} different values; name one that says "
            "whether an event occurred, such as 0 and 1 or alive and dead."
        )
    if occurred:
        return _named(column, present, occurred)
    is_one_event = _is_one_event(column.casefold())
    found: dict[str, list[str]] = {"occurred": [], "censored": [], "unknown": [], "": []}
    for value in present:
        found[_meaning(value, is_one_event)].append(value)
    if found[""]:
        raise CaeError(
            f"It is not clear whether {_quoted(found[''])} of {column!r} says that the event "
            f"occurred; name the values that do, of {_quoted(present)}."
        )
    return EventWords(
        column, tuple(found["occurred"]), tuple(found["censored"]), tuple(found["unknown"])
    )


def _named(column: str, present: Sequence[str], occurred: Sequence[str]) -> EventWords:
    if strange := [value for value in occurred if value not in present]:
        raise CaeError(
            f"No image has {_quoted(strange)} in {column!r}; choose of {_quoted(present)}."
        )
    others = [value for value in present if value not in occurred]
    return EventWords(
        column,
        tuple(value for value in present if value in occurred),
        tuple(value for value in others if _plain(value) not in _UNKNOWN),
        tuple(value for value in others if _plain(value) in _UNKNOWN),
    )


def _is_one_event(column: str) -> bool | None:
    """Whether 1 and yes mean the event in a column of this name, None where that is not clear."""
    says_event, says_none = bool(_EVENT.search(column)), bool(_REVERSED.search(column))
    if says_event and says_none:
        return None
    is_unclear = _SURVIVAL.search(column) or _WITHOUT.search(column)
    if is_unclear and not says_none:
        return True if says_event else None
    return not says_none


def _meaning(value: str, is_one_event: bool | None) -> str:
    word = _plain(value)
    if numbered := _NUMBERED.fullmatch(word):
        return "occurred" if numbered[1] == "1" else "censored"
    if word in _ON | _OFF:
        if is_one_event is None:
            return ""
        return "occurred" if (word in _ON) == is_one_event else "censored"
    if word in _OCCURRED:
        return "occurred"
    if word in _NOT_YET:
        return "censored"
    return "unknown" if word in _UNKNOWN else ""


def _plain(value: str) -> str:
    return " ".join(value.casefold().split())


def _quoted(values: Sequence[str]) -> str:
    return ", ".join(f"“{value}”" for value in values) or "nothing"
