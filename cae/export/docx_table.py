"""A table as a document for a word processor, as papers print it: three lines, remarks below."""

import io
import re
import zipfile
from collections.abc import Sequence
from datetime import datetime

import pandas as pd
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt
from docx.table import Table, _Cell

_MOST_UPRIGHT = 6
_POINTS = 9
# A moment that is the same in every export of the same table.
_MADE = datetime(1980, 1, 1)
# What XML cannot hold.
_UNFIT = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def docx_table(title: str, table: pd.DataFrame, remarks: Sequence[str]) -> bytes:
    """Return a DOCX file with a heading, a table and paragraphs below it.

    The same table gives the same bytes. More than six columns lie across the page.

    Args:
        title: heading, and title of the document.
        table: of texts; its columns' names are the first line, which each page repeats.
        remarks: sentences, one a paragraph.
    """
    document = Document()
    about = document.core_properties
    about.title, about.author, about.comments = title, "CAE Explorer", ""
    about.created = about.modified = _MADE
    if len(table.columns) > _MOST_UPRIGHT:
        section = document.sections[0]
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = section.page_height, section.page_width
    document.add_heading(title, level=1)
    drawn = document.add_table(rows=1 + len(table), cols=len(table.columns))
    lines = [list(map(str, table.columns)), *table.astype(str).to_numpy().tolist()]
    # Each access to a cell of python-docx walks the whole table; its rows' elements do not.
    for place, (row, texts) in enumerate(zip(drawn._tbl.tr_lst, lines, strict=True)):
        for element, text in zip(row.tc_lst, texts, strict=True):
            _write(_Cell(element, drawn), text, is_bold=place == 0)
    _rule(drawn)
    for remark in remarks:
        paragraph = document.add_paragraph()
        paragraph.add_run(_fit(remark)).font.size = Pt(_POINTS)
    buffer = io.BytesIO()
    document.save(buffer)
    return _timeless(buffer)


def _write(cell: _Cell, text: str, is_bold: bool) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = Pt(1)
    run = paragraph.add_run(_fit(text))
    run.font.size, run.bold = Pt(_POINTS), is_bold or None


def _rule(drawn: Table) -> None:
    """Draw lines above, below and under the head, and let pages repeat it."""
    first = drawn.rows[0]
    head = OxmlElement("w:tblHeader")
    first._tr.get_or_add_trPr().append(head)
    for cell in first.cells:
        _border(cell, top=12, bottom=6)
    for cell in drawn.rows[-1].cells:
        _border(cell, bottom=12)


def _border(cell: _Cell, **eighths: int) -> None:
    """Draw lines of so many eighths of a point along edges of a cell."""
    borders = OxmlElement("w:tcBorders")
    for edge, size in eighths.items():
        line = OxmlElement(f"w:{edge}")
        line.set(qn("w:val"), "single")
        line.set(qn("w:sz"), str(size))
        borders.append(line)
    cell._tc.get_or_add_tcPr().append(borders)


def _fit(text: str) -> str:
    return _UNFIT.sub("\ufffd", text)


def _timeless(document: io.BytesIO) -> bytes:
    """Return a zip anew, without the times at which its files were written."""
    made = io.BytesIO()
    with zipfile.ZipFile(document) as former, zipfile.ZipFile(made, "w") as new:
        for name in former.namelist():
            entry = zipfile.ZipInfo(name, _MADE.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, former.read(name))
    return made.getvalue()
