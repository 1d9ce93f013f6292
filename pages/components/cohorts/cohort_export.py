"""Export of a cohort from the app: prepared on request, then downloaded."""

import tempfile
from pathlib import Path

import streamlit as st

from cae.cohorts.store import Cohort
from cae.export.cohort import export_cohort
from cae.home import folder_name
from cae.study.study import Study

_FOLDER = "export folder"
_PREPARED = "prepared exports"


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
    prepared = _prepared(study, cohort, with_identifying)
    if prepared is None:
        if st.button("Prepare the zip", key=f"prepare {cohort.id}"):
            _prepare(study, cohort, with_identifying)
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


def _prepare(study: Study, cohort: Cohort, with_identifying: bool) -> None:
    bar = st.progress(0.0, "Preparing…")
    name = folder_name(cohort.name).replace(" ", "-") or f"cohort-{cohort.id}"
    folder = Path(tempfile.mkdtemp(dir=_folder()))
    file = export_cohort(
        study,
        cohort,
        folder / f"{name}.zip",
        with_identifying,
        lambda done, total, message="": bar.progress(
            done / max(1, total), f"{done:,} of {total:,} images"
        ),
    )
    bar.empty()
    st.session_state.setdefault(_PREPARED, {})[_key(study, cohort, with_identifying)] = file


def _prepared(study: Study, cohort: Cohort, with_identifying: bool) -> Path | None:
    key = _key(study, cohort, with_identifying)
    return st.session_state.get(_PREPARED, {}).get(key)


def _key(study: Study, cohort: Cohort, with_identifying: bool) -> tuple[object, ...]:
    """Return everything that the contents of the zip follow from."""
    digests = (study.digest("import"), study.digest("encode"), study.digest("cluster"))
    return study.path, digests, cohort.id, cohort.name, cohort.note, with_identifying


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB" if count >= 1e6 else f"{count / 1e3:,.0f} kB"


def _folder() -> str:
    """Return a private folder that goes when the session goes."""
    if _FOLDER not in st.session_state:
        st.session_state[_FOLDER] = tempfile.TemporaryDirectory(prefix="cae-export-")
    return st.session_state[_FOLDER].name
