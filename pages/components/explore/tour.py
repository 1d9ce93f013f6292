"""The tour: five steps that show a newcomer what the page Explore can do."""

import streamlit as st

from pages.components.kit.component import Component

_ASKED = "tours asked for"
# What a step points at, its heading, and what it says.
STEPS = (
    (
        ".cae-map-stage",
        "A map of your images",
        "Every point is an image. Points lie close together where the model found the images "
        "alike; nobody told it what they show.",
    ),
    (
        ".cae-map-bar",
        "Draw around a group",
        "With the lasso or the box. Hold Shift to add to what is selected, Alt to take away; "
        "the wheel zooms.",
    ),
    (
        ".cae-map-legend",
        "Colours and clusters",
        "Press a name to select all its images. Above the map you choose what the colours show.",
    ),
    (
        ".cae-count",
        "What you selected",
        "Its images appear here beside what the model decodes of them. Save it as a cohort, and a "
        "colleague can check it.",
    ),
    (
        "[data-testid='stSidebarNav'] a[href*='interpolate']",
        "The images in between",
        "Interpolate walks between two images and decodes what lies between them, marked as "
        "synthetic.",
    ),
)

_tour = Component("explore", "tour")


def tour() -> None:
    """Show the tour to who has not seen it in this browser, or has asked for it again."""
    steps = [{"target": target, "title": title, "text": text} for target, title, text in STEPS]
    _tour(data={"steps": steps, "asked": st.session_state.get(_ASKED, 0)}, key="tour")


def tour_button() -> None:
    """Offer to see the tour again."""
    st.button(
        "Show the tour",
        key="show tour",
        type="tertiary",
        icon=":material/explore:",
        on_click=_ask,
    )


def _ask() -> None:
    st.session_state[_ASKED] = st.session_state.get(_ASKED, 0) + 1
