"""Export of region masks from the app: prepared on request, then downloaded."""

import numpy as np
import streamlit as st

from cae.export.masks import export_masks, file_stem
from cae.study.study import Study
from pages.components.kit.cache import array_digest
from pages.components.kit.exports import prepare_export, prepared_export, shows_export


def mask_export(study: Study, rows: np.ndarray, name: str) -> None:
    """Offer to prepare a zip of the masks of `rows`, and to download it once that is done."""
    digests = study.digest("import"), study.digest("local")
    key = ("masks", study.path, *digests, array_digest(rows))
    file = prepared_export(key)
    if file is None:
        if shows_export(key):
            return
        is_pressed = st.button(
            f"Prepare the masks of {len(rows):,} image{'' if len(rows) == 1 else 's'}",
            help="A zip with masks as PNG and NPZ, areas as CSV, provenance and checksums",
            width="stretch",
        )
        if is_pressed:
            prepare_export(export_masks, study, rows, f"{file_stem(study, name)}.zip", key)
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
