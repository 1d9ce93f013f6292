"""Choosing an anchor by its id, from the selection or among medoids."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from cae.study.study import Study
from pages.components.decode.anchors import suggested_rows
from pages.components.gallery.gallery import Picture, gallery
from pages.components.state import session
from pages.components.state.study_view import caption, study_table

MOST_FOUND = 12


def anchor_picker(
    study: Study, which: str, choose: Callable[[str, int], None] = session.set_anchor
) -> None:
    """Show a button that opens a search; `choose` is told `which` and the row pressed there."""
    letter = which.upper()
    picker = st.popover(f"Change {letter}", key=f"pick {which}", on_change="rerun", width="stretch")
    if not picker.open:
        return
    with picker:
        wanted = st.text_input(
            f"Find an image for {letter}",
            key=f"find {which}",
            placeholder="An id or part of one",
        ).strip()
        rows, words = _found(study, wanted)
        st.html(f'<div class="cae-quiet" role="status">{words}</div>')
        ids = study_table(study)["id"]
        gallery(
            [
                Picture(int(row), str(ids.iloc[row]), caption(study, row), study.images[row])
                for row in rows
            ],
            key=f"found {which}",
            on_pick=partial(_pick, choose, which),
        )


def matching_rows(ids: pd.Series, wanted: str, most: int) -> np.ndarray:
    """Return the rows whose id holds `wanted`, in any capitals; at most `most`.

    An id that is exactly `wanted` comes first, then those that begin with it.
    """
    names = ids.astype(str).str.casefold()
    wanted = wanted.casefold()
    rows = np.flatnonzero(names.str.contains(wanted, regex=False).to_numpy())
    ranks = [(names.iloc[row] != wanted, not names.iloc[row].startswith(wanted)) for row in rows]
    order = sorted(range(len(rows)), key=ranks.__getitem__)
    return rows[order][:most]


def _found(study: Study, wanted: str) -> tuple[np.ndarray, str]:
    """Return rows to offer and what they are."""
    selected = session.current_selection().rows
    if wanted:
        rows = matching_rows(study_table(study)["id"], wanted, MOST_FOUND)
        if not len(rows):
            return rows, "No image has such an id; try a part of it."
        return rows, "Press an image" if len(rows) < MOST_FOUND else f"The first {MOST_FOUND}"
    if len(selected):
        return selected[:MOST_FOUND], "From the selection"
    return np.array(suggested_rows(study)), "Typical of the largest clusters"


def _pick(choose: Callable[[str, int], None], which: str, row: int) -> None:
    choose(which, row)
    st.session_state[f"find {which}"] = ""
    st.session_state[f"pick {which}"] = False
