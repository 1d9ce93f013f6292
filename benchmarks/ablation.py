"""What each part of contrastive training does, and whether one could tell without labels.

Run ``python benchmarks/ablation.py --data FOLDER --out FOLDER``. Every setting of `SETTINGS` is
trained on the training images of three sets, 15 epochs, seed 0, and measured on their *validation*
images; no test image is looked at. A run that was cut off goes on where it stopped; figures of
finished runs lie in ``figures`` beside this file, and ``--figures`` with another folder measures
them anew. ``--quick`` takes scikit-learn's digits for one epoch instead.

Criteria that need no labels are compared with what labels say, over the settings of each set, by
Spearman's rank correlation:

- *silhouette* and *stability* (adjusted Rand index between k-means clusterings of bootstrap draws)
  of ten k-means clusters of the latents;
- *agreement with all layers*: the share of a validation image's 15 nearest training images by
  latents that are also among its 15 nearest by what all layers of EfficientNet-Lite0 see;
- *PSNR*.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from cases import Case, full_cases, quick_cases
from scipy.stats import spearmanr
from sklearn.metrics import silhouette_score
from sklearn.neighbors import NearestNeighbors
from tables import FINISHED, as_table, write_section

from cae.evaluation.labels import labelled_images
from cae.evaluation.paths import path_figures
from cae.evaluation.probes import NEIGHBOURS, kmeans_assignments
from cae.evaluation.reconstruction import mean_psnr
from cae.evaluation.representation import representation_figures
from cae.evaluation.stability import cluster_stability
from cae.evaluation.two_studies.overlap import neighbour_overlap
from cae.jobs.reporting import Reporter
from cae.jobs.terminal import display
from cae.sources import parse
from cae.storage import read_json, write_json
from cae.study.steps import default_settings, encode, import_or_open, is_trained_with, train
from cae.study.study import Study
from cae.training.teacher import teacher_features

ABLATED, CRITERIA_SECTION = "ablation", "criteria"
CASES = ("Brain tumours", "Blood cells", "PneumoniaMNIST")
EPOCHS = 15
CLUSTERS = 10
# What is changed of the defaults, and the method.
SETTINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "defaults": ("contrastive", {}),
    "no teacher": ("contrastive", {"teacher_weight": 0.0}),
    "nothing between images": ("contrastive", {"interpolation_weight": 0.0}),
    "neither": ("contrastive", {"teacher_weight": 0.0, "interpolation_weight": 0.0}),
    "between images × 3": ("contrastive", {"interpolation_weight": 3.0}),
    "teacher × 2": ("contrastive", {"teacher_weight": 10.0}),
    "τ = .2": ("contrastive", {"temperature": 0.2}),
    "views of organs": ("contrastive", {"preset": "organs"}),
    "views of any turn": ("contrastive", {"preset": "cells"}),
    "64 numbers": ("contrastive", {"latent": 64}),
    "published networks": ("contrastive", {"architecture": "paper"}),
    "no contrast": ("autoencoder", {}),
    "pseudo-classes": ("pseudo-class", {}),
}
FIGURES = {
    "knn_accuracy": "kNN",
    "kmeans_nmi": "k-means NMI",
    "purity": "purity",
    "midpoint_cosine": "middles",
    "chance_cosine": "by chance",
    "psnr_db": "PSNR dB",
}
CRITERIA = {
    "silhouette": "silhouette",
    "stability": "stability",
    "agreement": "agreement with all layers",
    "psnr_db": "PSNR",
}
TOLD = {"knn_accuracy": "kNN", "kmeans_nmi": "k-means NMI", "purity": "purity"}


def main() -> None:
    """Measure what is asked for and print both tables; write them to RESULTS.md unless quick."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder of the npz files")
    parser.add_argument("--out", type=Path, default=Path("studies"), help="folder of the studies")
    parser.add_argument(
        "--figures", type=Path, default=FINISHED, help="folder of the figures of finished runs"
    )
    parser.add_argument("--case", default="", help="only cases whose names begin like this")
    parser.add_argument("--quick", action="store_true", help="digits only, one epoch")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        if options.quick:
            (case,) = quick_cases(Path(scratch))
            cases, out, figures = [replace(case, epochs=1)], Path(scratch), Path(scratch)
        else:
            cases, out, figures = ablated_cases(options.data), options.out, options.figures
        for case in cases:
            if case.name.startswith(options.case):
                for setting in SETTINGS:
                    run(case, setting, out, figures)
        rows = measured(cases, figures)
    sys.stdout.write(f"{table(rows)}\n{criteria_table(rows)}")
    if not options.quick:
        write_section(ABLATED, table(rows))
        write_section(CRITERIA_SECTION, criteria_table(rows))


