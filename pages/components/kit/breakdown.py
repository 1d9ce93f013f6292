"""Bars that tell of what a set of images consists."""

import html

import numpy as np
import streamlit as st

from cae.columns.colours import Colours
from cae.number_text import number_text, percent_text

_MOST_BARS = 6


def show_breakdown(colours: Colours, rows: np.ndarray) -> None:
    """Show how many of `rows` each category holds, the most frequent first, beside the rest.

    Of a scale, its median and quartiles are shown instead.
    """
    if colours.values is not None:
        _show_spread(colours.title, colours.values, rows)
        return
    rest = np.delete(colours.codes, rows)
    elsewhere = np.bincount(rest, minlength=len(colours.levels))
    counts = np.bincount(colours.codes[rows], minlength=len(colours.levels))
    order = [level for level in np.argsort(-counts, kind="stable") if counts[level]]
    lines = [
        _bar(colours, level, counts[level], counts.max(), len(rows), _share(elsewhere, level))
        for level in order
    ]
    hidden = len(lines) - _MOST_BARS
    more = f'<div class="cae-quiet">and {hidden} more</div>' if hidden > 0 else ""
    body = "".join(lines[:_MOST_BARS])
    title = html.escape(colours.title)
    st.html(
        f'<div class="cae-quiet">{title}{" (of the rest)" if len(rest) else ""}</div>'
        f'<table class="cae-bars" aria-label="{title} of the images">{body}</table>{more}'
    )


def _bar(colours: Colours, level: int, count: int, most: int, total: int, rest: str) -> str:
    name = html.escape(colours.levels[level].name, quote=True)
    colour = colours.levels[level].colour
    share = html.escape(percent_text(count / total))
    return (
        f'<tr><th scope="row" title="{name}">{name}</th>'
        f'<td class="cae-bar"><i style="width:{100 * count / most:.0f}%;background:{colour}"></i>'
        f"</td><td>{count:,} · {share}{rest}</td></tr>"
    )


def _share(counts: np.ndarray, level: int) -> str:
    """Return the share of a level among all other images in brackets; empty without others."""
    total = counts.sum()
    return html.escape(f" ({percent_text(counts[level] / total)})") if total else ""


def _show_spread(title: str, values: np.ndarray, rows: np.ndarray) -> None:
    told = [("selected", values[rows]), ("the rest", np.delete(values, rows))]
    lines = "".join(
        f'<tr><th scope="row">{name}</th><td>{spread_text(some)}</td></tr>'
        for name, some in told
        if len(some)
    )
    words = html.escape(title)
    st.html(
        f'<div class="cae-quiet">{words}: median (quartiles)</div>'
        f'<table class="cae-facts" aria-label="{words} of the images">{lines}</table>'
    )


def spread_text(values: np.ndarray) -> str:
    """Return median and quartiles of numbers, and how many are missing (NaN), in words."""
    present = values[~np.isnan(values)]
    missing = len(values) - len(present)
    told = f"{missing:,} missing" if missing else ""
    if not len(present):
        return told
    low, middle, high = np.quantile(present.astype(float), [0.25, 0.5, 0.75])
    spread = f"{number_text(middle)} ({number_text(low)} to {number_text(high)})"
    return f"{spread}, {told}" if told else spread
