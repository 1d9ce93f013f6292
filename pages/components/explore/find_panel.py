"""Find: images like others, outliers, near-duplicates and label errors."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import streamlit as st

from cae.cohorts.replay import Event
from cae.cohorts.selection import Selection
from cae.columns.corrected_label import BY, CORRECTED
from cae.columns.filters import fitting
from cae.columns.titles import LABEL
from cae.decoding.measures import CLUSTER, ERROR, KNN, LEAST_CORRELATION
from cae.decoding.search import (
    ANY,
    CENTRE,
    NearDuplicates,
    Outliers,
    SimilarTo,
    SimilarToOutside,
    SuspectedLabels,
)
from cae.latent.neighbour_graph import GRAPH_NEIGHBOURS
from cae.number_text import counted, percent_text
from cae.study.study import Study
from pages.components.explore.accept_suggestions import accept_button
from pages.components.explore.own_image import own_image_input
from pages.components.gallery.gallery import Picture, gallery
from pages.components.kit.cache import array_digest, cache_data
from pages.components.kit.guard import guard
from pages.components.kit.pager import page_of
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.state import session
from pages.components.state.derived import kept_measures
from pages.components.state.study_view import caption, full_table, study_key, study_table

_USUAL_COUNT, _MOST_COUNT = 24, 5_000
_MEASURES = {CENTRE: "Their centre", ANY: "Any of them"}
_SCORES = {
    KNN: f"kNN distance (mean of the {GRAPH_NEIGHBOURS} nearest)",
    CLUSTER: "HDBSCAN outlier score",
    ERROR: "Reconstruction error",
}
_MOST_UNJUDGED = 8


def find_panel(study: Study, selection: Selection, in_scope: np.ndarray) -> None:
    """Show what can be found and the images of what is chosen; only those in scope are found."""
    kinds = list(_KINDS)
    chosen = session.view().find
    key = session.control("find", chosen if chosen in kinds else kinds[0])
    kind = st.selectbox(
        "What to find",
        kinds,
        format_func=lambda kind: _KINDS[kind][0],
        key=key,
        on_change=lambda: session.look(find=st.session_state[key]),
    )
    with guard():
        _KINDS[kind][1](study, selection, in_scope)


def _like_the_selection(study: Study, selection: Selection, in_scope: np.ndarray) -> None:
    if not len(selection):
        _hint("Select images on the map; what is most similar to them is then found here.")
        return
    measure, count = st.columns([3, 2], vertical_alignment="bottom")
    with measure:
        target = st.segmented_control(
            "Nearest to",
            list(_MEASURES),
            default=CENTRE,
            required=True,
            format_func=_MEASURES.__getitem__,
            key="find measure",
        )
    with count:
        number = _how_many()
    search = SimilarTo(target, selection, number)
    distances = _distances(study_key(study), target, selection.rows, search, study)
    rows = search.nearest(distances, in_scope)
    words = "Nearest in the latent space that are not selected (cosine distance)"
    _results(study, rows, _scored(study, rows, distances), words, search.event())


def _like_an_own_image(study: Study, selection: Selection, in_scope: np.ndarray) -> None:
    held = own_image_input(study)
    if held is None:
        return
    order = np.argsort(held.found.distances, kind="stable")
    distances = pd.Series(held.found.distances[order], index=held.found.rows[order])
    distances = distances[in_scope[distances.index]]
    rows = distances.index.to_numpy()
    captions = [f"{distances[row]:.3f} · {caption(study, row)}" for row in rows]
    event = SimilarToOutside(len(rows)).event()
    _results(study, rows, captions, "Nearest in the latent space (cosine distance)", event)


def _outliers(study: Study, selection: Selection, in_scope: np.ndarray) -> None:
    table = study_table(study)
    can_score = {CLUSTER: "outlier_score" in table, ERROR: study.can_decode}
    known = [score for score in _SCORES if can_score.get(score, True)]
    which, count = st.columns([3, 2], vertical_alignment="bottom")
    with which:
        score = st.selectbox("Ranked by", known, format_func=_SCORES.__getitem__, key="find score")
    with count:
        number = _how_many()
    measures, search = kept_measures(study), Outliers(score, number)
    rows, scores = search.rows(measures, in_scope), measures.outlier_scores(score)
    captions = _scored(study, rows, scores)
    _results(study, rows, captions, "The most outlying first", search.event())


def _duplicates(study: Study, selection: Selection, in_scope: np.ndarray) -> None:
    measures = kept_measures(study)
    # Limits are offered once there is something to limit: moving one would begin all anew.
    measures.pairs(LEAST_CORRELATION)
    least = st.slider(
        "Pixel correlation at least",
        LEAST_CORRELATION,
        1.0,
        0.98,
        0.005,
        format="%.3f",
        key="find correlation",
        help="Each image is compared with its five nearest. Brightness and contrast do not matter.",
    )
    only_leaks = st.toggle(
        "Only groups in more than one split",
        key="find leaks",
        help="A model that saw an image in training is not tested by its duplicate",
    )
    search = NearDuplicates(least, only_leaks)
    found = search.pairs(measures, in_scope)
    members = _members(search.meant(found))
    leaked = found.loc[found["leaks"], "group"].nunique()
    words = (
        f"{counted(found['group'].nunique(), 'group')} of images that look alike; "
        f"{leaked:,} of them in more than one split. Groups are chains of like pairs: the ends of "
        "a long one may differ"
    )
    rows, split = members["row"].to_numpy(), study_table(study)["split"].to_numpy()
    captions = [f"{split[row]} · {caption(study, row)}" for row in rows]
    _results(study, rows, captions, words, search.event(), _headings(members, split))


def _headings(members: pd.DataFrame, split: np.ndarray) -> list[str]:
    """Return what stands above each group's images: its number, its size, its splits."""
    said = {}
    for number, (group, rows) in enumerate(members.groupby("group", sort=False)["row"], start=1):
        splits = " and ".join(dict.fromkeys(split[rows]))
        said[group] = f"Group {number}: {counted(len(rows), 'image')} in {splits}"
    return [said[group] for group in members["group"]]


