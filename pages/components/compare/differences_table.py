"""How two groups differ in every column, as a table: effects first, tests behind them."""

import html
import math
from collections.abc import Mapping, Sequence

from cae.cohorts.characteristics import p_text
from cae.cohorts.comparison import ColumnDifference
from cae.cohorts.effect import Effect
from cae.cohorts.variables import DATE
from cae.number_text import number_text
from pages.components.kit.interval import interval_picture
from pages.components.kit.scroll_region import scroll_region

_HEADS = (
    "Column",
    "Effect (95 % interval)",
    "◂ less in A · more in A ▸",
    "Test",
    "p",
    "q",
    "Known A / B",
    "Missing A / B",
    "Remark",
)
# How far scales reach at least, and at most, as one odd column would leave no room for others.
_LEAST_REACH, _MOST_REACH = 1.0, 4.0
_NOTHING = "–"


def differences_table(columns: Sequence[ColumnDifference]) -> str:
    """Return HTML with a line per column.

    Pictures of one measure share their scale, odds ratios a logarithmic one; a difference of
    medians, which is in the unit of its column, has a scale of its own.
    """
    effects = [column.effect for column in columns if column.effect is not None]
    reaches = _reaches(effects)
    head = "".join(f'<th scope="col">{html.escape(title)}</th>' for title in _HEADS)
    body = "".join(_line(column, reaches) for column in columns)
    return scroll_region(
        "Differences between the groups",
        f'<table class="cae-facts cae-report cae-differences"><tr>{head}</tr>{body}</table>',
    )


def _reaches(effects: Sequence[Effect]) -> dict[str, float]:
    """Return how far from no difference the picture of each measure without a unit reaches."""
    reaches: dict[str, float] = {}
    for effect in effects:
        if not effect.has_unit:
            scale = _scale(effect)
            reaches[scale] = max(reaches.get(scale, _LEAST_REACH), _extent(effect))
    return {scale: min(reach, _MOST_REACH) for scale, reach in reaches.items()}


def _scale(effect: Effect) -> str:
    return "ratio" if effect.is_ratio else effect.measure


def _extent(effect: Effect) -> float:
    return max(abs(_away(effect, end)) for end in (effect.low, effect.high))


def _away(effect: Effect, figure: float) -> float:
    """Return how far a figure is from no difference, of ratios in doublings."""
    return math.log2(figure) if effect.is_ratio else figure


def _line(column: ColumnDifference, reaches: Mapping[str, float]) -> str:
    effect, significance = column.effect, column.significance
    measure = f'<br><span class="cae-quiet">{html.escape(effect.measure)}</span>' if effect else ""
    cells = (
        _effect_text(column, effect) if effect else _NOTHING,
        _picture(effect, reaches) if effect else "",
        html.escape(significance.test) if significance else _NOTHING,
        html.escape(p_text(significance.p)) if significance else _NOTHING,
        html.escape(p_text(column.q)) if column.q is not None else _NOTHING,
        _pair(column.known),
        _pair(column.missing),
    )
    said = [
        "Made from the images." if column.variable.is_derived else "",
        column.reason,
        effect.remark if effect else "",
    ]
    remark = html.escape(" ".join(filter(None, said)))
    return (
        f'<tr><th scope="row"><strong>{html.escape(column.variable.title)}</strong>{measure}</th>'
        f"{''.join(f'<td>{cell}</td>' for cell in cells)}"
        f'<td class="cae-words">{remark}</td></tr>'
    )


def _effect_text(column: ColumnDifference, effect: Effect) -> str:
    days = " days" if column.variable.kind == DATE and effect.has_unit else ""
    value, low, high = _figures(effect)
    text = f"{value}{days} ({low} to {high})"
    return f"<strong>{html.escape(text)}</strong>"


def _picture(effect: Effect, reaches: Mapping[str, float]) -> str:
    # Medians that do not differ at all still have a middle.
    own = _extent(effect) or _LEAST_REACH
    reach = own if effect.has_unit else reaches[_scale(effect)]
    value, low, high = (
        0.5 + _away(effect, figure) / (2 * reach)
        for figure in (effect.value, effect.low, effect.high)
    )
    none = 1 if effect.is_ratio else 0
    told, start, end = _figures(effect)
    words = f"{effect.measure} {told}, interval from {start} to {end}, no difference is {none}"
    return interval_picture(value, low, high, 0.5, words)


def _figures(effect: Effect) -> list[str]:
    """Return an effect and both ends of its interval in words."""
    return [number_text(figure, ".3g") for figure in (effect.value, effect.low, effect.high)]


def _pair(counts: tuple[int, int]) -> str:
    first, second = counts
    return f"{first:,} / {second:,}"
