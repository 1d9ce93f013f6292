"""Survival of any number of groups: curves, whether they differ, and by how much."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cae.cohorts.characteristics import p_text
from cae.cohorts.covariates import Covariates, covariates_of
from cae.cohorts.groups import Asked, Group, groups_of
from cae.cohorts.hazards import ChiSquared, ProportionalHazards, log_rank, proportional_hazards
from cae.cohorts.kaplan_meier import Curve, kaplan_meier
from cae.cohorts.material import Material, StudyLike, material_of
from cae.cohorts.outcome import Outcome, offered_events, offered_times, outcome_of
from cae.cohorts.remark import Remark, texts_of
from cae.cohorts.suppression import SUPPRESSED, suppressed, told_count
from cae.cohorts.units import PATIENT, Units, units_of
from cae.columns.titles import column_title
from cae.errors import CaeError
from cae.json_value import json_value
from cae.number_text import counted, number_text

_REFERENCE = 1
_FEWEST_EVENTS = 10
_DOUBTFUL = 0.05
_NAMED = 10
_EVENTS_PER_COVARIATE = 10
RULE = (
    "Curves are Kaplan–Meier estimates with pointwise 95 % intervals (log−log); groups are "
    "compared by the log-rank test; hazard ratios are Cox's, with events at one time after Efron, "
    "and whether they hold at all times is tested by Grambsch & Therneau's score test with "
    "1 − S(t)."
)


@dataclass(frozen=True, eq=False)
class Survival:
    """How long groups stay without an event.

    Attributes:
        groups: in the order they were named; hazards are compared with the second.
        unit: patient or image.
        time: column of times.
        event: column of events.
        remarks: what has to be known before a figure is read, as sentences: who is counted, how
            the event was read, and which group is exploratory.
        curves: of each group.
        log_rank: whether groups differ, None where it cannot be tested.
        hazards: hazard ratios to the second group.
        adjusted: the same, adjusted for columns; None where none is named.
        adjusted_for: titles of these columns.
        reason: why nothing is tested, as a sentence; else empty.
        suppress: where fewer are at risk than this, curves end and numbers are hidden.
    """

    groups: tuple[Group, ...]
    unit: str
    time: str
    event: str
    remarks: tuple[Remark, ...]
    curves: tuple[Curve, ...]
    log_rank: ChiSquared | None
    hazards: ProportionalHazards
    adjusted: ProportionalHazards | None
    adjusted_for: tuple[str, ...]
    reason: str
    suppress: int

    @property
    def verdict(self) -> tuple[Remark, ...]:
        """What came out: the ratios first, then tests."""
        if self.reason:
            return (Remark(self.reason),)
        told = self._ratios(self.hazards, "")
        if self.adjusted is not None:
            told += self._ratios(self.adjusted, f", adjusted for {', '.join(self.adjusted_for)}")
        if self.log_rank is not None:
            told.append(Remark(f"Log-rank test: {_chi_text(self.log_rank)}."))
        for found, what in ((self.hazards, "hazards"), (self.adjusted, "adjusted hazards")):
            if found is not None and found.proportionality is not None:
                told.append(_proportionality(found.proportionality, what))
        events = sum(int(curve.events.sum()) for curve in self.curves)
        if events < _FEWEST_EVENTS and not self.suppress:
            are = f"{'is' if events == 1 else 'are'} {counted(events, 'event')}"
            told.append(
                Remark(f"There {are} in all; with fewer than {_FEWEST_EVENTS}, figures say little.")
            )
        return tuple(told)

    def summary(self) -> pd.DataFrame:
        """Return a line per group, as text: units, events, medians with their intervals."""
        lines = [
            {
                "group": group.name,
                f"{self.unit}s": self._count(curve.count),
                "events": self._events(curve),
                "median (95 % interval)": self._median(curve),
                "median follow-up": self._follow_up(curve),
            }
            for group, curve in zip(self.groups, self.curves, strict=True)
        ]
        return pd.DataFrame(lines)

    def table(self) -> pd.DataFrame:
        """Return a line per group and time of an event: at risk, events, probability, interval.

        The line at time 0 holds how many are in the group. With `suppress`, lines end where fewer
        are at risk.
        """
        parts = []
        for group, curve in zip(self.groups, self.curves, strict=True):
            shown = curve.at_risk >= self.suppress
            start = pd.DataFrame(
                [[group.name, 0.0, self._shown(curve.count), 0, 1.0, 1.0, 1.0]], columns=_HEADS
            )
            steps = pd.DataFrame(
                {
                    "group": group.name,
                    "time": curve.times[shown],
                    "at_risk": curve.at_risk[shown],
                    "events": curve.events[shown],
                    "probability": curve.probability[shown],
                    "low": curve.low[shown],
                    "high": curve.high[shown],
                }
            )
            parts += [start.astype(object), steps.astype(object)]
        return pd.concat(parts, ignore_index=True)

    def shown_until(self, curve: Curve) -> float:
        """Return the time up to which a curve may be drawn: where enough are at risk."""
        ends = np.sort(np.concatenate([curve.censored, np.repeat(curve.times, curve.events)]))
        if len(ends) < self.suppress:
            return 0.0
        return float(ends[-max(1, self.suppress)])

    def at_risk_text(self, curve: Curve, times: np.ndarray) -> list[str]:
        """Return numbers at risk at times as a table shows them, small ones hidden."""
        return [self._count(int(count)) for count in curve.at_risk_at(times)]

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as JSON holds it; what is not finite is None."""
        names = [group.name for group in self.groups]

        def ratios(found: ProportionalHazards) -> dict[str, Any]:
            change = found.proportionality
            return {
                "ratios": [
                    {**asdict(one), "group": names[one.group], "against": names[_REFERENCE]}
                    for one in found.ratios
                ],
                "proportionality": None if change is None else asdict(change),
                "reason": found.reason,
            }

        return {
            "unit": self.unit,
            "time": self.time,
            "event": self.event,
            "remarks": texts_of(self.remarks),
            "rule": RULE,
            "groups": self.summary().to_dict(orient="records"),
            "hazards": ratios(self.hazards),
            "adjusted_for": list(self.adjusted_for),
            "adjusted_hazards": None if self.adjusted is None else ratios(self.adjusted),
            "log_rank": None if self.log_rank is None else asdict(self.log_rank),
            "verdict": texts_of(self.verdict),
            "curves": json_value(self.table().to_dict(orient="records")),
        }

    def _count(self, count: int) -> str:
        shown = self._shown(count)
        return shown if isinstance(shown, str) else f"{shown:,}"

    def _shown(self, count: int) -> int | str:
        return SUPPRESSED if 0 < count < self.suppress else count

    def _events(self, curve: Curve) -> str:
        """Return how many events there were; hidden where it, or who had none, is too few."""
        events = int(curve.events.sum())
        is_hidden = suppressed(np.array([events, curve.count - events]), self.suppress)
        return SUPPRESSED if is_hidden.any() else f"{events:,}"

    def _follow_up(self, curve: Curve) -> str:
        # Beyond, it is the very time of somebody among few.
        return (
            "not shown" if curve.follow_up > self.shown_until(curve) else _figure(curve.follow_up)
        )

    def _median(self, curve: Curve) -> str:
        if curve.median > self.shown_until(curve):
            return "not shown"
        if math.isnan(curve.median):
            return "not reached"
        high = (
            "not reached"
            if not math.isfinite(curve.median_high)
            else number_text(curve.median_high)
        )
        low = "–" if math.isnan(curve.median_low) else number_text(curve.median_low)
        return f"{number_text(curve.median)} ({low} to {high})"

    def _ratios(self, found: ProportionalHazards, how: str) -> list[Remark]:
        if found.reason:
            return [Remark(found.reason)]
        names = [group.name for group in self.groups]
        return [
            Remark(
                f"Hazard ratio of {names[one.group]} to {names[_REFERENCE]}{how}: {one.value:.3g} "
                f"(95 % interval {one.low:.3g} to {one.high:.3g}), p {p_text(one.p)}."
            )
            for one in found.ratios
        ]


