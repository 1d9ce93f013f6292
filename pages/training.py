"""Data & training: bring images, choose a method, watch it train, resume it."""

from pathlib import Path

import streamlit as st

from cae.access.roles import Role
from cae.home import folder_name, studies_folder
from cae.jobs import runs
from cae.jobs.studies import delete_study
from cae.study import steps
from cae.study.brought import told
from cae.study.manifest import MANIFEST
from cae.study.step import STEPS
from cae.study.study import Study
from pages.components.jobs.job_panel import live_job, stopped_job
from pages.components.jobs.loss_curves import loss_curves
from pages.components.kit.guard import guard
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.kit.rights import demand, may, own_rights
from pages.components.kit.shell import ensure_shell
from pages.components.state import session
from pages.components.train.add_images import add_images, added_images
from pages.components.train.bring_images import bring_images
from pages.components.train.bring_latents import bring_latents
from pages.components.train.go_on import go_on
from pages.components.train.manage_study import manage_study
from pages.components.train.sharp_decoder import sharp_decoder
from pages.components.train.study_columns import study_columns
from pages.components.train.study_list import remove_imports, study_list
from pages.components.train.study_preview import study_preview
from pages.components.train.train_form import train_form

_FOCUS = "training focus"


def training() -> None:
    """Show the page."""
    if _FOCUS not in st.session_state:
        st.session_state[_FOCUS] = _addressed() or _working()
    focus = st.session_state[_FOCUS]
    main, side = st.columns([5, 2], gap="large")
    # What is refused leaves the list of studies beside it.
    with main, guard():
        if focus is None:
            _new_study()
        else:
            _study(focus)
    with side:
        if own_rights().may_bring:
            st.button(
                "New study",
                icon=":material/add:",
                width="stretch",
                type="primary" if focus is None else "secondary",
                on_click=_look_at,
                args=(None,),
            )
        study_list(focus, _look_at)
        remove_imports(_look_at)


def _addressed() -> Path | None:
    """Return the study that the address names, so that a reloaded page shows it again."""
    name = session.view().training
    # Names such as .. lead elsewhere.
    if not name or folder_name(name) != name:
        return None
    folder = studies_folder() / name
    return folder if folder.is_dir() and may(Role.LOOK, folder) else None


def _working() -> Path | None:
    """Return the study that a job works on, for whoever comes back to it."""
    jobs = runs.list_jobs(studies_folder())
    active = [job for job in jobs if job.is_active and may(Role.LOOK, job.folder)]
    return max(active, key=lambda job: job.started).folder if active else None


def _look_at(folder: Path | None) -> None:
    st.session_state[_FOCUS] = folder
    session.look(training=folder.name if folder else "")


def _new_study() -> None:
    if not own_rights().may_bring:
        st.info("Choose a study at the right. Only administrators of all studies bring new ones.")
        return
    st.subheader("Bring images")
    folder = bring_images()
    if folder is not None:
        _look_at(folder)
        st.rerun()


def _study(folder: Path) -> None:
    demand(Role.LOOK, folder)
    job = runs.status(folder)
    exists = (folder / MANIFEST).exists()
    study = Study.open(folder) if exists else None
    st.subheader(plain_markdown(folder.name))
    if job and job.is_active:
        live_job(folder)
        if study:
            with st.expander("Images"):
                study_preview(study)
        return
    if study is None:
        _missing_study(folder, job)
        return
    if not may(Role.EDIT, folder):
        _only_looked_at(study)
        return
    pending = steps.pending(study)
    resumable = job if job and job.can_resume and _concerns(job, study) else None
    if not pending:
        _complete(study)
    if resumable:
        stopped_job(resumable)
    goes_on = bool(resumable) or go_on(study)
    _offer_former(study)
    _open_button(study)
    if not pending:
        _additions(study, job)
        if study.can_decode:
            sharp_decoder(study)
    loss_curves(study.history_file(study.model_step), key=f"losses {folder}")
    if goes_on or not pending:
        _folded(study, "Train again" if not pending else "Train with other settings")
    else:
        study_preview(study)
        study_columns(study)
        train_form(study)
        _latents_from_elsewhere(study)
    if study.is_done("encode") or study.is_done("train") or study.cohorts.list():
        manage_study(study, not pending, _look_at)
    else:
        _discard(folder, "Discard this study")


