"""Original files leave byte by byte, only where they are what was imported, and only if asked."""

import hashlib
import os
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from pydicom.data import get_testdata_file

from cae.cohorts.selection import Selection
from cae.errors import CaeError
from cae.export.archive import Entries
from cae.export.cohort import BOTH, ORIGINALS, CohortExport, export_cohort
from cae.export.originals import CHANGED, LEFT_OUT, NOT_NOTED, original_entries, told_originals
from cae.imageset import ImageSet
from cae.sources import parse
from cae.sources.original_files import GONE, LEADS_OUT
from cae.study.appended import joined_originals
from cae.study.steps import import_images
from cae.study.study import Study

FILES = ("ill/anna smith.png", "ill/b.jpg", "well/a.png", "well/c.PNG")


def write_picture(path: Path, value: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.full((28, 28), value, np.uint8)
    pixels[:8] = np.arange(28) * 9
    Image.fromarray(pixels).save(path, format="JPEG" if path.suffix == ".jpg" else "PNG")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number, file in enumerate(FILES):
        write_picture(tmp_path / "scans" / file, 40 * number)
    return tmp_path / "scans"


@pytest.fixture
def study(folder: Path, tmp_path: Path) -> Study:
    return import_images(parse(f"folder:{folder}"), tmp_path / "study")


def all_of(study: Study, images: str = ORIGINALS, **more: object) -> CohortExport:
    rows = Selection.empty().combine(np.arange(len(study)), "replace", {"kind": "ids"})
    name = f"cohort {len(study.cohorts.list())}"
    return CohortExport(study.cohorts.save(name, rows), images=images, **more)


def exported(study: Study, out: Path, images: str = ORIGINALS, **more: object) -> Path:
    return export_cohort(study, all_of(study, images, **more), out, identifying=True)


def table_of(archive: Path) -> pd.DataFrame:
    return pd.read_csv(archive / "images.csv")


def test_files_leave_byte_by_byte_and_the_table_names_them(study, folder, tmp_path):
    out = exported(study, tmp_path / "out", BOTH)
    table = table_of(out)
    assert table["file"].tolist() == list(FILES)
    assert table["original"].tolist() == [
        *("originals/ill/anna_smith.png", "originals/ill/b.jpg"),
        *("originals/well/a.png", "originals/well/c.PNG"),
    ]
    for line in table.itertuples():
        content = (out / line.original).read_bytes()
        assert content == (folder / line.file).read_bytes()
        assert hashlib.sha256(content).hexdigest() == line.original_sha256
        assert (out / line.image).is_file()
    assert told_originals(out) == ""
    assert "They may tell who a\n" in (out / "README.txt").read_text()
    assert study.cohorts.log()[0].detail == "identifying columns and original files"


def test_originals_alone_leave_no_rendered_picture(study, tmp_path):
    out = exported(study, tmp_path / "out")
    assert not (out / "images").exists()
    assert {"image", "image_sha256"}.isdisjoint(table_of(out))
    assert "images/" not in (out / "README.txt").read_text()


def test_a_repeated_export_is_the_same_byte_by_byte(study, folder, tmp_path):
    what = all_of(study, BOTH)
    first = export_cohort(study, what, tmp_path / "a.zip", identifying=True).read_bytes()
    for file in FILES:
        os.utime(folder / file, (1, 1))
    again = export_cohort(study, what, tmp_path / "b.zip", identifying=True).read_bytes()
    assert first == again
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.testzip() is None


def test_they_are_refused_unless_what_identifies_is_asked_for(study, tmp_path):
    with pytest.raises(CaeError, match="may tell who a patient is.*Ask for what identifies"):
        export_cohort(study, all_of(study), tmp_path / "out.zip")
    assert not (tmp_path / "out.zip").exists()


def test_what_is_gone_or_changed_is_left_out_and_told(study, folder, tmp_path):
    (folder / FILES[0]).unlink()
    write_picture(folder / FILES[3], 200)
    out = exported(study, tmp_path / "out")
    assert table_of(out)["original"].isna().tolist() == [True, False, False, True]
    left_out = pd.read_csv(out / LEFT_OUT)
    assert list(left_out.itertuples(index=False, name=None)) == [
        (FILES[0], GONE),
        (FILES[3], CHANGED),
    ]
    assert sorted(file.name for file in (out / "originals").rglob("*.*")) == ["a.png", "b.jpg"]
    told = told_originals(exported(study, tmp_path / "out.zip"))
    assert told.startswith("2 of 4 original files are left out: ")
    assert f"{FILES[0]}: {GONE}" in told
    assert f"{FILES[3]}: {CHANGED}" in told


def test_where_none_is_left_nothing_is_written(study, folder, tmp_path):
    for file in FILES:
        (folder / file).unlink()
    with pytest.raises(CaeError, match="Not one of 4 original files.*and 1 more: it is gone"):
        exported(study, tmp_path / "out.zip", BOTH)
    assert not (tmp_path / "out.zip").exists()


def test_links_are_not_followed_out_of_the_folder(study, folder, tmp_path):
    outside = tmp_path / "outside.png"
    (folder / FILES[0]).rename(outside)
    (folder / FILES[0]).symlink_to(outside)
    out = exported(study, tmp_path / "out")
    assert pd.read_csv(out / LEFT_OUT)["reason"].tolist() == [LEADS_OUT]


@pytest.mark.parametrize("name", ["../secret.png", "/etc/hostname", "ill"])
def test_a_study_of_a_stranger_reaches_nothing_outside(study, folder, tmp_path, name):
    write_picture(tmp_path / "secret.png", 1)
    table = study.originals.assign(file=[name, *FILES[1:]])
    table.to_parquet(study.file("originals.parquet"))
    study = Study.open(study.path)
    out = exported(study, tmp_path / "out")
    assert table_of(out)["original"].isna().tolist() == [True, False, False, False]
    assert "secret.png" not in [file.name for file in out.rglob("*")]


def test_only_files_below_the_roots_are_read(study, folder, tmp_path):
    (tmp_path / "in").mkdir()
    with pytest.raises(CaeError, match="lies outside of the folders that may be read"):
        exported(study, tmp_path / "out.zip", roots=(tmp_path / "in",))
    with pytest.raises(CaeError, match="lies outside of the folders that may be read"):
        exported(study, tmp_path / "out.zip", roots=())
    exported(study, tmp_path / "out.zip", roots=(tmp_path / "in", folder))
    moved = folder.rename(tmp_path / "elsewhere")
    (tmp_path / "in" / "link").symlink_to(moved)
    folder.symlink_to(moved)
    with pytest.raises(CaeError, match="lies outside of the folders that may be read"):
        exported(study, tmp_path / "out.zip", roots=(tmp_path / "in",))


def test_a_file_that_changes_while_it_is_written_stops_the_export(study, folder, tmp_path):
    entries = original_entries(study, np.arange(len(study)), None)
    entry = next(entries)
    write_picture(folder / FILES[0], 99)
    list(entry.pieces())
    with pytest.raises(CaeError, match="changed while it was exported"):
        next(entries)


def test_a_file_that_goes_while_it_is_written_stops_the_export(study, folder):
    entry = next(original_entries(study, np.arange(len(study)), None))
    (folder / FILES[0]).unlink()
    with pytest.raises(CaeError, match=r"changed while it was exported \(it is gone\); export"):
        list(entry.pieces())


def test_a_file_of_several_images_leaves_once(tmp_path):
    (tmp_path / "ct").mkdir()
    content = Path(get_testdata_file("examples_ybr_color.dcm")).read_bytes()
    (tmp_path / "ct" / "film").write_bytes(content)
    study = import_images(parse(f"dicom:{tmp_path / 'ct'}"), tmp_path / "study")
    out = exported(study, tmp_path / "out")
    assert len(study) > 1
    assert set(table_of(out)["original"]) == {"originals/film"}
    assert (out / "originals/film").read_bytes() == content


def test_files_in_a_zip_are_found_there(tmp_path):
    content = Path(get_testdata_file("CT_small.dcm")).read_bytes()
    packed = tmp_path / "clinic.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a/one.dcm", content)
    study = import_images(parse(f"dicom:{packed}"), tmp_path / "study")
    out = exported(study, tmp_path / "out")
    assert (out / "originals/a/one.dcm").read_bytes() == content
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a/one.dcm", content + b"\0")
    with pytest.raises(CaeError, match=CHANGED):
        exported(study, tmp_path / "again")
    packed.unlink()
    with pytest.raises(CaeError, match=GONE):
        exported(study, tmp_path / "again")