_HEADS = ["group", "time", "at_risk", "events", "probability", "low", "high"]


def survival(
    source: Material | StudyLike | pd.DataFrame,
    groups: Sequence[Asked],
    time: str = "",
    event: str = "",
    occurred: Sequence[str] = (),
    adjust: Sequence[str] = (),
    unit: str | None = None,
    suppress: int = 0,
) -> Survival:
    """Estimate how long groups stay without an event, and compare them.

    Patients are counted where they are known, each once.

    Args:
        source: a study, or a table with one row per image.
        groups: as `cae.cohorts.compare` takes them; at least one.
        time: column of numbers from a start to the event or the last visit.
        event: column that says whether the event occurred, such as 0 and 1 or alive and dead.
        occurred: values of `event` that say so, where they do not speak for themselves.
        adjust: columns, such as age and sex, that hazard ratios are adjusted for beside the plain
            ones; who has no value of one is left out of the adjusted ones.
        unit: patient or image; None for patients where any is known.
        suppress: where fewer are at risk than this, curves end and numbers are hidden; 0 hides
            nothing.

    Raises:
        CaeError: time or event is not named (the sentence says which columns look like it) or
            cannot be read; there is no group, one is unknown or empty, or two share images.

    Example:
        >>> import pandas as pd
        >>> from cae.cohorts import survival
        >>> table = pd.DataFrame(
        ...     {
        ...         "label": list("aaaabbbb"),
        ...         "months": [2.0, 4, 5, 9, 1, 1.5, 2.5, 3],
        ...         "vital": ["dead", "alive", "dead", "alive", "dead", "dead", "dead", "dead"],
        ...     }
        ... )
        >>> found = survival(table, ["label:a", "label:b"], "months", "vital")
        >>> found.summary()["median (95 % interval)"].tolist()
        ['5 (2 to not reached)', '2.5 (1 to 3)']
    """
    if not groups:
        raise CaeError("Survival needs a group; name at least one.")
    material = material_of(source)
    _require_named(material, time, event)
    found = groups_of(material, groups)
    units = units_of(material, found, unit)
    outcome = outcome_of(material.table, units, time, event, occurred)
    _require_known(found, outcome, units.group, units.kind)
    known = outcome.is_known
    times, events, group = outcome.time[known], outcome.event[known], units.group[known]
    curves = tuple(
        kaplan_meier(times[group == number], events[group == number])
        for number in range(len(found))
    )
    reason = _why_not(found, times, events, group, (time, event), suppress)
    adjusted = _Adjusted()
    if adjust:
        covariates = covariates_of(material, found, units, adjust)
        adjusted = _adjusted(covariates, found, units, outcome, reason, suppress)
    who = units.left_out(suppress) if units.kind == PATIENT else units.remarks(suppress)
    hazards = ProportionalHazards()
    if not reason:
        hazards = proportional_hazards(times, events, group, _REFERENCE)
    return Survival(
        found,
        units.kind,
        time,
        event,
        (
            *who,
            *outcome.remarks(suppress),
            *adjusted.remarks,
            *(remark for group in found for remark in group.remarks),
            *_about_hiding(suppress),
        ),
        curves,
        None if reason else log_rank(times, events, group),
        hazards,
        adjusted.hazards,
        adjusted.titles,
        reason,
        suppress,
    )


