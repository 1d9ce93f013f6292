"""Baselines on screen: measured in the background, then shown in a table."""

from typing import Any

import streamlit as st

from cae.jobs import runs
from cae.jobs.reporting import duration
from cae.study.study import Study
from pages.components.jobs.job_button import job_button
from pages.components.jobs.job_panel import live_job, stopped_job
from pages.components.jobs.loss_curves import read_history
from pages.components.report.baseline_table import baseline_table

# A plain autoencoder and a classifier look at every image once where a contrastive method does
# so three times; the pretrained network takes its time for each image.
_SECONDS_PER_IMAGE = 0.02
_SECONDS_AT_LEAST = 10.0


def show_baselines(study: Study, figures: dict[str, Any]) -> None:
    """Show the baselines beside `figures`, the progress of measuring them, or a way to start."""
    from cae.evaluation.saved import measured_baselines

    st.markdown("##### Baselines")
    baselines = measured_baselines(study)
    job = runs.status(study.path)
    if job and job.is_active:
        live_job(study.path)
    elif baselines is not None:
        st.html(baseline_table(figures, baselines))
        st.caption(
            "Other ways to describe the same images. All of them learn from the same training "
            "images and are measured on the same test images; the best figure of a column is bold."
        )
    elif job and job.can_resume and job.arguments[:1] == ("evaluate",):
        stopped_job(job)
    else:
        _offer(study)


def expected_seconds(study: Study) -> float:
    """Return about how long measuring the baselines takes, from how long training took."""
    history = read_history(study.history_file(study.model_step))
    trained = 0.0 if history.empty else float(history["seconds"].sum())
    images = len(study.rows("train")) + len(study.rows("test"))
    return trained + _SECONDS_PER_IMAGE * images + _SECONDS_AT_LEAST


def _offer(study: Study) -> None:
    st.write(
        "Is the model better than plain pixels, than the same network that only reproduces images, "
        "or than features learnt from photographs? And how close is it to the same network taught "
        "with labels? Two more networks are trained for this, once."
    )
    job_button(
        "Measure baselines too",
        study.path,
        ["evaluate", str(study.path), "--baselines"],
        icon=":material/balance:",
    )
    st.caption(f"Takes about {duration(expected_seconds(study))} in the background.")
