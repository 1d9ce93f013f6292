"""Find the row of a table that names its columns, or that there is none."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_SEARCHED_ROWS = 10
_SAMPLED_ROWS = 100
_VALUE = re.compile(r"[\d\s.,:/+-]*\d[\d\s.,:/+-]*")


@dataclass(frozen=True)
class Header:
    """Where the names of the columns are.

    Attributes:
        first: position of the first row that belongs to the table.
        is_named: whether that row names the columns; else it is the first row of values.
    """

    first: int
    is_named: bool


def find_header(rows: Sequence[list[str]], names_image: Callable[[str], bool]) -> Header:
    """Return where the table begins: titles above are passed over, a first row of values is kept.

    Args:
        rows: cells of all rows that are not blank.
        names_image: whether a text names one of the images.
    """
    width = _usual_width(rows)
    searched = list(rows[:_SEARCHED_ROWS])
    first = next(
        (place for place in range(len(searched)) if not _is_title(place, searched, width)), 0
    )
    return Header(first, not _holds_values(rows[first : first + _SAMPLED_ROWS], names_image))


def _usual_width(rows: Sequence[list[str]]) -> int:
    """Return the number of filled cells that most rows have, the larger of equals."""
    counts = Counter(_filled(row) for row in rows[:_SAMPLED_ROWS])
    return max(counts, key=lambda width: (counts[width], width), default=0)


def _filled(row: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _is_title(place: int, rows: Sequence[list[str]], width: int) -> bool:
    row = rows[place]
    filled = _filled(row)
    # An index without a name, as pandas writes it, is the one column that often lacks one.
    named = filled + (len(row) >= width and not row[0].strip())
    if named >= width or width < 2 or place + 1 == len(rows):
        return False
    if 2 * named <= width:
        return True
    is_followed = any(_filled(later) >= width and _is_wordy(later) for later in rows[place + 1 :])
    return not _is_wordy(row) and is_followed


def _is_wordy(row: Sequence[str]) -> bool:
    """Whether a row could name columns: no cell is a number or date."""
    return not any(_VALUE.fullmatch(cell.strip()) for cell in row)


def _holds_values(rows: Sequence[list[str]], names_image: Callable[[str], bool]) -> bool:
    """Whether the first of `rows` names an image in a column in which most others do, too."""
    if not rows:
        return False
    for column, cell in enumerate(rows[0]):
        if not names_image(cell):
            continue
        others = [row[column] for row in rows[1:] if column < len(row)]
        if 2 * sum(map(names_image, others)) >= len(others):
            return True
    return False
