"""A table of figures beside what chance and plain pixels reach."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cae.number_text import number_text, percent_text


@dataclass(frozen=True)
class FigureLine:
    """A line of the table.

    Attributes:
        title: the field's name for what is measured.
        sentence: the same in plain words, and how to read it.
        model: key of the figure of the model.
        beside: key of the same figure of what the model is compared with, if there is one.
        chance: key of what always naming the majority class reaches, if that can be compared.
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
        "kNN accuracy",
        "A vote among the 15 training images with the nearest latents names the label.",
        "knn_accuracy",
        "pca_knn_accuracy",
        "majority",
    ),
    FigureLine(
        "Linear probe",
        "Logistic regression on latents, learnt on training images, names the label.",
        "linear_probe_accuracy",
        chance="majority",
    ),
    FigureLine(
        "kNN accuracy of the projection head",
        "The vote again, by the embeddings that the contrastive loss compares.",
        "head_knn_accuracy",
        chance="majority",
    ),
    FigureLine(
        "Linear probe of the projection head",
        "Logistic regression on the embeddings that the contrastive loss compares.",
        "head_linear_probe_accuracy",
        chance="majority",
    ),
    FigureLine(
        "Cluster accuracy",
        "As many k-means clusters as classes, matched one to one (Hungarian matching).",
        "cluster_accuracy",
        chance="majority",
    ),
    FigureLine(
        "k-means NMI",
        "Normalised mutual information of the same clusters and the labels: 0 nothing, 1 all.",
        "kmeans_nmi",
        "pca_kmeans_nmi",
        unit="",
    ),
    FigureLine(
        "Purity, over-clustering",
        "20 to 40 k-means clusters, each named after its commonest training label.",
        "purity",
        chance="majority",
    ),
    FigureLine(
        "Balanced purity, over-clustering",
        "The same, averaged over classes, so that a rare class weighs as much as a common one.",
        "balanced_purity",
    ),
    FigureLine(
        "HDBSCAN NMI",
        "Normalised mutual information of the clusters of the map and the labels.",
        "hdbscan_nmi",
        unit="",
    ),
    FigureLine(
        "Expected calibration error",
        "How far cluster probabilities are from how often the cluster's label is right: 0 never.",
        "expected_calibration_error",
        unit="",
    ),
    FigureLine(
        "Silhouette",
        "How much nearer images are to their own k-means cluster than to the next: −1 to 1.",
        "silhouette",
        unit="",
    ),
    FigureLine(
        "Cluster stability",
        "Adjusted Rand index of clusters learnt from different draws of images: 1 is always alike.",
        "stability",
        unit="",
    ),
    FigureLine(
        "Trustworthiness",
        "How far neighbours on the map are neighbours in the latent space: 1 always.",
        "trustworthiness",
        unit="",
    ),
    FigureLine(
        "Neighbourhood preservation",
        "How many of the 15 nearest latents are among the 15 nearest on the map.",
        "neighbourhood_preservation",
    ),
    FigureLine(
        "PSNR",
        "Peak signal-to-noise ratio of reconstructions; more is better.",
        "psnr_db",
        "pca_psnr_db",
        unit="dB",
    ),
    FigureLine(
        "SSIM",
        "Structural similarity of reconstructions: 1 is the same image.",
        "ssim",
        unit="",
    ),
    FigureLine(
        "Cosine of path midpoints",
        "Middles between two images, decoded and encoded again, against what was meant.",
        "midpoint_cosine",
        unit="",
    ),
    FigureLine(
        "Cosine of images",
        "The same of images themselves: the most that middles could reach.",
        "image_cosine",
        unit="",
    ),
    FigureLine(
        "Cosine of other midpoints",
        "Middles against what others meant: images that do not differ would have this much.",
        "chance_cosine",
        unit="",
    ),
)


SAMPLE_LINES = (
    FigureLine(
        "Classification accuracy score",
        "A classifier learns the label from decoded samples alone, or from the training images; "
        "tested on real images.",
        "sample_accuracy",
        "real_accuracy",
        "majority",
    ),
    FigureLine(
        "Relative classification accuracy score",
        "The first of these as a share of the second.",
        "relative_sample_accuracy",
    ),
    FigureLine(
        "Few-label accuracy",
        "5 % of the training labels are known; with ten samples for each, or without.",
        "few_labels_with_samples_accuracy",
        "few_labels_accuracy",
        "majority",
    ),
    FigureLine(
        "Density",
        "1 where samples lie as dense as real images, more where they crowd in the midst.",
        "density",
        "real_density",
        unit="",
    ),
    FigureLine(
        "Coverage",
        "The share of test images that have a sample among their neighbours.",
        "coverage",
        "real_coverage",
        unit="",
    ),
    FigureLine(
        "Distance to training images",
        "Median distance of decoded samples to the nearest decoded training image; beside it that "
        "of test images, which were not trained on.",
        "sample_distance",
        "test_distance",
        unit="",
    ),
    FigureLine(
        "Data-copying test",
        "z of Mann and Whitney's test of these distances: below −1.6 samples lie nearer to "
        "training images than test images do (p < .05): copies, or averages, or other test images.",
        "copying_z",
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


def figures_table(figures: dict[str, Any]) -> str:
    """Return HTML of the lines that could be measured."""
    body = "".join(_group(group, figures) for group in GROUPS)
    return f'<table class="cae-facts cae-report">{body}</table>'


def shown(value: float | None, unit: str) -> str:
    """Return a figure with sensible digits and its unit; a dash where there is none."""
    if value is None:
        return "–"
    if unit == "%":
        return percent_text(value, 1)
    return f"{number_text(value, '.1f')} {unit}" if unit else number_text(value, ".2f")


def _group(group: FigureGroup, figures: dict[str, Any]) -> str:
    lines = [_line(line, figures) for line in group.lines if figures.get(line.model) is not None]
    if not lines:
        return ""
    titles = (group.title, group.model, group.beside, "Majority class")
    heads = "".join(f'<th scope="col">{html.escape(title)}</th>' for title in titles)
    return f"<tbody><tr>{heads}</tr>{''.join(lines)}</tbody>"


def _line(line: FigureLine, figures: dict[str, Any]) -> str:
    values = [figures.get(key) if key else None for key in (line.model, line.beside, line.chance)]
    cells = "".join(f"<td>{html.escape(shown(value, line.unit))}</td>" for value in values)
    title, sentence = html.escape(line.title), html.escape(line.sentence)
    return (
        f'<tr><th scope="row"><strong>{title}</strong><br>'
        f'<span class="cae-quiet">{sentence}</span></th>{cells}</tr>'
    )
