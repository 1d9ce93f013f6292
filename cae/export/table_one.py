"""Table 1 as a file: CSV, HTML, LaTeX or DOCX, in which no name runs as anything."""

import html
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from cae.cohorts.characteristics import TableOne
from cae.cohorts.groups import distinct_names
from cae.cohorts.remark import texts_of
from cae.export.csv import csv_pieces
from cae.export.documented import write_documented, writer_for
from cae.export.flow_file import flow_facts, svg_bytes, told_flows
from cae.export.flow_picture import flow_picture
from cae.export.redaction import Disclosure, disclosure
from cae.progress import Progress, silent

if TYPE_CHECKING:
    from pandas.io.formats.style_render import CSSDict

    from cae.study.study import Study

# A file name without ending.
FILE_STEM = "table-1"
# Behind the name of a table's file.
FLOW = ".flow.svg"
_STYLES: list["CSSDict"] = [
    {"selector": "", "props": "border-collapse: collapse; font-family: sans-serif"},
    {"selector": "th, td", "props": "padding: 0.2em 0.8em; text-align: left"},
    {"selector": "thead", "props": "border-top: 2px solid; border-bottom: 1px solid"},
    {"selector": "tbody", "props": "border-bottom: 2px solid"},
]
# What Styler leaves as it is though LaTeX does not set it as text.
_LATEX_SIGNS = {
    "χ²": r"$\chi^2$",
    "±": r"$\pm$",
    "–": "--",
    "−": "$-$",
    "≥": r"$\geq$",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
}


def export_table_one(
    study: "Study",
    table: TableOne,
    out: Path,
    *,
    identifying: bool = False,
    progress: Progress = silent,
) -> Path:
    """Write Table 1 to `out` and, beside it, its provenance as ``.provenance.json``.

    Remarks and how groups came about stand below the table and in the provenance, of CSV there
    only. Where groups were selected step by step, a flow diagram lies beside it, too, as
    ``.flow.svg``; HTML shows it.

    Args:
        study: that the groups were taken from.
        table: as `cae.cohorts.table_one` returns it.
        out: a file that ends in .csv, .html, .tex or .docx; what was there is replaced.
        identifying: whether columns, names and values are told that may tell who a patient is.
        progress: receives files written.

    Returns:
        `out`.

    Raises:
        CaeError: the file ends otherwise, or the place is full or cannot be written to; then
            nothing is replaced.
    """
    out = Path(out)
    write = writer_for(out, _WRITERS)
    told = disclosure(study, identifying)
    shown = _told(table, told)
    return write_documented(
        study,
        told,
        out,
        write(shown),
        "table_one",
        {"remarks": texts_of(shown.remarks), "flows": flow_facts(shown.flows)},
        progress,
        columns=list(dict.fromkeys(filter(None, shown.columns))),
        beside={FLOW: svg_bytes(shown.flows)} if shown.flows else {},
    )


def _told(table: TableOne, told: Disclosure) -> TableOne:
    """Return what may be told of a table."""
    is_kept = [column not in told.left_out for column in table.columns]
    kept = table.table[is_kept].reset_index(drop=True)
    kept["value"] = kept["value"].map(told.text)
    kept.columns = pd.Index(distinct_names([told.text(name) for name in kept.columns]))
    columns = tuple(column for column in table.columns if column not in told.left_out)
    remarks = tuple(replace(one, text=told.text(one.text)) for one in table.remarks)
    return TableOne(kept, columns, remarks, told_flows(table.flows, told))


def _csv(table: TableOne) -> bytes:
    return b"".join(csv_pieces(table.table))


def _html(table: TableOne) -> bytes:
    # With a name of its own, which pandas would otherwise draw anew each time.
    styled = table.table.style.set_uuid("one").hide(axis="index").set_table_styles(_STYLES)
    styled = styled.format(escape="html").format_index(escape="html", axis="columns")
    remarks = "".join(f"<p>{html.escape(remark)}</p>\n" for remark in table.notes)
    text = (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>Table 1</title>\n'
        f"{styled.to_html()}\n{remarks}{_flow(table)}</html>\n"
    )
    return text.encode("utf-8", "replace")


def _flow(table: TableOne) -> str:
    return f"<figure>{flow_picture(table.flows)}</figure>\n" if table.flows else ""


def _latex(table: TableOne) -> bytes:
    styled = table.table.style.hide(axis="index")
    styled = styled.format(escape="latex").format_index(escape="latex", axis="columns")
    text = styled.to_latex(hrules=True, column_format="l" * len(table.table.columns))
    remarks = "".join(f"\n{_escaped(remark)}\n" for remark in table.notes)
    for sign, command in _LATEX_SIGNS.items():
        text, remarks = text.replace(sign, command), remarks.replace(sign, command)
    head = "% Needs \\usepackage{booktabs}.\n"
    return f"{head}{text}{remarks}".encode("utf-8", "replace")


def _escaped(text: str) -> str:
    """Return text as LaTeX sets it, by the rules that tables are escaped by."""
    one_cell = pd.DataFrame([[text]]).style.hide(axis="index").hide(axis="columns")
    lines = one_cell.format(escape="latex").to_latex().splitlines()
    return lines[1].removesuffix(r" \\")


def _docx(table: TableOne) -> bytes:
    from cae.export.docx_table import docx_table

    return docx_table("Table 1", table.table, table.notes)


_WRITERS: dict[str, Callable[[TableOne], bytes]] = {
    ".csv": _csv,
    ".html": _html,
    ".tex": _latex,
    ".docx": _docx,
}
