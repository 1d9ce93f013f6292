"""The choice of how to train."""

import streamlit as st

from cae.study import steps
from cae.study.study import Study
from pages.components.jobs.method_form import method_form
from pages.components.train.pretrained_models import pretrained_models


def train_form(study: Study) -> None:
    """Offer the methods that lead to a map, their settings, and a button that starts them."""
    with st.spinner("Loading the methods…"):
        from cae.methods import DECODER, METHODS, method_named

        known = {name: method_named(name) for name in METHODS}
    usual = (
        steps.last_settings(study, study.model_step)
        or (steps.default_settings(study, DECODER) if study.brought else None)
        or steps.default_settings(study)
    )
    key = f"train {study.path}"
    pretrained_models(study)
    ways = ("decoder", "train") if study.brought else ("train",)
    offered = sorted(
        (name for name, method in known.items() if method.steps[0] in ways),
        key=lambda name: ways.index(known[name].steps[0]),
    )
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
        _what_is_replaced(study, known[method].steps[0]),
    )  # fmt: skip


def _what_is_replaced(study: Study, step: str) -> str:
    if study.brought and step == "train":
        return (
            "The latents from elsewhere, map and clusters are replaced when the model has encoded "
            "the images; cohorts are kept."
        )
    if step == "train" and study.is_done("train"):
        return (
            "Training again replaces the model, map and clusters when it is done; cohorts are kept."
        )
    return ""
