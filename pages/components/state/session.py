"""What the session holds: the present `View`, the selection, and what leads back from it.

The view is mirrored in the address, so that it survives a reload and a link opens the same one; a
selection is kept in the study and the view holds its token. Images stand there by row, as ids may
tell who a patient is and addresses are kept by browsers and servers, beside a mark of the images
that the rows are of.
"""

import logging
import os
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from cae.access.roles import Role
from cae.cohorts.selection import Selection
from cae.cohorts.store import CohortStore
from cae.cohorts.undo import Undo
from cae.errors import CaeError
from cae.home import list_studies
from cae.study.manifest import MANIFEST
from cae.study.study import Study
from cae.who import this_user
from pages.components.kit.cache import cache_resource
from pages.components.kit.rights import own_rights, signed_in_as
from pages.components.kit.shell import STARTED
from pages.components.state.shared_study import shared_study
from pages.components.state.view import View, decode, encode

DEFAULT_STUDY = "brain"
_VIEW, _SELECTION, _UNDO, _STEPS_THROUGH = STARTED, "cae selection", "cae undo", "cae steps through"
_LOST = "cae lost images"
# Characters of a mark: enough that no two sets of images share one, and the address stays short.
_MARK = 8


def start() -> None:
    """Take up what the address says in a new session; later, write the address again.

    Going to another page empties the address, so every run of the app begins with this.
    """
    if _VIEW not in st.session_state:
        st.session_state[_VIEW] = decode(st.query_params.to_dict())
    _write_address()


def view() -> View:
    """Return what is looked at, without rows that the study does not have."""
    return _held().within(len(current_study().samples))


def look(**changes: Any) -> None:
    """Look at something else: change fields of the `View` and the address with them."""
    _hold(replace(_held(), **changes))


def who() -> str:
    """Return who uses this session: as signed in, or as the computer knows him."""
    return signed_in_as() or this_user()


def cohorts_of(study: Study) -> CohortStore:
    """Return a study's cohorts; their log says that who uses this session does what is done."""
    return study.cohorts.by(who())


def known_studies() -> dict[str, Path]:
    """Return the studies that one may see, by the name they have in the address.

    The one that the app was opened on comes first, and before another of its name.
    """
    studies = {path.name: path for path in list_studies()}
    if given := os.environ.get("CAE_STUDY"):
        path = Path(given).expanduser().resolve()
        studies = {path.name: path, **{k: v for k, v in studies.items() if k != path.name}}
    rights = own_rights()
    return {name: path for name, path in studies.items() if rights.may(Role.LOOK, name)}


def study_name() -> str | None:
    """Return the name of the study to show; None when there is no study at all."""
    names = list(known_studies())
    held: View = st.session_state.get(_VIEW, View())
    if held.study:
        return held.study
    if os.environ.get("CAE_STUDY") or DEFAULT_STUDY not in names:
        return names[0] if names else None
    return DEFAULT_STUDY


def choose_study(name: str) -> None:
    """Show another study, with nothing selected and default settings."""
    if name == study_name():
        return
    for kept in (_SELECTION, _UNDO, _STEPS_THROUGH):
        st.session_state.pop(kept, None)
    _hold(View(study=name))


def control_key(control: str) -> str:
    """Name a control apart for each study, so that another study starts with its own settings."""
    return f"{control} {study_name()}"


def control(name: str, shown: Any) -> str:
    """Return the key of a control, as `control_key` does, which then shows `shown`.

    A control keeps what the browser last sent of it, so one whose part of the view was changed by
    something else would show the former, and bring it back at the next press. Call this just
    before the control is made, without a default of its own.
    """
    key = control_key(name)
    if key not in st.session_state or st.session_state[key] != shown:
        st.session_state[key] = shown
    return key


def current_study() -> Study:
    """Return the study that is shown, which all sessions share and none may change.

    Raises:
        CaeError: there is none, or it is damaged.
    """
    name = study_name()
    if name is None:
        raise CaeError("There is no study yet; make one on the page Data & training.")
    return study_named(name)


def study_named(name: str) -> Study:
    """Return one of `known_studies`, which all sessions share and none may change.

    Raises:
        CaeError: there is none of that name, or it is damaged.
    """
    studies = known_studies()
    if name not in studies:
        raise CaeError(f"There is no study named {name!r}; choose another one at the left.")
    manifest = studies[name] / MANIFEST
    changed = manifest.stat().st_mtime_ns if manifest.exists() else 0
    return _opened(studies[name], changed)


