"""Buttons that hand out a decoded path, marked as synthetic."""

from typing import NamedTuple

import streamlit as st

from cae.decoding.decoded_path import DecodedPath
from cae.decoding.rendering import Rendering
from cae.export.dicom import export_dicom
from cae.export.exporter import Exporter
from cae.export.film import HOW_TO_GET, can_film
from cae.export.path import (
    export_gif,
    export_mp4,
    export_path,
    export_sheet,
    export_webp,
    file_stem,
)
from cae.study.study import Study
from pages.components.kit.cache import cache_data
from pages.components.kit.file_button import file_button
from pages.components.state.study_view import study_key


class _Download(NamedTuple):
    """A way to hand out a path: the ending of its file, its kind, what it holds, who writes it."""

    ending: str
    mime: str
    icon: str
    words: str
    write: Exporter[DecodedPath]


_DOWNLOADS = {
    "ZIP": _Download(
        "zip",
        "application/zip",
        ":material/folder_zip:",
        "A PNG per step, the overview, the latents and where all this comes from",
        export_path,
    ),
    "GIF": _Download(
        "gif",
        "image/gif",
        ":material/gif_box:",
        "An animation; every frame is marked as synthetic",
        export_gif,
    ),
    "WebP": _Download(
        "webp",
        "image/webp",
        ":material/animated_images:",
        "The animation without loss of grey values; every frame is marked as synthetic",
        export_webp,
    ),
    "DICOM": _Download(
        "dicom.zip",
        "application/zip",
        ":material/radiology:",
        "A DICOM Secondary Capture per step, marked as synthetic, with UIDs of its own",
        export_dicom,
    ),
    "MP4": _Download(
        "mp4",
        "video/mp4",
        ":material/movie:",
        "A film for slides and players; every frame is marked as synthetic",
        export_mp4,
    ),
    "PDF": _Download(
        "pdf",
        "application/pdf",
        ":material/picture_as_pdf:",
        "All steps on one page with what they are; the provenance is attached",
        export_sheet,
    ),
}


def path_downloads(study: Study, path: DecodedPath) -> None:
    """Offer the frames as a zip and as animations; each is made when it is asked for."""
    direction = path.facts.get("direction", {}).get("name", "")
    stem = _stem(study_key(study), path.kind, path.anchors, direction, path.rendering, path, study)
    with st.container(horizontal=True, gap="xsmall"):
        for text, one in _DOWNLOADS.items():
            is_missing = one.write is export_mp4 and not can_film()
            file_button(
                *(study, one.write, path, text, f"{stem}.{one.ending}", one.mime),
                icon=one.icon,
                words=f"{HOW_TO_GET}." if is_missing else one.words,
                disabled=is_missing,
            )


@cache_data(max_entries=64)
def _stem(
    key: tuple[str, ...],
    kind: str,
    anchors: tuple[int, ...],
    direction: str,
    rendering: Rendering,
    _path: DecodedPath,
    _study: Study,
) -> str:
    return file_stem(_study, _path)
