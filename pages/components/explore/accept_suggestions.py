"""Labels that neighbours suggest, accepted at once: what changes is said first, undone as one."""

import html
from collections.abc import Collection

import numpy as np
import pandas as pd
import streamlit as st

from cae.access.roles import Role
from cae.columns.corrected_label import BY
from cae.number_text import counted
from cae.study.label_corrections import accept_suggestions
from cae.study.study import Study
from pages.components.gallery.label_input import offer_undo
from pages.components.kit.guard import guard
from pages.components.kit.rights import demand, withheld
from pages.components.state import session

_FOUND, _SELECTED = "found", "selected"


def accept_button(study: Study, found: pd.DataFrame, selected: np.ndarray) -> None:
    """Offer to give all images that are found, or those selected, what their neighbours suggest.

    Labels that somebody has corrected already are left as they are.

    Args:
        study: that the images are of.
        found: as `cae.latent.label_errors.find_label_errors` returns it.
        selected: rows of the images that are selected.
    """
    pending = pending_suggestions(study, found)
    is_pressed = st.button(
        f"Accept suggestions ({len(pending):,})…",
        icon=":material/done_all:",
        width="stretch",
        key="accept suggestions",
        **withheld(
            Role.EDIT,
            study.path,
            help="Says first which labels change; the source's stay beside them",
            disabled=not len(pending),
        ),
    )
    if is_pressed:
        _dialog(study, pending, len(found) - len(pending), selected)
    offer_undo(study, "suggestions")


def pending_suggestions(study: Study, found: pd.DataFrame) -> pd.DataFrame:
    """Return those suggestions whose labels nobody has corrected, as they are on disk now."""
    table = study.full_table
    if BY not in table:
        return found
    return found[table[BY].isna().to_numpy()[found["row"]]]


def changes_html(chosen: pd.DataFrame) -> str:
    """Return HTML that tells which labels become which of how many images; nothing in it runs."""
    counts = chosen.value_counts(["label", "suggested"]).reset_index(name="images")
    lines = "".join(
        f'<tr><th scope="row">{html.escape(str(label))} → {html.escape(str(suggested))}</th>'
        f"<td>{counted(count, 'image')}</td></tr>"
        for label, suggested, count in counts.itertuples(index=False)
    )
    return f'<table class="cae-facts" aria-label="What changes">{lines}</table>'


@st.dialog("Accept what neighbours suggest?")
def _dialog(study: Study, pending: pd.DataFrame, corrected: int, selected: Collection[int]) -> None:
    with guard():
        chosen = _chosen(pending, selected)
        st.html(changes_html(chosen))
        st.caption(
            "Where classes overlap, some of these labels are right: look at the images first. "
            "Neighbours are images that the model finds alike, so that the labels become, in part, "
            "what the model says: comparisons with groups from the map do not test them then. The "
            "source's labels stay; who accepted them, and when, is kept, and all can be undone at "
            "once."
        )
        if corrected:
            kept = counted(corrected, "image")
            st.caption(f"Left as they are: {kept} that somebody has labelled already.")
        accept, cancel = st.columns(2)
        is_accepted = accept.button(
            f"Accept {counted(len(chosen), 'image')}",
            type="primary",
            width="stretch",
            key="accept all",
            **withheld(Role.EDIT, study.path, disabled=chosen.empty),
        )
        if is_accepted:
            _accept(study, chosen)
            st.rerun()
        if cancel.button("Cancel", width="stretch", key="accept cancel"):
            st.rerun()


def _chosen(pending: pd.DataFrame, selected: Collection[int]) -> pd.DataFrame:
    """Ask whether all suggestions are meant where some are of selected images."""
    among = pending[pending["row"].isin(selected)]
    if among.empty or len(among) == len(pending):
        return pending
    which = st.radio(
        "Which",
        [_FOUND, _SELECTED],
        format_func={
            _FOUND: f"All that are found ({len(pending):,})",
            _SELECTED: f"Those that are selected on the map ({len(among):,})",
        }.__getitem__,
        key="accept which",
    )
    return among if which == _SELECTED else pending


def _accept(study: Study, chosen: pd.DataFrame) -> None:
    demand(Role.EDIT, study.path)
    # Somebody else may have labelled some of them since they were shown.
    still = pending_suggestions(study, chosen)
    accept_suggestions(
        study, still["row"].to_numpy(), still["suggested"].astype(str).tolist(), session.who()
    )