def _label_errors(study: Study, selection: Selection, in_scope: np.ndarray) -> None:
    table = study_table(study)
    if LABEL not in table or table[LABEL].nunique() < 2:
        _hint("Labels can only be doubted where images have at least two different ones.")
        return
    measures, search = kept_measures(study), SuspectedLabels()
    agreement = measures.label_agreement()
    if unjudged := unjudged_words(agreement):
        st.caption(unjudged)
    if not agreement["is_judged"].any():
        return
    found = search.found(measures, in_scope)
    corrected = set(np.flatnonzero(table[BY].notna())) if BY in table else set()
    captions = [
        f"{label}, but {percent_text(share)} of its neighbours are {suggested}"
        + (f" · corrected to {table[CORRECTED].iloc[row]}" if row in corrected else "")
        for row, label, suggested, share in zip(
            found["row"],
            found["label"],
            found["suggested"],
            found["suggested_confidence"],
            strict=True,
        )
    ]
    words = (
        f"Confident learning: {counted(len(found), 'label')} that may be wrong, as most of the "
        f"{GRAPH_NEIGHBOURS} nearest images contradict, more than of other images with the label, "
        "the least credible first. Look before you believe it: where classes overlap, right labels "
        "are among them."
    )
    _results(study, found["row"].to_numpy(), captions, words, search.event())
    accept_button(study, found, selection.rows)


def unjudged_words(agreement: pd.DataFrame) -> str:
    """Return which labels neighbours cannot tell anything of; empty where they tell of all.

    Args:
        agreement: as `cae.latent.label_errors.label_agreement` returns it.
    """
    unjudged = agreement[~agreement["is_judged"]]
    if unjudged.empty:
        return ""
    told = [
        f"{label} ({counted(images, 'image')})"
        for label, images in zip(unjudged["label"], unjudged["images"], strict=True)
    ]
    rest = len(told) - _MOST_UNJUDGED
    names = ", ".join(told[:_MOST_UNJUDGED]) + (f" and {rest} more" if rest > 0 else "")
    return (
        f"Nothing can be said of images labelled {names}: too few bear the label, or the "
        "neighbours of those that do bear it hardly more often than by chance."
    )


_KINDS: dict[str, tuple[str, Callable[[Study, Selection, np.ndarray], None]]] = {
    "similar": ("Images like the selected ones", _like_the_selection),
    "own": ("Images like one of my own", _like_an_own_image),
    "outliers": ("Outliers", _outliers),
    "duplicates": ("Near-duplicates, also across splits", _duplicates),
    "labels": ("Label errors", _label_errors),
}

FIRST_KIND = next(iter(_KINDS))


def _how_many() -> int:
    return st.number_input("How many", 1, _MOST_COUNT, _USUAL_COUNT, key="find count")


def _scored(study: Study, rows: np.ndarray, scores: np.ndarray) -> list[str]:
    return [f"{scores[row]:.3f} · {caption(study, row)}" for row in rows]


def _members(duplicates: pd.DataFrame) -> pd.DataFrame:
    """Return row and group of each image once, group by group."""
    ends = [
        duplicates[["row", "group"]],
        duplicates[["other", "group"]].set_axis(["row", "group"], axis=1),
    ]
    return pd.concat(ends).drop_duplicates("row").sort_values(["group", "row"])


def _results(
    study: Study,
    rows: np.ndarray,
    captions: Sequence[str],
    words: str,
    event: Event,
    headings: Sequence[str] = (),
) -> None:
    """Show images with a caption each, and a button that selects all of them.

    `headings` says under which each image stands, those of one heading next to one another.
    """
    st.caption(plain_markdown(words))
    if len(rows) == 0:
        _hint("Nothing was found. Widen the filters or the limits above.")
        return
    st.button(
        f"Select these {counted(len(rows), 'image')}",
        on_click=_select,
        args=(rows, event),
        width="stretch",
    )
    said = dict(zip(rows.tolist(), captions, strict=True))
    ids = study_table(study)["id"]
    above = dict(zip(rows.tolist(), headings, strict=True)) if headings else {}
    shown = page_of(
        rows,
        "found",
        array_digest(rows),
        session.view().found,
        lambda page: session.look(found=page),
    ).tolist()
    before = [None, *shown[:-1]]
    gallery(
        [
            Picture(
                row,
                str(ids.iloc[row]),
                said[row],
                study.images[row],
                heading=above.get(row, "") if above.get(row) != above.get(last) else "",
            )
            for row, last in zip(shown, before, strict=True)
        ],
        key="found",
        on_pick=lambda row: _open(row, rows),
    )


def _open(row: int, rows: np.ndarray) -> None:
    session.step_through(rows)
    session.open_image(row)


def _hint(words: str) -> None:
    st.html(f'<div class="cae-hint">{words}</div>')


@guard()
def _select(rows: np.ndarray, event: Event) -> None:
    filters = fitting(full_table(session.current_study()), session.view().queries)
    noted = event | ({"filters": list(filters)} if filters else {})
    session.set_selection(Selection.empty().combine(rows, "replace", noted))


@cache_data(max_entries=32)
def _distances(
    key: tuple[str, ...], target: str, rows: np.ndarray, _search: SimilarTo, _study: Study
) -> np.ndarray:
    return _search.distances(_study.latents)
