"""Local: regions of images, and one point found again in others."""

from pathlib import Path

import numpy as np
import streamlit as st

from cae.export.documented import provenance_file
from cae.export.landmarks import export_landmarks, file_stem
from cae.number_text import number_text, percent_text
from cae.study.step import LOCAL_STEPS
from cae.study.study import Study
from pages.components.kit.cache import array_digest
from pages.components.kit.file_button import file_button
from pages.components.kit.guard import guard
from pages.components.kit.shell import ensure_shell
from pages.components.local.local_images import choose_images, turned_to
from pages.components.local.local_training import local_form, local_training
from pages.components.local.mask_export import mask_export
from pages.components.local.outline_panel import outline_panel
from pages.components.local.pixel_board import PixelTile, pixel_board
from pages.components.local.region_choice import region_choice
from pages.components.state import session
from pages.components.state.outdated_notice import outdated_notice
from pages.components.state.study_view import study_table
from pages.components.state.view import Point

_REGIONS, _POINT = "Regions", "Find a point"
# So many images are searched unasked.
_SEARCHED_UNASKED = 300


def local() -> None:
    """Show the page."""
    study = session.current_study()
    if local_training(study):
        _local_model(study)
    outline_panel(study)


def _local_model(study: Study) -> None:
    """Show what the local model of a study says of its images."""
    outdated_notice(study, LOCAL_STEPS)
    images, view = st.columns([3, 2], vertical_alignment="bottom")
    with images:
        rows, name = choose_images(study)
    with view:
        mode = st.segmented_control(
            "Show",
            [_REGIONS, _POINT],
            default=_POINT if session.view().pixels == _POINT else _REGIONS,
            required=True,
            key=session.control_key("local mode"),
            on_change=lambda: session.look(
                pixels=st.session_state[session.control_key("local mode")]
            ),
        )
    if mode == _POINT:
        _find_a_point(study, rows)
    else:
        _regions(study, rows, name)
    again = st.expander("Train again", key="local again", on_change="rerun")
    if again.open:
        with again:
            local_form(study)


def _regions(study: Study, rows: np.ndarray, name: str) -> None:
    with st.spinner("Looking at the pixels…"):
        from pages.components.local.local_view import shown_labels
        from pages.components.local.overlays import region_overlay

        count = study.local_model.network.regions
    left, right = st.columns([3, 2], gap="medium")
    with left:
        page = turned_to(rows)
        board = st.container()
    with right:
        opacity = _opacity(60)
        shown = region_choice(study, rows, count)
        mask_export(study, rows, name)
    labels = shown_labels(study, page)
    tiles = [
        PixelTile(
            int(row),
            _name(study, row),
            _largest(label, count),
            study.images[row],
            region_overlay(label, count, shown),
        )
        for row, label in zip(page, labels, strict=True)
    ]
    with board:
        pixel_board(tiles, opacity, "regions board", guard()(_choose_and_find))
        st.caption("Press a pixel to find it again in the other images.")


def _find_a_point(study: Study, rows: np.ndarray) -> None:
    with st.spinner("Looking at the pixels…"):
        from pages.components.local.local_view import shown_similarity
        from pages.components.local.overlays import similarity_overlay
    template, x, y = _chosen_point(study, rows)
    left, right = st.columns([3, 2], gap="medium")
    with right:
        _point_inputs(study, template, x, y)
        opacity = _opacity(50)
        similarity, _ = shown_similarity(study, np.array([template]), template, x, y)
        own = PixelTile(
            template,
            _name(study, template),
            f"the point, column {x}, row {y}",
            study.images[template],
            similarity_overlay(similarity[0]),
            (x, y),
            chosen=True,
        )
        pixel_board([own], opacity, "template board", guard()(_choose), "14rem")
        st.caption(
            "Press a pixel, or move the point by arrow keys (with Shift by 8). Colours: cosine "
            "to the point, from dark (0 or less) to bright (1)."
        )
    with left:
        page = turned_to(rows)
        similarity, found = shown_similarity(study, page, template, x, y)
        tiles = [
            PixelTile(
                int(row),
                _name(study, row),
                f"similarity {number_text(found.similarity[n], '.2f')}, "
                f"confidence {found.confidence[n]:.2f}",
                study.images[row],
                similarity_overlay(similarity[n]),
                tuple(found.xy[n].tolist()),
            )
            for n, row in enumerate(page)
        ]
        pixel_board(tiles, opacity, "point board", guard()(_choose))
        _coordinates(study, rows, template, x, y)


