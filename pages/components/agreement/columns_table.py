"""What each of two studies knows of every column, as dots on their intervals."""

import html
from collections.abc import Sequence

from cae.cohorts.bootstrap import Estimate
from cae.cohorts.characteristics import p_text
from cae.columns.titles import column_title
from cae.evaluation.two_studies.knowledge import AUROC, KNN, Knowledge, Probe
from cae.number_text import counted, number_text
from pages.components.kit.interval import interval_picture
from pages.components.kit.scroll_region import scroll_region

_HEADS = (
    "Column",
    "Read by",
    "less – chance – all",
    "A",
    "B",
    "Pixels",
    "◂ B knows more · A knows more ▸",
    "A − B",
    "q",
)
_TITLES = {KNN: "neighbours"}
_NOTHING = "–"


def columns_table(columns: Sequence[Knowledge]) -> str:
    """Return HTML with two lines per column, one for each kind of probe."""
    head = "".join(f'<th scope="col">{html.escape(title)}</th>' for title in _HEADS)
    body = "".join(
        _line(column, probe, place)
        for column in columns
        for place, probe in enumerate(column.probes)
    )
    return scroll_region(
        "What each study knows of the columns",
        f'<table class="cae-facts cae-report cae-known"><tr>{head}</tr>{body}</table>',
    )


def _line(column: Knowledge, probe: Probe, place: int) -> str:
    name = _name(column) if place == 0 else ""
    q = _NOTHING if probe.q is None else html.escape(p_text(probe.q))
    pictures = "".join(
        _picture(letter, one, column.measure, kind)
        for letter, one, kind in (
            ("A", probe.first, ""),
            ("B", probe.second, "cae-second"),
            ("Pixels", probe.pixels, "cae-third"),
        )
    )
    return (
        f"<tr>{name}<td>{_TITLES.get(probe.name, probe.name)}</td>"
        f'<td class="cae-stack">{pictures}</td>'
        f"<td>{_text(probe.first)}</td><td>{_text(probe.second)}</td>"
        f"<td>{number_text(probe.pixels.value, '.2f')}</td>"
        f"<td>{_difference(probe.difference, column.measure)}</td>"
        f"<td><strong>{_text(probe.difference, '+.2f')}</strong></td><td>{q}</td></tr>"
    )


def _name(column: Knowledge) -> str:
    classes = "" if column.classes is None else f", {column.classes} classes"
    said = f"{column.measure}{classes}; {column.test_images:,} test images"
    if column.test_units < column.test_images:
        said += f" of {counted(column.test_units, 'patient')}"
    return (
        f'<th scope="rowgroup" rowspan="{len(column.probes)}">'
        f"<strong>{html.escape(column_title(column.column))}</strong><br>"
        f'<span class="cae-quiet">{html.escape(said)}</span></th>'
    )


def _picture(letter: str, one: Estimate, measure: str, kind: str) -> str:
    words = f"{letter}: {measure} {_text(one)}, chance is {0.5 if measure == AUROC else 0:g}"
    value, low, high = (_place(figure, measure) for figure in _ends(one))
    return interval_picture(value, low, high, 0.5, words, kind)


def _place(figure: float, measure: str) -> float:
    """Return where a figure lies: chance in the middle, and all that can be known at the right."""
    return figure if measure == AUROC else (figure + 1) / 2


def _difference(one: Estimate, measure: str) -> str:
    # An AUROC spans half as much from chance to all as R² does.
    reach = 0.5 if measure == AUROC else 1.0
    value, low, high = (0.5 + figure / (2 * reach) for figure in _ends(one))
    words = f"A less B: {_text(one)}, no difference is 0"
    return interval_picture(value, low, high, 0.5, words)


def _ends(one: Estimate) -> tuple[float, float, float]:
    low, high = (one.value if end is None else end for end in (one.low, one.high))
    return one.value, low, high


def _text(one: Estimate, form: str = ".2f") -> str:
    text = number_text(one.value, form)
    if one.low is None or one.high is None:
        return text
    return f"{text} ({number_text(one.low, form)} to {number_text(one.high, form)})"
