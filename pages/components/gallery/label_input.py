"""The control that gives images another label, and undoes that."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from cae.access.roles import Role
from cae.columns.corrected_label import AT, BY, CORRECTED
from cae.columns.titles import LABEL
from cae.number_text import counted
from cae.study.label_corrections import (
    Correction,
    correct_labels,
    given_words,
    last_correction,
    undo_correction,
)
from cae.study.study import Study
from pages.components.kit.cache import array_digest
from pages.components.kit.guard import guard
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.kit.rights import demand, withheld
from pages.components.state import session
from pages.components.state.study_view import study_table

_MOST_OFFERED = 200


def label_input(study: Study, rows: np.ndarray, key: str) -> None:
    """Offer to give the images of `rows` a label; that of the source stays beside it.

    Args:
        study: that the images are of.
        rows: of the images, at least one.
        key: of the control, one for each place on the page.
    """
    table = study_table(study)
    given = table[CORRECTED if CORRECTED in table else LABEL]
    known = sorted(map(str, pd.unique(given.dropna())))[:_MOST_OFFERED]
    present = given.iloc[rows].unique()
    alike = str(present[0]) if len(present) == 1 and not pd.isna(present[0]) else None
    offered = [*known, alike] if alike is not None and alike not in known else known
    # Another image, or another label of this one, has a box of its own, which shows that.
    field = session.control_key(f"{key} label {alike} {array_digest(rows)}")
    which, give = st.columns([3, 2], vertical_alignment="bottom")
    with which:
        st.selectbox(
            "Label",
            offered,
            index=None if alike is None else offered.index(alike),
            accept_new_options=True,
            placeholder="Choose one, or type another",
            key=field,
            help="Kept in a column of its own, corrected label, with who and when",
        )
    chosen = st.session_state[field]
    give.button(
        f"Label {counted(len(rows), 'image')}",
        key=f"{key} give",
        on_click=_give,
        args=(study, rows, chosen),
        width="stretch",
        **withheld(Role.EDIT, study.path, disabled=chosen is None or chosen == alike),
    )
    if len(rows) == 1 and CORRECTED in table and pd.notna(table[BY].iloc[rows[0]]):
        _say_who(study, table.iloc[rows[0]], rows, key)
    offer_undo(study, key)


def _say_who(study: Study, told: pd.Series, rows: np.ndarray, key: str) -> None:
    source = "no label" if pd.isna(told[LABEL]) else f"“{told[LABEL]}”"
    st.text(f"By {told[BY]}, {told[AT][:16].replace('T', ' ')} UTC. The source says {source}.")
    st.button(
        "Give the source's back",
        key=f"{key} back",
        on_click=_give,
        args=(study, rows, None),
        **withheld(Role.EDIT, study.path),
    )


def offer_undo(study: Study, key: str) -> None:
    """Say what the last correction was and offer to undo it; nothing where there is none.

    Args:
        study: whose labels were corrected.
        key: of the control, one for each place on the page.
    """
    last = last_correction(study.path)
    if not last:
        return
    words, button = st.columns([3, 2], vertical_alignment="center")
    words.caption("Last given: " + plain_markdown(given_words(last)))
    button.button(
        "Undo",
        key=f"{key} undo",
        icon=":material/undo:",
        on_click=_undo,
        args=(study, last),
        **withheld(Role.EDIT, study.path),
    )


@guard()
def _give(study: Study, rows: np.ndarray, label: str | None) -> None:
    demand(Role.EDIT, study.path)
    correct_labels(study, rows, label, session.who())


@guard()
def _undo(study: Study, seen: Sequence[Correction]) -> None:
    demand(Role.EDIT, study.path)
    undo_correction(study, seen)
