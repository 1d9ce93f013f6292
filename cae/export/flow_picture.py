"""A flow diagram as SVG, and in words for those who do not see it."""

import html
from collections.abc import Sequence

from cae.export.flow_drawing import (
    FONT_SIZE,
    LINE,
    PADDING,
    Arrow,
    Box,
    Drawing,
    Flow,
    flow_drawing,
)

INK = "#1a1a1a"
_TIP = 8.0


def flow_picture(flows: Sequence[Flow], ink: str = INK) -> str:
    """Return an SVG of how groups came about: what remains, and beside it what left and came.

    Args:
        flows: name of a group and how it came about, at least one.
        ink: colour of frames and words, #rrggbb; the ground is left clear.
    """
    drawing = flow_drawing(flows)
    width, height = f"{drawing.width:.0f}", f"{drawing.height:.0f}"
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" role="img" font-family="sans-serif" '
            f'font-size="{FONT_SIZE:g}" fill="{ink}">',
            f"<title>{html.escape(flow_words(flows))}</title>",
            *(_arrow(arrow, ink) for arrow in drawing.arrows),
            *(_box(box, ink) for box in drawing.boxes),
            *_remark(drawing),
            "</svg>\n",
        ]
    )


def flow_words(flows: Sequence[Flow]) -> str:
    """Return what the diagram shows, as sentences."""
    told = (f"{name}: {flow.statement} {flow.remark}".rstrip() for name, flow in flows)
    return f"Flow diagram. {' '.join(told)}"


def _arrow(arrow: Arrow, ink: str) -> str:
    (x, y), (to_x, to_y) = arrow.start, arrow.end
    # A marker would say the same, but not everything that shows SVG draws it.
    along_x, along_y = (to_x > x) - (to_x < x), (to_y > y) - (to_y < y)
    back_x, back_y = to_x - _TIP * along_x, to_y - _TIP * along_y
    aside_x, aside_y = _TIP / 2 * along_y, _TIP / 2 * along_x
    return (
        f'<path d="M{x:g} {y:g}L{to_x:g} {to_y:g}" stroke="{ink}" fill="none"/>'
        f'<path d="M{to_x:g} {to_y:g}L{back_x + aside_x:g} {back_y + aside_y:g}'
        f'L{back_x - aside_x:g} {back_y - aside_y:g}Z" fill="{ink}"/>'
    )


def _box(box: Box, ink: str) -> str:
    x, anchor = (
        (box.left + box.width / 2, "middle") if box.centred else (box.left + PADDING, "start")
    )
    lines = "".join(
        f'<text x="{x:g}" y="{box.top + PADDING + LINE * (number + 0.72):.1f}" '
        f'text-anchor="{anchor}"{_weight(box, number)}>{html.escape(line)}</text>'
        for number, line in enumerate(box.lines)
    )
    frame = (
        f'<rect x="{box.left:g}" y="{box.top:g}" width="{box.width:g}" height="{box.height:g}" '
        f'rx="3" stroke="{ink}" fill="none"/>'
    )
    return frame + lines


def _weight(box: Box, line: int) -> str:
    """Return what makes counts of what left or came stand out."""
    return "" if box.centred or line else ' font-weight="bold"'


def _remark(drawing: Drawing) -> list[str]:
    if not drawing.remark:
        return []
    words = html.escape(drawing.remark)
    return [f'<text x="6" y="{drawing.height - PADDING:g}" fill-opacity="0.75">{words}</text>']
