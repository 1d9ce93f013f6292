"""How well columns, and the images, tell two groups apart, as a table with pictures."""

import html

from cae.cohorts.confounding import IMAGES, TOGETHER, Confounding, Prediction
from pages.components.kit.interval import interval_picture
from pages.components.kit.scroll_region import scroll_region

_CHANCE = 0.5
_KINDS = {IMAGES: "cae-diamond", TOGETHER: "cae-square"}


def confounding_table(found: Confounding) -> str:
    """Return HTML with a line per prediction; there is at least one."""
    head = "".join(
        f'<th scope="col">{title}</th>'
        for title in ("Predicted from", "0 – chance – 1", "AUC (95 % interval)")
    )
    body = "".join(map(_line, found.predictions))
    return scroll_region(
        "What tells the groups apart",
        f'<table class="cae-facts cae-report cae-compact"><tr>{head}</tr>{body}</table>',
    )


def _line(one: Prediction) -> str:
    words = f"AUC {one.auc:.2f}, interval from {one.low:.2f} to {one.high:.2f}, chance is 0.5"
    picture = interval_picture(one.auc, one.low, one.high, _CHANCE, words, _KINDS.get(one.by, ""))
    title = html.escape(f"{one.by[:1].upper()}{one.by[1:]}")
    return (
        f'<tr><th scope="row">{title}</th><td>{picture}</td>'
        f"<td>{one.auc:.2f} ({one.low:.2f} to {one.high:.2f})</td></tr>"
    )
