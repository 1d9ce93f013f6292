"""The choice of how to train."""

import streamlit as st

from cae.study import steps
from cae.study.study import Study
from pages.components.jobs.method_form import method_form
from pages.components.train.pretrained_models import pretrained_models


def train_form(study: Study) -> None:
    """Offer the methods that lead to a map, their settings, and a button that starts them."""
    with st.spinner("Loading the methods…"):
        from cae.methods import METHODS, method_named

        known = {name: method_named(name) for name in METHODS}
    usual = steps.last_settings(study) or steps.default_settings(study)
    key = f"train {study.path}"
    pretrained_models(study)
    offered = [name for name, method in known.items() if method.steps[0] == "train"]
    method = st.radio(
        "Method",
        offered,
        index=offered.index(usual.method) if usual.method in offered else 0,
        format_func=lambda name: known[name].title,
        captions=[known[name].sentence for name in offered],
        key=f"{key} method",
    )
    method_form(
        study, method, usual.to_dict(), "Start training",
        "Training again replaces the model, map and clusters when it is done; cohorts are kept."
        if study.is_done("train")
        else "",
    )  # fmt: skip
