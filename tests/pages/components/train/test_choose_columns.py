"""Columns chosen on the preview before import."""

import base64
import io
import re
import zipfile
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from cae.sources.choices import Choices
from pages.components.train.choose_columns import choice_options


def test_choices_become_options_of_the_shell():
    choices = Choices(image="file", label="-grade", split="none", encoding="cp1252")
    assert choice_options(choices) == [
        "--image-column=file",
        "--label=-grade",
        "--split=none",
        "--encoding=cp1252",
    ]
    assert choice_options(Choices()) == []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = ["img,dx,grade,who"] + [f"{n}.png,{'ab'[n % 2]},{n % 3},p{n // 2}" for n in range(10)]
    for number in range(10):
        Image.new("L", (28, 28), number * 20).save(tmp_path / f"{number}.png")
    (tmp_path / "t.csv").write_text("\n".join(rows))
    return tmp_path


def preview(folder: Path) -> AppTest:
    def show(folder):
        import streamlit as st

        from cae.sources.folder import FolderSource
        from pages.components.train.choose_columns import choose_columns, looks_at_folder

        source = FolderSource(folder)
        chosen = choose_columns(looks_at_folder(source))
        st.session_state["chosen"] = chosen and chosen.given()

    return AppTest.from_function(show, default_timeout=120, kwargs={"folder": folder}).run()


def test_what_was_found_stands_in_the_boxes_and_is_no_choice(folder):
    app = preview(folder)
    boxes = {box.label: box.value for box in app.selectbox}
    assert boxes == {"Names the images": "img", "Label": "dx", "Patient": "none", "Split": "none"}
    assert app.session_state["chosen"] == {}
    assert app.info[0].value == "'img' names the images; 10 of 10 images have a row of the table."
    app.selectbox[1].set_value("grade")
    app.selectbox[2].set_value("who")
    app.run()
    assert app.session_state["chosen"] == {"label": "grade", "patient": "who"}
    assert "Labels are from 'grade'." in app.text[0].value
    app.selectbox[3].set_value("dx")
    app.run()
    assert "no words for train, val and test" in app.error[0].value
    assert app.session_state["chosen"] is None


def test_some_images_are_shown_as_they_will_be_seen(folder):
    (folder / "5.png").write_bytes(b"no picture")
    (sheet,) = [one.proto.body for one in preview(folder).get("html")]
    shown = re.findall(r'<img src="data:image/png;base64,([^"]+)" alt="Image ([^"]+)"', sheet)
    assert [name for _, name in shown] == [f"{n}.png" for n in range(10) if n != 5]
    for packed, name in shown:
        seen = np.asarray(Image.open(io.BytesIO(base64.b64decode(packed))))
        assert (seen == int(name[0]) * 20).all()


def test_where_nothing_names_the_images_the_column_can_be_named(folder):
    rows = [f"{n},scan {n},{n % 2}" for n in range(10)]
    (folder / "t.csv").write_text("\n".join(["nr,title,dx", *rows]))
    app = preview(folder)
    assert "choose the one that does" in app.warning[0].value
    assert app.selectbox[0].options == ["found by itself", "nr", "title", "dx"]
    app.selectbox[0].set_value("nr")
    app.run()
    assert app.session_state["chosen"] == {"image": "nr"}
    assert app.info[0].value == "'nr' names the images; 10 of 10 images have a row of the table."


def test_a_guessed_encoding_can_be_overridden(folder):
    text = (folder / "t.csv").read_text().replace(",a,", ",Ödem,")
    (folder / "t.csv").write_bytes(text.encode("cp1252"))
    app = preview(folder)
    box = app.selectbox[4]
    assert (box.label, box.value) == ("How the table is written", "cp1252")
    box.set_value("mac_roman")
    app.run()
    assert app.session_state["chosen"] == {"encoding": "mac_roman"}


@pytest.mark.parametrize("way", ["folder", "zip of this computer", "upload"])
def test_some_images_of_a_source_without_preview_are_shown(tmp_path: Path, way: str) -> None:
    def show(path, way):
        import io

        import streamlit as st

        from cae.sources.nifti.source import NiftiSource
        from pages.components.train.choose_columns import (
            choose_columns,
            looks_at_images,
            looks_at_uploaded_images,
        )

        looks = looks_at_images(NiftiSource(path))
        if way == "upload":
            upload = io.BytesIO(path.read_bytes())
            upload.name, upload.file_id = path.name, "one"
            looks = looks_at_uploaded_images(upload, NiftiSource(path))
        st.session_state["chosen"] = choose_columns(looks)

    folder = tmp_path / "scans"
    folder.mkdir()
    pixels = np.random.default_rng(0).integers(1, 255, (40, 40, 30), np.uint8)
    nib.save(nib.Nifti1Image(pixels, np.eye(4)), folder / "sub-1_T1w.nii.gz")
    path = folder
    if way != "folder":
        path = tmp_path / "scans.zip"
        with zipfile.ZipFile(path, "w") as packed:
            packed.write(folder / "sub-1_T1w.nii.gz", "deep/sub-1_T1w.nii.gz")
    app = AppTest.from_function(show, default_timeout=120, kwargs={"path": path, "way": way}).run()
    assert not app.exception
    assert not app.error
    assert app.session_state["chosen"] == Choices()
    (caption,) = app.caption
    assert caption.value == "Some of the images, as they will be seen."


def test_that_there_is_nothing_to_show_is_said(tmp_path: Path) -> None:
    def show(path):
        from cae.sources.dicom.source import DicomSource
        from pages.components.train.choose_columns import choose_columns, looks_at_images

        choose_columns(looks_at_images(DicomSource(path)))

    (tmp_path / "notes.txt").write_text("no image")
    app = AppTest.from_function(show, default_timeout=120, kwargs={"path": tmp_path}).run()
    assert "holds no DICOM files" in app.error[0].value


def test_a_zip_without_images_is_called_by_its_name(tmp_path: Path) -> None:
    def show(path):
        from cae.sources.dicom.source import DicomSource
        from pages.components.train.choose_columns import choose_columns, looks_at_images

        choose_columns(looks_at_images(DicomSource(path)))

    path = tmp_path / "clinic.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("notes.txt", "no image")
    app = AppTest.from_function(show, default_timeout=120, kwargs={"path": path}).run()
    assert app.error[0].value.startswith("clinic holds no DICOM files")
