"""What sets the images of two groups apart: means, typical and extreme members, the direction."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import streamlit as st

from cae.access.roles import Role
from cae.cohorts.groups import REST, Group
from cae.decoding.difference import difference_picture
from cae.decoding.direction_between import direction_between
from cae.decoding.direction_store import keep_direction
from cae.study.study import Study
from pages.components.compare.results import extreme_of, mean_of, typical_of
from pages.components.kit.action_button import action_button
from pages.components.kit.guard import guard
from pages.components.kit.pictures import computed_figure, original_figure, show_figures
from pages.components.kit.rights import demand, withheld
from pages.components.state.study_view import caption, study_table

_COUNT = 3
_MEAN_WIDTH, _MEMBER_WIDTH = 150, 112
_LEAST_LIMIT = 1.0


def images_apart(
    study: Study, groups: Sequence[Group], on_walk: Callable[[str, int], None]
) -> None:
    """Show how the images of two groups differ.

    Args:
        study: that the groups were taken from.
        groups: the two.
        on_walk: called with the name of the saved direction between the groups, from the second to
            the first, and with the typical image of the second, once it is to be walked.
    """
    _means(study, groups)
    if not study.is_done("encode"):
        st.caption("Typical and extreme images are shown once the study is encoded.")
        return
    first, second = groups
    for letter, group, other, place in zip(
        "AB", (first, second), (second, first), st.columns(2, gap="large"), strict=True
    ):
        with place, guard():
            _members(study, letter, group, other)
    if not study.can_decode:
        return
    action_button(
        "Walk from B to A",
        partial(_walk, study, groups, on_walk),
        key="walk between groups",
        icon=":material/timeline:",
        **withheld(
            Role.EDIT,
            study.path,
            help="Saves the direction between the mean latents of both, and opens Interpolate, "
            "where the most typical image of B changes along it",
        ),
    )


def _means(study: Study, groups: Sequence[Group]) -> None:
    means = [mean_of(study, group) for group in groups]
    limit = max(float(np.abs((means[0] - means[1]).mean(axis=-1)).max()), _LEAST_LIMIT)
    figures = [
        computed_figure(
            np.rint(mean).astype(np.uint8), f"{letter}: {_mean_words(len(group))}", _MEAN_WIDTH
        )
        for letter, mean, group in zip("AB", means, groups, strict=True)
    ]
    difference = computed_figure(
        difference_picture(means[0], means[1], limit),
        f"A − B: red is brighter in A, blue in B; full colour at {limit:.0f} grey values",
        _MEAN_WIDTH,
    )
    show_figures([*figures, difference])


def _mean_words(count: int) -> str:
    return "the pixels of its image" if count == 1 else f"mean of the pixels of {count:,} images"


def _members(study: Study, letter: str, group: Group, other: Group) -> None:
    st.html(f'<div class="cae-quiet">{letter}: typical images, the nearest to the medoid</div>')
    _images(study, typical_of(study, group, _COUNT))
    away = "B" if letter == "A" else "A"
    st.html(
        f'<div class="cae-quiet">{letter}: extreme images, the farthest along the direction from '
        f"{away} to {letter}</div>"
    )
    _images(study, extreme_of(study, group, other, _COUNT))


def _images(study: Study, rows: np.ndarray) -> None:
    ids = study_table(study)["id"]
    show_figures(
        [
            original_figure(
                study.images[row],
                " · ".join(filter(None, (str(ids.iloc[row]), caption(study, row)))),
                _MEMBER_WIDTH,
            )
            for row in rows
        ]
    )


def _walk(study: Study, groups: Sequence[Group], on_walk: Callable[[str, int], None]) -> None:
    demand(Role.EDIT, study.path)
    first, second = groups
    against = "the rest" if second.kind == REST else second.name
    direction = direction_between(
        study,
        f"{first.name} against {against}",
        first.rows,
        second.rows,
        towards=first.name,
        away=second.name,
    )
    on_walk(keep_direction(study, direction), int(typical_of(study, second, 1)[0]))
