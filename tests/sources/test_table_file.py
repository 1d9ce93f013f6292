import json
import zipfile
from datetime import datetime

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cae.errors import CaeError
from cae.sources.table_file import read_table_file

NAMES = {"a.png", "b.png", "c.png"}


def read(path):
    return read_table_file(path, names_image=NAMES.__contains__)


def test_a_workbook_is_read_with_titles_numbers_and_dates(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "scans"
    for row in (
        ["Our study"],
        [],
        ["file", "age", "id", "seen", "ill"],
        ["a.png", 61.5, 123456789012345, datetime(2020, 1, 31), True],
        ["b.png", 70, None, datetime(2020, 2, 1, 12, 30), False],
    ):
        sheet.append(row)
    book.create_sheet("notes").append(["x"])
    book.save(tmp_path / "t.xlsx")
    table = read(tmp_path / "t.xlsx")
    assert table.cells.columns.tolist() == ["file", "age", "id", "seen", "ill"]
    assert table.cells.iloc[0].tolist() == [
        "a.png",
        "61.5",
        "123456789012345",
        "2020-01-31",
        "true",
    ]
    assert table.cells.iloc[1].isna().tolist() == [False, False, True, False, False]
    assert table.cells.index.tolist() == [4, 5]
    assert any("'scans'" in note for note in table.notes)
    (tmp_path / "t.xlsx").rename(tmp_path / "t.csv")
    assert read(tmp_path / "t.csv").cells.equals(table.cells)


def test_parquet_and_json_lines_keep_every_digit(tmp_path):
    frame = pd.DataFrame(
        {
            "file": ["a.png", "b.png"],
            "scan": np.array([123456789012345678, 123456789012345679]),
            "age": [60.0, None],
            "seen": pd.to_datetime(["2020-01-31", None]),
        }
    )
    frame.to_parquet(tmp_path / "t.parquet")
    found = read(tmp_path / "t.parquet").cells
    assert found["scan"].tolist() == ["123456789012345678", "123456789012345679"]
    assert found["age"].tolist()[0] == "60.0"
    assert found["seen"].tolist()[0] == "2020-01-31"
    assert found.isna().sum().tolist() == [0, 0, 1, 1]
    with_gap = {"file": ["a.png", "b.png"], "scan": [10_000_000_000_000_001, None]}
    pq.write_table(pa.table(with_gap), tmp_path / "t.parquet")
    found = read(tmp_path / "t.parquet").cells
    assert found["scan"].tolist()[0] == "10000000000000001"
    assert found["scan"].isna().tolist() == [False, True]
    lines = [{"file": "a.png", "scan": 123456789012345678}, {"file": "b.png", "new": 1.50}]
    (tmp_path / "t.jsonl").write_text("\n".join(map(json.dumps, lines)))
    found = read(tmp_path / "t.jsonl").cells
    assert found.columns.tolist() == ["file", "scan", "new"]
    assert found["scan"].tolist()[0] == "123456789012345678"


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("t.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "save it as CSV"),
        ("t.parquet", b"PAR1" + bytes(99), "damaged Parquet"),
        ("t.jsonl", b'{"a": 1}\n[2]\n', "no JSON objects"),
        ("t.jsonl", b"{", "no JSON"),
        ("t.jsonl", b"", "is empty"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(tmp_path, name, content, sentence):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CaeError, match=sentence) as caught:
        read(tmp_path / name)
    assert str(caught.value).endswith(".")


def test_damaged_and_foreign_spreadsheets_get_a_sentence(tmp_path):
    for member, sentence in (
        ("xl/workbook.xml", "damaged Excel"),
        ("content.xml", "save it as CSV"),
    ):
        with zipfile.ZipFile(tmp_path / "t.xlsx", "w") as archive:
            archive.writestr(member, "<x>")
        with pytest.raises(CaeError, match=sentence):
            read(tmp_path / "t.xlsx")


def test_text_that_is_only_called_excel_is_read(tmp_path):
    (tmp_path / "t.xls").write_bytes("file\tv\na.png\t1\n".encode("utf-16"))
    assert read(tmp_path / "t.xls").cells["v"].tolist() == ["1"]
