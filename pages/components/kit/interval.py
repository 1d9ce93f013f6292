"""An interval as a small picture in a line of a table."""

import html


def interval_picture(
    value: float, low: float, high: float, none: float, words: str, kind: str = ""
) -> str:
    """Return HTML of a dot on its interval, and of a line where there is no difference.

    Places are shares of the width; what lies beyond 0 or 1 is drawn at the edge.

    Args:
        value: place of the dot.
        low: of the lower end.
        high: of the upper end.
        none: of no difference.
        words: what the picture shows, for screen readers.
        kind: a further class, such as ``cae-diamond`` for another mark than a dot.
    """
    value, low, high = (min(max(place, 0.0), 1.0) for place in (value, low, high))
    return (
        f'<span class="cae-interval {kind}" role="img" aria-label="{html.escape(words)}">'
        f'<span style="left:{none:.1%}"></span>'
        f'<i style="left:{low:.1%};width:{high - low:.1%}"></i>'
        f'<b style="left:{value:.1%}"></b></span>'
    )
