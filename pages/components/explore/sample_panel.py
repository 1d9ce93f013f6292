"""New images like a cluster or like the selection: asked for, shown as synthetic, downloaded."""

import html
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from cae.cohorts.picking import history_in_words
from cae.cohorts.selection import Selection
from cae.columns.titles import CLUSTER
from cae.decoding.decoded_sample import DecodedSamples, cluster_members, decode_samples
from cae.decoding.rendering import Rendering
from cae.evaluation.saved import measured
from cae.export.contact_sheet import MOST_TILES
from cae.export.dicom import export_dicom
from cae.export.samples import export_samples, export_samples_sheet, file_stem
from cae.number_text import counted, number_text
from cae.seed import HIGHEST_SEED
from cae.study.study import Study
from pages.components.gallery.spread_gallery import spread_gallery
from pages.components.kit.cache import cache_resource
from pages.components.kit.file_button import file_button
from pages.components.kit.guard import guard
from pages.components.kit.pictures import original_figure, show_pairs, synthetic_figure
from pages.components.state import session
from pages.components.state.rendering_switch import rendering_switch
from pages.components.state.study_view import cluster_title, study_key, study_table

USUAL_SAMPLES = 12
MOST_SAMPLES = 100
_WIDTH = 92
# Of the data-copying test, below which samples are said to lie nearer.
_LEAST_P = 0.05
_FAR = (
    ", and whether it is far from every one: farther, by the Euclidean distance of its meaning or "
    "its detail, than 99 % of images are from their nearest"
)
_SELECTION = "selection"
_ASKED = "samples asked for"


@dataclass(frozen=True, eq=False)
class _Request:
    """Samples that were asked for, on one state of a study.

    Attributes:
        key: of the study's state, as `study_key` returns it.
        title: of the group they are to be like.
        like: how the group came about, as `decode_samples` takes it.
        rows: of the images in the group.
        n: number of samples.
        seed: of every random choice.
    """

    key: tuple[str, ...]
    title: str
    like: dict[str, Any]
    rows: np.ndarray
    n: int
    seed: int


def sample_panel(study: Study, selection: Selection) -> None:
    """Offer to generate samples; nothing is shown where there is nothing to be like."""
    groups = _groups(study, selection) if study.can_decode else {}
    if not groups:
        return
    panel = st.expander(
        "Generate samples",
        # What was generated is there again after a visit to another page.
        expanded=_asked(study) is not None,
        key="samples",
        on_change="rerun",
    )
    if panel.open:
        with panel:
            _samples(study, selection, groups)


@st.fragment
def _samples(study: Study, selection: Selection, groups: dict[int | str, str]) -> None:
    with guard():
        _form(study, selection, groups)
        shown = rendering_switch(study, "samples")
        request = _asked(study)
        if request is not None:
            with st.spinner(f"Drawing and decoding {request.n} samples…"):
                samples = _decoded(
                    request.key,
                    request.rows,
                    request.like,
                    request.n,
                    request.seed,
                    shown.rendering,
                    study,
                )
            _show(study, request, samples)
            if shown.is_spread:
                _spread(study, samples)


def _asked(study: Study) -> _Request | None:
    """Return what was last asked for, None if that was on another state of the study."""
    request = st.session_state.get(_ASKED)
    return request if request is not None and request.key == study_key(study) else None


def _groups(study: Study, selection: Selection) -> dict[int | str, str]:
    """Return what samples can be like: the selection and the clusters, each with its title."""
    groups: dict[int | str, str] = {}
    if len(selection):
        # Without its size, so that another selection does not make another box.
        groups[_SELECTION] = "The selection"
    table = study_table(study)
    if CLUSTER in table:
        sizes = table[CLUSTER].value_counts().sort_index()
        found = sizes[sizes.index >= 0]
        for number, count in zip(found.index.tolist(), found, strict=True):
            groups[number] = f"{cluster_title(study, number)} ({counted(count, 'image')})"
    return groups


