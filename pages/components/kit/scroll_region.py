"""A frame for what may be wider than its place."""

import html


def scroll_region(title: str, content: str) -> str:
    """Return HTML that scrolls sideways by itself, and that the keyboard reaches.

    Args:
        title: what it shows, for screen readers.
        content: HTML, as it is.
    """
    label = html.escape(title, quote=True)
    return (
        f'<div class="cae-scroll" role="region" tabindex="0" aria-label="{label}">{content}</div>'
    )
