"""Where the boxes and arrows of a flow diagram lie, as CONSORT and STROBE draw them."""

import textwrap
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cae.cohorts.attrition import Attrition, Change
from cae.number_text import counted

FONT_SIZE, LINE = 13.0, 18.0
PADDING = 8.0
_MAIN, _SIDE, _BETWEEN, _APART = 232.0, 322.0, 36.0, 40.0
_MARGIN, _STEP = 6.0, 16.0
# Of the widest usual sans-serif, so that words stay in their boxes.
_LETTER = 7.6
_MOST_LINES = 6
REMARK = (
    "Patients count as left out once none of their images is left, and as added with the first."
)

Flow = tuple[str, Attrition]


@dataclass(frozen=True)
class Box:
    """A frame with words.

    Attributes:
        left: of the frame, in pixels, as all lengths.
        top: likewise.
        width: likewise.
        lines: of text, from the top.
        centred: whether they stand in the middle, as in boxes of what remains.
    """

    left: float
    top: float
    width: float
    lines: tuple[str, ...]
    centred: bool

    @property
    def height(self) -> float:
        """Of the frame."""
        return _height(self.lines)

    @property
    def middle(self) -> float:
        """Its height on the page halfway down."""
        return self.top + self.height / 2


@dataclass(frozen=True)
class Arrow:
    """A straight arrow that points to its second end, (x, y)."""

    start: tuple[float, float]
    end: tuple[float, float]


@dataclass(frozen=True)
class Drawing:
    """A diagram.

    Attributes:
        width: in pixels.
        height: likewise.
        boxes: the frames.
        arrows: between them.
        remark: what stands at the bottom, else empty.
    """

    width: float
    height: float
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    remark: str


def flow_drawing(flows: Sequence[Flow]) -> Drawing:
    """Return one diagram with a column for each group.

    Args:
        flows: name of a group and how it came about, at least one.
    """
    boxes: list[Box] = []
    arrows: list[Arrow] = []
    across = _MAIN + _BETWEEN + _SIDE
    for place, (name, flow) in enumerate(flows):
        left = _MARGIN + place * (across + _APART)
        added, pointing = _column(name, flow.changes, left)
        boxes += added
        arrows += pointing
    bottom = max(box.top + box.height for box in boxes)
    knows_patients = any(
        change.patients is not None for _, flow in flows for change in flow.changes
    )
    remark = REMARK if knows_patients else ""
    width = 2 * _MARGIN + len(flows) * across + (len(flows) - 1) * _APART
    height = bottom + _MARGIN + (LINE + PADDING if remark else 0)
    return Drawing(width, height, tuple(boxes), tuple(arrows), remark)


def _counts(images: int, patients: int | None) -> Iterator[str]:
    """Yield how many images, and patients where they are known, as a diagram says it."""
    yield counted(images, "image")
    if patients is not None:
        yield counted(patients, "patient")


def _column(name: str, changes: Sequence[Change], left: float) -> tuple[list[Box], list[Arrow]]:
    centre = left + _MAIN / 2
    first, last = changes[0], changes[-1]
    boxes = [_main(left, _MARGIN, first.reason, first)]
    arrows = []
    for before, after in pairwise(changes):
        above = boxes[-1] if len(boxes) == 1 else boxes[-2]
        side = Box(
            left + _MAIN + _BETWEEN,
            above.top + above.height + _STEP,
            _SIDE,
            tuple(_beside(before, after)),
            centred=False,
        )
        ends = (centre, side.middle), (side.left, side.middle)
        arrows.append(Arrow(*(ends if not after.came else ends[::-1])))
        below = side.top + side.height + _STEP
        remaining = _main(left, below, name if after is last else "", after)
        arrows.append(Arrow((centre, above.top + above.height), (centre, below)))
        boxes += [remaining, side]
    return boxes, arrows


def _main(left: float, top: float, title: str, change: Change) -> Box:
    lines = [*_wrapped(title, _MAIN), *_counts(change.left, change.patients)]
    return Box(left, top, _MAIN, tuple(lines), centred=True)


def _beside(before: Change, after: Change) -> Iterator[str]:
    """Yield what left or came between two boxes, and why."""
    patients = None
    if before.patients is not None and after.patients is not None:
        patients = abs(after.patients - before.patients)
    word, images = ("Added", after.came) if after.came else ("Left out", after.out)
    yield f"{word}: {', '.join(_counts(images, patients))}"
    yield from _wrapped(after.reason, _SIDE)


def _wrapped(text: str, width: float) -> list[str]:
    """Return the lines of a text in a box so wide; of a long one the first, with … behind."""
    letters = int((width - 2 * PADDING) / _LETTER)
    is_wide = any(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    lines = textwrap.wrap(text, letters // 2 if is_wide else letters)
    if len(lines) > _MOST_LINES:
        lines = [*lines[: _MOST_LINES - 1], f"{lines[_MOST_LINES - 1][: letters - 1]}…"]
    return lines


def _height(lines: Sequence[str]) -> float:
    return LINE * len(lines) + 2 * PADDING
