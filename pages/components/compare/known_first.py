"""What has to be known before differences are read: who is compared, what could explain them."""

import html

import streamlit as st

from cae.cohorts.comparison import Comparison
from cae.cohorts.groups import Group
from cae.cohorts.units import IMAGE
from cae.number_text import counted
from pages.components.compare.confounding_table import confounding_table


def known_first(found: Comparison) -> None:
    """Show both groups, remarks, what tells them apart, and how stable they are."""
    for letter, group, count, place in zip(
        "AB", found.groups, found.counts, st.columns(2), strict=True
    ):
        place.html(_head(letter, group, count, found.unit))
    _sentences(found)
    st.markdown("##### What tells the groups apart")
    st.html(_sentence(found.confounding.sentence, is_warning=bool(found.confounding.telling)))
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
            is_doubtful = not stability.is_stable and not stability.reason
            st.html(_sentence(f"{name}: {stability.sentence}", is_warning=is_doubtful))


def _head(letter: str, group: Group, count: int, unit: str) -> str:
    said = counted(len(group), IMAGE)
    if unit != IMAGE:
        said += f", {counted(count, unit)} counted"
    return (
        f'<div class="cae-count">{letter} · {html.escape(group.name)}</div>'
        f'<div class="cae-quiet">{said}</div>'
    )


def _sentences(found: Comparison) -> None:
    exploratory = {group.reason for group in found.groups}
    st.html(
        "".join(_sentence(remark, is_warning=remark in exploratory) for remark in found.remarks)
    )


def _sentence(text: str, is_warning: bool) -> str:
    kind = "cae-warning" if is_warning else "cae-sentence"
    return f'<div class="{kind}">{html.escape(text)}</div>'