@cache_resource(max_entries=4)
def _opened(path: Path, changed: int) -> Study:
    """Open a study anew whenever its study.json has changed."""
    return shared_study(path)


def current_selection() -> Selection:
    """Return what is selected in the current study."""
    if _SELECTION not in st.session_state:
        st.session_state[_SELECTION] = _recalled(_held().selection)
    selection: Selection = st.session_state[_SELECTION]
    return selection


def take_lost_images() -> bool:
    """Whether images of the address had to be given up, as the study holds others now; once."""
    return bool(st.session_state.pop(_LOST, False))


def has_lost_selection() -> bool:
    """Whether the address names a selection that is not kept here."""
    return bool(_held().selection) and not len(current_selection())


def forget_selection() -> None:
    """Take the selection out of the address without a step to undo."""
    _select(Selection.empty())


def set_selection(selection: Selection, **changes: Any) -> None:
    """Make `selection` the current one, and change fields of the `View` with it.

    `undo_selection` brings the former back.
    """
    _undo().leave(current_selection())
    _select(selection, **changes)


def can_undo() -> bool:
    """Whether there is a former selection to go back to."""
    return _undo().can_undo


def can_redo() -> bool:
    """Whether a selection was undone and can be brought back."""
    return _undo().can_redo


def undo_selection() -> None:
    """Go back to the former selection."""
    if can_undo():
        _select(_undo().undo(current_selection()))


def redo_selection() -> None:
    """Bring back what `undo_selection` took away."""
    if can_redo():
        _select(_undo().redo(current_selection()))


def open_image(row: int | None) -> None:
    """Show the details of one image, or none."""
    look(image=None if row is None else int(row))


def set_anchor(which: str, row: int | None) -> None:
    """Make a row one of `ANCHORS`, or take that anchor away."""
    _hold(_held().with_anchor(which, None if row is None else int(row)))


def step_through(rows: np.ndarray) -> None:
    """Let the image's details lead on to the images of `rows`, in that order."""
    st.session_state[_STEPS_THROUGH] = rows


def stepped_through() -> np.ndarray:
    """Return what `step_through` was last told; no row before that."""
    rows: np.ndarray = st.session_state.get(_STEPS_THROUGH, np.empty(0, np.int64))
    return rows


def _held() -> View:
    """Return what is looked at; images are given up that were those of others than there are."""
    held: View = st.session_state.get(_VIEW, View())
    if held.images and held.images not in _marks():
        for kept in (_SELECTION, _UNDO, _STEPS_THROUGH):
            st.session_state.pop(kept, None)
        held = replace(held.without_images(), images="")
        st.session_state[_VIEW], st.session_state[_LOST] = held, True
    return held


def _hold(changed: View) -> None:
    marks = _marks() if changed.has_images else ("",)
    st.session_state[_VIEW] = replace(changed, images=next(iter(marks), ""))
    _write_address()


def _marks() -> tuple[str, ...]:
    """Return what stands in an address for the images that the study holds, or held first of all.

    A row is of the same image for as long as images only come behind. The present mark is first.
    Where the study cannot be opened, what an address says of its images cannot be told wrong.
    """
    try:
        study = current_study()
    except CaeError:
        held: View = st.session_state.get(_VIEW, View())
        return (held.images,)
    present = study.digest("import")
    former = sorted(study.continued_from("import") - {present})
    return tuple(sha256(one.encode()).hexdigest()[:_MARK] for one in (present, *former))


def _undo() -> Undo:
    undo: Undo = st.session_state.setdefault(_UNDO, Undo())
    return undo


def _select(selection: Selection, **changes: Any) -> None:
    st.session_state[_SELECTION] = selection
    look(selection=_remembered(selection), **changes)


def _remembered(selection: Selection) -> str:
    """Keep a selection for the address; a study that cannot be written only loses reloads."""
    if not len(selection):
        return ""
    try:
        return current_study().cohorts.remember(selection)
    except CaeError:
        logging.getLogger(__name__).warning("the selection could not be kept", exc_info=True)
        return ""


def _recalled(token: str) -> Selection:
    study = current_study()
    found = study.cohorts.recall(token) if token else None
    if found is None or (len(found) and found.rows[-1] >= len(study.samples)):
        return Selection.empty()
    return found


def _write_address() -> None:
    wanted = encode(replace(_held(), study=study_name() or ""))
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)
