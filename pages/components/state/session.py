"""What one person is looking at: study, selection, colour, filters, anchors.

It lives in the session and is mirrored in the address, so that it survives a reload and a link
opens the same view; a selection is kept in the study and the address holds its token.
"""

import json
import logging
import os
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from cae.cohorts.selection import Selection
from cae.errors import CaeError
from cae.home import list_studies
from cae.study.study import MANIFEST, Study

ANCHORS = tuple("abcdefghijkl")
CORNERS = ANCHORS[:4]
DEFAULT_STUDY = "brain"
SMALLEST_TILE, USUAL_TILE, LARGEST_TILE = 56, 88, 240
_MAP = ("colour", "filters", "map", "beside", "card")
_IMAGES = ("find", "sort", "like", "tile", "image")
_DECODING = (*ANCHORS, "decode", "steps", "path", "loop", "side", "corners", "direction")
_PIXELS = ("pixels", "point", "of")
_SETTINGS = (*_MAP, *_IMAGES, *_DECODING, *_PIXELS)
_PREFIX = "cae "


def start() -> None:
    """Take up what the address says in a new session; later, write the address again.

    Going to another page empties the address, so every run of the app begins with this.
    """
    if f"{_PREFIX}started" not in st.session_state:
        for name in ("study", "selection", *_SETTINGS):
            st.session_state[_PREFIX + name] = st.query_params.get(name)
        st.session_state[f"{_PREFIX}started"] = True
    _write_address()


def known_studies() -> dict[str, Path]:
    """Return the studies that can be opened, by the name they have in the address."""
    studies = {path.name: path for path in list_studies()}
    if given := os.environ.get("CAE_STUDY"):
        path = Path(given).expanduser().resolve()
        studies = {path.name: path, **{k: v for k, v in studies.items() if v != path}}
    return studies


def study_name() -> str | None:
    """Return the name of the study to show; None when there is no study at all."""
    names = list(known_studies())
    chosen = _get("study")
    if chosen is not None:
        return chosen
    if os.environ.get("CAE_STUDY") or DEFAULT_STUDY not in names:
        return names[0] if names else None
    return DEFAULT_STUDY


def choose_study(name: str) -> None:
    """Show another study, with nothing selected and default settings."""
    if name == study_name():
        return
    for setting in ("selection", *_SETTINGS):
        _set(setting, None)
    for name_in_session in ("rows", "past", "next", "steps through"):
        st.session_state.pop(_PREFIX + name_in_session, None)
    _set("study", name)


def control_key(control: str) -> str:
    """Name a control apart for each study, so that another study starts with its own settings."""
    return f"{control} {study_name()}"


def current_study() -> Study:
    """Return the study that is shown.

    Raises:
        CaeError: there is none, or it is damaged.
    """
    name = study_name()
    studies = known_studies()
    if name is None:
        raise CaeError("There is no study yet; make one on the page Data & training.")
    if name not in studies:
        raise CaeError(f"There is no study named {name!r}; choose another one at the left.")
    manifest = studies[name] / MANIFEST
    changed = manifest.stat().st_mtime_ns if manifest.exists() else 0
    return _opened(studies[name], changed)


@st.cache_resource(max_entries=4, show_spinner=False)
def _opened(path: Path, changed: int) -> Study:
    """Open a study anew whenever its study.json has changed."""
    return Study.open(path)


def current_selection() -> Selection:
    """Return what is selected in the current study."""
    if f"{_PREFIX}rows" not in st.session_state:
        st.session_state[f"{_PREFIX}rows"] = _recalled(_get("selection"))
    return st.session_state[f"{_PREFIX}rows"]


def selection_token() -> str | None:
    """Return the short name of the current selection in the address, None for an empty one."""
    return _get("selection")


def has_lost_selection() -> bool:
    """Whether the address names a selection that is not kept here."""
    return bool(_get("selection")) and not len(current_selection())


def forget_selection() -> None:
    """Take the selection out of the address without a step to undo."""
    _show(Selection.empty())


