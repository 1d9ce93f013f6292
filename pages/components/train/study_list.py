"""All studies of this computer and what state they are in."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from cae.access.roles import Role
from cae.errors import CaeError
from cae.home import studies_folder
from cae.jobs import runs
from cae.jobs.studies import delete_study
from cae.study import steps
from cae.study.manifest import MANIFEST
from cae.study.step import STEPS
from cae.study.study import Study
from pages.components.jobs.job_panel import STEP_TITLES
from pages.components.kit.guard import guard
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.kit.rights import demand, may
from pages.components.state import session


@dataclass(frozen=True)
class StudyState:
    """A study, or a job that is about to make one, in a few words.

    Attributes:
        folder: the study's folder.
        icon: Material symbol.
        words: state.
    """

    folder: Path
    icon: str
    words: str


def study_list(focus: Path | None, on_choose: Callable[[Path], None]) -> None:
    """Show a button per study; pressing one calls `on_choose` with its folder."""
    is_working = any(_is_active(state) for state in study_states())
    st.fragment(_buttons, run_every=2.0 if is_working else None)(focus, on_choose)


def _buttons(focus: Path | None, on_choose: Callable[[Path], None]) -> None:
    for state in study_states():
        is_pressed = st.button(
            f"**{plain_markdown(state.folder.name)}** · {state.words}",
            key=f"choose {state.folder}",
            icon=state.icon,
            type="primary" if state.folder == focus else "secondary",
            width="stretch",
            on_click=on_choose,
            args=(state.folder,),
        )
        if is_pressed:
            st.rerun()


def remove_imports(on_choose: Callable[[None], None]) -> None:
    """Offer to remove all imports that came to no study, if there are several."""
    stopped = [
        job.folder
        for job in runs.list_jobs(studies_folder())
        if job.can_resume and not (job.folder / MANIFEST).exists() and may(Role.ADMIN, job.folder)
    ]
    if len(stopped) < 2:
        return

    @guard()
    def remove() -> None:
        on_choose(None)
        for folder in stopped:
            demand(Role.ADMIN, folder)
            delete_study(folder)

    st.button(
        f"Remove {len(stopped)} imports that came to nothing",
        key="remove imports",
        icon=":material/delete_sweep:",
        help="What was copied for them is removed; the original files stay.",
        type="tertiary",
        on_click=remove,
    )


def study_states() -> list[StudyState]:
    """Return all studies and jobs that one may see: those at work first, then by name."""
    folders = {*session.known_studies().values()}
    jobs = runs.list_jobs(studies_folder())
    folders |= {job.folder for job in jobs if may(Role.LOOK, job.folder)}
    states = [study_state(folder) for folder in folders]
    return sorted(states, key=lambda state: (not _is_active(state), state.folder.name.casefold()))


def study_state(folder: Path) -> StudyState:
    """Return the state of the study at `folder`, which may only be about to exist."""
    job = runs.status(folder)
    if job and job.is_active:
        share = f" {job.moment.done / job.moment.total:.0%}" if job.moment.total else ""
        title = STEP_TITLES.get(job.moment.step, "Starting")
        return StudyState(folder, ":material/progress_activity:", f"{title}{share}")
    pending = _pending(folder)
    if pending == []:
        return StudyState(folder, ":material/check_circle:", "complete")
    if job and job.can_resume:
        return StudyState(folder, ":material/pause_circle:", job.state)
    if pending is None:
        return StudyState(folder, ":material/error:", "damaged")
    if "train" in pending:
        return StudyState(folder, ":material/image:", "not trained yet")
    is_there = Study.open(folder).is_done(pending[0])
    words = f"{STEPS[pending[0]].result} out of date" if is_there else "not finished"
    return StudyState(folder, ":material/pause_circle:", words)


def _is_active(state: StudyState) -> bool:
    return state.icon == ":material/progress_activity:"


def _pending(folder: Path) -> list[str] | None:
    if not (folder / MANIFEST).exists():
        return None
    try:
        return steps.pending(Study.open(folder))
    except CaeError:
        return None
