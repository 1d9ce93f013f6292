"""Report: how good the model of a study is, in figures and pictures."""

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from cae.columns.titles import CLUSTER, LABEL
from cae.jobs import runs
from cae.latent.spread import evenly_spread
from cae.study.brought import told
from cae.study.study import Study
from pages.components.gallery.study_gallery import known_reconstructions, study_gallery
from pages.components.jobs.job_button import job_button
from pages.components.jobs.job_panel import live_job, stopped_job
from pages.components.jobs.loss_curves import loss_curves
from pages.components.kit.cache import cache_data
from pages.components.kit.guard import guard
from pages.components.kit.pictures import show_figures, synthetic_figure
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.kit.shell import ensure_shell
from pages.components.report.baselines import show_baselines
from pages.components.report.contingency import can_draw, contingency, contingency_table
from pages.components.report.figures_table import figures_table
from pages.components.report.marks import show_marks
from pages.components.report.reliability import reliability_figure
from pages.components.state import session
from pages.components.state.outdated_notice import outdated_notice
from pages.components.state.study_view import cluster_title, study_key, study_table

_PICTURES = 6
_MOST_DECODED = 1_000
_OPENED = "report opened an image"


def report() -> None:
    """Show the page."""
    from cae.evaluation.saved import measured

    if st.session_state.pop(_OPENED, False):
        st.switch_page("pages/explore.py")
    study = session.current_study()
    if not (study.is_done("project") and study.is_done("cluster")):
        st.info(
            f"The study {plain_markdown(study.path.name)} is not finished, so there is nothing "
            "to measure yet."
        )
        st.page_link("pages/training.py", label="Finish it on the page Data & training")
        return
    outdated_notice(study)
    st.subheader("How good is this model?" if not study.brought else "How good are these latents?")
    if study.brought:
        st.text(f"They came from elsewhere: {told(study)}. {study.brought['reason']}")
    figures = measured(study)
    figures_column, trust_column = st.columns([3, 2], gap="large")
    with figures_column:
        _figures(study, figures)
    with trust_column:
        if study.can_decode:
            st.markdown("##### Training curves")
            loss_curves(study.history_file(study.model_step), key="report losses")
        if figures is not None:
            _reliability(figures)
    clusters_column, confusion_column = st.columns(2, gap="large")
    with clusters_column:
        _clusters(study)
    if figures is not None:
        with confusion_column:
            _confusion(figures)
        show_baselines(study, figures)
        if study.can_encode:
            show_marks(study)
    if study.can_decode:
        _prototypes(study)
        _reconstructions(study)
    _members(study)


def _figures(study: Study, figures: dict[str, Any] | None) -> None:
    from cae.evaluation.held_out import foreign_words

    if figures is None:
        st.write(
            "The figures compare the latents with labels and the decoded images with real ones, on "
            "test images that training did not see."
        )
        _measuring(study)
        return
    st.caption(
        f"{figures['test_images']:,} test images, {figures['train_images']:,} training images, "
        f"method: {figures['method'] or 'latents from elsewhere'}."
    )
    if foreign := foreign_words(study):
        st.warning(foreign)
    st.html(figures_table(figures))
    if figures["knn_accuracy"] is None:
        st.caption("There are no labels in train and test, so nothing can be compared with them.")


def _measuring(study: Study) -> None:
    """Show how far measuring in the background is, or a way to start it."""
    job = runs.status(study.path)
    if job and job.is_active:
        live_job(study.path)
    elif job and job.can_resume and job.arguments[:1] == ("evaluate",):
        stopped_job(job)
    else:
        job_button(
            "Measure",
            study.path,
            ["evaluate", str(study.path)],
            type="primary",
            icon=":material/speed:",
        )


def _clusters(study: Study) -> None:
    table = study_table(study)
    counts = contingency(table[LABEL], table[CLUSTER], partial(cluster_title, study))
    if not can_draw(counts):
        return
    title = "Contingency table"
    st.markdown(f"##### {title}")
    st.html(contingency_table(counts, title))
    st.caption(
        "Which labels are in which cluster, of all images that have a label; the larger the share "
        "of a label, the bluer."
    )


