"""Who did what to the cohorts, folded away."""

import html

import streamlit as st

from cae.cohorts.act import when
from cae.study.study import Study
from pages.components.kit.scroll_region import scroll_region
from pages.components.state import session

_SHOWN = 200


def show_log(study: Study) -> None:
    """Show who saved, changed, deleted and exported which cohort, newest first."""
    if not study.cohorts.place.exists:
        return
    panel = st.expander(
        "Log", icon=":material/history:", key=session.control_key("log"), on_change="rerun"
    )
    if not panel.open:
        return
    with panel:
        acts = study.cohorts.log()
        if not acts:
            st.caption("Nothing was done yet that is in the log.")
            return
        lines = "".join(
            f"<tr><td>{html.escape(when(act.made))}</td><td>{html.escape(act.deed)}</td></tr>"
            for act in acts[:_SHOWN]
        )
        head = '<th scope="col">When</th><th scope="col">Who did what</th>'
        table = f'<table class="cae-facts"><tr>{head}</tr>{lines}</table>'
        st.html(scroll_region("Log of the cohorts", table))
        if len(acts) > _SHOWN:
            st.caption(
                f"These are the last {_SHOWN:,} of {len(acts):,}; cae cohort log lists all of them."
            )
