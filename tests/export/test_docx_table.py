import io
import zipfile
from xml.etree import ElementTree

import pandas as pd
from docx import Document

from cae.export.docx_table import docx_table

TABLE = pd.DataFrame({"variable": ["Age", "<b>Sex</b> & \x00\x1b"], "a": ["61 (8)", "*"]})


def test_texts_come_back_as_they_are_but_for_what_xml_cannot_hold():
    document = Document(io.BytesIO(docx_table("Table 1", TABLE, ["One.", "Two\x07."])))
    (table,) = document.tables
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["variable", "a"],
        ["Age", "61 (8)"],
        ["<b>Sex</b> & \ufffd\ufffd", "*"],
    ]
    assert [one.text for one in document.paragraphs] == ["Table 1", "One.", "Two\ufffd."]
    assert document.core_properties.author == "CAE Explorer"


def test_the_head_is_repeated_and_lined():
    with zipfile.ZipFile(io.BytesIO(docx_table("Table 1", TABLE, []))) as opened:
        body = ElementTree.fromstring(opened.read("word/document.xml"))
    word = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    lines = list(body.iter(f"{word}tr"))
    assert [line.find(f"{word}trPr/{word}tblHeader") is not None for line in lines] == [
        *(True, False, False)
    ]
    edges = [
        {edge.tag.removeprefix(word) for edge in line.iter() if edge.get(f"{word}sz")}
        - {"sz", "szCs"}
        for line in lines
    ]
    assert [edge & {"top", "bottom"} for edge in edges] == [{"top", "bottom"}, set(), {"bottom"}]


def test_the_same_table_gives_the_same_bytes_whenever_it_is_made():
    first = docx_table("Table 1", TABLE, ["One."])
    assert docx_table("Table 1", TABLE, ["One."]) == first
    with zipfile.ZipFile(io.BytesIO(first)) as opened:
        assert {entry.date_time for entry in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}