def _confusion(figures: dict[str, Any]) -> None:
    if figures["confusion"] is None:
        return
    names = figures["confusion"]["labels"]
    counts = pd.DataFrame(figures["confusion"]["counts"], index=names, columns=names)
    title = "Confusion matrix"
    st.markdown(f"##### {title}")
    st.html(contingency_table(counts[counts.sum(axis=1) > 0], title))
    st.caption(
        "Which labels are mistaken for which. Rows: true labels of test images. Columns: the "
        f"commonest training label of their cluster, one of {figures['overclusters']} "
        "(over-clustering)."
    )


def _reliability(figures: dict[str, Any]) -> None:
    if not figures["reliability"]:
        return
    st.markdown("##### Reliability diagram")
    st.plotly_chart(
        reliability_figure(figures["reliability"]),
        key="report reliability",
        config={"displayModeBar": False},
    )
    st.caption(
        "Can cluster probabilities be believed? Of test images in a cluster of the map (HDBSCAN), "
        "how many have its commonest training label; numbers are images. Bars that end "
        "on the dotted line mean what they say; on "
        f"average they miss it by {100 * figures['expected_calibration_error']:.0f} percentage "
        "points (expected calibration error)."
    )


def _prototypes(study: Study) -> None:
    decoded = _decoded_prototypes(study_key(study), study)
    if len(decoded) == 0:
        return
    st.markdown("##### Prototypes")
    st.caption(
        "What the model decodes from the prototype of each cluster, a latent that it learned."
    )
    show_figures(
        [synthetic_figure(image, f"Prototype {number}") for number, image in enumerate(decoded)]
    )


def _reconstructions(study: Study) -> None:
    with st.spinner("Decoding test images…"):
        order = _by_reconstruction(study_key(study), study)
    if len(order) == 0:
        return
    best, worst = st.columns(2, gap="large")
    with best:
        st.markdown("##### Best reconstructions")
        _gallery(study, order[:_PICTURES], "report best")
    with worst:
        st.markdown("##### Worst reconstructions")
        _gallery(study, order[::-1][:_PICTURES], "report worst")


def _members(study: Study) -> None:
    central, outlying = _central_and_outlying(study_key(study), study)
    if len(central) == 0:
        return
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("##### Cluster medoids")
        st.caption("The most typical image of each cluster, in the midst of its latents.")
        _gallery(study, central, "report medoids")
    with right:
        st.markdown("##### Highest outlier scores")
        st.caption("The image of each cluster that is least like its other members.")
        _gallery(study, outlying, "report outlying")


def _gallery(study: Study, rows: np.ndarray, key: str) -> None:
    study_gallery(study, rows, known_reconstructions(study, rows), key=key, on_pick=_open)


def _open(row: int) -> None:
    """Show an image on Explore; a callback cannot change the page itself."""
    session.open_image(row)
    st.session_state[_OPENED] = True


@cache_data(max_entries=8)
def _decoded_prototypes(key: tuple[str, ...], _study: Study) -> np.ndarray:
    prototypes = _study.model.prototypes
    return _study.model.decode(prototypes) if len(prototypes) else prototypes


@cache_data(max_entries=8)
def _by_reconstruction(key: tuple[str, ...], _study: Study) -> np.ndarray:
    """Return test rows, the best decoded first; of many, an even sample."""
    from cae.evaluation.reconstruction import psnr

    rows = _study.rows("test")
    if len(rows) > _MOST_DECODED:
        rows = rows[evenly_spread(len(rows), _MOST_DECODED)]
    if len(rows) == 0:
        return rows
    decoded = _study.model.decode(np.asarray(_study.latents[rows]))
    return rows[np.argsort(-psnr(np.asarray(_study.images[rows]), decoded), kind="stable")]


@cache_data(max_entries=8)
def _central_and_outlying(key: tuple[str, ...], _study: Study) -> tuple[np.ndarray, np.ndarray]:
    """Return, for the largest clusters, the row of the medoid and of the most outlying image."""
    from cae.latent.medoid import medoids

    clusters = _study.clusters[CLUSTER].to_numpy()
    central = medoids(_study.latents, clusters, _PICTURES)
    score = _study.clusters["outlier_score"].to_numpy()
    members = [np.flatnonzero(clusters == clusters[row]) for row in central]
    outlying = [rows[score[rows].argmax()] for rows in members]
    return np.array(central, dtype=int), np.array(outlying, dtype=int)


with guard():
    ensure_shell()
    report()
