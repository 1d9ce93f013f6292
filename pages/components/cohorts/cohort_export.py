"""Export of a cohort from the app: prepared on request, then downloaded."""

from functools import partial

import streamlit as st

from cae.cohorts.cohort import Cohort
from cae.export.cohort import export_cohort, file_stem
from cae.study.study import Study
from pages.components.kit.exports import prepare_export, prepared_export, shows_export
from pages.components.state import session


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
        st.caption(f"Adds {', '.join(identifying)}, which may tell who a patient is.")
    key = _key(study, cohort, with_identifying)
    prepared = prepared_export(key)
    if prepared is None:
        if shows_export(key):
            return
        if st.button("Prepare the zip", key=f"prepare {cohort.id}"):
            name = f"{file_stem(study, cohort, identifying=with_identifying)}.zip"
            export = partial(export_cohort, who=session.who())
            prepare_export(export, study, cohort, name, key, identifying=with_identifying)
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


def _key(study: Study, cohort: Cohort, with_identifying: bool) -> tuple[object, ...]:
    """Return everything that the contents of the zip follow from."""
    digests = (study.digest("import"), study.digest("encode"), study.digest("cluster"))
    return "cohort", study.path, digests, cohort.id, cohort.name, cohort.note, with_identifying


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB" if count >= 1e6 else f"{count / 1e3:,.0f} kB"