def _only_looked_at(study: Study) -> None:
    """Show a study to whoever may change nothing of it."""
    st.caption(plain_markdown(own_rights().hindrance(Role.EDIT, study.path.name)))
    _open_button(study)
    study_preview(study)
    loss_curves(study.history_file(study.model_step), key=f"losses {study.path}")


def _concerns(job: runs.Job, study: Study) -> bool:
    """Whether a job that stopped is of interest here: on the way to a whole study, or a model."""
    is_open = bool(steps.pending(study) or study.cut_off)
    command = job.arguments[0]
    return (is_open and command not in ("evaluate", "map")) or command in ("use", "append")


def _offer_former(study: Study) -> None:
    """Offer to drop what was begun anew and cut off, where its former result is still in use."""
    for step in study.cut_off:
        if study.is_done(step):
            result = STEPS[step].result
            st.caption(f"The former {result} is still in use, and all that was made from it.")
            st.button(
                f"Keep the former {result}",
                help=f"Drops the run of '{STEPS[step].title}' that was cut off. What is in use "
                "stays as it is.",
                key=f"keep {study.path} {step}",
                icon=":material/undo:",
                on_click=_abandon,
                args=(study, step),
            )


@guard()
def _abandon(study: Study, step: str) -> None:
    demand(Role.EDIT, study.path)
    study.abandon(step)


def _folded(study: Study, label: str) -> None:
    """Show images and the choice of training folded away, as they are not what comes next."""
    with st.expander("Images"):
        study_preview(study)
    study_columns(study)
    with st.expander(label, key=f"again {study.path}", on_change="rerun") as again:
        if again.open:
            train_form(study)
    _latents_from_elsewhere(study)


def _latents_from_elsewhere(study: Study) -> None:
    with st.expander(
        "Latents from elsewhere", key=f"elsewhere {study.path}", on_change="rerun"
    ) as elsewhere:
        if elsewhere.open:
            bring_latents(study)


def _missing_study(folder: Path, job: runs.Job | None) -> None:
    if job is None:
        st.warning("This study was removed.")
        return
    if job.can_resume:
        stopped_job(job)
    _discard(folder, "Discard this import")


def _complete(study: Study) -> None:
    clusters = study.clusters["cluster"]
    st.success(
        f"Complete: {len(study):,} images, {clusters[clusters >= 0].nunique()} clusters, "
        f"latents of {study.latents.shape[1]} numbers."
    )
    if study.brought:
        st.text(f"The latents came from elsewhere: {told(study)}.")
        if not study.can_decode:
            st.caption(
                "Nothing turns them into images yet; “Train again” offers a decoder, with which "
                "paths, directions, the lens and samples work too."
            )


def _additions(study: Study, job: runs.Job | None) -> None:
    """Tell what was added to a complete study, and offer to add more."""
    if study.appended:
        is_news = job is not None and job.arguments[:1] == ("append",) and job.state == "done"
        with st.expander("Added images", expanded=is_news, icon=":material/add_photo_alternate:"):
            added_images(study)
    if study.brought or not may(Role.ADMIN, study.path):
        return
    with st.expander("Add images", key=f"add {study.path}", on_change="rerun") as adding:
        if adding.open:
            add_images(study)


def _open_button(study: Study) -> None:
    """Offer to look at a study's map, if it has one."""
    if not study.is_done("project") or study.path not in session.known_studies().values():
        return
    is_pressed = st.button(
        "Open in Explore",
        type="secondary" if steps.pending(study) or study.cut_off else "primary",
        icon=":material/scatter_plot:",
        on_click=_open_in_explore,
        args=(study.path.name,),
    )
    if is_pressed:
        st.switch_page("pages/explore.py")


def _open_in_explore(name: str) -> None:
    session.choose_study(name)


def _discard(folder: Path, label: str) -> None:
    """Offer to remove a study that holds nothing but imported images."""
    if folder.parent != studies_folder() or not may(Role.ADMIN, folder):
        return
    with st.popover(label, icon=":material/delete:"):
        st.write(
            "The imported copy and what was begun with it are removed; the original files stay."
        )
        st.button("Remove it", key=f"remove {folder}", on_click=guard()(_remove), args=(folder,))


def _remove(folder: Path) -> None:
    demand(Role.ADMIN, folder)
    delete_study(folder)
    _look_at(None)


with guard():
    ensure_shell()
    training()
