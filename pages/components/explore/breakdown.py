"""Bars that tell of what a set of images consists."""

import html

import numpy as np
import streamlit as st

from cae.columns.colours import Colours
from cae.columns.titles import percent_text

_MOST_BARS = 6


def show_breakdown(colours: Colours, rows: np.ndarray) -> None:
    """Show how many of `rows` each category holds, the most frequent first."""
    counts = np.bincount(colours.codes[rows], minlength=len(colours.levels))
    order = [level for level in np.argsort(-counts, kind="stable") if counts[level]]
    lines = [_bar(colours, level, counts[level], counts.max(), len(rows)) for level in order]
    rest = len(lines) - _MOST_BARS
    more = f'<div class="cae-quiet">and {rest} more</div>' if rest > 0 else ""
    body = "".join(lines[:_MOST_BARS])
    title = html.escape(colours.title)
    st.html(
        f'<div class="cae-quiet">{title}</div>'
        f'<table class="cae-bars" aria-label="{title} of the images">{body}</table>{more}'
    )


def _bar(colours: Colours, level: int, count: int, most: int, total: int) -> str:
    name = html.escape(colours.levels[level].name, quote=True)
    colour = colours.levels[level].colour
    share = html.escape(percent_text(count / total))
    return (
        f'<tr><th scope="row" title="{name}">{name}</th>'
        f'<td class="cae-bar"><i style="width:{100 * count / most:.0f}%;background:{colour}"></i>'
        f"</td><td>{count:,} · {share}</td></tr>"
    )
