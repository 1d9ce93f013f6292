"""Structures learnt from the masks of a few images: learnt on request, looked at, downloaded."""

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from cae.decoding.outline import LearntOutlines, learn_outlines, masks_of, outlined_rows
from cae.export.outlines import export_outlines
from cae.number_text import counted
from cae.study.study import Study
from pages.components.kit.cache import array_digest, cache_resource
from pages.components.kit.exports import prepare_export
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.kit.prepared_file import prepared_file, zip_button
from pages.components.local.overlays import outline_picture
from pages.components.state import session
from pages.components.state.known_cohorts import filled_cohorts

_SHOWN = 8
_EVERYTHING = "Training images with a mask"


def outline_panel(study: Study) -> None:
    """Offer to learn the structures of a study that has masks; show nothing where it has none."""
    if study.masks is None:
        return
    panel = st.expander("Outline structures from masks", key="outlines", on_change="rerun")
    if not panel.open:
        return
    with panel:
        st.caption(
            "A network learns from images that have masks, beginning with the local model where "
            "there is one, and outlines the same structures in all others."
        )
        rows = _labelled(study)
        key = session.control_key(f"outlines {array_digest(rows)}")
        if not st.session_state.get(key):
            st.button(
                f"Learn from {counted(len(rows), 'image')}",
                icon=":material/draw:",
                disabled=len(rows) == 0,
                on_click=partial(st.session_state.__setitem__, key, True),
            )
            return
        learnt = _learnt(
            (str(study.path), study.digest("import"), study.digest("local")), rows, study
        )
        if learnt.unlabelled:
            st.info(
                f"Of these, {learnt.unlabelled:,} without a mask were left out: nobody says that "
                "they show nothing."
            )
        _agreement(learnt)
        _pictures(study, learnt)
        _download(study, learnt)


def _labelled(study: Study) -> np.ndarray:
    """Let one choose the images to learn from."""
    cohorts = {cohort.name: cohort for cohort in filled_cohorts(study)}
    chosen = st.selectbox("Learn from", [_EVERYTHING, *cohorts], width=360)
    return outlined_rows(study) if chosen == _EVERYTHING else cohorts[chosen].rows


@cache_resource(max_entries=4)
def _learnt(key: tuple[str, ...], rows: np.ndarray, _study: Study) -> LearntOutlines:
    bar = st.progress(0.0, "Learning…")

    def show(done: int, total: int, message: str = "") -> None:
        bar.progress(done / max(1, total), f"{done:,} of {total:,} {message}")

    learnt = learn_outlines(_study, rows, progress=show)
    bar.empty()
    return learnt


def _agreement(learnt: LearntOutlines) -> None:
    if len(learnt.held_out) == 0:
        st.info("No other image has a mask, so nothing says how good these outlines are.")
        return
    st.dataframe(
        pd.DataFrame(
            {
                "Structure": learnt.names,
                "Dice": [found.dice for found in learnt.agreement],
                "95 % interval": [one.interval for one in learnt.agreement],
                "Other images with a mask": [found.images for found in learnt.agreement],
            }
        ),
        hide_index=True,
        column_config={
            "Dice": st.column_config.NumberColumn(
                help="How well outlines agree with masks that were not learnt from, of other "
                "patients: 0 not at all, 1 pixel by pixel",
                format="%.2f",
            )
        },
    )


def _pictures(study: Study, learnt: LearntOutlines) -> None:
    """Show images that were not learnt from, what was found in colour and what was drawn white."""
    others = np.setdiff1d(np.arange(len(study)), learnt.labelled)
    rows = (learnt.held_out if len(learnt.held_out) else others)[:_SHOWN]
    images, drawn = np.asarray(study.images[rows]), np.asarray(masks_of(study)[rows]) > 0
    found = learnt.segmenter.masks(images)
    st.image(
        [outline_picture(*each) for each in zip(images, found, drawn, strict=True)],
        caption=[plain_markdown(str(study.samples["id"].iloc[row])) for row in rows],
        width=160,
    )
    st.caption("In colour what the network outlines, white what the masks say.")


def _download(study: Study, learnt: LearntOutlines) -> None:
    digests = study.digest("import"), study.digest("local")
    key = ("outlines", study.path, *digests, array_digest(learnt.labelled))
    begin = partial(prepare_export, export_outlines, study, learnt, "outlines.zip", key)
    file = prepared_file(key, f"Prepare the outlines of {len(study):,} images", begin)
    if file is not None:
        zip_button(file, "Outlines (ZIP)")
