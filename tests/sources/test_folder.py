import os
import random
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from cae.errors import CaeError
from cae.imageset import ImageSet
from cae.sources import room
from cae.sources.fitting import fit_square
from cae.sources.folder import FolderSource
from cae.storage import read_table, write_table


def picture(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def put(path, pixels=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = picture(28, 28, seed=len(str(path))) if pixels is None else pixels
    Image.fromarray(pixels).save(path)
    return pixels


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "scans").mkdir()
    return tmp_path / "scans"


def test_images_ids_and_files_are_in_the_order_of_their_paths(folder):
    expected = [
        put(folder / name, picture(28, 28, seed=n))
        for n, name in enumerate(["a/2.png", "a/b/1.bmp", "c.tif"])
    ]
    imageset = FolderSource(folder).load()
    assert np.array_equal(imageset.images[..., 0], expected)
    assert imageset.table["id"].tolist() == ["000001", "000002", "000003"]
    assert imageset.table["file"].tolist() == ["a/2.png", "a/b/1.bmp", "c.tif"]
    assert imageset.name == "scans"
    assert imageset.identifying[:2] == ("patient", "file")
    assert len(imageset.problems) == 0


def test_mixed_sizes_become_the_supported_size_nearest_to_the_median(folder):
    wide = put(folder / "a.png", picture(30, 60))
    put(folder / "b.png", picture(70, 20))
    put(folder / "c.png", picture(500, 500))
    imageset = FolderSource(folder).load()
    assert imageset.images.shape == (3, 64, 64, 1)
    assert np.array_equal(imageset.images[0], fit_square(wide, 64))
    assert FolderSource(folder, size=32).load().images.shape == (3, 32, 32, 1)
    with pytest.raises(CaeError, match="choose 28, 32, 64"):
        FolderSource(folder, size=50).load()


def test_one_colour_image_makes_the_set_rgb(folder):
    grey = put(folder / "a.png", picture(28, 28))
    colour = put(folder / "b.png", picture(28, 28, 3))
    images = FolderSource(folder).load().images
    assert images.shape == (2, 28, 28, 3)
    assert np.array_equal(images[0], np.stack([grey] * 3, axis=-1))
    assert np.array_equal(images[1], colour)


def test_a_table_describes_the_images_and_survives_a_parquet_file(folder, tmp_path):
    for name in ("x", "y", "z"):
        put(folder / f"{name}.png")
    table = tmp_path / "about.csv"
    table.write_text("name;Patient;age;visit\ny;p1;1,5;2020-01-01\nx.png;p1;NA;\nw;p2;2;\n")
    imageset = FolderSource(folder, table).load()
    assert imageset.table["patient"].tolist()[:2] == ["p1", "p1"]
    assert imageset.table["split"][0] == imageset.table["split"][1]
    assert imageset.table["age"].isna().tolist() == [True, False, True]
    assert imageset.identifying == ("patient", "file", "visit")
    assert dict(imageset.problems.to_numpy()) == {
        "about.csv, row 4": "its image 'w' is not in the folder",
        "z.png": "about.csv has no row for it",
    }
    write_table(tmp_path / "t.parquet", imageset.table)
    assert read_table(tmp_path / "t.parquet").equals(imageset.table)


def test_the_only_table_in_the_folder_is_taken(folder):
    put(folder / "a.png")
    put(folder / "b.png")
    (folder / "t.csv").write_text("file,label\na.png,cat\nb.png,dog\n")
    imageset = FolderSource(folder).load()
    assert imageset.table["label"].tolist() == ["cat", "dog"]
    assert len(imageset.problems) == 0


def test_a_table_that_does_not_fit_is_reported_unless_it_was_named(folder):
    put(folder / "cat/a.png")
    put(folder / "dog/b.png")
    (folder / "t.csv").write_text("file,label\nx.png,bird\n")
    imageset = FolderSource(folder).load()
    assert imageset.table["label"].tolist() == ["cat", "dog"]
    assert "not used as a table" in imageset.problems["reason"][0]
    with pytest.raises(CaeError, match="No column"):
        FolderSource(folder, folder / "t.csv").load()


def test_of_several_tables_the_named_one_is_used_and_others_reported(folder):
    put(folder / "a.png")
    for name in ("t.csv", "u.csv"):
        (folder / name).write_text(f"file,label\na.png,{name}\n")
    named = FolderSource(folder, folder.__class__("u.csv")).load()
    assert named.table["label"].tolist() == ["u.csv"]
    assert named.problems["file"].tolist() == ["t.csv"]
    both = FolderSource(folder).load()
    assert both.table["label"].tolist() == ["t.csv"]
    assert both.table["label (u.csv)"].tolist() == ["u.csv"]
    assert any("u.csv" in note and "differs" in note for note in both.notes)


def test_unusable_files_are_reported_and_the_rest_imported(folder, tmp_path):
    put(folder / "good.png")
    (folder / "empty.png").write_bytes(b"")
    (folder / "text.jpg").write_text("no image")
    (folder / "cut.bmp").write_bytes((folder / "good.png").read_bytes()[:60])
    (folder / "notes.txt").write_text("notes")
    put(folder / "dot.png", picture(1, 1))
    (folder / "link.png").symlink_to(tmp_path / "elsewhere.png")
    imageset = FolderSource(folder).load()
    assert imageset.table["file"].tolist() == ["good.png"]
    assert sorted(imageset.problems["file"]) == [
        "cut.bmp",
        "dot.png",
        "empty.png",
        "link.png",
        "notes.txt",
        "text.jpg",
    ]
    assert imageset.problems["reason"].str.len().min() > 10


def test_a_remark_is_reported_but_the_image_is_kept(folder):
    pages = [Image.fromarray(picture(28, 28, seed=n)) for n in (0, 1)]
    pages[0].save(folder / "a.tif", save_all=True, append_images=pages[1:])
    imageset = FolderSource(folder).load()
    assert len(imageset) == 1
    assert "first of its 2 pages" in imageset.problems["reason"][0]


@pytest.mark.parametrize("content", [None, b"", b"no image"])
def test_no_usable_image_at_all_is_an_error(folder, content):
    if content is not None:
        (folder / "a.png").write_bytes(content)
        (folder / "b.png").write_bytes(content)
    with pytest.raises(CaeError, match="holds no PNG|None of the 2 images") as caught:
        FolderSource(folder).load()
    assert str(caught.value).endswith(".")


def test_splits_of_folders_hold_where_the_table_has_none(folder):
    for name in ("train/a.png", "test/b.png"):
        put(folder / name)
    (folder / "t.csv").write_text("file,label\na.png,x\nb.png,y\n")
    assert FolderSource(folder).load().table["split"].tolist() == ["test", "train"]


def test_a_patient_in_two_given_splits_is_reported_once(folder):
    for n in range(4):
        put(folder / f"{n}.png")
    (folder / "t.csv").write_text(
        "file,patient,split\n0.png,a,train\n1.png,a,test\n2.png,b,train\n3.png,b,train\n"
    )
    imageset = FolderSource(folder).load()
    assert imageset.table["split"].tolist() == ["train", "test", "train", "train"]
    assert imageset.problems.to_numpy().tolist() == [
        ["0.png", "its patient has images in several splits: test, train"]
    ]


def test_no_patient_is_torn_apart_by_drawn_splits(folder):
    rows = []
    for n in range(60):
        put(folder / f"{n}.png", picture(28, 28, seed=n))
        rows.append(f"{n}.png,p{n % 11}\n")
    (folder / "t.csv").write_text("file,patient\n" + "".join(rows))
    table = FolderSource(folder).load().table
    assert table.groupby("patient")["split"].agg(set).map(len).max() == 1
    assert set(table["split"]) == {"train", "val", "test"}
    assert FolderSource(folder).load().table.equals(table)


def test_file_names_that_are_no_utf8_are_imported(folder, tmp_path):
    Image.fromarray(picture(28, 28)).save(folder / "a.png")
    (folder / "a.png").rename(folder / os.fsdecode(b"caf\xe9.png"))
    (folder / os.fsdecode(b"\xff.png")).write_bytes(b"")
    imageset = FolderSource(folder).load()
    assert imageset.table["file"].tolist() == ["caf\ufffd.png"]
    write_table(tmp_path / "t.parquet", imageset.table)
    write_table(tmp_path / "p.parquet", imageset.problems)


def test_more_than_the_disk_has_room_for_is_refused(folder, monkeypatch):
    put(folder / "a.png")
    monkeypatch.setattr(room.shutil, "disk_usage", lambda folder: SimpleNamespace(free=10))
    with pytest.raises(CaeError, match="of disk"):
        FolderSource(folder).load()


def test_progress_is_told_for_both_passes(folder):
    for n in range(120):
        put(folder / f"{n}.png")
    seen = []
    FolderSource(folder).load(lambda *state: seen.append(state))
    assert seen[0] == (50, 120, "looking at files")
    assert seen[-1] == (120, 120, "reading images")


def test_arguments(folder, tmp_path):
    assert FolderSource.from_argument("/a/b").spec == "folder:/a/b"
    source = FolderSource.from_argument("/a,/b/t.csv")
    assert (str(source.folder), str(source.table)) == ("/a", "/b/t.csv")
    assert source.spec == "folder:/a,/b/t.csv"
    comma = tmp_path / "with, comma"
    comma.mkdir()
    assert FolderSource.from_argument(str(comma)) == FolderSource(comma)
    assert FolderSource.from_argument(f"{comma},t.csv").folder == comma
    with pytest.raises(CaeError, match="lacks a folder"):
        FolderSource.from_argument("")
    with pytest.raises(CaeError, match="There is no folder"):
        FolderSource.from_argument("no/such/folder").load()


@pytest.mark.parametrize("seed", range(15))
def test_folders_full_of_surprises_are_survived(folder, seed):
    chance = random.Random(seed)
    good = put(folder / "good.png")
    names = [
        "a.png",
        "A.PNG",
        "train/ü.tif",
        "x y/b.jpg",
        "-c.bmp",
        "d;e.webp",
        "f,g.png",
        '"h".png',
    ]
    contents = [b"", b"\x89PNG\r\n\x1a\n" + bytes(30), (folder / "good.png").read_bytes()]
    contents.append(contents[-1][: chance.randrange(len(contents[-1]))])
    contents.append(bytes(chance.randrange(256) for _ in range(200)))
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(chance.choice(contents))
    cells = [*names, "good.png", "", "NA", "1,5", "train", "ä", '"', "\n", "2020-01-01", "=1+1"]
    header = chance.sample(["file", "split", "label", "patient", "id", "", "x", "x"], 5)
    lines = [header] + [[chance.choice(cells) for _ in range(5)] for _ in range(12)]
    lines.append(["good.png"] * 5)
    separator = chance.choice([",", ";", "\t"])
    text = "\n".join(separator.join(line) for line in lines)
    (folder / "t.csv").write_bytes(text.encode(chance.choice(["utf-8", "utf-16", "cp1252"])))
    imageset = FolderSource(folder).load()
    assert isinstance(imageset, ImageSet)
    row = imageset.table.index[imageset.table["file"] == "good.png"][0]
    assert np.array_equal(imageset.images[row, ..., 0], good)
    told = set(imageset.table["file"]) | set(imageset.problems["file"])
    assert told >= {*names, "good.png"}