def _require_named(material: Material, time: str, event: str) -> None:
    for given, what, offered in (
        (time, "time", offered_times),
        (event, "event", offered_events),
    ):
        if given:
            continue
        found = offered(material)
        advice = f"by its name it could be {', '.join(found.likely)}"
        if not found.likely:
            others = ", ".join(found.others[:_NAMED]) or "no column"
            advice = f"none looks like it by its name, and {others} could be by what it holds"
        raise CaeError(f"Name the column of the {what}; {advice}.")


def _require_known(groups: Sequence[Group], outcome: Outcome, group: np.ndarray, unit: str) -> None:
    for number, one in enumerate(groups):
        if not outcome.is_known[group == number].any():
            raise CaeError(
                f"No {unit} of {one.name} has a time and an event; choose other columns or groups."
            )


def _why_not(
    groups: Sequence[Group],
    time: np.ndarray,
    event: np.ndarray,
    group: np.ndarray,
    columns: tuple[str, str],
    suppress: int,
) -> str:
    """Return why groups are not tested; empty where they are."""
    if len(groups) < 2:
        return "One group is compared with nothing."
    if suppressed(np.bincount(group), suppress).any():
        return f"Nothing is tested, since a group is of fewer than {suppress}."
    defining = frozenset().union(*(one.columns for one in groups))
    if circular := [name for name in columns if name in defining]:
        return (
            f"Nothing is tested, since {column_title(circular[0])} says who belongs to the groups, "
            "so that they must differ."
        )
    together = min(time[group == number].max() for number in range(len(groups)))
    if not (event & (time <= together)).any():
        return "Nothing is tested, since no event occurred while all groups were observed."
    return ""


