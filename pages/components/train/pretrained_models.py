"""The choice of a pretrained model, where one takes the study's images."""

import streamlit as st

from cae.study.pretrained import pretrained_for
from cae.study.study import Study
from pages.components.jobs.job_button import job_button


def pretrained_models(study: Study) -> None:
    """Offer the models that take images of this size instead of a training; nothing if none."""
    fitting = {one.name: one for one in pretrained_for(study)}
    if not fitting:
        return
    key = f"pretrained {study.path}"
    with st.expander("Use a pretrained model instead"):
        name = st.selectbox(
            "Pretrained model",
            list(fitting),
            format_func=lambda one: fitting[one].title,
            help="A model that comes with the program. It takes a minute instead of a training and "
            "suits images like those it was trained on.",
            key=f"{key} model",
        )
        job_button(
            "Use this model",
            study.path,
            ["use", str(study.path), "--model", name],
            icon=":material/download_done:",
            key=f"{key} use",
        )
        # The card's title is what is chosen above.
        st.markdown(fitting[name].card.partition("\n")[2])
