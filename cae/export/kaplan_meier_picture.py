"""Survival curves as a picture: steps, their intervals, marks of the censored, numbers at risk."""

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cae.cohorts.kaplan_meier import Curve
from cae.cohorts.time_to_event import Survival
from cae.columns.colours import CATEGORICAL
from cae.columns.titles import column_title

_WIDTH, _PLOT_HEIGHT = 720, 300
_LEFT, _RIGHT, _TOP = 64, 24, 12
_LINE, _AXIS = 18, 44
_TICKS = 7
_LONGEST_NAME = 60
# Lines differ by more than their colour.
_DASHES = ("none", "7 3", "2 3", "9 3 2 3")


@dataclass(frozen=True)
class _Axes:
    """From time and probability to the picture's pixels."""

    end: float
    bottom: float

    def x(self, time: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * time / self.end

    def y(self, share: float) -> float:
        return self.bottom - _PLOT_HEIGHT * share

    def path(self, times: Sequence[float], shares: Sequence[float]) -> str:
        """Return a line through points."""
        points = zip(times, shares, strict=True)
        return "M" + "L".join(f"{self.x(time):.1f} {self.y(share):.1f}" for time, share in points)


def kaplan_meier_picture(found: Survival, ink: str = "#1a1a1a") -> str:
    """Return an SVG of the curves of all groups, over the numbers at risk at each tick.

    Args:
        found: what is drawn.
        ink: colour of axes and words, #rrggbb; the ground is left clear.
    """
    longest = max(found.shown_until(curve) for curve in found.curves)
    ticks = _round_ticks(longest)
    count = len(found.curves)
    axes = _Axes(max(longest, float(ticks[-1])), _TOP + _LINE * count + _PLOT_HEIGHT)
    height = axes.bottom + _AXIS + _LINE * (2 * count + 1) + 8
    below = axes.bottom + _AXIS + _LINE
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:.0f}" '
        f'width="{_WIDTH}" height="{height:.0f}" role="img" font-family="sans-serif" '
        f'font-size="13" fill="{ink}">',
        f"<title>{html.escape(picture_words(found))}</title>",
        *_frame(axes, ticks, column_title(found.time), ink),
        _text(8, below, "At risk", "start"),
    ]
    for place, (group, curve) in enumerate(zip(found.groups, found.curves, strict=True)):
        colour = CATEGORICAL[place % len(CATEGORICAL)]
        stroke = (
            f'stroke="{colour}" stroke-width="2" fill="none" '
            f'stroke-dasharray="{_DASHES[place % len(_DASHES)]}"'
        )
        name = _short(group.name)
        middle, line = _TOP + _LINE * place + 6, below + _LINE * (2 * place + 1)
        parts += [
            f'<path d="M{_LEFT} {middle}h26" {stroke}/>',
            _text(_LEFT + 34, middle + 4, name, "start"),
            *_curve(axes, curve, found.shown_until(curve), colour, stroke),
            f'<path d="M8 {line - 4:.0f}h14" {stroke}/>',
            _text(28, line, name, "start"),
        ]
        numbers = found.at_risk_text(curve, ticks)
        parts += [
            _text(axes.x(tick), line + _LINE, number, "middle")
            for tick, number in zip(ticks.tolist(), numbers, strict=True)
        ]
    return "".join([*parts, "</svg>\n"])


def picture_words(found: Survival) -> str:
    """Return what the picture shows, for those who do not see it."""
    lines = found.summary().to_dict(orient="records")
    told = "; ".join(", ".join(f"{key} {value}" for key, value in line.items()) for line in lines)
    return (
        f"Kaplan–Meier curves of {column_title(found.event)} over {column_title(found.time)} with "
        f"95 % intervals: {told}"
    )


def _frame(axes: _Axes, ticks: np.ndarray, title: str, ink: str) -> list[str]:
    """Return axes, their ticks and words."""
    parts = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        parts += [
            f'<path d="M{_LEFT} {axes.y(share):.1f}H{_WIDTH - _RIGHT}" stroke="{ink}" '
            f'stroke-opacity="{0.15 if share else 0.6}" fill="none"/>',
            _text(_LEFT - 8, axes.y(share) + 4, f"{100 * share:.0f} %", "end"),
        ]
    for tick in ticks.tolist():
        parts += [
            f'<path d="M{axes.x(tick):.1f} {axes.bottom}v5" stroke="{ink}" fill="none"/>',
            _text(axes.x(tick), axes.bottom + 19, f"{tick:g}", "middle"),
        ]
    centre = (_LEFT + _WIDTH - _RIGHT) / 2
    return [*parts, _text(centre, axes.bottom + 37, title, "middle")]


def _curve(axes: _Axes, curve: Curve, until: float, colour: str, stroke: str) -> list[str]:
    """Return the interval, the steps and the marks of the censored up to a time."""
    shown = curve.times <= until
    moments = curve.times[shown]
    share, low, high = (
        np.concatenate([[1.0], values[shown]])
        for values in (curve.probability, curve.low, curve.high)
    )
    known = int(np.isfinite(low).sum())
    over, upper = _corners(
        np.append(0.0, moments)[:known], high[:known], _end(moments, known, until)
    )
    under, lower = _corners(
        np.append(0.0, moments)[:known], low[:known], _end(moments, known, until)
    )
    band = axes.path([*over, *under[::-1]], [*upper, *lower[::-1]])
    parts = [
        f'<path d="{band}Z" fill="{colour}" fill-opacity="0.13"/>',
        f'<path d="{axes.path(*_corners(np.append(0.0, moments), share, until))}" {stroke}/>',
    ]
    censored = np.unique(curve.censored[curve.censored <= until])
    heights = share[np.searchsorted(moments, censored, side="right")]
    marks = "".join(
        f"M{axes.x(time):.1f} {axes.y(height) - 4:.1f}v8"
        for time, height in zip(censored.tolist(), heights.tolist(), strict=True)
    )
    if marks:
        parts.append(f'<path d="{marks}" stroke="{colour}" stroke-width="1.5" fill="none"/>')
    return parts


def _end(moments: np.ndarray, known: int, until: float) -> float:
    """Return where an interval ends: with the curve, or where nobody is left."""
    return until if known > len(moments) else float(moments[known - 1])


def _corners(times: np.ndarray, values: np.ndarray, end: float) -> tuple[list[float], list[float]]:
    """Return the corners of a line that keeps each value from its time to the next, or the end."""
    along = np.append(np.repeat(times, 2)[1:], end)
    return along.tolist(), np.repeat(values, 2).tolist()


def _round_ticks(longest: float) -> np.ndarray:
    """Return round times from 0 that reach as far as possible without leaving the data."""
    if longest <= 0:
        return np.array([0.0, 1.0])
    power = 10.0 ** math.floor(math.log10(longest / _TICKS))
    step = next(
        times * power for times in (1, 2, 2.5, 3, 5, 6, 10) if longest / (times * power) <= _TICKS
    )
    return np.arange(math.floor(longest / step + 1e-9) + 1) * step


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{html.escape(words)}</text>'


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
