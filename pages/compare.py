"""Compare: how two groups of images differ, what could explain it, Table 1 and survival."""

import streamlit as st

from cae.cohorts.comparison import Comparison
from pages.components.compare.differences_table import differences_table
from pages.components.compare.groups import (
    further_groups,
    group_boxes,
    groups_named,
    offered_groups,
)
from pages.components.compare.images_apart import images_apart
from pages.components.compare.known_first import known_first
from pages.components.compare.results import comparison_of
from pages.components.compare.survival_panel import survival_panel
from pages.components.compare.table_one_panel import table_one_panel
from pages.components.decode import direction_mode
from pages.components.kit.guard import guard
from pages.components.kit.left_out_table import left_out_table
from pages.components.kit.shell import ensure_shell
from pages.components.state import session
from pages.components.state.outdated_notice import outdated_notice
from pages.components.state.view import SAVED_DIRECTION


def compare() -> None:
    """Show the page."""
    study = session.current_study()
    outdated_notice(study)
    offered = offered_groups(study)
    if not (offered or session.view().group):
        st.info("There are no clusters, labels, cohorts or selection to compare yet.")
        st.page_link("pages/explore.py", label="Explore", icon=":material/scatter_plot:")
        return
    pair = group_boxes(offered)
    groups = groups_named(study, pair)
    with st.spinner("Comparing the groups…", show_time=True):
        found = comparison_of(study, groups)
    known_first(found)
    _differences(found)
    st.markdown("##### What sets the images apart")
    with guard():
        images_apart(study, groups, _walk)
    st.markdown("##### Table 1")
    with guard():
        table_one_panel(study, pair, offered)
    st.markdown("##### Survival")
    with guard():
        survival_panel(study, (*pair, *further_groups(pair)))


def _differences(found: Comparison) -> None:
    st.markdown("##### Differences", help=found.rule)
    if found.columns:
        st.html(differences_table(found.columns))
        st.caption(
            "q is p adjusted for all columns tested that are not made from the images. Pictures of "
            "one measure share a scale, odds ratios a logarithmic one; a difference of medians has "
            "its own, and Cramér's V has no sign. What lies beyond is drawn at the edge."
        )
    else:
        st.caption("No column can be compared.")
    if found.left_out:
        with st.expander(f"{len(found.left_out):,} not compared"):
            st.html(left_out_table(found.left_out))


def _walk(direction: str, row: int) -> None:
    """Open Interpolate where an image changes along a saved direction."""
    session.set_anchor("a", row)
    session.look(decode=direction_mode.MODE, direction=f"{SAVED_DIRECTION}{direction}")
    st.switch_page("pages/interpolate.py")


with guard():
    ensure_shell()
    compare()
