"""Buttons that hand out a decoded path, marked as synthetic."""

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from cae.decoding.decoded_path import DecodedPath
from cae.export.path import export_path, file_stem, write_path_gif, write_path_webp
from cae.study.study import Study


class _Download(NamedTuple):
    """A way to hand out a path: the ending of its file, its kind, what it holds, who writes it."""

    ending: str
    mime: str
    icon: str
    words: str
    write: Callable[[Study, DecodedPath, Path], Path]


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
        write_path_gif,
    ),
    "WebP": _Download(
        "webp",
        "image/webp",
        ":material/animated_images:",
        "The animation without loss of grey values; every frame is marked as synthetic",
        write_path_webp,
    ),
}


def path_downloads(study: Study, path: DecodedPath) -> None:
    """Offer the frames as a zip and as animations; each is made when it is asked for."""
    stem = file_stem(study, path)
    for place, (label, one) in zip(st.columns(len(_DOWNLOADS)), _DOWNLOADS.items(), strict=True):
        name = f"{stem}.{one.ending}"
        place.download_button(
            label,
            partial(_made, one, study, path, name),
            file_name=name,
            mime=one.mime,
            help=one.words,
            icon=one.icon,
            on_click="ignore",
            width="stretch",
        )


def _made(download: _Download, study: Study, path: DecodedPath, name: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return download.write(study, path, Path(folder) / name).read_bytes()
