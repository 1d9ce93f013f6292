"""A table of figures beside what chance and plain pixels reach."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FigureLine:
    """A line of the table.

    Attributes:
        title: what is measured, in words.
        sentence: how to read it.
        model: key of the figure of the model.
        beside: key of the same figure of what the model is compared with, if there is one.
        chance: key of what always naming the commonest label reaches, if that can be compared.
        unit: ``%`` shows a share as per cent; else the unit behind the number.
    """

    title: str
    sentence: str
    model: str
    beside: str = ""
    chance: str = ""
    unit: str = "%"


LINES = (
    FigureLine(
        "Nearest neighbours name the label",
        "A vote among the 15 training images with the nearest latents.",
        "knn_accuracy",
        "pca_knn_accuracy",
        "majority",
    ),
    FigureLine(
        "A straight line names the label",
        "Logistic regression on latents, learnt on training images.",
        "linear_accuracy",
        chance="majority",
    ),
    FigureLine(
        "Neighbours of projections name the label",
        "The vote again, by what the contrastive loss compares.",
        "knn_accuracy_z",
        chance="majority",
    ),
    FigureLine(
        "A straight line through projections names the label",
        "Logistic regression on what the contrastive loss compares.",
        "linear_accuracy_z",
        chance="majority",
    ),
    FigureLine(
        "Clusters are classes",
        "As many k-means clusters as classes, matched one to one.",
        "kmeans_accuracy",
        chance="majority",
    ),
    FigureLine(
        "Clusters tell of classes",
        "Normalised mutual information of the same clusters: 0 nothing, 1 everything.",
        "kmeans_nmi",
        "pca_kmeans_nmi",
        unit="",
    ),
    FigureLine(
        "Parts name the label",
        "20 to 40 k-means clusters, each named after its commonest training label.",
        "many_to_one_accuracy",
        chance="majority",
    ),
    FigureLine(
        "Parts name the label, every class counting alike",
        "The same, averaged over classes, so that a rare class weighs as much as a common one.",
        "balanced_accuracy",
    ),
    FigureLine(
        "Groups on the map tell of classes",
        "Normalised mutual information of the HDBSCAN clusters.",
        "hdbscan_nmi",
        unit="",
    ),
    FigureLine(
        "Cluster probabilities are off",
        "How far they are, on average, from how often the cluster's label is right: 0 never.",
        "cluster_calibration_error",
        unit="",
    ),
    FigureLine(
        "Clusters are stable",
        "Adjusted Rand index of clusters learnt from different draws of images: 1 is always alike.",
        "stability",
        unit="",
    ),
    FigureLine(
        "The map can be trusted",
        "How far neighbours on the map are neighbours in the latent space: 1 always.",
        "trustworthiness",
        unit="",
    ),
    FigureLine(
        "Decoded images match",
        "Peak signal-to-noise ratio of reconstructions; more is better.",
        "psnr_db",
        "pca_psnr_db",
        unit="dB",
    ),
    FigureLine(
        "Decoded structure matches",
        "Structural similarity of reconstructions: 1 is the same image.",
        "ssim",
        unit="",
    ),
)


SAMPLE_LINES = (
    FigureLine(
        "A classifier learns the label",
        "From decoded samples alone, or from the training images; tested on real images.",
        "sample_accuracy",
        "real_accuracy",
        "majority",
    ),
    FigureLine(
        "Samples stand in for images",
        "The first of these as a share of the second.",
        "sample_share",
    ),
    FigureLine(
        "A classifier learns from few labels",
        "5 % of the training labels are known; with ten samples for each, or without.",
        "few_with_samples_accuracy",
        "few_accuracy",
        "majority",
    ),
    FigureLine(
        "Samples lie among real images",
        "Density: 1 as dense as real images lie, more where they crowd in the midst.",
        "density",
        "real_density",
        unit="",
    ),
    FigureLine(
        "Samples cover the real images",
        "Coverage: the share of test images that have a sample among their neighbours.",
        "coverage",
        "real_coverage",
        unit="",
    ),
)


@dataclass(frozen=True)
class FigureGroup:
    """Lines below one heading.

    Attributes:
        title: what the lines are about.
        model: heading of the model's figures.
        beside: heading of what the model is compared with.
        lines: the lines.
    """

    title: str
    model: str
    beside: str
    lines: Sequence[FigureLine]


GROUPS = (
    FigureGroup("On test images", "This model", "Pixels (PCA)", LINES),
    FigureGroup("Generated samples", "With samples", "Real images", SAMPLE_LINES),
)


def figures_table(figures: dict[str, Any], groups: Sequence[FigureGroup] = GROUPS) -> str:
    """Return HTML of the lines that could be measured."""
    body = "".join(_group(group, figures) for group in groups)
    return f'<table class="cae-facts cae-report">{body}</table>'


def shown(value: float | None, unit: str) -> str:
    """Return a figure with sensible digits and its unit; a dash where there is none."""
    if value is None:
        return "–"
    if unit == "%":
        return f"{100 * value:.1f} %"
    return f"{value:.1f} {unit}" if unit else f"{value:.2f}"


def _group(group: FigureGroup, figures: dict[str, Any]) -> str:
    lines = [_line(line, figures) for line in group.lines if figures.get(line.model) is not None]
    if not lines:
        return ""
    titles = (group.title, group.model, group.beside, "Commonest label")
    heads = "".join(f'<th scope="col">{html.escape(title)}</th>' for title in titles)
    return f"<tbody><tr>{heads}</tr>{''.join(lines)}</tbody>"


def _line(line: FigureLine, figures: dict[str, Any]) -> str:
    values = [figures.get(key) if key else None for key in (line.model, line.beside, line.chance)]
    cells = "".join(f"<td>{shown(value, line.unit)}</td>" for value in values)
    title, sentence = html.escape(line.title), html.escape(line.sentence)
    return (
        f'<tr><th scope="row"><strong>{title}</strong><br>'
        f'<span class="cae-quiet">{sentence}</span></th>{cells}</tr>'
    )