def set_selection(selection: Selection) -> None:
    """Make `selection` the current one; `undo_selection` brings the former back."""
    past = st.session_state.setdefault(f"{_PREFIX}past", [])
    past.append(current_selection())
    del past[:-50]
    st.session_state[f"{_PREFIX}next"] = []
    _show(selection)


def can_undo() -> bool:
    """Whether there is a former selection to go back to."""
    return bool(st.session_state.get(f"{_PREFIX}past"))


def can_redo() -> bool:
    """Whether a selection was undone and can be brought back."""
    return bool(st.session_state.get(f"{_PREFIX}next"))


def undo_selection() -> None:
    """Go back to the former selection."""
    if can_undo():
        st.session_state.setdefault(f"{_PREFIX}next", []).append(current_selection())
        _show(st.session_state[f"{_PREFIX}past"].pop())


def redo_selection() -> None:
    """Bring back what `undo_selection` took away."""
    if can_redo():
        st.session_state.setdefault(f"{_PREFIX}past", []).append(current_selection())
        _show(st.session_state[f"{_PREFIX}next"].pop())


def get_colour() -> str | None:
    """Return what the map is coloured by, None for the default."""
    return _get("colour")


def set_colour(choice: str | None) -> None:
    """Colour the map by `choice`, None for the default."""
    _set("colour", choice)


def get_map() -> str | None:
    """Return the name of the projection that the map shows, None for the study's own."""
    return _get("map")


def set_map(name: str) -> None:
    """Let the map show another of `cae.study.maps.list_projections`."""
    _set("map", name)


def get_beside() -> str | None:
    """Return the name of the projection shown beside the map, None for none."""
    return _get("beside")


def set_beside(name: str | None) -> None:
    """Show another projection beside the map, or none."""
    _set("beside", name)


def get_card_columns() -> list[str]:
    """Return the columns that the map's hover card tells besides cluster and label."""
    try:
        columns = json.loads(_get("card") or "[]")
    except ValueError:
        return []
    return [str(column) for column in columns] if isinstance(columns, list) else []


def set_card_columns(columns: list[str]) -> None:
    """Let the map's hover card tell these columns too."""
    _set("card", json.dumps(columns) if columns else None)


def get_filters() -> dict[str, dict[str, Any]]:
    """Return the filters by column, as `cae.columns.filters` makes them."""
    try:
        filters = json.loads(_get("filters") or "{}")
    except ValueError:
        return {}
    return filters if isinstance(filters, dict) else {}


def set_filters(filters: dict[str, dict[str, Any]]) -> None:
    """Restrict the images in scope."""
    _set("filters", json.dumps(filters, separators=(",", ":")) if filters else None)


def get_find() -> str | None:
    """Return what is being found beside the map, None where the selection is shown."""
    return _get("find")


def set_find(kind: str | None) -> None:
    """Show what is found instead of the selection, or None for the selection."""
    _set("find", kind)


def get_sort() -> tuple[str, bool]:
    """Return what the gallery is sorted by, empty for the order of the set; whether descending."""
    text = _get("sort") or ""
    return text.removeprefix("-"), text.startswith("-")


def set_sort(by: str, descending: bool) -> None:
    """Sort the gallery."""
    _set("sort", f"-{by}" if descending else by)


def get_like() -> int | None:
    """Return the row of the image that the gallery can be sorted by similarity to."""
    return _row(_get("like"))


def sort_by_similarity(row: int) -> None:
    """Sort the gallery by similarity to an image, the most similar first."""
    _set("like", str(int(row)))
    set_sort("image", descending=False)


def get_tile() -> int:
    """Return the width of an image in the gallery in pixels."""
    try:
        return min(max(int(_get("tile")), SMALLEST_TILE), LARGEST_TILE)
    except (TypeError, ValueError):
        return USUAL_TILE


def set_tile(pixels: int) -> None:
    """Show the gallery's images so wide."""
    _set("tile", str(pixels))


def get_image() -> int | None:
    """Return the row of the image whose details are shown."""
    return _row(_get("image"))


