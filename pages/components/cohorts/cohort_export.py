"""Export of a cohort from the app: prepared on request, then downloaded."""

from dataclasses import replace

import streamlit as st

from cae.cohorts.cohort import Cohort
from cae.export.cohort import CohortExport, export_cohort, file_stem
from cae.export.folds import FEWEST
from cae.export.formats import FORMATS
from cae.study.cluster_names import cluster_names
from cae.study.label_corrections import corrections_state
from cae.study.study import Study
from pages.components.kit.exports import prepare_export, prepared_export, shows_export
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.state import session

_MOST_FOLDS = 10


def cohort_export(study: Study, cohort: Cohort) -> None:
    """Offer to prepare a zip of `cohort`, and to download it once that is done."""
    st.write("A zip with the images, their table, latents, provenance and checksums.")
    identifying = [name for name in study.identifying if name in study.samples]
    with_identifying = st.checkbox(
        "Include identifying columns",
        key=f"identifying {cohort.id}",
        disabled=not identifying,
        help="Leave this off to pass the zip on to people who must not know the patients.",
    )
    if identifying:
        st.caption(
            f"Adds {plain_markdown(', '.join(identifying))}, which may tell who a patient is."
        )
    what = _contents(study, cohort)
    key = _key(study, what, with_identifying)
    prepared = prepared_export(key)
    if prepared is None:
        if shows_export(key):
            return
        if st.button("Prepare the zip", key=f"prepare {cohort.id}"):
            name = f"{file_stem(study, what, identifying=with_identifying)}.zip"
            told = replace(what, who=session.who())
            prepare_export(export_cohort, study, told, name, key, identifying=with_identifying)
            st.rerun()
        return
    st.download_button(
        f"Download {_size(prepared.stat().st_size)}",
        prepared.read_bytes,
        file_name=prepared.name,
        mime="application/zip",
        key=f"download {cohort.id}",
        icon=":material/download:",
        type="primary",
        on_click="ignore",
    )


def _contents(study: Study, cohort: Cohort) -> CohortExport:
    """Ask which tools the zip is for, and whether it is divided into folds."""
    is_encoded = study.is_done("encode")
    offered = [name for name, one in FORMATS.items() if is_encoded or not one.needs_latents]
    with st.expander("For other tools, and folds"):
        formats = st.multiselect(
            "Also for",
            offered,
            format_func=lambda name: FORMATS[name].title,
            key=f"formats {cohort.id}",
            placeholder="Choose tools",
            help="Adds the files that these tools open; README.txt says how.",
        )
        folds = st.selectbox(
            "Folds",
            [0, *range(FEWEST, _MOST_FOLDS + 1)],
            format_func=lambda count: str(count) if count else "none",
            key=f"folds {cohort.id}",
            help="With like shares of the labels; no patient and no near-duplicates are in two.",
        )
        what = CohortExport(cohort, tuple(formats), folds)
        if not what.divides:
            return what
        may_cross = st.checkbox(
            "Near-duplicates may cross",
            key=f"crossing {cohort.id}",
            help="Let images that look alike lie in several folds or splits. A test on them is too "
            "easy, so the provenance tells how many there are.",
        )
    return replace(what, near_duplicates_may_cross=may_cross)


def _key(study: Study, what: CohortExport, with_identifying: bool) -> tuple[object, ...]:
    """Return everything that the contents of the zip follow from."""
    steps = ("import", "encode", "project", "cluster", "areas")
    digests = tuple(study.digest(step) for step in steps)
    edited = (tuple(cluster_names(study).items()), corrections_state(study.path))
    cohort = what.cohort
    saved = (cohort.id, cohort.name, cohort.note)
    chosen = (what.formats, what.folds, what.near_duplicates_may_cross, with_identifying)
    return "cohort", study.path, digests, edited, *saved, *chosen


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB" if count >= 1e6 else f"{count / 1e3:,.0f} kB"
