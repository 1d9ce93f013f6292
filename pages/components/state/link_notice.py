"""What of a link could not be used."""

from collections.abc import Iterable

import streamlit as st

from cae.columns.titles import column_title
from pages.components.state import session


def link_notice(columns: Iterable[str], usable: Iterable[str], choices: Iterable[str]) -> None:
    """Say once which parts of the address cannot be used here, and take them out of it.

    Args:
        columns: that the address filters by.
        usable: those of them whose filters make sense.
        choices: what the map can be coloured by.
    """
    lost = []
    if session.has_lost_selection():
        lost.append("the selection, which is kept only on the computer where it was made")
        session.forget_selection()
    lost += [f"the filter of {column_title(one)}" for one in columns if one not in set(usable)]
    colour = session.get_colour()
    if colour and colour not in choices:
        lost.append(f"the colour by {column_title(colour)}")
        session.set_colour(None)
    if lost:
        st.toast(
            f"Not all of this link could be used: {'; '.join(lost)}.",
            icon=":material/link_off:",
            duration="infinite",
        )