def _coordinates(study: Study, rows: np.ndarray, template: int, x: int, y: int) -> None:
    """Show where the point is in all chosen images, and offer the table."""
    from pages.components.local.local_view import found_landmarks, found_table

    key = session.control_key(f"local search {template} {x} {y} {array_digest(rows)}")
    if len(rows) > _SEARCHED_UNASKED and not st.session_state.get(key):
        st.button(
            f"Find the point in all {len(rows):,} images",
            on_click=st.session_state.__setitem__,
            args=(key, True),
        )
        return
    found = found_landmarks(study, rows, template, x, y)
    st.dataframe(
        found_table(study, rows, template, x, y),
        hide_index=True,
        height=min(320, 40 + 35 * len(rows)),
        column_config={
            "similarity": st.column_config.NumberColumn(
                help="Cosine to the point, up to 1", format="%.2f"
            ),
            "confidence": st.column_config.NumberColumn(
                help="By how much it and what lies about it match better than the best place "
                "elsewhere; near 0 the point might as well be there",
                format="%.2f",
            ),
        },
    )
    name = f"{file_stem(study, found)}.csv"
    beside = provenance_file(Path(name)).name
    with st.container(horizontal=True):
        file_button(study, export_landmarks, found, "Coordinates (CSV)", name, "text/csv")
        file_button(
            study, export_landmarks, found, "Provenance (JSON)", name, "application/json", beside
        )


def _chosen_point(study: Study, rows: np.ndarray) -> tuple[int, int, int]:
    """Return the image and pixel that were chosen; at first the middle of the first image."""
    height, width = study.images.shape[1:3]
    point = session.view().point
    if point is not None and point.x < width and point.y < height:
        return point
    return int(rows[0]), width // 2, height // 2


def _point_inputs(study: Study, template: int, x: int, y: int) -> None:
    """Show column and row as numbers that can be changed."""
    height, width = study.images.shape[1:3]
    keys = [session.control_key(name) for name in ("local column", "local row")]
    # The numbers follow the point, wherever it was moved.
    st.session_state.update(dict(zip(keys, (x, y), strict=True)))

    def take() -> None:
        _choose(template, *(st.session_state[key] for key in keys))

    column, row = st.columns(2)
    column.number_input("Column", 0, width - 1, key=keys[0], on_change=take)
    row.number_input("Row", 0, height - 1, key=keys[1], on_change=take)


def _opacity(usual: int) -> float:
    return (
        st.slider("Overlay", 0, 100, usual, format="%d %%", key=f"local opacity {usual}", width=260)
        / 100
    )


def _choose(row: int, x: int, y: int) -> None:
    session.look(point=Point(row, x, y))


def _choose_and_find(row: int, x: int, y: int) -> None:
    session.look(point=Point(row, x, y), pixels=_POINT)
    st.session_state[session.control_key("local mode")] = _POINT


def _name(study: Study, row: int) -> str:
    return str(study_table(study)["id"].iloc[row])


def _largest(labels: np.ndarray, count: int) -> str:
    """Return the two largest regions of an image in words."""
    shares = np.bincount(labels.ravel(), minlength=count) / labels.size
    first, second = np.argsort(-shares, kind="stable")[:2]
    return ", ".join(f"region {one} {percent_text(shares[one])}" for one in (first, second))


with guard():
    ensure_shell()
    local()