class _Adjusted(NamedTuple):
    """Hazards beside what they are adjusted for, and what has to be known of them."""

    hazards: ProportionalHazards | None = None
    titles: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()


def _adjusted(
    covariates: Covariates,
    groups: Sequence[Group],
    units: Units,
    outcome: Outcome,
    reason: str,
    suppress: int,
) -> _Adjusted:
    """Return adjusted hazards; none where there is a reason why nothing is tested."""
    known = outcome.is_known
    times, events, group = outcome.time[known], outcome.event[known], units.group[known]
    numbers = covariates.numbers[known]
    whole = ~np.isnan(numbers).any(axis=1)
    hazards = None
    without = [one.name for n, one in enumerate(groups) if not (group[whole] == n).any()]
    if without:
        told = f"Nobody in {', '.join(without)} has a value of what is adjusted for."
        hazards = ProportionalHazards(reason=told)
    elif not reason:
        hazards = proportional_hazards(
            times[whole], events[whole], group[whole], _REFERENCE, numbers[whole]
        )
    remarks = _about_adjusting(
        whole, int(events[whole].sum()), numbers.shape[1], units.kind, suppress
    )
    return _Adjusted(hazards, covariates.titles, remarks)


def _about_adjusting(
    whole: np.ndarray, events: int, count: int, unit: str, least: int
) -> tuple[Remark, ...]:
    """Return what has to be known of adjusted ratios."""
    told = []
    if lacking := int((~whole).sum()):
        told.append(
            f"{told_count(lacking, unit, least)} without a value of what is adjusted for left out "
            "of adjusted ratios."
        )
    if events < _EVENTS_PER_COVARIATE * count:
        told.append(
            f"{told_count(max(events, 1), 'event', least)} for {count} numbers that are adjusted "
            f"for: with fewer than {_EVENTS_PER_COVARIATE} for each, adjusted ratios are unsure "
            "(Peduzzi 1995)."
        )
    return tuple(map(Remark, told))


def _about_hiding(suppress: int) -> tuple[Remark, ...]:
    """Return what has to be known of hidden numbers."""
    if not suppress:
        return ()
    told = (
        f"Curves end where fewer than {suppress} are at risk, and {SUPPRESSED} stands for such "
        "numbers; a step may still tell when a single event occurred."
    )
    return (Remark(told),)


def _chi_text(found: ChiSquared) -> str:
    freedom = counted(found.freedom, "degree")
    return f"χ² {found.statistic:.2f}, {freedom} of freedom, p {p_text(found.p)}"


def _proportionality(found: ChiSquared, what: str) -> Remark:
    figures = f"({_chi_text(found)})"
    if found.p >= _DOUBTFUL:
        return Remark(f"Nothing speaks against proportional {what} {figures}.")
    return Remark(
        f"{what.capitalize()} are not proportional {figures}: a ratio is a mean over time, and "
        "the log-rank test may miss curves that cross; read the curves.",
        is_warning=True,
    )


def _figure(value: float) -> str:
    return "not reached" if math.isnan(value) else number_text(value)
