"""Interpolate, average: what a group has in common, and how it varies."""

from dataclasses import replace

import numpy as np
import streamlit as st

from cae.cohorts.members import mean_image
from cae.decoding.decoded_path import VARIATION_STEPS, LatentPath, walk_average
from cae.number_text import counted, percent_text
from cae.study.study import Study
from pages.components.decode.decoded_film import decoded_film
from pages.components.decode.image_groups import ImageGroup, image_groups
from pages.components.kit.cache import cache_data, cache_resource
from pages.components.kit.pictures import computed_figure, original_figure, show_figures
from pages.components.state import session
from pages.components.state.study_view import study_key, study_table
from pages.components.state.view import SELECTION

MODE = "average"
_WIDTH = 150


def average_mode(study: Study) -> None:
    """Show the average of the selection, a cluster, a label or a cohort, and its variation."""
    groups = {key: one for key, one in image_groups(study).items() if len(one.rows) > 1}
    if not groups:
        st.info("Select two images or more on the page Explore; their average is shown here.")
        st.page_link("pages/explore.py", label="Explore", icon=":material/bubble_chart:")
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        group = st.selectbox(
            "The images of",
            list(groups),
            format_func=lambda key: _title(key, groups[key]),
            key=session.control_key("average of"),
        )
        title, rows = groups[group]
        path = _walked(study_key(study), title, rows, study)
        mean = _mean_image(study_key(study), rows, study)
        medoid = path.anchors[0]
        name = str(study_table(study)["id"].iloc[medoid])
        show_figures(
            [
                computed_figure(
                    mean, f"Mean of the pixels of {counted(len(rows), 'image')}", _WIDTH
                ),
                original_figure(
                    study.images[medoid], f"Medoid, the most typical image: {name}", _WIDTH
                ),
            ]
        )
        st.html(
            '<div class="cae-quiet">Below, the mean latent decoded (middle) and varied by up to '
            "two standard deviations along the directions in which these images differ "
            "most.</div>"
        )
        strip = st.container()
    with right:
        rows_of_strip = [
            f"Component {number} · {percent_text(share)} of the variance"
            for number, share in enumerate(path.facts["shares_of_variance"], start=1)
        ]
        middle = np.full(len(path), VARIATION_STEPS // 2)
        decoded_film(study, path, MODE, strip, references=middle, rows=rows_of_strip)


def _title(key: str, group: ImageGroup) -> str:
    if key == SELECTION:
        return group.title
    return f"{group.title} ({counted(len(group.rows), 'image')})"


@cache_resource(max_entries=16)
def _walked(key: tuple[str, ...], title: str, rows: np.ndarray, _study: Study) -> LatentPath:
    path = walk_average(_study, rows)
    return replace(path, facts={**path.facts, "group": title})


@cache_data(max_entries=16)
def _mean_image(key: tuple[str, ...], rows: np.ndarray, _study: Study) -> np.ndarray:
    mean: np.ndarray = np.rint(mean_image(_study.images, rows)).astype(np.uint8)
    return mean
