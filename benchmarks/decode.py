"""Measure decoded images: how sharp, how faithful, how like real ones, how honest about doubt.

Run ``python benchmarks/decode.py STUDY …`` on studies with a sharp decoder (``cae sharpen``); with
``--parts marks`` planted marks alone are counted, of which mean decodes lose and invent some, too;
with ``--parts labels`` it is measured what samples add where few images have known labels.
Figures are of the validation images unless ``--split test`` is asked for, once settings are chosen,
and lie in ``figures`` beside this file. Half of the images are what is compared with; the others
are decoded, and also stand for what real images reach.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.neighbors import KNeighborsClassifier
from tables import FINISHED, as_table, machine, spread, spread_text, write_section

from cae.decoding.rendering import AS_MEAN, LIKELY, Rendering, render
from cae.evaluation.few_labels import few_label_accuracies
from cae.evaluation.interval_coverage import interval_coverage
from cae.evaluation.kernel_distance import kernel_distance
from cae.evaluation.labels import LabelledImages, labelled_images
from cae.evaluation.planted_marks import mark_words, planted_mark_figures
from cae.evaluation.probes import NEIGHBOURS, linear_classifier
from cae.evaluation.reconstruction import mean_psnr, ssim
from cae.evaluation.sharpness import band_energy, laplacian_variance
from cae.sharp.settings import FLOW_STEPS
from cae.storage import read_json, write_json
from cae.study.study import Study
from cae.training.teacher import pooled_features

BANDS = {"band_low": (0.125, 0.25), "band_high": (0.25, 0.5)}
DRAWS = 16
_FEATURES_SIDE = 64
_FRAMES = 9
COLUMNS = {
    "study": "study",
    "split": "split",
    "images": "images",
    "shown": "decoded as",
    "band_low": "energy .125–.25",
    "band_high": "energy .25–.5",
    "laplacian": "Laplacian",
    "psnr_db": "PSNR dB",
    "ssim": "SSIM",
    "kernel_distance": "KID (95 %)",
    "label_kept": "label kept",
    "told_apart": "told from real",
    "coverage": "within 16 draws",
    "film_seconds": "film of 9, CPU s",
}
DECODED, MARKS, LABELS = PARTS = "decode", "marks", "labels"
SHARES = (0.01, 0.05)
_LABEL_DRAWS = 3
LABEL_COLUMNS = {
    "study": "study",
    "split": "split",
    "share": "labels known",
    "alone": "alone",
    "mean": "with mean samples",
    "likely": "with likely samples",
}
MARK_COLUMNS = {
    "study": "study",
    "split": "split",
    "words": "mark",
    "decoded_as": "decoded as",
    "images": "images",
    "found": "found in the image",
    "lost": "lost",
    "invented": "invented",
}


def main() -> None:
    """Measure the studies and print the table of all; write it to RESULTS.md where asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("studies", type=Path, nargs="+", help="folders with a sharp decoder")
    parser.add_argument("--parts", choices=PARTS, nargs="+", default=PARTS, help="what is measured")
    parser.add_argument("--split", choices=("val", "test"), default="val", help="whose images")
    parser.add_argument("--steps", type=int, nargs="+", default=[FLOW_STEPS], help="of the flow")
    parser.add_argument("--most", type=int, default=600, help="images that are looked at")
    parser.add_argument("--drawn", type=int, default=64, help="images of which 16 are drawn")
    parser.add_argument("--figures", type=Path, default=FINISHED, help="folder of the figures")
    parser.add_argument("--results", action="store_true", help="write the table to RESULTS.md")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    options = parser.parse_args()
    for folder in options.studies:
        study = Study.open(folder)
        found = {}
        if DECODED in options.parts:
            found[DECODED] = measure(
                study, options.split, options.steps, options.most, options.drawn
            )
        if MARKS in options.parts:
            found[MARKS] = measure_marks(study, options.split)
        if LABELS in options.parts and (labelled := labelled_images(study)):
            found[LABELS] = measure_labels(study, labelled, options.split)
        for part, figures in found.items():
            name = f"{part}-{study.name}-{options.split}.json".lower().replace(" ", "-")
            write_json(options.figures / name, figures)
    rows = [row for part in options.parts for row in measured(options.figures, part)]
    for part in options.parts:
        written = TABLES[part](measured(options.figures, part))
        sys.stdout.write(written)
        if options.results:
            write_section(part, written)
    if options.json:
        sys.stdout.write(json.dumps({"machine": machine(), "rows": rows}) + "\n")


