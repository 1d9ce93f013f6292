"""Parquet files against a folder of the very files whose bytes they hold."""

import io
import json
import os
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from cae.errors import CaeError
from cae.sources import choices_of, has_table, parse, with_choices, with_size
from cae.sources.choices import Choices
from cae.sources.folder import FolderSource
from cae.sources.parquet import reading, worker
from cae.sources.parquet.source import ParquetSource

COUNT = 150
_PAIR = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
DYING = "tests.sources.parquet.dying_reader"


def png(number: int) -> bytes:
    """A digit, 32×24 pixels, in colour where the number ends with 5."""
    pixels = (load_digits().images[number] * (255 / 16)).astype(np.uint8)
    picture = Image.fromarray(pixels.repeat(4, 0).repeat(3, 1))
    if number % 10 == 5:
        picture = Image.merge("RGB", (picture, picture, picture.transpose(0)))
    content = io.BytesIO()
    picture.save(content, "PNG")
    return content.getvalue()


PNGS = [png(number) for number in range(COUNT)]


def pairs(contents: list[bytes | None], paths: list[str | None] | None = None) -> pa.Array:
    """A column as Hugging Face keeps images."""
    paths = [None] * len(contents) if paths is None else paths
    cells = [{"bytes": one, "path": path} for one, path in zip(contents, paths, strict=True)]
    return pa.array(cells, _PAIR)


def write(path: Path, group: int = 40, **columns) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path, row_group_size=group)
    return path


def load(path: Path, **choices):
    return with_choices(parse(f"parquet:{path}"), Choices(**choices)).load()


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary(), _PAIR])
def test_the_images_are_those_of_a_folder_of_the_same_files(tmp_path, kind):
    folder = tmp_path / "folder"
    folder.mkdir()
    for number, content in enumerate(PNGS):
        (folder / f"{number:03d}.png").write_bytes(content)
    column = pairs(PNGS) if kind == _PAIR else pa.array(PNGS, kind)
    found = load(write(tmp_path / "digits.parquet", image=column))
    expected = FolderSource(folder).load()
    np.testing.assert_array_equal(found.images, expected.images)
    assert found.images.shape == (COUNT, 32, 32, 3)
    assert found.table["file"].tolist() == [f"digits.parquet/{row}" for row in range(COUNT)]
    assert found.name == "digits"
    assert found.problems.empty
    assert found.table["patient"].isna().all()


