"""The two images that a path joins: which they are, and how they are shown."""

import html

import numpy as np
import streamlit as st

from cae.latent.neighbours import nearest
from cae.latent.typical import typical_row, typical_rows
from cae.study import Study
from pages.components import session
from pages.components.pictures import data_uri
from pages.components.study_view import caption, study_key, study_table

_SUGGESTED = 12


def anchors(study: Study) -> dict[str, int]:
    """Return the row of each anchor; an anchor not chosen yet becomes a typical image.

    The typical image is that of the largest cluster which the other anchor is not in.
    """
    chosen = {which: session.get_anchor(which) for which in session.ANCHORS}
    for which, row in chosen.items():
        if row is None:
            other = next(r for w, r in chosen.items() if w != which)
            chosen[which] = _counterpart(study, other)
            session.set_anchor(which, chosen[which])
    return chosen


def swap_anchors() -> None:
    """Let A and B change places."""
    first, second = (session.get_anchor(which) for which in session.ANCHORS)
    session.set_anchor("a", second)
    session.set_anchor("b", first)


def suggested_rows(study: Study) -> list[int]:
    """Return the typical images of the largest clusters, the largest first; at least one row."""
    return _suggested(study_key(study), study)


def anchor_card(study: Study, which: str, row: int) -> None:
    """Show an anchor's image, letter, id, label and cluster."""
    name = html.escape(str(study_table(study)["id"].iloc[row]), quote=True)
    st.html(
        f'<div class="cae-anchor"><img src="{data_uri(study.images[row])}" '
        f'alt="Anchor {which.upper()}: image {name}"><div><b>{which.upper()}</b>'
        f'<div class="cae-anchor-id" title="{name}">{name}</div>'
        f'<div class="cae-quiet">{html.escape(caption(study, row))}</div></div></div>'
    )


def _counterpart(study: Study, other: int | None) -> int:
    suggested = suggested_rows(study)
    if other is None:
        return suggested[0]
    clusters = _clusters(study)
    for row in suggested:
        if row != other and clusters[row] != clusters[other]:
            return row
    return _farthest(study, other)


def _farthest(study: Study, row: int) -> int:
    """Return the image whose latent points farthest away from that of `row`."""
    opposite = -np.asarray(study.latents[row : row + 1], dtype=np.float32)
    return int(nearest(study.latents, opposite, 1)[0][0, 0])


@st.cache_resource(max_entries=4, show_spinner=False)
def _suggested(key: tuple[str, ...], _study: Study) -> list[int]:
    rows = typical_rows(_study.latents, _clusters(_study), _SUGGESTED)
    return rows or [typical_row(_study.latents, np.arange(len(_study)))]


def _clusters(study: Study) -> np.ndarray:
    if not study.is_current("cluster"):
        return np.full(len(study), -1)
    return study.clusters["cluster"].to_numpy()
