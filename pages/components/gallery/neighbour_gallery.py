"""Images beside their distance to something: neighbours of an image, of several, of a latent."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from cae.decoding.lookup import look_up_latent
from cae.study.study import Study
from pages.components.gallery.gallery import Picture, gallery
from pages.components.kit.cache import cache_data
from pages.components.state import session
from pages.components.state.study_view import caption, study_key, study_table

NEIGHBOURS = 12


def neighbour_gallery(
    study: Study,
    rows: np.ndarray,
    distances: np.ndarray,
    key: str,
    on_pick: Callable[[int], None] = session.open_image,
) -> None:
    """Show the images of `rows`, each with its cosine distance; pressing one calls `on_pick`."""
    ids = study_table(study)["id"]
    gallery(
        [
            Picture(
                row=int(row),
                title=str(ids.iloc[row]),
                caption=f"{distance:.3f} · {caption(study, row)}",
                image=study.images[row],
            )
            for row, distance in zip(rows, distances, strict=True)
        ],
        key=key,
        on_pick=on_pick,
    )


def latent_neighbours(
    study: Study,
    latent: np.ndarray,
    key: str,
    on_pick: Callable[[int], None] = session.open_image,
) -> None:
    """Show the images nearest to any latent (d,), such as that of a decoded image.

    Raises:
        CaeError: the latent is not one of the study's model.
    """
    st.html('<div class="cae-quiet">Nearest in the latent space (cosine distance)</div>')
    rows, distances = _nearest(study_key(study), np.asarray(latent, np.float32), study)
    neighbour_gallery(study, rows, distances, key, on_pick)


@cache_data(max_entries=256)
def _nearest(
    key: tuple[str, ...], latent: np.ndarray, _study: Study
) -> tuple[np.ndarray, np.ndarray]:
    found = look_up_latent(_study, latent, NEIGHBOURS)
    return found.rows, found.distances
