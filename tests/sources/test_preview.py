"""How a folder and its table would be read, before any image is."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cae.errors import CaeError
from cae.imageset import Origin
from cae.sources.choices import Choices
from cae.sources.folder import FolderSource
from cae.sources.unzip import unpack_members, unpack_tables

ROWS = ["img,dx,grade,who,half,cluster"] + [
    f"{n}.png,{'ab'[n % 2]},{n % 3},p{n // 2},{'train' if n < 6 else 'test'},{n}" for n in range(10)
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "scans"
    folder.mkdir()
    for number in range(12):
        Image.new("L", (28, 28), number * 20).save(folder / f"{number}.png")
    (folder / "t.csv").write_text("\n".join(ROWS))
    return folder


def test_the_preview_is_what_the_import_makes(folder: Path) -> None:
    source = FolderSource(folder, choices=Choices(patient="who"))
    preview, imageset = source.preview(), source.load()
    assert preview.table.equals(imageset.table)
    assert preview.notes == imageset.notes
    assert preview.identifying == imageset.identifying
    assert preview.origins == imageset.origins
    assert preview.columns == ("img", "dx", "grade", "who", "half", "cluster")
    assert preview.matched == 10
    assert preview.refused == ""
    assert preview.origins["file"].columns == ("img",)
    assert preview.origins["label"] == Origin(("dx",))
    assert preview.origins["patient"] == Origin(("who",))
    assert preview.origins["cluster (table)"] == Origin(("cluster",))
    assert str(preview.origins["split"]) == "'half', else drawn"


def test_a_preview_reads_no_image(folder: Path) -> None:
    for file in folder.glob("*.png"):
        file.write_bytes(b"")
    assert len(FolderSource(folder).preview().table) == 12


def test_where_the_table_is_not_understood_its_columns_are_told(folder: Path) -> None:
    (folder / "t.csv").write_text("a,b\nx,1\ny,2\n")
    found = FolderSource(folder).preview()
    assert (found.columns, found.matched, found.refused) == (("a", "b"), 0, "")
    assert "it was not used as a table" in found.problems["reason"].iloc[0]
    named = FolderSource(folder, folder / "t.csv").preview()
    assert named.columns == ("a", "b")
    assert "No column of" in named.refused


def test_a_choice_that_does_not_fit_is_said(folder: Path) -> None:
    refused = FolderSource(folder, choices=Choices(split="dx")).preview().refused
    assert "'dx' has no words for train, val and test, and no folds, but 'a', 'b'" in refused


def test_a_guessed_encoding_is_told(folder: Path) -> None:
    text = "\n".join(ROWS).replace(",a,", ",Lungenödem,")
    (folder / "t.csv").write_bytes(text.encode("cp1252"))
    assert FolderSource(folder).preview().guessed_encoding == "cp1252"
    chosen = FolderSource(folder, choices=Choices(encoding="mac_roman")).preview()
    assert chosen.guessed_encoding == ""
    assert "Lungen\u02c6dem" in set(chosen.table["label"])


def test_a_folder_without_a_table_tells_its_folders(tmp_path: Path) -> None:
    for name in ("train/ill", "train/well", "test/ill", "test/well"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / f"{name[-3:]}.png").touch()
    found = FolderSource(tmp_path).preview()
    assert found.columns == ()
    assert {role: str(one) for role, one in found.origins.items()} == {
        "split": "names of folders",
        "label": "names of folders",
    }


def test_without_images_there_is_no_preview(tmp_path: Path) -> None:
    with pytest.raises(CaeError, match="holds no PNG"):
        FolderSource(tmp_path).preview()


def test_a_zip_is_previewed_by_its_names_and_tables(folder: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "scans.zip", "w") as zipped:
        for file in folder.iterdir():
            zipped.write(file, file.name)
    with (tmp_path / "scans.zip").open("rb") as packed:
        unpacked = unpack_tables(packed, tmp_path / "looked at" / "scans")
    assert {file.name for file in unpacked.iterdir()} == {file.name for file in folder.iterdir()}
    assert sum(file.stat().st_size for file in unpacked.glob("*.png")) == 0
    assert FolderSource(unpacked).preview().table.equals(FolderSource(folder).preview().table)


@pytest.mark.parametrize("name", ["../out.csv", "/out.csv"])
def test_a_zip_that_leads_out_is_not_previewed(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as zipped:
        zipped.writestr(name, "a,b")
    with (tmp_path / "bad.zip").open("rb") as packed, pytest.raises(CaeError, match="leads out"):
        unpack_tables(packed, tmp_path / "scans")
    assert not (tmp_path / "scans").exists()


def test_examples_are_what_the_import_shows_of_these_files(folder: Path) -> None:
    imageset = FolderSource(folder).load()
    examples = FolderSource(folder).examples(5)
    rows = [imageset.table["file"].tolist().index(file) for file in examples.files]
    assert len(rows) == 5
    assert rows == sorted(rows)
    np.testing.assert_array_equal(examples.images, imageset.images[rows])
    assert len(FolderSource(folder).examples(50).files) == 12


def test_only_the_examples_of_a_zip_are_unpacked(folder: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "scans.zip", "w") as packed:
        for file in folder.iterdir():
            packed.write(file, f"scans/{file.name}")
    with (tmp_path / "scans.zip").open("rb") as packed:
        unpacked = unpack_tables(packed, tmp_path / "looked at" / "scans")
        source = FolderSource(unpacked)
        unpack_members(packed, unpacked, source.example_files(4))
    filled = [file for file in unpacked.rglob("*.png") if file.stat().st_size]
    assert len(filled) == 4
    assert source.examples(4).files == FolderSource(folder).examples(4).files
    np.testing.assert_array_equal(
        source.examples(4).images, FolderSource(folder).examples(4).images
    )