def _form(study: Study, selection: Selection, groups: dict[int | str, str]) -> None:
    with st.form("samples form", border=False):
        like = st.selectbox(
            "Like the images of",
            list(groups),
            format_func=groups.__getitem__,
            # A box keeps the title that was chosen, and one that is gone would mean the first.
            key=session.control_key(f"samples like {' '.join(groups.values())}"),
        )
        number, start, button = st.columns([2, 2, 3], vertical_alignment="bottom")
        n = number.number_input(
            "Samples", 1, MOST_SAMPLES, USUAL_SAMPLES, key=session.control_key("samples number")
        )
        seed = start.number_input(
            "Seed",
            0,
            HIGHEST_SEED,
            0,
            help="The same seed draws the same samples",
            key=session.control_key("samples seed"),
        )
        is_asked = button.form_submit_button("Generate", type="primary", width="stretch")
    if not is_asked:
        return
    if like == _SELECTION:
        origin: dict[str, Any] = {"kind": "selection", "history": list(selection.history)}
        rows = selection.rows
        title = f"the selection “{history_in_words(selection)}” ({counted(len(rows), 'image')})"
    else:
        origin, rows = {"kind": "cluster", "cluster": like}, cluster_members(study, int(like))
        title = f"{cluster_title(study, int(like))} ({counted(len(rows), 'image')})"
    st.session_state[_ASKED] = _Request(study_key(study), title, origin, rows, n, seed)


@cache_resource(max_entries=16)
def _decoded(
    key: tuple[str, ...],
    rows: np.ndarray,
    like: dict[str, Any],
    n: int,
    seed: int,
    rendering: Rendering,
    _study: Study,
) -> DecodedSamples:
    return decode_samples(_study, rows, like, n, seed, rendering)


def _spread(study: Study, samples: DecodedSamples) -> None:
    """Show what the latent of one sample leaves open."""
    number = st.number_input(
        "Spread of sample", 1, len(samples), 1, key=session.control_key("spread of sample")
    )
    spread_gallery(study, samples.latents[number - 1], samples.rendering.seed, "sample")


def _show(study: Study, request: _Request, samples: DecodedSamples) -> None:
    count = counted(len(samples), "sample")
    st.html(
        f'<div role="status">{count} like {html.escape(request.title)}, seed {samples.seed}</div>'
        '<div class="cae-quiet">Decoded by the model; no image of a real subject. Beside each: the '
        "nearest real image, with its split; below: the cosine distance to it"
        f"{_FAR if samples.off_data.any() else ''}.</div>"
    )
    _say_whether_copied(study)
    table = study_table(study)
    whose = table["id"].astype(str) + " · " + table["split"]
    show_pairs(
        (
            synthetic_figure(image, f"{number} · {distance:.3f}{' · far' if far else ''}", _WIDTH),
            original_figure(study.images[row], f"nearest: {whose.iloc[row]}", _WIDTH),
        )
        for number, (image, distance, far, row) in enumerate(
            zip(
                samples.images,
                samples.nearest_distances,
                samples.off_data,
                samples.nearest_rows,
                strict=True,
            ),
            1,
        )
    )
    stem = file_stem(study, samples)
    with st.container(horizontal=True):
        file_button(
            *(study, export_samples, samples, "Samples (ZIP)", f"{stem}.zip", "application/zip"),
            icon=":material/folder_zip:",
            words="Marked images, pixels, latents, where all this comes from, and checksums",
            width="stretch",
        )
        file_button(
            *(study, export_dicom, samples, "DICOM (ZIP)", f"{stem}.dicom.zip", "application/zip"),
            icon=":material/radiology:",
            words="A DICOM Secondary Capture per sample, marked as synthetic, with UIDs of its own",
            width="stretch",
        )
        name = f"{stem}.pdf"
        file_button(
            *(study, export_samples_sheet, samples, "Samples (PDF)", name, "application/pdf"),
            icon=":material/picture_as_pdf:",
            words=f"At most {MOST_TILES} of them on one page; the provenance is attached",
            width="stretch",
        )


def _say_whether_copied(study: Study) -> None:
    """Say what the report found of samples that repeat training images."""
    figures = measured(study) or {}
    z, p = figures.get("copying_z"), figures.get("copying_p")
    if z is None or p is None:
        st.html(
            '<div class="cae-quiet">Whether samples of this study repeat training images is '
            "tested on the page Report, with test images to compare with.</div>"
        )
        return
    nearer = "nearer" if p < _LEAST_P else "no nearer"
    kind = "cae-warning" if p < _LEAST_P else "cae-quiet"
    st.html(
        f'<div class="{kind}">Data-copying test of the report: mean decodes of samples lie '
        f"{nearer} to training images than those of test images do (z {number_text(z, '.1f')})."
        "</div>"
    )
