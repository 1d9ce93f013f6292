"""A table of the planted marks that decoding loses and invents."""

import html
from typing import Any

from cae.evaluation.planted_marks import mark_words
from pages.components.kit.scroll_region import scroll_region


def marks_table(figures: dict[str, Any]) -> str:
    """Return HTML with a row per kind of mark and two columns per rendering.

    Args:
        figures: as `cae.evaluation.measure_marks` returns them.
    """
    kinds: dict[str, dict[str, dict[str, Any]]] = {}
    for row in figures["rows"]:
        kinds.setdefault(mark_words(row), {})[row["decoded_as"]] = row
    shown = list(dict.fromkeys(row["decoded_as"] for row in figures["rows"]))
    titles = ["Found in the image"]
    titles += [f"{what} by {kind}" for kind in shown for what in ("Lost", "Invented")]
    head = "".join(f'<th scope="col">{html.escape(title)}</th>' for title in titles)
    body = "".join(_row(words, of_kind, shown) for words, of_kind in kinds.items())
    return scroll_region(
        "Planted marks",
        f'<table class="cae-facts cae-report"><tr><th scope="col">Mark</th>{head}</tr>'
        f"{body}</table>",
    )


def _row(words: str, of_kind: dict[str, dict[str, Any]], shown: list[str]) -> str:
    first = next(iter(of_kind.values()))
    cells = [_share(first["seen"], first["images"])]
    for kind in shown:
        counts = of_kind[kind]
        cells += [
            _share(counts["lost"], counts["seen"]),
            _share(counts["invented"], counts["silent"]),
        ]
    filled = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr><th scope="row">{html.escape(words)}</th>{filled}</tr>'


def _share(count: int, whole: int) -> str:
    return f"{count} of {whole}" if whole else "–"
