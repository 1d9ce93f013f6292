"""What of a study is unfinished or out of date, and a button that does just that."""

import streamlit as st

from cae.methods import DECODER
from cae.study.step import DECODER_STEPS, LOCAL_STEPS, STEPS
from cae.study.study import Study
from pages.components.jobs.job_button import job_button
from pages.components.state.outdated_notice import outdated_words

# A way through a study, training first, and what `cae build` must be told to go on with it.
_DECODER = (DECODER_STEPS, ("--method", DECODER))


def go_on(study: Study) -> bool:
    """Offer to go on where a training was begun, or to renew what is out of date.

    Returns:
        Whether there is something to go on with.
    """
    # Pixels can be learnt of by more than one method.
    begun_with = study.last_parameters(LOCAL_STEPS[0]).get("method", "local")
    local = (LOCAL_STEPS, ("--method", begun_with))
    ways = [(study.map_steps[1:], ()), *([_DECODER] if study.brought else []), local]
    offered = [_go_on(study, steps, options) for steps, options in ways]
    return any(offered)


def _go_on(study: Study, steps: tuple[str, ...], options: tuple[str, ...]) -> bool:
    label, words = _state(study, steps)
    if not label:
        return False
    st.warning(words)
    if study.brought and "encode" in study.outdated():
        st.caption("Bring their file again below, under *Latents from elsewhere*.")
        return True
    job_button(
        label,
        study.path,
        ["build", str(study.path), *options],
        type="primary",
        icon=":material/resume:",
        key=f"go on {study.path} {steps[0]}",
    )
    return True


def _state(study: Study, steps: tuple[str, ...]) -> tuple[str, str]:
    """Return how to call going on with a way through a study, and why; empty if it is complete."""
    cut_off = [step for step in steps if step in study.cut_off]
    if cut_off:
        title = STEPS[cut_off[0]].title
        return "Resume", f"The step “{title}” was cut off. What is finished is kept."
    if words := outdated_words(study, steps):
        return "Bring up to date", words
    if study.is_done(steps[0]):
        for step in steps:
            if not study.is_done(step):
                return "Finish", f"The study has no {STEPS[step].result} yet."
    return "", ""