def set_image(row: int | None) -> None:
    """Show the details of one image, or none."""
    _set("image", None if row is None else str(int(row)))


def step_through(rows: np.ndarray) -> None:
    """Let the image's details lead on to the images of `rows`, in that order."""
    st.session_state[f"{_PREFIX}steps through"] = rows


def stepped_through() -> np.ndarray:
    """Return what `step_through` was last told; no row before that."""
    return st.session_state.get(f"{_PREFIX}steps through", np.empty(0, np.int64))


def get_anchor(which: str) -> int | None:
    """Return the row of an anchor, one of `ANCHORS`; None where it is not set."""
    return _row(_get(which))


def set_anchor(which: str, row: int | None) -> None:
    """Make a row one of `ANCHORS`, or take that anchor away."""
    if which not in ANCHORS:
        raise ValueError(which)
    _set(which, None if row is None else str(int(row)))


def get_corners() -> dict[str, int] | None:
    """Return the row of each of the grid's `CORNERS`; None where they were not chosen."""
    rows = [_row(text) for text in (_get("corners") or "").split(",")]
    if len(rows) != len(CORNERS) or None in rows:
        return None
    return dict(zip(CORNERS, rows, strict=True))


def set_corners(corners: dict[str, int]) -> None:
    """Let the grid lie between these images, which are apart from the anchors of the path."""
    _set("corners", ",".join(str(int(corners[which])) for which in CORNERS))


def get_number(name: str) -> int | None:
    """Return the setting ``steps``, ``side`` or ``loop`` of decoded paths, None for the default."""
    try:
        return int(_get(name))
    except (TypeError, ValueError):
        return None


def set_number(name: str, value: int) -> None:
    """Set ``steps``, ``side`` or ``loop`` of decoded paths."""
    _set(name, str(int(value)))


def get_choice(name: str) -> str | None:
    """Return a setting that is a name, such as ``decode`` or ``path``; None for the default."""
    return _get(name)


def set_choice(name: str, value: str) -> None:
    """Set what is decoded (``decode``), along which ``path`` or in which ``direction``, what the
    page Local shows (``pixels``) and ``of`` which images.
    """
    _set(name, value)


def get_point() -> tuple[int, int, int] | None:
    """Return the chosen pixel of the page Local as image, column and row; None for none."""
    try:
        row, x, y = map(int, (_get("point") or "").split(","))
    except ValueError:
        return None
    _, height, width, _ = current_study().images.shape
    inside = _row(str(row)) is not None and 0 <= x < width and 0 <= y < height
    return (row, x, y) if inside else None


def set_point(row: int, x: int, y: int) -> None:
    """Choose a pixel of the image in `row`."""
    _set("point", f"{int(row)},{int(x)},{int(y)}")


def _get(name: str) -> str | None:
    return st.session_state.get(_PREFIX + name)


def _set(name: str, value: str | None) -> None:
    st.session_state[_PREFIX + name] = value
    _write_address()


def _row(text: str | None) -> int | None:
    try:
        row = int(text)
        return row if 0 <= row < len(current_study().samples) else None
    except (TypeError, ValueError):
        return None


def _show(selection: Selection) -> None:
    st.session_state[f"{_PREFIX}rows"] = selection
    _set("selection", _remembered(selection))


def _remembered(selection: Selection) -> str | None:
    """Keep a selection for the address; a study that cannot be written only loses reloads."""
    if not len(selection):
        return None
    try:
        return current_study().cohorts.remember(selection)
    except CaeError:
        logging.getLogger(__name__).warning("the selection could not be kept", exc_info=True)
        return None


def _recalled(token: str | None) -> Selection:
    study = current_study()
    found = study.cohorts.recall(token) if token else None
    if found is None or (len(found) and found.rows[-1] >= len(study.samples)):
        return Selection.empty()
    return found


def _write_address() -> None:
    wanted = {name: _get(name) for name in ("selection", *_SETTINGS)} | {"study": study_name()}
    wanted = {name: value for name, value in wanted.items() if value}
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)
