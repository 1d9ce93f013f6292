"""How many of a group are still without an event as time goes by."""

from dataclasses import dataclass

import numpy as np
from scipy import stats
from statsmodels.duration.survfunc import SurvfuncRight

from cae.cohorts.effect import LEVEL


@dataclass(frozen=True, eq=False)
class Curve:
    """A Kaplan–Meier estimate.

    Attributes:
        times: float64 (T,), ascending, at which events occurred.
        probability: (T,) of being without an event just after each time, 0–1.
        low: (T,) lower end of its 95 % interval; NaN where nobody is left.
        high: (T,) upper end.
        at_risk: int (T,), units under observation and without an event just before each time.
        events: int (T,), events at each time.
        censored: ascending times at which units were last seen without an event.
        count: units.
        until: the time up to which the estimate is shown.
        median: the time at which fewer than half are without an event, NaN if it never comes.
        median_low: lower end of its 95 % interval, NaN where there is none.
        median_high: upper end, infinite where it lies beyond what was seen.
        follow_up: median time under observation, of the reverse estimate (Schemper & Smith 1996),
            in which being last seen is the event; NaN if it never comes.
    """

    times: np.ndarray
    probability: np.ndarray
    low: np.ndarray
    high: np.ndarray
    at_risk: np.ndarray
    events: np.ndarray
    censored: np.ndarray
    count: int
    until: float
    median: float
    median_low: float
    median_high: float
    follow_up: float

    def at_risk_at(self, times: np.ndarray) -> np.ndarray:
        """Return how many units are under observation and without an event at times, int (P,)."""
        ends = np.sort(np.concatenate([self.censored, np.repeat(self.times, self.events)]))
        found: np.ndarray = len(ends) - np.searchsorted(ends, times, side="left")
        return found


def kaplan_meier(time: np.ndarray, event: np.ndarray) -> Curve:
    """Estimate how long a group stays without an event.

    Intervals are those of log(−log S), which stay within 0 and 1 and hold for small groups.

    Args:
        time: float64 (U,), at least 0, at least one.
        event: bool (U,), whether it occurred then.

    Source: Kaplan & Meier 1958; Kalbfleisch & Prentice 2002, section 1.4; median and its interval,
    Brookmeyer & Crowley 1982.

    Example:
        >>> import numpy as np
        >>> curve = kaplan_meier(np.array([1.0, 2, 3, 4]), np.array([True, False, True, True]))
        >>> curve.times.tolist(), curve.probability.tolist(), curve.at_risk.tolist()
        ([1.0, 3.0, 4.0], [0.75, 0.375, 0.0], [4, 2, 1])
    """
    follow_up = _median(time, ~event)[0]
    until = float(time.max())
    if not event.any():
        nothing = np.empty(0)
        none = np.empty(0, dtype=np.int64)
        return Curve(
            *(nothing, nothing, nothing, nothing, none, none, np.sort(time)),
            *(len(time), until, np.nan, np.nan, np.nan, follow_up),
        )
    found = SurvfuncRight(time, event.astype(np.int64))
    probability = np.asarray(found.surv_prob)
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.log(probability)
        spread = found.surv_prob_se / (probability * log)
        reach = stats.norm.ppf((1 + LEVEL) / 2) * spread
        low, high = (probability ** np.exp(sign * reach) for sign in (-1, 1))
    return Curve(
        np.asarray(found.surv_times),
        probability,
        low,
        high,
        np.asarray(found.n_risk, dtype=np.int64),
        np.asarray(found.n_events, dtype=np.int64),
        np.sort(time[~event]),
        len(time),
        until,
        *_median(time, event),
        follow_up,
    )


def _median(time: np.ndarray, event: np.ndarray) -> tuple[float, float, float]:
    """Return the time at which less than half is left, with its interval."""
    if not event.any():
        return np.nan, np.nan, np.nan
    found = SurvfuncRight(time, event.astype(np.int64))
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = found.quantile_ci(0.5, alpha=1 - LEVEL, method="cloglog")
    return float(found.quantile(0.5)), float(low), float(high)
