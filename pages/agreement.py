"""Agreement: a second study of the same images, where both disagree, which columns each knows."""

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from cae.jobs import runs
from cae.study.study import Study
from pages.components.agreement.columns_table import columns_table
from pages.components.agreement.disagreement import apart_gallery, both_maps, neighbours_of_image
from pages.components.agreement.second_study import offered_studies, second_study_box
from pages.components.agreement.summary import overlap_figure, summary_table
from pages.components.jobs.job_button import job_button
from pages.components.jobs.job_panel import live_job, stopped_job
from pages.components.kit.guard import guard
from pages.components.kit.left_out_table import left_out_table
from pages.components.kit.shell import ensure_shell
from pages.components.state import session
from pages.components.state.outdated_notice import outdated_notice

if TYPE_CHECKING:
    from cae.evaluation.two_studies import Agreement


def agreement() -> None:
    """Show the page."""
    study = session.current_study()
    outdated_notice(study)
    if not study.is_done("encode"):
        st.info(f"The study {study.path.name} has no latents yet, so there is nothing to compare.")
        st.page_link("pages/training.py", label="Finish it on the page Data & training")
        return
    offered = offered_studies(study)
    if not (offered or session.view().other):
        st.info(
            "No other study here holds the same images. Import them again, then train another "
            "method or bring latents from elsewhere, to see what each of both knows."
        )
        st.page_link("pages/training.py", label="Data & training", icon=":material/model_training:")
        return
    if name := second_study_box(offered):
        _compared(study, session.study_named(name))


def _compared(study: Study, other: Study) -> None:
    from cae.evaluation.two_studies import measured_agreement

    found = measured_agreement(study, other)
    if found is None:
        _measuring(study, other)
        return
    st.caption(
        f"A is {study.path.name}, B is {other.path.name}. {found.shared:,} images are in both; "
        f"intervals are of 95 %, from bootstraps of {found.unit}s."
    )
    for remark in found.remarks:
        st.caption(remark)
    _arrangement(found)
    _columns(found)
    _disagreement(study, other, np.array(found.arrangement.apart, dtype=np.int64))


def _measuring(study: Study, other: Study) -> None:
    """Show how far the comparison in the background is, or a way to start it."""
    arguments = ("agreement", str(study.path), str(other.path))
    job = runs.status(study.path)
    if job and job.is_active:
        live_job(study.path)
        return
    if job and job.can_resume and job.arguments == arguments:
        stopped_job(job)
        return
    st.write(
        "Which images are near an image in both studies, which only in one, and what does each "
        "know of label, scanner, age and every other column?"
    )
    job_button("Compare", study.path, arguments, type="primary", icon=":material/join_inner:")


def _arrangement(found: "Agreement") -> None:
    figures, distribution = st.columns([3, 2], gap="large")
    with figures:
        st.html(summary_table(found.arrangement))
    with distribution:
        st.plotly_chart(
            overlap_figure(found.arrangement, found.shared),
            key="overlap",
            config={"displayModeBar": False},
        )
        st.caption("How many images share so many neighbours; dotted: what chance would give.")


def _columns(found: "Agreement") -> None:
    st.markdown("##### Which columns each knows")
    if found.columns:
        st.html(columns_table(found.columns))
        st.caption(
            "Learnt from latents of training images, measured on test images: by the 15 nearest "
            "neighbours, and by a linear model. Blue dots are A, orange diamonds B, grey dots "
            "plain pixels (50 principal components). The line in the middle is chance (AUROC 0.5, "
            "R² 0), the right end is all that can be known. q is p adjusted for all lines "
            "(Benjamini–Hochberg). What is known well may be the scanner as well as the disease."
        )
    else:
        st.caption("There is no column that either could know.")
    if found.left_out:
        with st.expander("Columns that are left out"):
            st.html(left_out_table(found.left_out))


def _disagreement(study: Study, other: Study, rows: np.ndarray) -> None:
    st.markdown("##### Where they disagree")
    st.caption(
        f"The {len(rows):,} images that share the fewest neighbours, first those whose distances "
        "to all others correlate least; they are marked on both maps."
    )
    with guard():
        both_maps(study, other, rows)
        neighbours_of_image(study, other)
        apart_gallery(study, other.path.name, rows)


with guard():
    ensure_shell()
    agreement()
