"""What one latent leaves open: its mean, several likely images, and where these differ."""

import numpy as np
import streamlit as st

from cae.columns.colours import SCALE
from cae.decoding.spread import Spread, draw_spread
from cae.export.spread import (
    deviation_limit,
    deviation_picture,
    export_spread,
    export_spread_sheet,
    file_stem,
)
from cae.study.study import Study
from pages.components.kit.cache import cache_resource
from pages.components.kit.file_button import file_button
from pages.components.kit.pictures import show_figures, synthetic_figure
from pages.components.state.study_view import study_key

_WIDTH = 92


def spread_gallery(study: Study, latent: np.ndarray, seed: int, key: str) -> None:
    """Show what a latent (d,) leaves open, drawn with the seeds from `seed` on.

    Raises:
        CaeError: the study has no sharp decoder.
    """
    with st.spinner("Drawing likely images…"):
        spread = _drawn(study_key(study), np.asarray(latent, np.float32), seed, study)
    limit = deviation_limit(spread.deviation)
    figures = [synthetic_figure(spread.mean, "mean", _WIDTH)]
    figures += [
        synthetic_figure(image, f"invented, seed {one.seed}", _WIDTH)
        for image, one in zip(spread.images, spread.renderings, strict=True)
    ]
    picture = deviation_picture(spread.deviation, limit)
    figures.append(synthetic_figure(picture, "where they differ", _WIDTH))
    show_figures(figures)
    deviation_legend(limit)
    _downloads(study, spread, key)


def _downloads(study: Study, spread: Spread, key: str) -> None:
    stem = file_stem(study, spread)
    picture, page = st.columns(2, gap="xsmall")
    for place, ending, mime, icon, write, words in (
        (
            *(picture, "png", "image/png", ":material/image:", export_spread),
            "Mean, likely images and the map in one marked picture, with seeds and steps",
        ),
        (
            *(page, "pdf", "application/pdf", ":material/picture_as_pdf:", export_spread_sheet),
            "The same on one page; the provenance is attached",
        ),
    ):
        with place:
            file_button(
                *(study, write, spread, f"Spread ({ending.upper()})", f"{stem}.{ending}", mime),
                key=key,
                icon=icon,
                words=words,
                width="stretch",
            )


def deviation_legend(limit: float) -> None:
    """Show which colour of the map of differences stands for how many grey levels."""
    st.html(
        '<div class="cae-quiet" style="display:flex;align-items:center;gap:0.5rem">'
        "<span>Standard deviation: 0</span>"
        f'<span style="flex:1;max-width:12rem;height:0.7rem;background:linear-gradient(90deg,'
        f'{",".join(SCALE)})"></span><span>{limit:.0f} grey levels of 255</span></div>'
    )


@cache_resource(max_entries=32)
def _drawn(key: tuple[str, ...], latent: np.ndarray, seed: int, _study: Study) -> Spread:
    return draw_spread(_study, latent, seed)
