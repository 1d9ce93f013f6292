"""Table 1 on screen and its downloads."""

import html
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from cae.cohorts.characteristics import TableOne
from cae.export.documented import provenance_file
from cae.export.table_one import FILE_STEM, export_table_one
from cae.study.study import Study
from pages.components.compare.groups import further_groups_box, groups_named
from pages.components.compare.results import table_one_of
from pages.components.kit.file_button import file_button
from pages.components.kit.flow_figure import flow_figure
from pages.components.kit.scroll_region import scroll_region
from pages.components.state import session
from pages.components.state.study_material import study_material
from pages.components.state.view import LARGEST_SUPPRESSED

_KINDS = {
    "CSV": ("csv", "text/csv"),
    "HTML": ("html", "text/html"),
    "DOCX": (
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    "LaTeX": ("tex", "application/x-tex"),
}
_HEADS = 2


def table_one_panel(study: Study, pair: Sequence[str], offered: dict[str, str]) -> None:
    """Show Table 1 of two groups and of those that are chosen here beside them.

    Args:
        study: that the groups are taken from.
        pair: the two groups as the address calls them.
        offered: what can be chosen beside them, see `offered_groups`.
    """
    choose, hide = st.columns([3, 1], vertical_alignment="bottom")
    with choose:
        also = further_groups_box(offered, pair)
    with hide:
        suppress = _suppress_box()
    groups = groups_named(study, (*pair, *also))
    with st.spinner("Describing the groups…"):
        table = table_one_of(study, groups, suppress)
    st.html(table_one_html(table.table))
    if table.flows:
        st.markdown("###### How the groups came about")
        flow_figure(study, table.flows, "table one")
    with st.expander("What the figures mean"):
        st.html("".join(f"<p>{html.escape(remark)}</p>" for remark in table.notes))
    _downloads(study, table)


def table_one_html(table: pd.DataFrame) -> str:
    """Return HTML of Table 1; what it is made of runs nowhere."""
    head = "".join(f'<th scope="col">{html.escape(str(one))}</th>' for one in table.columns)
    body = "".join(_row([str(cell) for cell in row]) for row in table.itertuples(index=False))
    return scroll_region(
        "Table 1",
        f'<table class="cae-facts cae-report cae-table-one"><tr>{head}</tr>{body}</table>',
    )


def _row(cells: Sequence[str]) -> str:
    heads = "".join(f'<th scope="row">{html.escape(cell)}</th>' for cell in cells[:_HEADS])
    return f"<tr>{heads}{''.join(f'<td>{html.escape(cell)}</td>' for cell in cells[_HEADS:])}</tr>"


def _suppress_box() -> int:
    key = session.control("compare suppress", session.view().suppress)
    return int(
        st.number_input(
            "Hide counts below",
            min_value=0,
            max_value=LARGEST_SUPPRESSED,
            step=1,
            key=key,
            help="Counts from 1 to below this are hidden, with as many others as it takes that "
            "they cannot be computed; 0 hides nothing.",
            on_change=lambda: session.look(suppress=int(st.session_state[key])),
        )
    )


def _downloads(study: Study, table: TableOne) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        for title, (ending, mime) in _KINDS.items():
            file_button(study, export_table_one, table, title, f"{FILE_STEM}.{ending}", mime)
        beside = provenance_file(Path(f"{FILE_STEM}.csv")).name
        file_button(
            study,
            export_table_one,
            table,
            "Provenance",
            f"{FILE_STEM}.csv",
            "application/json",
            beside,
        )
    if study_material(study).identifying.intersection(table.columns):
        st.caption(
            "Files leave out what may tell who a patient is; `cae cohort table --identifying` "
            "keeps it."
        )
