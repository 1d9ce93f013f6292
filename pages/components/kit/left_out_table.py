"""A table of the columns that are not looked at, and why."""

import html
from collections.abc import Mapping

from cae.columns.titles import column_title


def left_out_table(left_out: Mapping[str, str]) -> str:
    """Return HTML with a line per column.

    Args:
        left_out: names of columns, and why each is left out.
    """
    lines = "".join(
        f'<tr><th scope="row">{html.escape(column_title(column))}</th>'
        f"<td>{html.escape(reason)}</td></tr>"
        for column, reason in left_out.items()
    )
    return f'<table class="cae-facts">{lines}</table>'
