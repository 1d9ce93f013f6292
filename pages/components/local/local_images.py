"""The choice of images on the page Local, and which of them are on screen."""

import numpy as np
import streamlit as st

from cae.cohorts.cohort import Cohort
from cae.latent.spread import evenly_spread
from cae.study.study import Study
from pages.components.kit.cache import array_digest
from pages.components.state import session
from pages.components.state.known_cohorts import filled_cohorts

PAGE_SIZE = 12
_SELECTION, _EXAMPLES, _ALL = "selection", "examples", "all"


def choose_images(study: Study) -> tuple[np.ndarray, str]:
    """Offer selection, cohorts, examples and all images; return the chosen rows and their name."""
    selected = session.current_selection().rows
    cohorts = {f"cohort {one.id}": one for one in filled_cohorts(study)}
    titles = {_SELECTION: f"The selection ({len(selected):,})"} if len(selected) else {}
    titles |= {_EXAMPLES: "Examples from the whole study"}
    titles |= {name: _cohort_title(one) for name, one in cohorts.items()}
    titles[_ALL] = f"All images ({len(study):,})"
    names, asked = list(titles), session.view().of
    key = session.control_key("local images")
    chosen = st.selectbox(
        "Images",
        names,
        index=names.index(asked) if asked in names else 0,
        format_func=titles.__getitem__,
        help="Select images on the page Explore, or save them as a cohort, to find them here.",
        key=key,
        on_change=lambda: session.look(of=st.session_state[key]),
    )
    if chosen == _SELECTION:
        return selected, "selection"
    if chosen in cohorts:
        return cohorts[chosen].rows, cohorts[chosen].name
    if chosen == _ALL:
        return np.arange(len(study)), "all"
    return evenly_spread(len(study), PAGE_SIZE), "examples"


def turned_to(rows: np.ndarray) -> np.ndarray:
    """Show the pager where there are more images than fit, and return those on its page."""
    pages = -(-len(rows) // PAGE_SIZE)
    if pages <= 1:
        return rows
    key = session.control_key(f"local page of {array_digest(rows)}")
    page = st.number_input(f"Page of {pages:,}", 1, pages, key=key, width=160)
    return rows[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]


def _cohort_title(cohort: Cohort) -> str:
    return f"Cohort “{cohort.name}” ({cohort.count:,})"
