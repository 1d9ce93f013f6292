"""What is shown though it was made from former results."""

from collections.abc import Iterable, Sequence

import streamlit as st

from cae.study.step import STEPS
from cae.study.study import Study


def outdated_notice(study: Study, steps: Sequence[str] = ()) -> None:
    """Say in one line what of `steps` was made from former results, and where to renew it.

    Nothing is shown where all of it is current. Without `steps` it is about what leads to the map.
    """
    words = outdated_words(study, steps or (*study.map_steps, study.model_step))
    if not words:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="outdated"):
        st.caption(f":material/history: {words}", width="content")
        st.page_link("pages/training.py", label="Renew on Data & training", width="content")


def outdated_words(study: Study, steps: Sequence[str]) -> str:
    """Return what of `steps` is in use though made from former results, and from which of them.

    Empty where all of it is current.
    """
    found = study.outdated()
    shown = [step for step in found if step in steps]
    if not shown:
        return ""
    changed = {needed for step in shown for needed in study.changed_since(step)} - {*found}
    former = _joined(step.result for name, step in STEPS.items() if name in changed)
    made = _joined(STEPS[step].result for step in shown)
    return f"{made.capitalize()}: made from the former {former}."


def _joined(words: Iterable[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last
