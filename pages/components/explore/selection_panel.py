"""What is selected: how many, how it came about, of what it consists, and the images."""

import html

import numpy as np
import streamlit as st

from cae.cohorts.picking import history_in_words
from cae.cohorts.selection import Selection
from cae.columns.corrected_label import CORRECTED
from cae.columns.titles import CLUSTER, LABEL
from cae.latent.spread import evenly_spread
from cae.study.study import Study
from pages.components.explore.sample_panel import sample_panel
from pages.components.explore.save_cohort import save_cohort
from pages.components.gallery.gallery_order import in_order, order_controls, sorted_by
from pages.components.gallery.label_input import label_input
from pages.components.gallery.study_gallery import known_reconstructions, study_gallery
from pages.components.kit.breakdown import show_breakdown
from pages.components.kit.guard import guard
from pages.components.kit.pager import PAGE_SIZE, page_of
from pages.components.state import session
from pages.components.state.study_view import (
    colour_choices,
    study_colours,
)
from pages.components.state.view import SELECTION


def selection_panel(study: Study, selection: Selection, in_scope: np.ndarray) -> None:
    """Show what the selection holds, or what to do where nothing is selected."""
    if not len(selection):
        _empty(study, selection, np.flatnonzero(in_scope))
        return
    _breakdowns(study, selection.rows)
    save, compare, link = st.columns([7, 5, 9], gap="xsmall", vertical_alignment="center")
    with save:
        save_cohort(study, selection, in_scope)
    with compare:
        _compare_button()
    with link:
        with_decoded = study.can_decode and st.toggle(
            "Reconstructions",
            value=True,
            key="reconstructions",
            help="What the model decodes from each image's latent, beside the image",
        )
    _labels(study, selection)
    sample_panel(study, selection)
    order_controls(study)
    view = session.view()
    token = (view.selection, view.sort, view.like)
    ordered = in_order(study, selection.rows)

    def open_image(row: int) -> None:
        session.step_through(ordered)
        session.open_image(row)

    rows = page_of(ordered, "gallery", token, view.page, lambda page: session.look(page=page))
    said = sorted_by(study, selection.rows, rows)
    decoded = known_reconstructions(study, rows) if with_decoded else []
    study_gallery(study, rows, decoded, said, on_pick=open_image, tile=view.tile)


def selection_head(selection: Selection, in_scope: np.ndarray) -> None:
    """Show how many images are selected, how that came about, and how many filters grey out.

    `in_scope` (bool, N) says which images pass the filters.
    """
    total, outside = len(in_scope), int((~in_scope[selection.rows]).sum())
    chosen = f"{len(selection):,}" if len(selection) else "None"
    how = html.escape(history_in_words(selection)) or "Nothing is selected yet"
    if len(selection.history) == 1 and not len(selection):
        how += ": no image there"
    greyed = (
        f'<div class="cae-quiet" role="status">{outside:,} of them outside the filters: greyed, '
        "and still selected</div>"
        if outside
        else ""
    )
    st.html(
        f'<div class="cae-count" role="status">{chosen} of {total:,} selected</div>'
        f'<div class="cae-quiet">{how}</div>{greyed}'
    )


def _empty(study: Study, selection: Selection, rows: np.ndarray) -> None:
    st.html(
        '<div class="cae-hint">Draw around points on the map, click one, or press a name in the '
        "legend. Hold <kbd>Shift</kbd> to add to the selection, <kbd>Alt</kbd> to take away.</div>"
    )
    sample_panel(study, selection)
    if len(rows):
        sample = rows[evenly_spread(len(rows), PAGE_SIZE)]
        st.html('<div class="cae-quiet">A sample of the images on the map</div>')
        study_gallery(study, sample)


def _compare_button() -> None:
    is_pressed = st.button(
        "Compare",
        key="compare selection",
        help="How the selection differs from all other images, on the page Compare",
        on_click=lambda: session.look(group=SELECTION, against=""),
        width="stretch",
    )
    if is_pressed:
        st.switch_page("pages/compare.py")


def _labels(study: Study, selection: Selection) -> None:
    panel = st.expander("Label these images", key="label selection", on_change="rerun")
    if panel.open:
        with panel, guard():
            label_input(study, selection.rows, "selection")


def _breakdowns(study: Study, rows: np.ndarray) -> None:
    choices = colour_choices(study)
    coloured = session.view().colour
    shown = coloured if coloured in choices else next(iter(choices))
    columns = [column for column in (CLUSTER, LABEL, CORRECTED) if column in choices]
    columns += [shown] if shown not in columns else []
    # Three beside each other would be too narrow to be read.
    for line in filter(None, (columns[:2], columns[2:])):
        for column, place in zip(line, st.columns(len(line)), strict=True):
            with place:
                show_breakdown(study_colours(study, column), rows)
