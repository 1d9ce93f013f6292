"""Sources behind addresses against the same source of the same files on this computer."""

import dataclasses
import io
import shutil
from pathlib import Path

import fsspec
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from cae.errors import CaeError
from cae.imageset import ImageSet
from cae.sources import choices_of, has_table, parse, with_choices, with_size
from cae.sources.choices import Choices
from cae.sources.dicom.source import DicomSource
from cae.sources.folder import FolderSource
from cae.sources.original_files import place_of_files
from cae.sources.stored import StoredSource
from tests.sources.dicom.conftest import dicom_file
from tests.sources.nifti.test_source import put

# Both are made of the same files by `stored`.
PLACES = ("memory", "file")


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("CAE_HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture(params=PLACES)
def stored(request):
    """A function that stores a folder or file and returns its address."""
    memory = fsspec.filesystem("memory")
    memory.store.clear()

    def store(path: Path) -> str:
        if request.param == "file":
            return f"file://{path}"
        files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
        for file in files:
            memory.pipe(f"/bucket/{file.relative_to(path.parent)}", file.read_bytes())
        return f"memory://bucket/{path.name}"

    yield store
    memory.store.clear()


def digits(number: int) -> Image.Image:
    pixels = (load_digits().images[number] * (255 / 16)).astype(np.uint8)
    return Image.fromarray(pixels.repeat(4, 0).repeat(3, 1))


def scans(folder: Path) -> Path:
    """Pictures in two folders, one broken, a table, and a file that is none of these."""
    for number in range(30):
        place = folder / ("train" if number % 3 else "test") / f"scan {number:02d}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        digits(number).save(place)
    (folder / "train" / "broken.png").write_bytes(b"no picture")
    (folder / "notes.docx").write_bytes(b"notes")
    rows = [f"scan {number:02d}.png,{number % 2},p{number // 2}" for number in range(30)]
    (folder / "scans.csv").write_text("\n".join(["file,grade,patient", *rows]))
    return folder


def same(found: ImageSet, expected: ImageSet) -> None:
    np.testing.assert_array_equal(found.images, expected.images)
    pd.testing.assert_frame_equal(found.table, expected.table)
    assert set(found.problems.itertuples(index=False)) == set(
        expected.problems.itertuples(index=False)
    )
    for field in dataclasses.fields(ImageSet):
        if field.name in ("name", "kind", "notes", "origins", "identifying", "mask_names"):
            assert getattr(found, field.name) == getattr(expected, field.name), field.name


def test_a_folder(stored, tmp_path):
    folder = scans(tmp_path / "scans")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    source = parse(f"folder:{stored(folder)}")
    found = source.load(scratch=scratch)
    same(found, FolderSource(folder).load())
    pd.testing.assert_frame_equal(found.originals, FolderSource(folder).load().originals)
    same(source.load(limit=9, seed=4), FolderSource(folder).load(limit=9, seed=4))
    assert list(scratch.iterdir()) == []
    assert parse(source.spec) == source


def test_a_folder_with_its_table_somewhere_else(stored, tmp_path):
    folder = scans(tmp_path / "scans")
    (folder / "scans.csv").rename(tmp_path / "table.csv")
    expected = parse(f"folder:{folder},{tmp_path / 'table.csv'}").load()
    for table in (str(tmp_path / "table.csv"), stored(tmp_path / "table.csv")):
        found = parse(f"folder:{stored(folder)},{table}").load()
        pd.testing.assert_frame_equal(found.table, expected.table)
        assert found.table["label"].notna().all()


def test_what_is_said_of_the_table_and_the_size(stored, tmp_path):
    folder = scans(tmp_path / "scans")
    said = Choices(label="patient", patient="none")
    source = with_choices(with_size(parse(f"folder:{stored(folder)}"), 64), said)
    same(source.load(), FolderSource(folder, size=64, choices=said).load())
    assert has_table(source)
    assert choices_of(source) == said


def test_an_npz_file(stored, tmp_path):
    images = (load_digits().images[:40] * 15).astype(np.uint8)
    file = tmp_path / "digits.npz"
    np.savez(file, train_images=images[:30], test_images=images[30:], train_labels=range(30))
    same(parse(f"npz:{stored(file)}").load(), parse(f"npz:{file}").load())


def test_an_npz_file_with_objects_is_refused_and_nothing_is_unpickled(stored, tmp_path):
    file = tmp_path / "objects.npz"
    np.savez(file, train_images=np.array([{}], object))
    address = stored(file)
    with pytest.raises(CaeError, match="holds Python objects") as caught:
        parse(f"npz:{address}").load()
    assert address.removeprefix("file://") in str(caught.value)


def test_dicom_files_in_a_folder_and_as_a_zip(stored, tmp_path):
    folder = tmp_path / "export"
    for number in range(6):
        values = (load_digits().images[number] * 100).astype(np.uint16).repeat(4, 0).repeat(4, 1)
        dicom_file(folder / f"s{number}" / "IM0", values, PatientID=f"p{number // 2}")
    (folder / "readme.txt").write_text("no DICOM")
    expected = DicomSource(folder).load()
    same(parse(f"dicom:{stored(folder)}").load(), expected)
    packed = Path(shutil.make_archive(str(tmp_path / "packed"), "zip", folder))
    found = parse(f"dicom:{stored(packed)}").load()
    np.testing.assert_array_equal(found.images, expected.images)
    assert found.table["patient"].tolist() == expected.table["patient"].tolist()


def test_nifti_volumes_with_what_is_cut_out(stored, tmp_path):
    folder = tmp_path / "study"
    folder.mkdir()
    volume = np.random.default_rng(0).integers(0, 500, (24, 26, 20)).astype(np.int16)
    put(folder / "sub-01_T1w.nii.gz", volume)
    (folder / "participants.tsv").write_text("participant_id\tage\nsub-01\t60\n")
    spec = f"nifti:{stored(folder)},coronal,4mm"
    same(parse(spec).load(), parse(f"nifti:{folder},coronal,4mm").load())
    if not spec.startswith("nifti:file:"):
        assert parse(spec).spec == spec


def test_parquet_files(stored, tmp_path):
    folder = tmp_path / "digits"
    folder.mkdir()
    contents = []
    for number in range(50):
        content = io.BytesIO()
        digits(number).save(content, "PNG")
        contents.append(content.getvalue() if number != 20 else b"broken")
    for name, part in (("train", slice(0, 40)), ("test", slice(40, 50))):
        table = pd.DataFrame({"image": contents[part], "grade": range(50)[part]})
        table.to_parquet(folder / f"{name}-0.parquet", row_group_size=15)
    found = parse(f"parquet:{stored(folder)}").load()
    same(found, parse(f"parquet:{folder}").load())
    assert len(found) == 49
    one = parse(f"parquet:{stored(folder / 'test-0.parquet')}").load()
    same(one, parse(f"parquet:{folder / 'test-0.parquet'}").load())


def test_where_nothing_is_is_said_with_the_address(tmp_path):
    for kind in ("folder", "dicom", "nifti", "npz", "parquet"):
        with pytest.raises(CaeError, match="There is nothing at memory://nowhere/x"):
            parse(f"{kind}:memory://nowhere/x").load()
    with pytest.raises(CaeError, match="not read from an address"):
        parse("medmnist:memory://x")
    with pytest.raises(CaeError, match="a chain of addresses"):
        parse("folder:zip://x::memory://y")


def test_what_a_folder_lacks_is_said_with_the_address(tmp_path):
    memory = fsspec.filesystem("memory")
    memory.pipe("/empty/text.txt", b"text")
    with pytest.raises(CaeError, match=r"memory://empty holds no PNG.* images"):
        parse("folder:memory://empty").load()
    with pytest.raises(CaeError, match="memory://empty is a folder; give the address of an npz"):
        parse("npz:memory://empty").load()
    memory.store.clear()


def test_files_that_lie_elsewhere_are_not_told_as_files_of_this_computer():
    with pytest.raises(CaeError, match="lie at memory://bucket/scans, not on this computer"):
        place_of_files("folder:memory://bucket/scans")
    with pytest.raises(CaeError, match="come from parquet have no files of their own"):
        place_of_files("parquet:memory://bucket/scans")


def test_addresses_on_this_computer_are_paths_there(tmp_path):
    assert parse(f"folder:file://{tmp_path}/a") == FolderSource(tmp_path / "a")
    assert not isinstance(parse(f"dicom:local://{tmp_path}"), StoredSource)
