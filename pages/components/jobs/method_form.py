"""The settings of one method, and the button that starts its training."""

from typing import Any

import numpy as np
import streamlit as st

from cae.latent.spread import evenly_spread
from cae.plugins import load
from cae.study.study import Study
from pages.components.jobs.job_button import job_button
from pages.components.jobs.settings_form import arguments, settings_form
from pages.components.kit.cache import cache_data

_SHEET_IMAGES = 4
_SHEET_VIEWS = 9


def method_form(
    study: Study, method: str, usual: dict[str, Any], text: str, caption: str = ""
) -> None:
    """Offer the settings of one method, and a button that starts its training in the background."""
    from cae.methods import method_named

    kind = method_named(method).Settings
    key = f"train {study.path} {method}"

    def explain(name: str, value: Any) -> None:
        if name == "preset":
            _explain_preset(study, load(kind.about()[name].choices), value)

    chosen = settings_form(study, kind, usual, key, explain)
    if caption:
        st.caption(caption)
    job_button(
        text,
        study.path,
        ["build", str(study.path), "--method", method, *arguments(chosen or {})],
        type="primary",
        icon=":material/play_arrow:",
        key=f"{key} start",
        disabled=chosen is None or chosen.get("clinical") == (),
    )


def _explain_preset(study: Study, presets: dict[str, Any], preset: str) -> None:
    """Say what a preset assumes of the images, and show what whole images become by it."""
    from cae.augment.augmentation import PRESETS

    st.caption(presets[preset].sentence)
    if presets is PRESETS:
        st.image(
            _sheet(str(study.path), study.digest("import"), preset, study),
            caption="Left: original images. Right: what training sees of them.",
            width="stretch",
        )


@cache_data(max_entries=32, show_spinner="Drawing examples…")
def _sheet(path: str, digest: str, preset: str, _study: Study) -> np.ndarray:
    from cae.augment.augmentation import augmentation_sheet

    rows = evenly_spread(len(_study), _SHEET_IMAGES)
    sheet = augmentation_sheet(np.asarray(_study.images[rows]), preset, views=_SHEET_VIEWS)
    return sheet[..., 0] if sheet.shape[-1] == 1 else sheet
