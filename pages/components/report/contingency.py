"""Which labels are in which cluster, as a table that is read like a picture."""

import html
from collections.abc import Callable

import numpy as np
import pandas as pd

from cae.columns.titles import default_name
from cae.number_text import counted, percent_text
from pages.components.kit.scroll_region import scroll_region

_MOST_LEVELS = 40
# Per cent of a row from which a cell is blue enough for white numbers on any ground.
_STRONG = 60


def contingency(
    labels: pd.Series, clusters: pd.Series, title: Callable[[int], str] = default_name
) -> pd.DataFrame:
    """Return how many images of each label (rows) each cluster (columns) holds.

    Images without a label are left out; −1 comes last. Labels are put in the order of the clusters
    that hold most of them, so that a good clustering shows a diagonal.

    Args:
        labels: one per image.
        clusters: one number per image.
        title: says what a cluster is called.
    """
    known = labels.notna().to_numpy()
    counts = pd.crosstab(labels[known].astype(str), clusters[known])
    named = [number for number in counts.columns if int(number) >= 0]
    counts = counts[named + [number for number in counts.columns if int(number) < 0]]
    best = np.argmax(counts[named].to_numpy(), axis=1) if named else np.zeros(len(counts), int)
    counts = counts.iloc[np.argsort(best, kind="stable")]
    counts.columns = [title(int(number)) for number in counts.columns]
    return counts


def can_draw(counts: pd.DataFrame) -> bool:
    """Whether the table is neither empty nor too large to read."""
    return counts.size > 0 and max(counts.shape) <= _MOST_LEVELS


def contingency_table(counts: pd.DataFrame, title: str) -> str:
    """Return HTML of the counts; the larger its share of the row, the bluer a cell.

    Args:
        counts: whole numbers, as `contingency` returns them; no row without images.
        title: what the table shows, for screen readers.
    """
    shares = 100 * counts.to_numpy() / counts.to_numpy().sum(axis=1, keepdims=True)
    head = "".join(f'<th scope="col"><span>{html.escape(str(one))}</span></th>' for one in counts)
    body = "".join(
        _row(str(name), counts.columns, counts.loc[name], of_row)
        for name, of_row in zip(counts.index, shares, strict=True)
    )
    return scroll_region(title, f'<table class="cae-heat"><tr><td></td>{head}</tr>{body}</table>')


def _row(name: str, columns: pd.Index, counts: pd.Series, shares: np.ndarray) -> str:
    cells = []
    for column, count, share in zip(columns, counts, shares, strict=True):
        words = html.escape(
            f"{name}, {column}: {counted(count, 'image')}, "
            f"{percent_text(share / 100, 1)} of the row"
        )
        strong = ' class="cae-strong"' if share >= _STRONG else ""
        ground = f"color-mix(in srgb, #1f6fd0 {share:.0f}%, transparent)"
        text = f"{count:,}" if count else ""
        cells.append(f'<td title="{words}"{strong} style="background:{ground}">{text}</td>')
    return f'<tr><th scope="row">{html.escape(name)}</th>{"".join(cells)}</tr>'
