"""Sentences beside figures, those that warn apart from the others."""

import html
from collections.abc import Iterable

from cae.cohorts.remark import Remark


def remarks_html(remarks: Iterable[Remark]) -> str:
    """Return HTML of remarks, one below the other; what they are made of runs nowhere."""
    return "".join(
        f'<div class="{"cae-warning" if remark.is_warning else "cae-sentence"}">'
        f"{html.escape(remark.text)}</div>"
        for remark in remarks
    )
