"""Files that a browser sends: kept beside the studies until they are imported."""

import shutil
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from cae.errors import CaeError
from cae.sources.folder import FolderSource
from cae.sources.unzip import unpack_zip
from cae.storage import atomic_path
from pages.components.kit.uploads import as_uploaded, uploads_folder

_CHUNK_BYTES = 1 << 22


def keep_folder(name: str, packed: UploadedFile, table: UploadedFile | None) -> FolderSource:
    """Unpack an uploaded zip for the study `name`, and keep its table.

    Raises:
        CaeError: the zip is damaged or refused; nothing is kept.
    """
    folder = _upload_folder(name)
    drop_upload(name)
    bar = st.progress(0.0, "Receiving the files…")

    def show(done: int, total: int, message: str = "") -> None:
        bar.progress(done / total, "Unpacking…")

    file = folder / f"{Path(packed.name).stem}.zip"
    try:
        _keep(packed, file)
        images = unpack_zip(
            file,
            folder / Path(packed.name).stem,
            show,
        )
        file.unlink()
        kept_table = _keep(table, folder / Path(table.name).name) if table else None
    except CaeError as error:
        drop_upload(name)
        raise CaeError(as_uploaded(str(error))) from error
    except BaseException:
        drop_upload(name)
        raise
    finally:
        bar.empty()
    return FolderSource(images, kept_table)


def keep_file(name: str, file: UploadedFile) -> Path:
    """Keep an uploaded file for the study `name` as it is, and return where it lies."""
    drop_upload(name)
    return _keep(file, _upload_folder(name) / Path(file.name).name)


def drop_upload(name: str) -> None:
    """Remove what was uploaded for the study `name`."""
    shutil.rmtree(_upload_folder(name), ignore_errors=True)


def _upload_folder(name: str) -> Path:
    return uploads_folder() / name


def _keep(upload: UploadedFile, file: Path) -> Path:
    with atomic_path(file) as temporary, temporary.open("wb") as kept:
        upload.seek(0)
        shutil.copyfileobj(upload, kept, _CHUNK_BYTES)
    return file
