import codecs
import random

import pandas as pd
import pytest

from cae.errors import CaeError
from cae.sources.csv_table import read_csv_table


@pytest.fixture
def read(tmp_path):
    def write_and_read(content):
        path = tmp_path / "table.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_csv_table(path)

    return write_and_read


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends(read, separator, newline):
    lines = [["file", "age", "note"], ["a.png", "7", "x"], ["b.png", "8", "y"]]
    table = read(newline.join(separator.join(line) for line in lines))
    assert table.cells.columns.tolist() == lines[0]
    assert table.cells.to_numpy().tolist() == lines[1:]
    assert table.cells.index.tolist() == [2, 3]
    assert table.decimal_comma == (separator == ";")


def test_quotes_protect_separators_and_line_ends(read):
    table = read('file,note\na.png,"one, two\nthree ""four"""\nb.png,x\n')
    assert table.cells["note"].tolist() == ['one, two\nthree "four"', "x"]
    assert table.cells.index.tolist() == [2, 3]


def test_decimal_commas_do_not_win_over_semicolons(read):
    table = read("file;a;b\nx.png;1,5;2,5\ny.png;1,0;2,0\n")
    assert table.cells.columns.tolist() == ["file", "a", "b"]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "file,größe\na.png,日本\n"),
        ("utf-8-sig", "file,größe\na.png,日本\n"),
        ("utf-16", "file,größe\na.png,日本\n"),
        ("utf-32", "file,größe\na.png,日本\n"),
        ("cp1252", "file,diagnóstico\na.png,neumonía\nb.png,año\n"),
        ("cp1252", "Datei;Größe;Befund\na.png;3,5;gesund für später\nb.png;2,5;Ödem\n"),
        ("cp1251", "файл;диагноз\na.png;пневмония\nb.png;здоровые лёгкие\n"),
        ("gb18030", "画像,診断\na.png,肺炎\nb.png,正常\n"),
    ],
)
def test_encodings(read, encoding, text):
    cells = read(text.encode(encoding)).cells
    header, *rows = (line.replace(";", ",").split(",") for line in text.replace(",5", ".5").split())
    assert cells.columns.tolist()[0] == header[0]
    assert list(cells.iloc[0])[-1][:5] == read(text.encode("utf-8")).cells.iloc[0, -1][:5]
    assert cells.equals(read(text.encode("utf-8")).cells)


@pytest.mark.parametrize("text", ["", "NA", "N/A", "nan", "NaN", "null", "NULL", "<NA>", " "])
def test_missing_cells(read, text):
    assert read(f"file,x\na.png,{text}\nb.png,0\n").cells["x"].isna().tolist() == [True, False]


def test_blank_rows_are_skipped_but_counted(read):
    table = read("file,x\n\na.png,1\n,\n\nb.png,2\n")
    assert table.cells.index.tolist() == [3, 6]
    assert table.problems == []


def test_short_rows_are_filled_and_long_rows_reported(read):
    table = read("file,x,y\na.png,1\nb.png,1,2,3,4\nc.png,1,2,,\n")
    assert table.cells.loc[2].isna().tolist() == [False, False, True]
    assert table.problems == [(3, "it has 5 cells for 3 columns")]
    assert table.cells.index.tolist() == [2, 4]


def test_an_open_quote_costs_one_row_only(read):
    table = read('file,x\na.png,"open\nb.png,1\nc.png,2\n')
    assert table.cells["file"].tolist() == ["b.png", "c.png"]
    assert [row for row, _ in table.problems] == [2]


def test_a_cell_beyond_all_bounds_costs_one_row_only(read):
    table = read("file,x\na.png," + "y" * 200_000 + "\nb.png,1\n")
    assert table.cells["file"].tolist() == ["b.png"]
    assert [row for row, _ in table.problems] == [2]


def test_column_names_are_unique_and_never_empty(read):
    columns = read("file, x ,,x,x_2\na,b,c,d,e\n").cells.columns.tolist()
    assert columns == ["file", "x", "column_3", "x_2", "x_2_2"]


def test_the_separator_line_of_spreadsheets_is_no_header(read):
    table = read("sep=;\nfile;x\na.png;1,5\n")
    assert table.cells.columns.tolist() == ["file", "x"]
    assert table.cells.index.tolist() == [3]


def test_a_single_column_is_a_table(read):
    assert read("file\na.png\nb.png\n").cells["file"].tolist() == ["a.png", "b.png"]


def test_a_header_alone_has_no_rows(read):
    assert len(read("file,x\n").cells) == 0


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b",,\n", "no readable first row"),
        (b'"open,x\n', "no readable first row"),
        (b"PK\x03\x04" + bytes(range(256)) * 4, "is no text"),
        (b"file,x\na.png,\0\n", "is no text"),
    ],
)
def test_what_is_no_table_gets_a_sentence(read, content, sentence):
    with pytest.raises(CaeError, match=sentence) as caught:
        read(content)
    assert str(caught.value).endswith(".")


def test_a_missing_table_gets_a_sentence(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(CaeError, match="cannot be read"):
            read_csv_table(path)


def test_a_byte_order_mark_alone_is_no_table(read):
    with pytest.raises(CaeError):
        read(codecs.BOM_UTF8)


def test_random_bytes_are_survived(read):
    chance = random.Random(0)
    outcomes = set()
    for _ in range(300):
        alphabet = chance.choice([b'ab1,;"\n\r\t ', bytes(range(256)), bytes(range(1, 256))])
        content = bytes(chance.choice(alphabet) for _ in range(chance.randrange(60)))
        try:
            outcomes.add(type(read(content).cells))
        except CaeError as error:
            outcomes.add(type(error))
    assert outcomes == {CaeError, pd.DataFrame}
