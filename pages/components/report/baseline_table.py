"""A table of a model's figures beside those of other ways to describe the same images."""

import html
from dataclasses import dataclass
from typing import Any

from pages.components.kit.scroll_region import scroll_region
from pages.components.report.figures_table import shown

MODEL = "model"


@dataclass(frozen=True)
class Way:
    """A way to describe images: what it is called, and what it is in a sentence."""

    title: str
    sentence: str


@dataclass(frozen=True)
class Figure:
    """A column of the table; see `pages.components.report.figures_table.FigureLine`.

    Attributes:
        title: the field's name for what is measured.
        sentence: the same in plain words.
        unit: ``%`` shows a share as per cent; else the unit behind the number.
    """

    title: str
    sentence: str
    unit: str = "%"


WAYS = {
    MODEL: Way("This model", ""),
    "autoencoder": Way("Plain autoencoder", "The same networks, only to reproduce images."),
    "supervised": Way("Supervised", "The same encoder, taught every training label."),
    "transfer": Way("ImageNet features", "EfficientNet-Lite0 at 224 px, taught on photographs."),
    "teacher": Way(
        "ImageNet features, all layers", "128 components of them, from which contrast learns."
    ),
    "pca": Way("PCA", "Principal components of the pixels, as many as the latent has numbers."),
    "pixels": Way("Pixels", "As they are, at most 32 a side."),
    "majority": Way("Majority class", "Always named, whatever the image."),
}
FIGURES = {
    "knn_accuracy": Figure("kNN accuracy", "15 nearest training images vote on the label"),
    "linear_probe_accuracy": Figure("Linear probe", "Logistic regression names the label"),
    "cluster_accuracy": Figure(
        "Cluster accuracy", "As many clusters as classes, matched one to one"
    ),
    "kmeans_nmi": Figure("k-means NMI", "Normalised mutual information of these clusters", ""),
    "purity": Figure("Purity", "Over-clustering: 20 to 40 clusters, each named after its images"),
    "balanced_purity": Figure("Balanced purity", "The same, every class counting alike"),
    "classifier_accuracy": Figure("Accuracy", "A classifier that names labels itself"),
    "classifier_balanced_accuracy": Figure(
        "Balanced accuracy", "The same, every class counting alike"
    ),
    "psnr_db": Figure("PSNR", "Peak signal-to-noise ratio of reconstructions", "dB"),
}


def baseline_table(figures: dict[str, Any], baselines: dict[str, dict[str, Any]]) -> str:
    """Return HTML of what could be measured; the best of each column is bold.

    Args:
        figures: of the model, as `cae.evaluation.measure` returns them.
        baselines: as `cae.evaluation.measure_baselines` returns them.
    """
    found = {MODEL: figures, **baselines}
    columns = [key for key in FIGURES if any(_known(found, way, key) for way in WAYS)]
    rows = [way for way in WAYS if any(_known(found, way, key) for key in columns)]
    best = {key: max(found[way][key] for way in rows if _known(found, way, key)) for key in columns}
    head = "".join(_heading(FIGURES[key]) for key in columns)
    body = "".join(_row(WAYS[way], found[way], best) for way in rows)
    return scroll_region(
        "Baselines",
        '<table class="cae-facts cae-report"><tr><th scope="col">On test images</th>'
        f"{head}</tr>{body}</table>",
    )


def _known(found: dict[str, dict[str, Any]], way: str, key: str) -> bool:
    return found.get(way, {}).get(key) is not None


def _heading(figure: Figure) -> str:
    sentence = html.escape(figure.sentence, quote=True)
    return f'<th scope="col" title="{sentence}">{html.escape(figure.title)}</th>'


def _row(way: Way, figures: dict[str, Any], best: dict[str, float]) -> str:
    cells = "".join(
        _cell(figures.get(key), highest, FIGURES[key].unit) for key, highest in best.items()
    )
    sentence = f'<br><span class="cae-quiet">{html.escape(way.sentence)}</span>'
    return (
        f'<tr><th scope="row"><strong>{html.escape(way.title)}</strong>'
        f"{sentence if way.sentence else ''}</th>{cells}</tr>"
    )


def _cell(value: float | None, highest: float, unit: str) -> str:
    text = html.escape(shown(value, unit))
    return f"<td><strong>{text}</strong></td>" if value == highest else f"<td>{text}</td>"
