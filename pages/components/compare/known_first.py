"""What has to be known before differences are read: who is compared, what could explain them."""

import html

import streamlit as st

from cae.cohorts.comparison import Comparison
from cae.cohorts.groups import Group
from cae.cohorts.remark import Remark
from cae.cohorts.units import IMAGE
from cae.number_text import counted
from pages.components.compare.confounding_table import confounding_table
from pages.components.kit.remarks import remarks_html


def known_first(found: Comparison) -> None:
    """Show both groups, remarks, what tells them apart, and how stable they are."""
    for letter, group, count, place in zip(
        "AB", found.groups, found.counts, st.columns(2), strict=True
    ):
        place.html(_head(letter, group, count, found.unit))
    st.html(remarks_html(found.remarks))
    st.markdown("##### What tells the groups apart")
    st.html(remarks_html([found.confounding.remark]))
    if found.confounding.predictions:
        st.html(confounding_table(found.confounding))
        st.caption(
            "How well each column, all together, and the images predict in which group "
            f"{found.unit}s are that the prediction has not seen: area under the ROC curve, "
            "0.5 is chance, 1 never fails."
        )
    if found.stability:
        st.markdown("##### Stability")
        for name, stability in found.stability.items():
            told = Remark(f"{name}: {stability.sentence}", stability.is_doubtful)
            st.html(remarks_html([told]))


def _head(letter: str, group: Group, count: int, unit: str) -> str:
    said = counted(len(group), IMAGE)
    if unit != IMAGE:
        said += f", {counted(count, unit)} counted"
    return (
        f'<div class="cae-count">{letter} · {html.escape(group.name)}</div>'
        f'<div class="cae-quiet">{said}</div>'
    )
