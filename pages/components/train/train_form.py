"""The choice of how to train."""

import numpy as np
import streamlit as st

from cae.latent.spread import evenly_spread
from cae.methods.settings import CLINICAL_WEIGHTS, TrainingSettings
from cae.study import steps
from cae.study.study import Study
from pages.components.jobs.job_button import job_button
from pages.components.train.trained_models import trained_models

_SHEET_IMAGES = 4
_SHEET_VIEWS = 9


def train_form(study: Study) -> None:
    """Offer methods and settings, and a button that starts the training."""
    with st.spinner("Loading the methods…"):
        from cae.methods import METHODS

    usual = steps.last_settings(study) or steps.default_settings(study)
    key = f"train {study.path}"
    trained_models(study)
    methods = list(METHODS)
    method = st.radio(
        "Method",
        methods,
        index=methods.index(usual.method) if usual.method in methods else 0,
        format_func=lambda name: METHODS[name].title,
        captions=[METHODS[name].sentence for name in methods],
        key=f"{key} method",
    )
    with st.expander("Settings"):
        first, second, third = st.columns(3)
        epochs = first.number_input(
            "Epochs",
            1,
            100_000,
            usual.epochs,
            help="How often every image is looked at. Training stops when it no longer helps.",
            key=f"{key} epochs",
        )
        latent = second.number_input(
            "Latent size",
            2,
            4096,
            usual.latent,
            help="How many numbers describe an image.",
            key=f"{key} latent",
        )
        seed = third.number_input(
            "Seed",
            0,
            2**31 - 1,
            usual.seed,
            help="The same seed gives the same model on the same computer.",
            key=f"{key} seed",
        )
        clusters = _clusters(usual.clusters, key) if method == "prototypes" else usual.clusters
        clinical = _clinical(study, usual, key) if method == "clinical" else {}
        grouping = _pseudo_classes(usual, key) if method == "pseudo-class" else {}
        preset = _preset(study, usual.preset, key)
    if study.is_done("train"):
        st.caption("Training again replaces the model, map and clusters; cohorts are kept.")
    arguments = ["build", str(study.path), "--method", method, "--preset", preset]
    arguments += ["--epochs", str(epochs), "--latent", str(latent), "--seed", str(seed)]
    arguments += ["--clusters", str(clusters)]
    for name, value in grouping.items():
        arguments += [name, str(value)]
    if clinical:
        arguments += ["--clinical", ",".join(clinical)]
        arguments += ["--clinical-weights", ",".join(map(str, clinical.values()))]
    job_button(
        "Start training",
        study.path,
        arguments,
        type="primary",
        icon=":material/play_arrow:",
        key=f"{key} start",
        disabled=method == "clinical" and not clinical,
    )


def _clusters(usual: int, key: str) -> int:
    known = st.number_input(
        "Prototypes",
        2,
        1000,
        usual or None,
        placeholder="chosen from the images",
        help="How many typical images to learn, one a cluster. Left empty, the elbow of k-means "
        "between 2 and 20 decides.",
        key=f"{key} clusters",
    )
    return known or 0


def _pseudo_classes(usual: TrainingSettings, key: str) -> dict[str, int]:
    """Offer how many pseudo-classes and positives there are, and return them by option."""
    number, positives = st.columns(2)
    return {
        "--pseudo-classes": number.number_input(
            "Pseudo-classes",
            1,
            None,
            usual.pseudo_classes,
            help="Into how many groups images are put first; images of one group are not pushed "
            "apart. Too few mix kinds of images, many divide them.",
            key=f"{key} pseudo-classes",
        ),
        "--positives": positives.number_input(
            "Near positives",
            0,
            None,
            usual.positives,
            help="How many of the nearest images of its group count as an image itself. Take 0 "
            "where images hardly differ, as X-rays of one part of the body.",
            key=f"{key} positives",
        ),
    }


def _clinical(study: Study, usual: TrainingSettings, key: str) -> dict[str, float]:
    """Offer the columns to learn from, and return the weight of each that is chosen."""
    columns = [name for name in study.samples if name not in ("id", "split")]
    chosen = st.multiselect(
        "Clinical values",
        columns,
        [name for name in usual.clinical if name in columns],
        placeholder="Choose one column or more",
        help="Images with the same value belong together; many numbers are cut into four bins.",
        key=f"{key} clinical",
    )
    if len(chosen) < 2:
        return dict.fromkeys(chosen, 1.0)
    weights = dict(zip(usual.clinical, usual.clinical_weights, strict=False))
    return {
        name: place.number_input(
            f"Weight of {name}",
            *CLINICAL_WEIGHTS,
            weights.get(name, 1.0),
            help="How much this column counts beside the others.",
            key=f"{key} weight {name}",
        )
        for name, place in zip(chosen, st.columns(len(chosen)), strict=True)
    }


def _preset(study: Study, usual: str, key: str) -> str:
    from cae.augment.augmentation import PRESETS

    presets = list(PRESETS)
    preset = st.selectbox(
        "Augmentation",
        presets,
        index=presets.index(usual) if usual in presets else 0,
        format_func=str.capitalize,
        help="How the method varies images to learn what does not matter in them.",
        key=f"{key} preset",
    )
    st.caption(PRESETS[preset].sentence)
    st.image(
        _sheet(str(study.path), study.digest("import"), preset, study),
        caption="Left: original images. Right: what training sees of them.",
        width="stretch",
    )
    return preset


@st.cache_data(max_entries=32, show_spinner="Drawing examples…")
def _sheet(path: str, digest: str, preset: str, _study: Study) -> np.ndarray:
    from cae.augment.augmentation import augmentation_sheet

    rows = evenly_spread(len(_study), _SHEET_IMAGES)
    sheet = augmentation_sheet(np.asarray(_study.images[rows]), preset, views=_SHEET_VIEWS)
    return sheet[..., 0] if sheet.shape[-1] == 1 else sheet
