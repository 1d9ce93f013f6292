"""The images that a path joins: which they are, and how they are shown."""

import html
from collections.abc import Callable

import numpy as np
import streamlit as st

from cae.latent.medoid import medoid, medoids
from cae.latent.neighbours import nearest
from cae.study.study import Study
from pages.components.kit.cache import cache_resource
from pages.components.kit.icon_button import icon_button
from pages.components.kit.pictures import data_uri
from pages.components.state import session
from pages.components.state.study_view import caption, study_key, study_table
from pages.components.state.view import ANCHORS

_SUGGESTED = 12


def anchors(study: Study, least: int) -> dict[str, int]:
    """Return the row of each anchor by its letter; at least so many.

    An anchor not chosen yet becomes the medoid of the largest cluster that no other
    anchor is in.
    """
    chosen = suggested_anchors(study, least)
    for which, row in chosen.items():
        session.set_anchor(which, row)
    return chosen


def suggested_anchors(study: Study, least: int) -> dict[str, int]:
    """Return what `anchors` does, without keeping what was not chosen."""
    view = session.view()
    set_rows = {which: view.anchor(which) for which in ANCHORS}
    chosen: dict[str, int] = {}
    for number, which in enumerate(ANCHORS):
        row = set_rows[which]
        if row is None and number < least:
            others = [r for w, r in set_rows.items() if w != which and r is not None]
            row = _counterpart(study, [*others, *chosen.values()])
        if row is None:
            break
        chosen[which] = row
    return chosen


def set_anchors(rows: list[int]) -> None:
    """Make `rows` the anchors, in this order; at most twelve."""
    session.look(anchors=tuple(map(int, rows[: len(ANCHORS)])))


def add_anchor(study: Study, chosen: dict[str, int]) -> None:
    """Put a medoid behind the last anchor."""
    rows = list(chosen.values())
    set_anchors([*rows, _counterpart(study, rows)])


def remove_anchor(chosen: dict[str, int], which: str) -> None:
    """Take an anchor away; those behind it move up."""
    set_anchors([row for name, row in chosen.items() if name != which])


def swap_anchors(chosen: dict[str, int]) -> None:
    """Let the anchors change places: the last becomes the first."""
    set_anchors(list(chosen.values())[::-1])


def suggested_rows(study: Study) -> list[int]:
    """Return the medoids of the largest clusters, the largest first; at least one row."""
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


def anchor_cards(
    study: Study, chosen: dict[str, int], picker: Callable[[Study, str], None], least: int
) -> None:
    """Show the anchors two in a row, each with `picker` to change it.

    Those beyond the first `least` can be taken away.
    """
    names = list(chosen)
    for start in range(0, len(names), 2):
        columns = st.columns(2, gap="small")
        for place, which in zip(columns, names[start : start + 2], strict=False):
            with place:
                anchor_card(study, which, chosen[which])
                if len(chosen) <= least:
                    picker(study, which)
                    continue
                change, remove = st.columns([4, 1], gap="xsmall")
                with change:
                    picker(study, which)
                icon_button(
                    f"Take anchor {which.upper()} away",
                    ":material/close:",
                    f"remove {which}",
                    remove,
                    on_click=remove_anchor,
                    args=(chosen, which),
                )


def _counterpart(study: Study, others: list[int]) -> int:
    suggested = suggested_rows(study)
    if not others:
        return suggested[0]
    clusters = _clusters(study)
    taken = {clusters[row] for row in others}
    for row in suggested:
        if clusters[row] not in taken:
            return row
    return _farthest(study, others)


def _farthest(study: Study, rows: list[int]) -> int:
    """Return the image whose latent points farthest away from those of `rows`."""
    vectors = np.asarray(study.latents[rows], dtype=np.float32)
    opposite = -vectors.mean(axis=0, keepdims=True)
    return int(nearest(study.latents, opposite, 1)[0][0, 0])


@cache_resource(max_entries=4)
def _suggested(key: tuple[str, ...], _study: Study) -> list[int]:
    rows = medoids(_study.latents, _clusters(_study), _SUGGESTED)
    return rows or [medoid(_study.latents, np.arange(len(_study)))]


def _clusters(study: Study) -> np.ndarray:
    if not study.is_done("cluster"):
        return np.full(len(study), -1)
    return study.clusters["cluster"].to_numpy()
