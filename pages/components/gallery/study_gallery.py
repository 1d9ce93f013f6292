"""Images of a study in a gallery, each said by its label and cluster."""

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from cae.errors import CaeError
from cae.study.study import Study
from pages.components.gallery.gallery import Picture, gallery
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.state import session
from pages.components.state.decoding import reconstructions
from pages.components.state.study_view import caption, study_table
from pages.components.state.view import USUAL_TILE


def study_gallery(
    study: Study,
    rows: np.ndarray,
    decoded: Sequence[np.ndarray] = (),
    said: Sequence[str] = (),
    key: str = "gallery",
    on_pick: Callable[[int], None] = session.open_image,
    tile: int = USUAL_TILE,
) -> None:
    """Show images of a study.

    Args:
        study: that they are of.
        rows: int64, of the images.
        decoded: what is shown beside each, see `known_reconstructions`; nothing where empty.
        said: of each before its label.
        key: names this gallery on its page.
        on_pick: called with the row of an image that is pressed.
        tile: least width of an image in pixels.
    """
    ids = study_table(study)["id"]
    words = [
        " · ".join(filter(None, (first, caption(study, row))))
        for first, row in zip(said or [""] * len(rows), rows, strict=True)
    ]
    beside: list[np.ndarray | None] = [*decoded] or [None] * len(rows)
    gallery(
        [
            Picture(int(row), str(ids.iloc[row]), text, study.images[row], picture)
            for row, picture, text in zip(rows, beside, words, strict=True)
        ],
        key=key,
        on_pick=on_pick,
        tile=tile,
    )


def known_reconstructions(study: Study, rows: np.ndarray) -> list[np.ndarray]:
    """Return what the model decodes of images; nothing where it cannot, and errors are said."""
    if not study.can_decode:
        return []
    try:
        return [*reconstructions(study, rows)]
    except CaeError as error:
        st.caption(plain_markdown(str(error)))
        return []
