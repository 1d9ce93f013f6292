"""Export of a cohort from the app: prepared on request, then downloaded."""

from dataclasses import replace
from pathlib import Path

import streamlit as st

from cae.cohorts.cohort import Cohort
from cae.errors import CaeError
from cae.export.cohort import (
    IMAGES,
    MAY_IDENTIFY,
    RENDERED,
    CohortExport,
    export_cohort,
    file_stem,
)
from cae.export.folds import FEWEST
from cae.export.formats import FORMATS
from cae.export.originals import places_of_originals, told_originals
from cae.study.cluster_names import cluster_names
from cae.study.study import Study
from pages.components.kit.cache import array_digest, cache_data
from pages.components.kit.exports import prepare_export
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.kit.prepared_file import prepared_file, zip_button
from pages.components.kit.rights import own_rights
from pages.components.state import session
from pages.components.state.study_view import added

_MOST_FOLDS = 10


def cohort_export(study: Study, cohort: Cohort) -> None:
    """Offer to prepare a zip of `cohort`, and to download it once that is done."""
    masks = ", masks" if study.masks is not None else ""
    st.write(f"A zip with the images{masks}, their table, latents, provenance and checksums.")
    identifying = [name for name in study.identifying if name in study.samples]
    with_identifying = st.checkbox(
        "Include identifying columns",
        key=session.control_key(f"identifying {cohort.id}"),
        disabled=not identifying,
        help="Leave this off to pass the zip on to people who must not know the patients.",
    )
    if identifying:
        st.caption(
            f"Adds {plain_markdown(', '.join(identifying))}, which may tell who a patient is."
        )
    images = _images(study, cohort)
    if images != RENDERED:
        if not with_identifying:
            st.warning(f"{MAY_IDENTIFY} They leave only together with identifying columns.")
            return
        st.caption(MAY_IDENTIFY)
    what = _contents(study, CohortExport(cohort, images=images, roots=own_rights().roots))
    key = _key(study, what, with_identifying)

    def begin() -> None:
        name = f"{file_stem(study, what, identifying=with_identifying)}.zip"
        told = replace(what, who=session.who())
        prepare_export(export_cohort, study, told, name, key, identifying=with_identifying)

    button_key = session.control_key(f"prepare {cohort.id}")
    prepared = prepared_file(key, "Prepare the zip", begin, button_key=button_key)
    if prepared is None:
        return
    zip_button(
        prepared,
        f"Download {_size(prepared.stat().st_size)}",
        icon=":material/download:",
        kind="primary",
        button_key=session.control_key(f"download {cohort.id}"),
    )
    if what.has_originals and (left_out := _left_out(prepared)):
        st.warning(plain_markdown(left_out))


def _images(study: Study, cohort: Cohort) -> str:
    """Ask how images leave; as rendered PNG where original files cannot be had, which is said."""
    hindrance = _hindrance(study, cohort)
    chosen: str | None = st.segmented_control(
        "Images",
        list(IMAGES),
        format_func=IMAGES.__getitem__,
        default=RENDERED,
        required=True,
        key=session.control_key(f"images {cohort.id}"),
        disabled=bool(hindrance),
        help=plain_markdown(hindrance) or "Original files are those that were imported.",
    )
    return RENDERED if hindrance or chosen is None else chosen


def _hindrance(study: Study, cohort: Cohort) -> str:
    """Return why one may not have the files that images came from; empty if one may."""
    if not own_rights().may_name_folders:
        return "Original files lie in folders of this server, which only administrators may read."
    try:
        for place in places_of_originals(study, cohort.rows):
            own_rights().demand_path(place)
    except CaeError as error:
        return str(error)
    return ""


@cache_data(max_entries=64)
def _left_out(archive: Path) -> str:
    """Return what `told_originals` says of an archive, whose path no other ever has."""
    return told_originals(archive)


def _contents(study: Study, what: CohortExport) -> CohortExport:
    """Ask which tools the zip is for, and whether it is divided into folds."""
    cohort, is_encoded = what.cohort, study.is_done("encode")
    offered = [name for name, one in FORMATS.items() if is_encoded or not one.needs_latents]
    with st.expander("For other tools, and folds"):
        formats = st.multiselect(
            "Also for",
            offered,
            format_func=lambda name: FORMATS[name].title,
            key=session.control_key(f"formats {cohort.id}"),
            placeholder="Choose tools" if what.has_rendered else "Only with rendered PNG",
            disabled=not what.has_rendered,
            help="Adds the files that these tools open; README.txt says how.",
        )
        folds = st.selectbox(
            "Folds",
            [0, *range(FEWEST, _MOST_FOLDS + 1)],
            format_func=lambda count: str(count) if count else "none",
            key=session.control_key(f"folds {cohort.id}"),
            help="With like shares of the labels; no patient and no near-duplicates are in two.",
        )
        what = replace(what, formats=tuple(formats) if what.has_rendered else (), folds=folds)
        if not what.divides:
            return what
        may_cross = st.checkbox(
            "Near-duplicates may cross",
            key=session.control_key(f"crossing {cohort.id}"),
            help="Let images that look alike lie in several folds or splits. A test on them is too "
            "easy, so the provenance tells how many there are.",
        )
    return replace(what, near_duplicates_may_cross=may_cross)


def _key(study: Study, what: CohortExport, with_identifying: bool) -> tuple[object, ...]:
    """Return everything that the contents of the zip follow from."""
    steps = ("import", "encode", "project", "cluster", "areas")
    digests = tuple(study.digest(step) for step in steps)
    edited = (tuple(cluster_names(study).items()), *added(study))
    cohort = what.cohort
    saved = (cohort.id, cohort.version, cohort.name, cohort.note, cohort.query)
    # A live cohort holds other images as soon as what it asks for changes, such as another cohort.
    held = (repr(cohort.history), array_digest(cohort.rows))
    chosen = (what.formats, what.folds, what.near_duplicates_may_cross, with_identifying)
    originals = (what.images, what.roots)
    return "cohort", study.path, digests, edited, *saved, *held, *chosen, *originals


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB" if count >= 1e6 else f"{count / 1e3:,.0f} kB"