def test_images_without_files_and_uploads_have_none(digits_study, study, tmp_path):
    study.manifest["source"] = "upload:folder:scans.zip"
    with pytest.raises(CaeError, match=r"uploads are not kept.*rendered PNGs"):
        exported(study, tmp_path / "out.zip")
    digits_study.manifest["source"] = "npz:/somewhere/digits.npz"
    with pytest.raises(CaeError, match="come from npz have no files of their own"):
        exported(digits_study, tmp_path / "out.zip")


def test_what_a_former_version_did_not_note_is_not_guessed(study, tmp_path):
    study.file("originals.parquet").unlink()
    with pytest.raises(CaeError, match="it was not noted what their files were"):
        exported(Study.open(study.path), tmp_path / "out.zip")


def test_images_that_were_added_are_looked_for_where_they_came_from(study, folder, tmp_path):
    write_picture(tmp_path / "more" / FILES[1], 77)
    added = parse(f"folder:{tmp_path / 'more'}").load()
    more = ImageSet(
        np.concatenate([study.images, added.images]),
        pd.concat([study.samples, added.table.assign(id="other")], ignore_index=True),
        name="both",
        identifying=("patient", "file"),
        originals=joined_originals(study, added),
    )
    both = Study.create(tmp_path / "both", more, source=f"folder:{folder}")
    both.manifest["appended"] = [{"source": f"folder:{tmp_path / 'more'}", "first_row": 4}]
    rows = np.arange(5)
    found = {}

    def contents(entries: Entries) -> object:
        while True:
            try:
                entry = next(entries)
            except StopIteration as end:
                return end.value
            found[entry.name] = b"".join(entry.pieces())

    originals = contents(original_entries(both, rows, None))
    assert originals.names[1] == "originals/1/ill/b.jpg"
    assert originals.names[4] == "originals/2/ill/b.jpg"
    assert found["originals/1/ill/b.jpg"] == (folder / FILES[1]).read_bytes()
    assert found["originals/2/ill/b.jpg"] == (tmp_path / "more" / FILES[1]).read_bytes()

    unknown = joined_originals(study, ImageSet(added.images, added.table, name="old"))
    both.originals = unknown
    originals = contents(original_entries(both, rows, None))
    assert originals.left_out == [("other", NOT_NOTED)]


def test_tools_need_rendered_pictures(study):
    with pytest.raises(CaeError, match="Other tools open the rendered PNGs"):
        all_of(study, ORIGINALS, formats=("monai",))
    with pytest.raises(CaeError, match="not as 'jpeg'"):
        all_of(study, "jpeg")
