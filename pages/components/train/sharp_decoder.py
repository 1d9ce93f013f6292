"""The sharp decoder of a complete study: whether there is one, and a button that trains it."""

import streamlit as st

from cae.sharp.settings import SharpSettings
from cae.study.steps import usual_sharpening
from cae.study.study import Study
from pages.components.jobs.job_button import job_button
from pages.components.jobs.loss_curves import loss_curves
from pages.components.jobs.settings_form import arguments, settings_form

_ABOUT = (
    "Decoded images are means of what a latent may show, and so blurred. A sharp decoder adds "
    "what an image of the set is likely to have. **What it adds is invented**; measurements never "
    "use it."
)


def sharp_decoder(study: Study) -> None:
    """Say whether a study has a sharp decoder, and offer to train one in the background.

    Args:
        study: with latents that are current.
    """
    with st.expander("Sharp decoder", key=f"sharp {study.path}", on_change="rerun") as shown:
        if not shown.open:
            return
        st.caption(_ABOUT)
        _state(study)
        kind = SharpSettings
        usual = {**usual_sharpening(study), **study.last_parameters("sharpen")}
        chosen = settings_form(study, kind, usual, f"sharp {study.path}", _explain_nothing)
        job_button(
            "Train it anew" if study.is_done("sharpen") else "Train a sharp decoder",
            study.path,
            ["sharpen", str(study.path), *arguments(chosen or {})],
            icon=":material/deblur:",
            key=f"sharpen {study.path}",
            disabled=chosen is None,
        )
        loss_curves(study.history_file("sharpen"), key=f"sharp losses {study.path}")


def _state(study: Study) -> None:
    if study.is_sharpened:
        st.success("The study has a sharp decoder; pages that decode offer “likely” and “spread”.")
    elif study.is_done("sharpen"):
        st.warning("The sharp decoder was trained for former latents; train it anew to use it.")


def _explain_nothing(name: str, value: object) -> None:
    """No choice of these settings needs a picture."""