def ablated_cases(data: Path) -> list[Case]:
    """Return the cases that are measured, for fewer epochs than usual."""
    return [replace(one, epochs=EPOCHS) for one in full_cases(data) if one.name.startswith(CASES)]


def run(case: Case, setting: str, out: Path, figures: Path) -> None:
    """Measure one setting on one case, unless its figures are there."""
    file = _file(case, setting, figures)
    if file.exists():
        return
    method, changes = SETTINGS[setting]
    with display(sys.stderr) as screen:
        report = Reporter([screen])
        report.on_step(f"{case.name}, {setting}")
        study = import_or_open(parse(case.source), out / file.stem, progress=report.progress)
        how = default_settings(study, method, epochs=case.epochs, **changes)
        if not is_trained_with(study, how):
            train(study, how, report.progress)
        if not study.is_current("encode"):
            encode(study, report.progress)
    write_json(file, {"study": case.name, "setting": setting, **validation_figures(study)})


def validation_figures(study: Study) -> dict[str, float | None]:
    """Return what labels say of the validation images of a study, and what can be said without."""
    labelled = labelled_images(study)
    if labelled is None:
        raise SystemExit(f"{study.name} has no labels to compare with.")
    latents, rows = np.asarray(study.latents), (labelled.train, labelled.val)
    seen, seen_val = (latents[part] for part in rows)
    labels, labels_val = (labelled.classes[part] for part in rows)
    found = representation_figures(seen, labels, seen_val, labels_val, study.seed)
    clusters = kmeans_assignments(seen, seen_val, CLUSTERS, study.seed)[1]
    decoded = study.model.decode(seen_val)
    taught = teacher_features(study.images, *rows, 1, study.seed)
    shared = neighbour_overlap(*(_near(one[rows[0]], one[rows[1]]) for one in (latents, taught)))
    return {
        **{name: round(figure, 4) for name, figure in found.items()},
        **path_figures(study, labelled.val),
        "psnr_db": round(mean_psnr(np.asarray(study.images[labelled.val]), decoded), 2),
        "silhouette": round(float(silhouette_score(seen_val, clusters)), 4),
        "stability": round(cluster_stability(seen, seen_val, CLUSTERS, study.seed), 4),
        "agreement": round(float(shared.mean()) / NEIGHBOURS, 4),
    }


def _near(among: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Return the nearest of vectors (N, d) to those asked (M, d) by cosine, rows (M, 15)."""
    found = NearestNeighbors(n_neighbors=NEIGHBOURS, metric="cosine").fit(among)
    rows: np.ndarray = found.kneighbors(asked, return_distance=False)
    return rows


def measured(cases: Iterable[Case], figures: Path) -> list[dict[str, Any]]:
    """Return a row for each finished run, case by case."""
    files = (_file(case, setting, figures) for case in cases for setting in SETTINGS)
    return [read_json(file) for file in files if file.exists()]


def table(rows: list[dict[str, Any]]) -> str:
    """Return the table of what the settings do."""
    return as_table(rows, {"study": "study", "setting": "setting"} | FIGURES, _text)


def criteria_table(rows: list[dict[str, Any]]) -> str:
    """Return the table of rank correlations between criteria and what labels say."""
    lines = [
        {"study": study, "criterion": title} | _correlations(study, criterion, rows)
        for study in dict.fromkeys(row["study"] for row in rows)
        for criterion, title in CRITERIA.items()
    ]
    return as_table(lines, {"study": "study", "criterion": "criterion"} | TOLD, _text)


def _correlations(study: str, criterion: str, rows: list[dict[str, Any]]) -> dict[str, float]:
    """Return Spearman's ρ of a criterion and each of `TOLD`, over the settings of one study."""
    of_study = [row for row in rows if row["study"] == study]
    judged = np.array([row[criterion] for row in of_study])
    said = {told: np.array([row[told] for row in of_study]) for told in TOLD}
    return {told: float(spearmanr(judged, values).statistic) for told, values in said.items()}


def _text(figure: float) -> str:
    return f"{figure:.1f}" if abs(figure) > 1 else f"{figure:.3f}"


def _file(case: Case, setting: str, figures: Path) -> Path:
    name = case.name.lower().replace(" ", "-")
    words = setting.replace("τ", "tau").replace("×", "times").replace("=", "")
    return figures / f"ablation-{name}-{'-'.join(words.replace('.', '').split())}.json"


if __name__ == "__main__":
    main()
