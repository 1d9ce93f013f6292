"""Export of region masks from the app: prepared on request, then downloaded."""

import numpy as np

from cae.export.masks import export_masks, file_stem
from cae.number_text import counted
from cae.study.study import Study
from pages.components.kit.cache import array_digest
from pages.components.kit.exports import prepare_export
from pages.components.kit.prepared_file import prepared_file, zip_button


def mask_export(study: Study, rows: np.ndarray, name: str) -> None:
    """Offer to prepare a zip of the masks of `rows`, and to download it once that is done."""
    digests = study.digest("import"), study.digest("local")
    key = ("masks", study.path, *digests, array_digest(rows))

    def begin() -> None:
        prepare_export(export_masks, study, rows, f"{file_stem(study, name)}.zip", key)

    file = prepared_file(
        key,
        f"Prepare the masks of {counted(len(rows), 'image')}",
        begin,
        words="A zip with masks as PNG and NPZ, areas as CSV, provenance and checksums",
        width="stretch",
    )
    if file is not None:
        zip_button(file, "Masks (ZIP)", width="stretch")
