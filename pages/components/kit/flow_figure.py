"""How groups came about: a flow diagram, the same as tables, and its downloads."""

import base64
import html
from collections.abc import Sequence

import streamlit as st

from cae.cohorts.attrition import Attrition, Change
from cae.export.flow_drawing import Flow
from cae.export.flow_file import FILE_STEM, export_flow
from cae.export.flow_picture import flow_picture, flow_words
from cae.number_text import counted
from cae.study.study import Study
from pages.components.kit.file_button import file_button
from pages.components.kit.ink import theme_ink
from pages.components.kit.scroll_region import scroll_region

_KINDS = {
    "SVG": ("svg", "image/svg+xml"),
    "PDF": ("pdf", "application/pdf"),
    "CSV": ("csv", "text/csv"),
}


def flow_figure(study: Study, flows: Sequence[Flow], key: str) -> None:
    """Show how groups of a study came about.

    Args:
        study: that they are of.
        flows: name of a group and how it came about, at least one.
        key: of the downloads, one for each place on the page.
    """
    st.html(flow_figure_html(flows, theme_ink()))
    for _, flow in flows:
        if flow.remark:
            st.html(f'<div class="cae-quiet">{html.escape(flow.remark)}</div>')
    with st.container(horizontal=True, vertical_alignment="center", key=f"flow files {key}"):
        for title, (ending, mime) in _KINDS.items():
            name = f"{FILE_STEM}.{ending}"
            file_button(study, export_flow, flows, f"Flow as {title}", name, mime, key=key)


def flow_figure_html(flows: Sequence[Flow], ink: str) -> str:
    """Return HTML of a diagram, and of the same as tables to unfold; nothing in it runs."""
    picture = base64.b64encode(flow_picture(flows, ink).encode("utf-8", "replace")).decode("ascii")
    tables = "".join(_titled(name, flow, len(flows)) for name, flow in flows)
    shown = (
        f'<img class="cae-flow-picture" src="data:image/svg+xml;base64,{picture}" '
        f'alt="{html.escape(flow_words(flows))}">'
    )
    return (
        f"{scroll_region('Flow diagram', shown)}"
        f"<details><summary>As a table</summary>{tables}</details>"
    )


def flow_html(found: Attrition) -> str:
    """Return HTML of a flow: what was left out or added at the right of what is left."""
    lines = "".join(map(_line, found.changes))
    return scroll_region(
        "How the cohort came about",
        '<table class="cae-flow"><tr><th scope="col">In the group</th>'
        f'<th scope="col">Left out or added</th></tr>{lines}</table>',
    )


def _titled(name: str, flow: Attrition, of: int) -> str:
    title = f'<div class="cae-quiet">{html.escape(name)}</div>' if of > 1 else ""
    return title + flow_html(flow)


def _line(change: Change) -> str:
    patients = "" if change.patients is None else f"<br>{change.patients:,} patients"
    beside = html.escape(change.reason)
    if change.out or change.came:
        sign, count = ("−", change.out) if change.out else ("+", change.came)
        beside = f"<strong>{sign} {count:,}</strong> {beside}"
    return (
        f"<tr><td><span>{counted(change.left, 'image')}{patients}</span></td><td>{beside}</td></tr>"
    )