def measured(figures: Path, part: str = DECODED) -> list[dict[str, Any]]:
    """Return the rows of a part of all studies whose figures lie in a folder."""
    found = [read_json(file) for file in sorted(figures.glob(f"{part}-*.json"))]
    return [{"split": one["split"], **row} for one in found for row in one["rows"]]


def table(rows: Iterable[dict[str, Any]]) -> str:
    """Return the rows as a Markdown table."""
    return as_table(rows, COLUMNS, figure_text)


def marks_table(rows: Iterable[dict[str, Any]]) -> str:
    """Return the rows of planted marks as a Markdown table."""
    shown = [
        {
            **row,
            "words": mark_words(row),
            "found": f"{row['seen']} of {row['images']}",
            "lost": f"{row['lost']} of {row['seen']}",
            "invented": f"{row['invented']} of {row['silent']}",
        }
        for row in rows
    ]
    return as_table(shown, MARK_COLUMNS, figure_text)


def labels_table(rows: Iterable[dict[str, Any]]) -> str:
    """Return the rows of what samples add to few labels as a Markdown table."""
    shown = [
        {
            **row,
            "share": f"{100 * row['share']:.0f} %",
            **{name: spread(row[name]) for name in ("alone", "mean", "likely")},
        }
        for row in rows
    ]
    return as_table(shown, LABEL_COLUMNS, spread_text)


TABLES = {DECODED: table, MARKS: marks_table, LABELS: labels_table}


def measure_marks(study: Study, split: str) -> dict[str, Any]:
    """Return how many planted marks decoding loses and invents, a row for each kind of mark."""
    found = planted_mark_figures(study, split=split)
    entry = study.in_use("sharpen") if study.is_sharpened else None
    training = entry and {name: entry[name] for name in ("parameters", "seconds")}
    rows = [{"study": study.name, **row} for row in found.pop("rows")]
    return {"machine": machine(), "split": split, "training": training, **found, "rows": rows}


def measure_labels(study: Study, labelled: LabelledImages, split: str) -> dict[str, Any]:
    """Return what samples add to few labels: accuracies of three draws for each share known."""
    rows: list[dict[str, Any]] = []
    test = labelled.test if split == "test" else labelled.val
    for share in SHARES:
        found: dict[str, list[float | None]] = {"alone": [], "mean": [], "likely": []}
        for seed in range(_LABEL_DRAWS):
            renderings = AS_MEAN, Rendering(LIKELY, seed)
            alone, (mean, likely) = few_label_accuracies(
                study, labelled.train, test, labelled.classes, share, renderings, seed
            )
            for name, accuracy in (("alone", alone), ("mean", mean), ("likely", likely)):
                found[name].append(accuracy)
        rows.append({"study": study.name, "images": len(test), "share": share, **found})
    return {"machine": machine(), "split": split, "rows": rows}


