"""Tables of measured figures, and where they are written down."""

import os
import platform
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from cae.storage import atomic_path, read_json

RESULTS = Path(__file__).with_name("RESULTS.md")
README = Path(__file__).parents[1] / "README.md"
# Figures of single runs, so that long tables can be completed run by run.
FINISHED = Path(__file__).with_name("figures")


def measured(file: Path) -> list[dict[str, Any]]:
    """Return the rows whose figures lie in a file."""
    rows: list[dict[str, Any]] = read_json(file)["rows"]
    return rows


def as_table(
    rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str], text: Callable[[Any], str]
) -> str:
    """Return rows as a Markdown table.

    Args:
        rows: figures by name.
        columns: the names to show and their titles.
        text: says a figure that is neither None, which is shown as a dash, nor a text.
    """
    lines = [tuple(columns.values()), ("---",) * len(columns)]
    lines += [tuple(_shown(row[name], text) for name in columns) for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def spread(values: Iterable[float | None]) -> list[float] | None:
    """Return the mean and, of several values, the standard deviation; None without any."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    deviation = [float(np.std(known, ddof=1))] if len(known) > 1 else []
    return [round(value, 4) for value in (float(np.mean(known)), *deviation)]


def spread_text(figure: list[float] | int) -> str:
    """Return what `spread` found as ``mean ± deviation``; a whole number as it is."""
    if isinstance(figure, int):
        return str(figure)
    digits = 3 if abs(figure[0]) < 1 else 1
    return " ± ".join(f"{value:.{digits}f}" for value in figure)


def write_section(name: str, table: str, document: Path = RESULTS) -> None:
    """Put the table into a document in place of the one between the markers of this name."""
    before, _, after = _parts(name, document)
    text = f"{before}\n{machine()}\n\n{table}{after}"
    with atomic_path(document) as temporary:
        temporary.write_text(text, "utf-8")


def section(name: str, document: Path = RESULTS) -> str:
    """Return the table that stands in a document between the markers of this name."""
    _, written, _ = _parts(name, document)
    return written[written.index("|") :]


def _parts(name: str, document: Path) -> tuple[str, str, str]:
    """Return a document up to a section, the section, and the document from its end."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, found, rest = document.read_text("utf-8").partition(begin)
    written, closed, after = rest.partition(end)
    if not (found and closed):
        raise SystemExit(f"{document} lacks the markers {begin!r} and {end!r}; put them in.")
    return before + begin, written, end + after


def machine() -> str:
    """Return what the figures were measured on."""
    return f"{os.cpu_count()} cores, {platform.machine()}, torch {version('torch')}, no GPU"


def _shown(figure: Any, text: Callable[[Any], str]) -> str:
    if figure is None:
        return "—"
    return figure if isinstance(figure, str) else text(figure)
