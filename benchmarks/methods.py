"""Compare the learning methods over several seeds, with each other and with what needs none.

Run ``python benchmarks/methods.py --data FOLDER --out FOLDER``. FOLDER of data holds
the files that `cases.full_cases` names. A run that was cut off goes on where it
stopped; with ``--case``, ``--method`` and ``--seeds`` only a part is measured, and the table shows
mean and standard deviation of every run that is finished. Their figures lie in ``figures`` beside
this file; ``--figures`` with another folder measures them anew. With ``--baselines`` it measures,
beside contrastive studies, what else describes the same images: what is trained with every seed,
all else with the first. ``--quick`` takes scikit-learn's digits for a few epochs instead.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cases import Case, full_cases, measure, quick_cases, study_folder
from tables import FINISHED, README, as_table, machine, spread, spread_text, write_section

from cae.evaluation.baselines import measure_baseline
from cae.jobs.reporting import Reporter
from cae.jobs.terminal import display
from cae.storage import read_json, write_json
from cae.study.study import Study

# The methods that need no clinical values.
COMPARED = ("autoencoder", "contrastive", "prototypes", "pseudo-class")
FIGURES = {
    "minutes": "minutes",
    "knn_accuracy": "kNN",
    "head_knn_accuracy": "kNN of head",
    "linear_probe_accuracy": "linear probe",
    "cluster_accuracy": "cluster acc.",
    "kmeans_nmi": "k-means NMI",
    "purity": "purity",
    "balanced_purity": "balanced purity",
    "hdbscan_clusters": "HDBSCAN clusters",
    "hdbscan_nmi": "HDBSCAN NMI",
    "trustworthiness": "trust",
    "relative_sample_accuracy": "samples",
    "coverage": "coverage",
    "midpoint_cosine": "middles",
    "chance_cosine": "by chance",
    "classifier_accuracy": "classifier",
    "psnr_db": "PSNR dB",
    "ssim": "SSIM",
}
# Those that the README shows.
MAIN_FIGURES = (
    "knn_accuracy",
    "cluster_accuracy",
    "kmeans_nmi",
    "purity",
    "hdbscan_nmi",
    "psnr_db",
    "ssim",
)
# Titles of the baselines; the plain autoencoder is a row of its own.
BASELINES = {
    "majority": "majority class",
    "pixels": "pixels",
    "pca": "256 principal components",
    "transfer": "ImageNet features",
    "teacher": "ImageNet features, all layers",
    "supervised": "same encoder, with labels",
}
TRAINED = ("supervised",)


def main() -> None:
    """Measure what is asked for and print the table; write it to RESULTS.md unless quick."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder of the npz files")
    parser.add_argument("--out", type=Path, default=Path("studies"), help="folder of the studies")
    parser.add_argument(
        "--figures", type=Path, default=FINISHED, help="folder of the figures of finished runs"
    )
    parser.add_argument("--case", default="", help="only cases whose names begin like this")
    parser.add_argument("--method", choices=COMPARED, help="only this method")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="seeds to run")
    parser.add_argument("--baselines", action="store_true", help="baselines instead of methods")
    parser.add_argument("--quick", action="store_true", help="digits only, two epochs, one seed")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        if options.quick:
            cases, seeds = quick_cases(Path(scratch)), [0]
            out, figures = Path(scratch) / "studies", Path(scratch) / "figures"
        else:
            cases, seeds = full_cases(options.data), options.seeds
            out, figures = options.out, options.figures
        for case in cases:
            if not case.name.startswith(options.case):
                continue
            if options.baselines:
                for name in BASELINES:
                    for seed in seeds if name in TRAINED else seeds[:1]:
                        run_baseline(case, name, seed, out, figures)
                continue
            for method in [options.method] if options.method else COMPARED:
                for seed in seeds:
                    run(case, method, seed, out, figures)
        rows = [row for case in cases for row in summaries(case, figures)]
    sys.stdout.write(full_table(rows))
    if not options.quick:
        write_section("methods", full_table(rows))
        write_section("methods", main_table(rows), README)
    if options.json:
        sys.stdout.write(json.dumps({"machine": machine(), "rows": rows}) + "\n")


def full_table(rows: list[dict[str, Any]]) -> str:
    """Return the table of all figures."""
    return as_table(rows, _columns(FIGURES), spread_text)


def main_table(rows: list[dict[str, Any]]) -> str:
    """Return the table of the main figures, of which the README tells."""
    return as_table(rows, _columns(MAIN_FIGURES), spread_text)


def _columns(figures: Iterable[str]) -> dict[str, str]:
    return {name: name for name in ("study", "method", "seeds")} | {
        name: FIGURES[name] for name in figures
    }


def run(case: Case, method: str, seed: int, out: Path, figures: Path) -> None:
    """Measure one case, method and seed, unless its figures are there."""
    file = _file(case, method, seed, figures)
    if not file.exists():
        write_json(file, measure(case, method, out, seed))


def run_baseline(case: Case, name: str, seed: int, out: Path, figures: Path) -> None:
    """Measure a baseline of one case, unless its figures are there."""
    file = _file(case, name, seed, figures)
    if file.exists():
        return
    with display(sys.stderr) as screen:
        report = Reporter([screen])
        report.on_step(f"{case.name}, {BASELINES[name]}")
        study = Study.open(study_folder(case, "contrastive", out, seed))
        write_json(file, measure_baseline(study, name, report.progress))


def summaries(case: Case, figures: Path) -> Iterable[dict[str, Any]]:
    """Return mean and standard deviation of the finished runs of a case, a row per method."""
    for name, title in {**dict(zip(COMPARED, COMPARED, strict=True)), **BASELINES}.items():
        pattern = _file(case, name, "[0-9]*", figures)
        runs = [read_json(file) for file in sorted(pattern.parent.glob(pattern.name))]
        if runs:
            yield {
                "study": case.name,
                "method": title,
                "seeds": len(runs),
                **{figure: spread([one.get(figure) for one in runs]) for figure in FIGURES},
            }


def _file(case: Case, method: str, seed: int | str, figures: Path) -> Path:
    name = case.name.lower().replace(" ", "-")
    return figures / f"{name}-{method}-{seed}.json"


if __name__ == "__main__":
    main()
