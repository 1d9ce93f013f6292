"""Table 1 as a file: CSV, HTML or LaTeX, in which no name runs as anything."""

import html
from pathlib import Path

import pandas as pd

from cae.cohorts.characteristics import TableOne
from cae.errors import CaeError
from cae.export.csv import csv_pieces
from cae.storage import atomic_path

_STYLES = [
    {"selector": "", "props": "border-collapse: collapse; font-family: sans-serif"},
    {"selector": "th, td", "props": "padding: 0.2em 0.8em; text-align: left"},
    {"selector": "thead", "props": "border-top: 2px solid; border-bottom: 1px solid"},
    {"selector": "tbody", "props": "border-bottom: 2px solid"},
]
# What Styler leaves as it is though LaTeX does not set it as text.
_LATEX_SIGNS = {"χ²": r"$\chi^2$", "±": r"$\pm$", "–": "--", "≥": r"$\geq$", "<": r"\textless{}"}


def export_table_one(table: TableOne, out: Path) -> Path:
    """Write Table 1 with its remarks, which CSV has no place for; return where it lies.

    Args:
        table: the table.
        out: a file that ends in .csv, .html or .tex; one that exists is replaced.

    Raises:
        CaeError: the file ends otherwise.
    """
    writers = {".csv": _csv, ".html": _html, ".tex": _latex}
    write = writers.get(out.suffix.lower())
    if write is None:
        raise CaeError(f"{out.name} ends in none of {', '.join(writers)}; name the file so.")
    with atomic_path(out) as temporary:
        temporary.write_bytes(write(table))
    return out


def _csv(table: TableOne) -> bytes:
    return b"".join(csv_pieces(table.table))


def _html(table: TableOne) -> bytes:
    styled = table.table.style.hide(axis="index").set_table_styles(_STYLES)
    styled = styled.format(escape="html").format_index(escape="html", axis="columns")
    remarks = "".join(f"<p>{html.escape(remark)}</p>\n" for remark in table.remarks)
    text = (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>Table 1</title>\n'
        f"{styled.to_html()}\n{remarks}</html>\n"
    )
    return text.encode("utf-8", "replace")


def _latex(table: TableOne) -> bytes:
    styled = table.table.style.hide(axis="index")
    styled = styled.format(escape="latex").format_index(escape="latex", axis="columns")
    text = styled.to_latex(hrules=True, column_format="l" * len(table.table.columns))
    remarks = "".join(f"\n{_escaped(remark)}\n" for remark in table.remarks)
    for sign, command in _LATEX_SIGNS.items():
        text, remarks = text.replace(sign, command), remarks.replace(sign, command)
    head = "% Needs \\usepackage{booktabs}.\n"
    return f"{head}{text}{remarks}".encode("utf-8", "replace")


def _escaped(text: str) -> str:
    """Return text as LaTeX sets it, by the rules that tables are escaped by."""
    one_cell = pd.DataFrame([[text]]).style.hide(axis="index").hide(axis="columns")
    lines = one_cell.format(escape="latex").to_latex().splitlines()
    return lines[1].removesuffix(r" \\")
