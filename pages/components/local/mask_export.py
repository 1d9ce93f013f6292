"""Export of region masks from the app: prepared on request, then downloaded."""

import tempfile
from pathlib import Path

import numpy as np
import streamlit as st

from cae.export.masks import export_masks
from cae.home import folder_name
from cae.study.study import Study

_FOLDER = "mask export folder"
_PREPARED = "prepared masks"


def mask_export(study: Study, rows: np.ndarray, name: str) -> None:
    """Offer to prepare a zip of the masks of `rows`, and to download it once that is done."""
    key = (study.path, study.digest("local"), rows.tobytes())
    file = st.session_state.get(_PREPARED, {}).get(key)
    if file is None:
        is_pressed = st.button(
            f"Prepare the masks of {len(rows):,} image{'' if len(rows) == 1 else 's'}",
            help="A zip with masks as PNG and NPZ, areas as CSV, provenance and checksums",
            width="stretch",
        )
        if is_pressed:
            st.session_state.setdefault(_PREPARED, {})[key] = _prepare(study, rows, name)
            st.rerun()
        return
    st.download_button(
        "Masks (ZIP)",
        file.read_bytes,
        file_name=file.name,
        mime="application/zip",
        icon=":material/folder_zip:",
        on_click="ignore",
        width="stretch",
    )


def _prepare(study: Study, rows: np.ndarray, name: str) -> Path:
    bar = st.progress(0.0, "Preparing…")
    folder = Path(tempfile.mkdtemp(dir=_folder()))
    file = export_masks(
        study,
        rows,
        folder / f"masks-{folder_name(name).replace(' ', '-') or 'images'}.zip",
        lambda done, total, message="": bar.progress(
            done / max(1, total), f"{done:,} of {total:,} masks"
        ),
    )
    bar.empty()
    return file


def _folder() -> str:
    """Return a private folder that goes when the session goes."""
    if _FOLDER not in st.session_state:
        st.session_state[_FOLDER] = tempfile.TemporaryDirectory(prefix="cae-masks-")
    return st.session_state[_FOLDER].name
