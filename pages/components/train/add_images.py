"""Add images to a complete study, and tell what was added."""

from typing import Any

import numpy as np
import streamlit as st

from cae.access.roles import Role
from cae.columns.titles import CLUSTER
from cae.latent.spread import evenly_spread
from cae.number_text import count_text
from cae.study.study import Study
from cae.uploads import uploaded_source
from pages.components.kit.contact_sheet import contact_sheet
from pages.components.kit.guard import guard
from pages.components.kit.rights import demand
from pages.components.state.study_view import cluster_title
from pages.components.train.bring_images import (
    choose_images,
    choose_limit,
    reading_options,
    start_job,
)

_SHOWN = 36


def add_images(study: Study) -> None:
    """Show the form that adds images to a study; it starts the job and shows its progress."""
    st.caption(
        "New images are encoded with this study's model, placed on its map and given to its "
        "clusters. Nothing is trained anew, and all that is there stays as it is."
    )
    wish, choices = choose_images()
    limit = choose_limit()
    is_pressed = st.button(
        "Add to this study",
        key=f"add to {study.path}",
        type="primary",
        icon=":material/add_photo_alternate:",
        disabled=wish is None or choices is None,
    )
    if not is_pressed or wish is None or choices is None:
        return
    with guard():
        demand(Role.ADMIN, study.path)
        command = ["append", str(study.path)]
        start_job(study.path, wish, lambda spec: [*command, spec, *reading_options(limit, choices)])
        st.rerun()


def added_images(study: Study) -> None:
    """Show what was added to a study last: some of the images, their clusters, and remarks."""
    note = study.appended[-1]
    rows = note["first_row"] + np.arange(note["images"])
    contact_sheet(study, rows[evenly_spread(len(rows), _SHOWN)])
    # What was uploaded may be called anything, so it is no Markdown.
    st.text("\n".join([_summary(study, note, rows), *note["notes"]]))
    first, end = note["problems"]
    problems = study.problems.iloc[first:end]
    if len(problems):
        st.dataframe(problems, hide_index=True, width="stretch")


def _summary(study: Study, note: dict[str, Any], rows: np.ndarray) -> str:
    count = count_text(len(rows), "image")
    splits = study.samples["split"].iloc[rows].value_counts()
    clusters = study.clusters[CLUSTER].iloc[rows].value_counts()
    parts = ", ".join(f"{number:,} {split}" for split, number in splits.items())
    groups = ", ".join(
        f"{number:,} in {cluster_title(study, cluster)}"
        for cluster, number in zip(clusters.index.tolist(), clusters, strict=True)
    )
    return f"{count} added from {_where(note['source'])}: {parts}. Clusters: {groups}."


def _where(source: str) -> str:
    uploaded = uploaded_source(source)
    return source if uploaded is None else f"{uploaded.partition(':')[2]} (uploaded)"
