"""A background job on screen: its steps, how far it is, and what can be done about it."""

import html
from pathlib import Path

import streamlit as st

from cae.access.roles import Role, role_for_command
from cae.jobs import runs
from cae.jobs.reporting import Moment, duration
from cae.study.manifest import MANIFEST
from cae.study.step import STEPS
from cae.study.study import Study
from cae.uploads import as_uploaded, names_upload
from pages.components.jobs.job_button import job_button
from pages.components.jobs.loss_curves import loss_curves
from pages.components.kit.guard import guard
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.kit.rights import demand, withheld

# What else jobs do than steps of a study.
_OTHER_TITLES = {
    "append": "Add images",
    "embed": "Describe images",
    "map": "Draw another map",
    "agreement": "Compare with another study",
    "evaluate": "This model",
    "majority": "Majority class",
    "pixels": "Pixels",
    "pca": "PCA",
    "autoencoder": "Plain autoencoder",
    "supervised": "Supervised",
    "transfer": "ImageNet features",
    "teacher": "ImageNet features, all layers",
    "marks": "Planted marks",
}
STEP_TITLES = {name: step.title for name, step in STEPS.items()} | _OTHER_TITLES
_MARKS = {"done": "✓", "now": "●", "waiting": "○"}


@st.fragment(run_every=1.0)
def live_job(folder: Path) -> None:
    """Show a running job anew every second, until it ends."""
    with guard():
        job = runs.status(folder)
        if job is None or not job.is_active:
            st.rerun()
        _steps(job.moment)
        st.progress(_share(job.moment), plain_markdown(progress_text(job)))
        role = role_for_command(job.arguments) if job.arguments else Role.EDIT
        how = withheld(role, folder, icon=":material/stop_circle:")
        if st.button("Cancel", key=f"cancel {folder}", **how):
            demand(role, folder)
            with st.spinner("Stopping…"):
                runs.cancel(folder)
            st.rerun()
        st.caption("You can close this page; the work goes on, and is shown here again.")
        if job.moment.step in STEPS and (folder / MANIFEST).exists():
            study = Study.open(folder)
            loss_curves(study.history_file(_training(job, study)), key=f"live losses {folder}")


def stopped_job(job: runs.Job) -> None:
    """Say why a job ended before its end, and offer to go on."""
    adds = job.arguments[:1] == ("append",)
    left = "The study is as it was." if adds else "What is finished is kept."
    sentences = {
        "failed": as_uploaded(job.error),
        "cancelled": f"Cancelled. {left}",
        "interrupted": f"Interrupted: the computer or the process was stopped. {left}",
    }
    show = st.error if job.state == "failed" else st.warning
    show(plain_markdown(sentences[job.state]))
    if names_upload(" ".join(job.arguments)):
        st.caption("What was uploaded for this is not kept; upload it again to try once more.")
    elif job.arguments:
        job_button(
            "Try again" if job.state == "failed" else "Resume",
            job.folder,
            job.arguments,
            key=f"resume {job.folder}",
            icon=":material/resume:",
            type="primary",
        )
    if adds:
        st.button(
            "Leave it",
            key=f"forget {job.folder}",
            on_click=_forget,
            args=(job.folder,),
            **withheld(Role.ADMIN, job.folder),
        )


@guard()
def _forget(folder: Path) -> None:
    demand(Role.ADMIN, folder)
    runs.forget(folder)


def is_local(job: runs.Job) -> bool:
    """Whether a job trains a local model."""
    return "--method local" in " ".join(job.arguments)


def _training(job: runs.Job, study: Study) -> str:
    """Return the step whose losses are of interest while a job runs."""
    if job.arguments[:1] == ("sharpen",):
        return "sharpen"
    return "local" if is_local(job) else study.model_step


def progress_text(job: runs.Job) -> str:
    """Return what a job is doing in one line, such as "Train · epoch 3 of 30 · 4 min left"."""
    moment = job.moment
    if not moment.step:
        return "Starting…"
    counted = f"{moment.done:,} of {moment.total:,}" if moment.total > 1 else ""
    left = f"about {duration(moment.seconds_left)} left" if moment.seconds_left else ""
    title = STEP_TITLES.get(moment.step, moment.step)
    return " · ".join(part for part in (title, moment.message or counted, left) if part)


def _share(moment: Moment) -> float:
    return min(1.0, max(0.0, moment.done / moment.total)) if moment.total else 0.0


def _steps(moment: Moment) -> None:
    """Show the steps of a job: those behind it, the present one, and those to come."""
    plan = moment.plan
    done = plan[: plan.index(moment.step)] if moment.step in plan else ()
    parts = []
    for step in plan:
        is_now = step == moment.step
        state = "now" if is_now else "done" if step in done else "waiting"
        weight = "600" if is_now else "400"
        faint = "opacity:0.55" if state == "waiting" else ""
        title = html.escape(STEP_TITLES.get(step, step))
        parts.append(
            f'<span style="font-weight:{weight};{faint};white-space:nowrap">'
            f"{_MARKS[state]} {title}</span>"
        )
    st.html(f'<div style="display:flex;flex-wrap:wrap;gap:0.2rem 1.4rem">{"".join(parts)}</div>')
