"""Buttons that hand out a decoded path, marked as synthetic."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from cae.latent.decoded_path import DecodedPath
from cae.latent.path_export import export_path, file_stem, write_path_gif, write_path_webp
from cae.study import Study

_Write = Callable[[Study, DecodedPath, Path], Path]


def path_downloads(study: Study, path: DecodedPath) -> None:
    """Offer the frames as a zip and as animations; each is made when it is asked for."""
    pictures, animation, sharp = st.columns(3)
    stem = file_stem(path)
    pictures.download_button(
        "ZIP",
        lambda: _made(export_path, study, path, f"{stem}.zip"),
        file_name=f"{stem}.zip",
        mime="application/zip",
        help="A PNG per step, the film strip, the latents and where all this comes from",
        icon=":material/folder_zip:",
        on_click="ignore",
        width="stretch",
    )
    animation.download_button(
        "GIF",
        lambda: _made(write_path_gif, study, path, f"{stem}.gif"),
        file_name=f"{stem}.gif",
        mime="image/gif",
        help="An animation; every frame is marked as synthetic",
        icon=":material/gif_box:",
        on_click="ignore",
        width="stretch",
    )
    sharp.download_button(
        "WebP",
        lambda: _made(write_path_webp, study, path, f"{stem}.webp"),
        file_name=f"{stem}.webp",
        mime="image/webp",
        help="The animation without loss of grey values; every frame is marked as synthetic",
        icon=":material/animated_images:",
        on_click="ignore",
        width="stretch",
    )


def _made(write: _Write, study: Study, path: DecodedPath, name: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return write(study, path, Path(folder) / name).read_bytes()
