"""How long groups stay without an event, once a person has said which columns tell it."""

import base64
import html
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from cae.cohorts.covariates import adjustable
from cae.cohorts.event_words import MOST_VALUES, event_words
from cae.cohorts.groups import Group
from cae.cohorts.material import Material
from cae.cohorts.outcome import Offered, offered_events, offered_times
from cae.cohorts.units import units_of
from cae.cohorts.variables import as_categories
from cae.columns.category import sort_key
from cae.columns.titles import column_title
from cae.errors import CaeError
from cae.export.documented import provenance_file
from cae.study.study import Study
from pages.components.compare.groups import groups_named
from pages.components.compare.results import SurvivalColumns, survival_of
from pages.components.kit.file_button import file_button
from pages.components.kit.ink import theme_ink
from pages.components.kit.remarks import remarks_html
from pages.components.kit.scroll_region import scroll_region
from pages.components.state import session
from pages.components.state.study_material import study_material
from pages.components.state.study_view import study_table

if TYPE_CHECKING:
    from cae.cohorts.time_to_event import Survival

_KINDS = {"CSV of the curves": ("csv", "text/csv"), "SVG": ("svg", "image/svg+xml")}


def survival_panel(study: Study, names: Sequence[str]) -> None:
    """Show boxes of columns and, once both are chosen, curves, figures and downloads.

    Args:
        study: that the groups are taken from.
        names: of the groups, as the address calls them.
    """
    material = study_material(study)
    times, events = offered_times(material), offered_events(material)
    view = session.view()
    if not (view.time or view.event or ((times.likely or times.others) and _any(events))):
        st.caption(
            "Survival needs a column of times, such as months from the diagnosis to death or the "
            "last visit, and one that says which of both it was; this table has none that could be."
        )
        return
    left, middle, right = st.columns(3)
    with left:
        _column_box("Time", "time", view.time, times)
    with middle:
        _column_box("Event", "event", view.event, events)
    with right:
        occurred = _occurred_box(study, view.event)
    if not (view.time and view.event):
        st.caption(
            "Choose which column holds the time from a start to the event or the last visit, and "
            "which says whether the event occurred. Nothing is assumed; those that look like it by "
            "their names come first."
        )
        return
    groups = groups_named(study, names)
    adjust = _adjust_box(material, groups)
    columns = SurvivalColumns(view.time, view.event, occurred, adjust)
    with st.spinner("Estimating survival…"):
        found = survival_of(study, groups, columns, view.suppress)
    _shown(study, found)


def survival_html(table: pd.DataFrame) -> str:
    """Return HTML of the groups' figures; what it is made of runs nowhere."""
    titles = [f"{name[:1].upper()}{name[1:]}" for name in table.columns]
    head = "".join(f'<th scope="col">{html.escape(title)}</th>' for title in titles)
    body = "".join(
        f'<tr><th scope="row">{html.escape(str(name))}</th>'
        f"{''.join(f'<td>{html.escape(str(cell))}</td>' for cell in cells)}</tr>"
        for name, *cells in table.itertuples(index=False)
    )
    return scroll_region(
        "Survival figures",
        f'<table class="cae-facts cae-report cae-survival"><tr>{head}</tr>{body}</table>',
    )


def _any(offered: Offered) -> bool:
    return bool(offered.likely or offered.others)


def _column_box(title: str, field: str, chosen: str, offered: Offered) -> None:
    key = session.control(f"compare {field}", chosen or None)
    options = [*offered.likely, *offered.others]
    st.selectbox(
        title,
        [*options, *([chosen] if chosen and chosen not in options else [])],
        format_func=lambda name: (
            f"{column_title(name)} · likely by its name"
            if name in offered.likely
            else column_title(name)
        ),
        placeholder="Choose a column",
        key=key,
        on_change=lambda: session.look(**_changes(field, st.session_state[key])),
    )


def _changes(field: str, chosen: str | None) -> dict[str, object]:
    """Return what changes with a column; values that were named are those of one column."""
    changes: dict[str, object] = {field: chosen or ""}
    return {**changes, "occurred": ()} if field == "event" else changes


def _occurred_box(study: Study, event: str) -> tuple[str, ...]:
    """Show which values mean the event; return them where a person has chosen them."""
    table = study_table(study)
    named = session.view().occurred
    present: list[str] = []
    if event in table and table[event].nunique() <= MOST_VALUES:
        present = sorted(map(str, as_categories(table[event]).dropna().unique()), key=sort_key)
    read = _read(table[event]) if present else ()
    shown = [value for value in named or read if value in present]
    key = session.control("compare occurred", shown)

    def choose() -> None:
        chosen = tuple(st.session_state[key])
        session.look(occurred=() if chosen == read else chosen)

    st.multiselect(
        "Values that mean that it occurred",
        present,
        placeholder="Choose values" if present else "Choose an event first",
        disabled=not present,
        key=key,
        on_change=choose,
    )
    return named


def _adjust_box(material: Material, groups: Sequence[Group]) -> tuple[str, ...]:
    """Show which columns ratios are adjusted for; return what is chosen."""
    view = session.view()
    unit = units_of(material, groups).kind
    offered = [one.column for one in adjustable(material, groups, unit)]
    options = [name for name in offered if name not in (view.time, view.event)]
    key = session.control("compare adjust", list(view.adjust))
    st.multiselect(
        "Adjust hazard ratios for",
        list(dict.fromkeys((*options, *view.adjust))),
        format_func=column_title,
        placeholder="Nothing",
        key=key,
        help="Such as age and sex; plain ratios stay beside the adjusted ones",
        on_change=lambda: session.look(adjust=tuple(st.session_state[key])),
    )
    return view.adjust


def _read(values: pd.Series) -> tuple[str, ...]:
    try:
        return event_words(values).occurred
    except CaeError:
        return ()


def _shown(study: Study, found: "Survival") -> None:
    from cae.cohorts.time_to_event import RULE
    from cae.export.kaplan_meier_picture import kaplan_meier_picture, picture_words
    from cae.export.survival import FILE_STEM, export_survival

    st.html(remarks_html(found.remarks))
    picture = base64.b64encode(kaplan_meier_picture(found, theme_ink()).encode("utf-8")).decode(
        "ascii"
    )
    curves = (
        f'<img class="cae-survival-picture" src="data:image/svg+xml;base64,{picture}" '
        f'alt="{html.escape(picture_words(found))}">'
    )
    st.html(scroll_region("Survival curves", curves))
    st.html(survival_html(found.summary()))
    st.html(remarks_html(found.verdict))
    st.caption(RULE)
    if {found.time, found.event} & study_material(study).identifying:
        st.caption(
            "These columns may tell who a patient is, so that files of them are not offered here; "
            "`cae cohort survival --identifying --out` writes them."
        )
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        for title, (ending, mime) in _KINDS.items():
            file_button(study, export_survival, found, title, f"{FILE_STEM}.{ending}", mime)
        beside = provenance_file(Path(f"{FILE_STEM}.csv")).name
        file_button(
            study,
            export_survival,
            found,
            "Provenance of survival",
            f"{FILE_STEM}.csv",
            "application/json",
            beside,
        )
