"""The offer to train a local model, and its training as it runs."""

from pathlib import Path

import streamlit as st

from cae.access.roles import Role
from cae.jobs import runs
from cae.study import steps
from cae.study.pretrained import local_pretrained_for, restore
from cae.study.study import Study
from pages.components.jobs.job_panel import is_local, live_job, stopped_job
from pages.components.jobs.method_form import method_form
from pages.components.kit.guard import guard
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.kit.rights import demand, withheld


def local_training(study: Study) -> bool:
    """Show a running or stopped training of a local model, or offer one where there is none.

    Returns:
        Whether the page has a local model to show: the former one as long as it is trained anew.
    """
    usable = study.is_done("areas")
    job = runs.status(study.path)
    if job and job.is_active:
        if not is_local(job):
            st.info("Another job for this study is running; see Data & training.")
        live_job(study.path)
        return usable
    if job and job.can_resume and is_local(job):
        stopped_job(job)
        return usable
    if usable:
        return True
    st.info(
        f"The study {plain_markdown(study.path.name)} has no local model yet. It learns from the "
        "images alone what every pixel shows, outlines regions that are alike in all images, and "
        "finds a point of one image again in the others."
    )
    if folder := local_pretrained_for(study):
        st.button(
            "Use the local model that comes with these images",
            icon=":material/download_done:",
            on_click=guard()(_take_over),
            args=(study.path, folder),
            **withheld(Role.EDIT, study.path),
        )
    local_form(study)
    return False


def _take_over(path: Path, folder: Path) -> None:
    """Give a study, opened anew as other sessions look at this one, a model that was packed."""
    demand(Role.EDIT, path)
    restore(Study.open(path), folder)


def local_form(study: Study) -> None:
    """Offer the settings of a local model and a button that starts its training."""
    with st.spinner("Loading the method…"):
        usual = steps.last_settings(study, "local") or steps.default_settings(study, "local")
    method_form(
        study,
        usual.method,
        usual.to_dict(),
        "Train a local model",
        "It is trained in the background; map, clusters and cohorts stay as they are.",
    )
