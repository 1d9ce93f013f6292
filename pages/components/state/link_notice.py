"""What of a link could not be used."""

from collections.abc import Collection, Iterable

import streamlit as st

from cae.columns.titles import column_title
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.state import session
from pages.components.state.view import COLUMN, Order


def images_notice() -> None:
    """Say once that the images of an address are not those of the study any more."""
    if session.take_lost_images():
        st.toast(
            "The images of this study have been replaced since this was selected or opened, so "
            "that selected and opened images are given up.",
            icon=":material/link_off:",
            duration="infinite",
        )


def link_notice(filters: Iterable[str], choices: Iterable[str], orders: Collection[str]) -> None:
    """Say once which parts of the address cannot be used here, and take them out of it.

    Args:
        filters: of the address that do not fit the study, in words; they are taken out elsewhere.
        choices: what the map can be coloured by.
        orders: what the gallery can be sorted by.
    """
    lost = []
    if session.has_lost_selection():
        lost.append("the selection, which is kept only on the computer where it was made")
        session.forget_selection()
    lost += [f"the filter “{words}”" for words in filters]
    colour = session.view().colour
    if colour and colour not in choices:
        lost.append(f"the colour by {column_title(colour)}")
        session.look(colour="")
    if (by := session.view().sort.by) not in orders:
        lost.append(f"the order by {column_title(by.removeprefix(COLUMN))}")
        session.look(sort=Order())
    if lost:
        st.toast(
            f"Not all of this link could be used: {plain_markdown('; '.join(lost))}.",
            icon=":material/link_off:",
            duration="infinite",
        )