def measure(
    study: Study, split: str, steps: Iterable[int], most: int, drawn: int
) -> dict[str, Any]:
    """Return the figures of one study: a row for real images, mean decodes and likely ones.

    Args:
        study: with a sharp decoder.
        split: val or test.
        steps: of the flow, a row for each number.
        most: images of the split that are looked at, half of them decoded.
        drawn: images of which 16 likely ones are drawn.
    """
    random = np.random.default_rng(0)
    chosen = random.permutation(study.rows(split))[:most]
    known, decoded = np.sort(chosen[: len(chosen) // 2]), np.sort(chosen[len(chosen) // 2 :])
    real, latents = np.asarray(study.images[decoded]), np.asarray(study.latents[decoded])
    reference = _features(np.asarray(study.images[known]))
    shown: dict[str, tuple[np.ndarray, Rendering | None]] = {"real": (real, None)}
    shown["mean"] = (render(study, latents, AS_MEAN), AS_MEAN)
    for number in steps:
        likely = Rendering(LIKELY, steps=number)
        shown[f"likely, {number} steps"] = (render(study, latents, likely, apart=True), likely)
    labels = _Labels(study, decoded)
    rows = []
    for name, (images, rendering) in shown.items():
        features = _features(images)
        row: dict[str, Any] = {"study": study.name, "images": len(real), "shown": name}
        row |= {
            band: band_energy(images, *at) / band_energy(real, *at) for band, at in BANDS.items()
        }
        row["laplacian"] = laplacian_variance(images) / laplacian_variance(real)
        row["psnr_db"] = mean_psnr(real, images) if rendering else None
        row["ssim"] = float(ssim(real, images).mean()) if rendering else None
        row["kernel_distance"] = list(kernel_distance(features, reference))
        row["label_kept"] = labels.kept(images)
        row["told_apart"] = _told_apart(features, reference)
        row["coverage"] = row["film_seconds"] = None
        if rendering:
            row["film_seconds"] = _film_seconds(study, latents[:_FRAMES], rendering)
        if rendering and rendering.kind == LIKELY:
            row["coverage"] = _coverage(study, real[:drawn], latents[:drawn], rendering.steps)
        rows.append(row)
    entry = study.in_use("sharpen")
    training = {name: entry[name] for name in ("parameters", "seconds")}
    return {"machine": machine(), "split": split, "training": training, "rows": rows}


class _Labels:
    """Whether images keep the label that their latents' neighbours have, once encoded again."""

    def __init__(self, study: Study, rows: np.ndarray) -> None:
        self.study = study
        train, labels = study.rows("train"), study.samples["label"]
        self.has_labels = bool(labels.notna().all())
        if self.has_labels:
            self.classifier = KNeighborsClassifier(min(NEIGHBOURS, len(train)), metric="cosine")
            self.classifier.fit(study.latents[train], labels.iloc[train])
            self.meant = self.classifier.predict(study.latents[rows])

    def kept(self, images: np.ndarray) -> float | None:
        """Return the share of images (uint8, (N, H, W, C)) with the label of what was meant."""
        if not self.has_labels:
            return None
        found = self.classifier.predict(self.study.model.encode(images))
        return float((found == self.meant).mean())


def _features(images: np.ndarray) -> np.ndarray:
    return pooled_features(images, np.arange(len(images)), _FEATURES_SIDE)


def _told_apart(features: np.ndarray, real: np.ndarray) -> float:
    """Return how often a linear classifier on features tells images from other real ones, 0–1.

    Learnt on half of both, tested on the other half; .5 is chance.
    """
    halves = []
    for half in (0, 1):
        both = np.concatenate([features[half::2], real[half::2]])
        halves.append((both, np.repeat([1, 0], [len(features[half::2]), len(real[half::2])])))
    (train, train_kinds), (test, test_kinds) = halves
    return float(linear_classifier(train, train_kinds).score(test, test_kinds))


def _coverage(study: Study, real: np.ndarray, latents: np.ndarray, steps: int) -> float:
    draws = [
        render(study, latents, Rendering(LIKELY, number * len(real), steps), apart=True)
        for number in range(DRAWS)
    ]
    return interval_coverage(real, np.stack(draws))


def _film_seconds(study: Study, latents: np.ndarray, rendering: Rendering) -> float:
    render(study, latents, rendering)
    started = time.process_time()
    render(study, latents, rendering)
    return round(time.process_time() - started, 3)


def figure_text(figure: Any) -> str:
    """Return a figure as the table says it; an interval in brackets."""
    if isinstance(figure, int):
        return str(figure)
    if isinstance(figure, list):
        value, low, high = figure
        return f"{value:.4f} ({low:.4f} to {high:.4f})"
    return f"{figure:.1f}" if figure > 10 else f"{figure:.2f}"


if __name__ == "__main__":
    main()
