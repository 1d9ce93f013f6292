"""Files that a browser sends: kept beside the studies until they are imported."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from cae.errors import CaeError
from cae.sources.folder import FolderSource
from cae.sources.unzip import unpack_zip
from cae.storage import atomic_path
from cae.uploads import as_uploaded, discard_left_behind, discarded_on_failure, new_upload
from pages.components.kit.cache import cache_resource

_CHUNK_BYTES = 1 << 22


def keep_folder(packed: UploadedFile, table: UploadedFile | None) -> FolderSource:
    """Unpack an uploaded zip, and keep its table.

    Raises:
        CaeError: the zip is damaged or refused; nothing is kept.
    """
    bar = st.progress(0.0, "Receiving the files…")

    def show(done: int, total: int, message: str = "") -> None:
        bar.progress(done / total, "Unpacking…")

    try:
        with _received() as folder:
            file = _keep(packed, folder / f"{Path(packed.name).stem}.zip")
            images = unpack_zip(file, folder / Path(packed.name).stem, show)
            file.unlink()
            kept_table = _keep(table, folder / Path(table.name).name) if table else None
    finally:
        bar.empty()
    return FolderSource(images, kept_table)


def keep_files(*files: UploadedFile) -> list[Path]:
    """Keep uploaded files as they are, beside one another, and return where they lie."""
    if not files:
        return []
    with _received() as folder:
        return [_keep(file, folder / Path(file.name).name) for file in files]


@cache_resource(max_entries=1)
def discard_old_uploads() -> None:
    """Remove what an app or an import left behind that was killed; done once after the start."""
    discard_left_behind()


@contextmanager
def _received() -> Iterator[Path]:
    """Yield a folder for an upload, of which nothing is kept when the block fails."""
    folder = new_upload()
    try:
        with discarded_on_failure(f"{folder}/"):
            yield folder
    except CaeError as error:
        raise CaeError(as_uploaded(str(error))) from error


def _keep(upload: UploadedFile, file: Path) -> Path:
    with atomic_path(file) as temporary, temporary.open("wb") as kept:
        upload.seek(0)
        shutil.copyfileobj(upload, kept, _CHUNK_BYTES)
    return file