def test_columns_become_the_table_and_classes_get_their_names(tmp_path):
    names = [f"digit {number}" for number in range(10)]
    noted = {"label": {"_type": "ClassLabel", "names": names}, "image": {"_type": "Image"}}
    table = pa.table(
        {
            "image": pairs(PNGS, [f"scans/{number}.png" for number in range(COUNT)]),
            "label": pa.array([*load_digits().target[: COUNT - 1].tolist(), -1]),
            "subject": [f"s{number // 3}" for number in range(COUNT)],
            "age": pa.array([None, *range(1, COUNT)], pa.int16()),
            "site": pa.array(["north", "south"] * (COUNT // 2)).dictionary_encode(),
            "boxes": [[1.0, 2.0]] * COUNT,
        }
    ).replace_schema_metadata({"huggingface": json.dumps({"info": {"features": noted}})})
    pq.write_table(table, tmp_path / "digits.parquet")
    found = load(tmp_path / "digits.parquet").table
    expected = [names[digit] for digit in load_digits().target[: COUNT - 1]]
    assert found["label"].tolist()[:-1] == expected
    assert pd.isna(found["label"].iloc[-1])
    assert found["patient"].tolist() == [f"s{number // 3}" for number in range(COUNT)]
    assert found.groupby("patient")["split"].nunique().max() == 1
    assert found["age"].iloc[1:].tolist() == list(range(1, COUNT))
    assert pd.isna(found["age"].iloc[0])
    assert found["site"].tolist() == ["north", "south"] * (COUNT // 2)
    assert found["file"].iloc[3] == "scans/3.png"
    assert "boxes" not in found


def test_files_called_after_splits_give_them(tmp_path):
    write(tmp_path / "data" / "train-00000-of-00002.parquet", image=pairs(PNGS[:60]))
    write(tmp_path / "data" / "train-00001-of-00002.parquet", image=pairs(PNGS[60:90]))
    write(tmp_path / "data" / "validation-00000-of-00001.parquet", image=pairs(PNGS[90:100]))
    write(tmp_path / "data" / "test-00000-of-00001.parquet", image=pairs(PNGS[100:120]))
    (tmp_path / "README.md").write_text("A card.")
    found = load(tmp_path)
    assert found.table["split"].value_counts().to_dict() == {"train": 90, "test": 20, "val": 10}
    assert str(found.origins["split"]) == "names of the Parquet files"
    drawn = parse(f"parquet:{tmp_path}").load(limit=24, seed=3)
    assert drawn.table["split"].value_counts().to_dict() == {"train": 18, "test": 4, "val": 2}
    rows = [found.table["file"].tolist().index(file) for file in drawn.table["file"]]
    np.testing.assert_array_equal(drawn.images, found.images[rows])
    anew = load(tmp_path, split="none").table["split"].value_counts()
    assert anew["train"] not in (90, 120)


def test_what_is_no_image_is_a_problem_and_the_others_stay_in_order(tmp_path):
    contents: list[bytes | None] = list(PNGS)
    contents[3], contents[41], contents[79] = b"no picture", None, PNGS[79][:-30]
    outside = tmp_path / "secret.png"
    outside.write_bytes(PNGS[0])
    paths = [str(outside) if number == 41 else None for number in range(COUNT)]
    found = load(write(tmp_path / "digits.parquet", image=pairs(contents, paths)))
    whole = [number for number in range(COUNT) if number not in (3, 41, 79)]
    assert found.table["file"].tolist() == [f"digits.parquet/{number}" for number in whole]
    expected = load(write(tmp_path / "whole.parquet", image=pairs(PNGS))).images
    np.testing.assert_array_equal(found.images, expected[whole])
    reasons = dict(zip(found.problems["file"], found.problems["reason"], strict=True))
    assert set(reasons) == {f"digits.parquet/{number}" for number in (3, 41, 79)}
    assert "no PNG" in reasons["digits.parquet/3"]
    assert "not followed" in reasons["digits.parquet/41"]
    assert "cut off" in reasons["digits.parquet/79"]


def test_a_damaged_row_group_costs_only_its_rows_and_is_told_once(tmp_path):
    path = write(tmp_path / "digits.parquet", group=50, image=pa.array(PNGS, pa.binary()))
    place = pq.ParquetFile(path).metadata.row_group(1).column(0)
    content = bytearray(path.read_bytes())
    start = place.dictionary_page_offset or place.data_page_offset
    content[start : start + 200] = bytes(200)
    path.write_bytes(content)
    found = load(path)
    kept = [*range(50), *range(100, 150)]
    assert found.table["file"].tolist() == [f"digits.parquet/{number}" for number in kept]
    (problem,) = found.problems.itertuples(index=False)
    assert problem.file == "50 rows"
    assert "such as digits.parquet/50: its row group is cut off or damaged" in problem.reason


def test_a_file_that_is_cut_off_is_told_and_others_are_read(tmp_path):
    write(tmp_path / "a.parquet", image=pairs(PNGS[:40]))
    cut = write(tmp_path / "b.parquet", image=pairs(PNGS[40:80]))
    cut.write_bytes(cut.read_bytes()[:-100])
    write(tmp_path / "c.parquet", other=pairs(PNGS[:40]))
    found = load(tmp_path)
    assert len(found) == 40
    reasons = dict(zip(found.problems["file"], found.problems["reason"], strict=True))
    assert "it is cut off or no Parquet file" in reasons["b.parquet"]
    assert "has no column 'image' of encoded images" in reasons["c.parquet"]
    with pytest.raises(CaeError, match=r"None of the 1 Parquet files in .*cut off"):
        load(cut)


def test_of_several_columns_of_images_one_is_chosen(tmp_path):
    one, other = pa.array(PNGS), pa.array(PNGS[::-1])
    path = write(tmp_path / "two.parquet", left=one, right=other)
    with pytest.raises(CaeError, match=r"several columns .*\(left, right\).*--image-column"):
        load(path)
    np.testing.assert_array_equal(
        load(path, image="right").images, load(path, image="left").images[::-1]
    )
    with pytest.raises(CaeError, match="no column 'middle' of encoded images; it has left"):
        load(path, image="middle")
    named = write(tmp_path / "named.parquet", mask=other, image=one)
    np.testing.assert_array_equal(load(named).images, load(path, image="left").images)


def test_what_holds_no_images_is_refused_with_a_sentence(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(CaeError, match="holds no Parquet files"):
        load(tmp_path / "empty")
    with pytest.raises(CaeError, match="There is no folder or file"):
        load(tmp_path / "gone")
    with pytest.raises(CaeError, match=r"no column of encoded images.*it has age \(int64\)"):
        load(write(tmp_path / "ages.parquet", age=[1, 2, 3]))
    with pytest.raises(CaeError, match="hold no rows"):
        load(write(tmp_path / "none.parquet", image=pairs([])))
    with pytest.raises(CaeError, match="None of the 3 rows .* can be used"):
        load(write(tmp_path / "bad.parquet", image=pairs([b"a", b"b", None])))
    with pytest.raises(CaeError, match="lacks a file or folder"):
        parse("parquet:")


def test_links_are_not_followed(tmp_path):
    write(tmp_path / "elsewhere" / "x.parquet", image=pairs(PNGS[:10]))
    write(tmp_path / "set" / "a.parquet", image=pairs(PNGS[10:20]))
    (tmp_path / "set" / "b.parquet").symlink_to(tmp_path / "elsewhere" / "x.parquet")
    found = load(tmp_path / "set")
    assert len(found) == 10
    assert found.problems["file"].tolist() == ["b.parquet"]


def test_an_image_that_declares_too_many_pixels_is_left_out(tmp_path):
    bomb = bytearray(PNGS[0])
    bomb[16:24] = (60_000).to_bytes(4, "big") * 2
    bomb[29:33] = zlib.crc32(bomb[12:29]).to_bytes(4, "big")
    found = load(write(tmp_path / "bomb.parquet", image=pairs([bytes(bomb), *PNGS[1:20]])))
    assert len(found) == 19
    assert "declares more than" in found.problems["reason"].iloc[0]


def test_messages_hold_few_rows_however_long_a_row_group_is(tmp_path):
    path = write(tmp_path / "digits.parquet", group=COUNT, image=pa.array(PNGS))
    request = {"shard": str(path), "column": "image", "is_struct": False, "group": 0}
    messages = worker.answer({**request, "runs": [[0, COUNT]], "side": 28})
    sizes = [len(header["found"]) for header, _ in messages]
    assert max(sizes) == worker.BATCH
    assert sum(sizes) == COUNT
    (header, content), *more = worker.answer({**request, "runs": [[2, 3], [70, 72]], "side": 28})
    told = [header, *(one for one, _ in more)]
    assert [len(one["found"]) for one in told] == [1, 2]
    assert len(content) == 28 * 28


def test_a_reader_that_is_killed_by_an_image_costs_only_this_one(tmp_path, monkeypatch):
    path = write(tmp_path / "digits.parquet", group=COUNT, image=pa.array(PNGS))
    expected = load(path)
    monkeypatch.setattr(reading, "_WORKER", DYING)
    found = with_size(parse(f"parquet:{path}"), 32).load()
    assert int((tmp_path / ".died").read_text()) != os.getpid()
    kept = [number for number in range(COUNT) if number != 77]
    np.testing.assert_array_equal(found.images, expected.images[kept])
    assert found.problems["file"].tolist() == ["digits.parquet/77"]
    assert "crash" in found.problems["reason"].iloc[0]


def test_the_size_is_that_of_the_most_even_where_a_sample_says_otherwise(tmp_path, monkeypatch):
    large = io.BytesIO()
    Image.new("L", (130, 120)).save(large, "PNG")
    contents = [large.getvalue() if row % 2 == 0 else PNGS[row] for row in range(41)]
    path = write(tmp_path / "sizes.parquet", group=1, image=pa.array(contents[1:]))
    monkeypatch.setattr(reading, "_LOOKED_AT", 1)
    mixed = load(path)
    assert mixed.images.shape[1] == 64  # the median of 20 of 130 pixels and 20 of 32


def test_size_and_choices_can_be_given(tmp_path):
    path = write(tmp_path / "digits.parquet", image=pa.array(PNGS), grade=["a", "b"] * 75)
    source = with_choices(with_size(parse(f"parquet:{path}"), 64), Choices(label="grade"))
    assert source == ParquetSource(str(path), 64, Choices(label="grade"))
    assert has_table(source)
    assert choices_of(source) == Choices(label="grade")
    assert parse(source.spec) == ParquetSource(str(path))
    found = source.load()
    assert found.images.shape[1] == 64
    assert found.table["label"].tolist() == ["a", "b"] * 75
