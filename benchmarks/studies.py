"""Build studies with the plain and the contrastive autoencoder and write down how good they are.

Run ``python benchmarks/studies.py --data FOLDER --out FOLDER``. FOLDER of data holds
mnist10k_28.npz, pneumoniamnist.npz and mednist_64.npz; the brain set needs no file. A run that was
cut off goes on where it stopped. ``--quick`` takes scikit-learn's digits for a few epochs instead.
"""

import argparse
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_digits
from tables import as_table, machine, write_section

from cae.evaluation import evaluate
from cae.jobs.reporting import Reporter
from cae.jobs.terminal import display
from cae.methods.pseudo_class import PseudoClassSettings
from cae.sources import parse
from cae.study.steps import complete, default_settings, import_or_open
from cae.study.study import Study

METHODS = ("contrastive", "autoencoder")
COLUMNS = {
    "study": "study",
    "method": "method",
    "images": "images",
    "epochs": "epochs",
    "minutes": "minutes",
    "knn_accuracy": "kNN",
    "cluster_accuracy": "cluster acc.",
    "kmeans_nmi": "k-means NMI",
    "hdbscan_clusters": "HDBSCAN clusters",
    "hdbscan_nmi": "HDBSCAN NMI",
    "psnr_db": "PSNR dB",
    "ssim": "SSIM",
}


@dataclass(frozen=True)
class Case:
    """One image set to measure on, and settings that are not the default."""

    name: str
    source: str
    epochs: int
    limit: int | None = None
    pseudo_classes: int = PseudoClassSettings.pseudo_classes
    positives: int = PseudoClassSettings.positives


def main() -> None:
    """Measure all cases, print the table, and write it to RESULTS.md unless quick."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder of the npz files")
    parser.add_argument("--out", type=Path, default=Path("studies"), help="folder of the studies")
    parser.add_argument("--case", help="measure only the case whose name begins like this")
    parser.add_argument("--quick", action="store_true", help="digits only, two epochs")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        if options.quick:
            cases, out = quick_cases(Path(scratch)), Path(scratch) / "studies"
        else:
            cases, out = full_cases(options.data), options.out
        cases = [case for case in cases if case.name.startswith(options.case or "")]
        rows = [measure(case, method, out) for case in cases for method in METHODS]
    table = as_table(rows, COLUMNS, str)
    sys.stdout.write(table)
    if not (options.quick or options.case):
        write_section("studies", table)
    if options.json:
        sys.stdout.write(json.dumps({"machine": machine(), "rows": rows}) + "\n")


def full_cases(data: Path) -> list[Case]:
    """Return the cases whose figures are quoted."""
    return [
        Case("Brain 64 px", "brain", 20),
        Case("MNIST 10k 28 px", f"npz:{data / 'mnist10k_28.npz'}", 20),
        Case(
            "PneumoniaMNIST 28 px",
            f"npz:{data / 'pneumoniamnist.npz'}",
            20,
            pseudo_classes=12,
            positives=0,
        ),
        Case("MedNIST 64 px", f"npz:{data / 'mednist_64.npz'}", 10),
    ]


def quick_cases(folder: Path) -> list[Case]:
    """Return one small case of scikit-learn's digits, written to `folder`."""
    digits = load_digits()
    images = np.pad(
        (digits.images[:600] * (255 / 16)).astype(np.uint8).repeat(3, 1).repeat(3, 2),
        ((0, 0), (2, 2), (2, 2)),
    )
    parts = {"train": slice(400), "val": slice(400, 500), "test": slice(500, 600)}
    arrays = {f"{name}_images": images[part] for name, part in parts.items()}
    arrays |= {f"{name}_labels": digits.target[:600][part, None] for name, part in parts.items()}
    np.savez(folder / "mnist_digits.npz", allow_pickle=False, **arrays)
    return [Case("scikit-learn digits", f"npz:{folder / 'mnist_digits.npz'}", 2)]


def measure(case: Case, method: str, out: Path, seed: int = 0) -> dict[str, Any]:
    """Build the study of one case, method and seed, unless it is there, and return its row."""
    folder = study_folder(case, method, out, seed)
    with display(sys.stderr) as screen:
        report = Reporter([screen])
        report.on_step(f"{case.name}, {method}")
        study = import_or_open(
            parse(case.source), folder, case.limit, seed, progress=report.progress
        )
        grouping = {"pseudo_classes": case.pseudo_classes, "positives": case.positives}
        settings = default_settings(
            study, method, epochs=case.epochs, **grouping if method == "pseudo-class" else {}
        )
        complete(study, settings, report.progress)
        figures = evaluate(study, report.progress)
    history = Study.open(folder).file("model/history.jsonl").read_text("utf-8").splitlines()
    seconds = sum(json.loads(line)["seconds"] for line in history)
    return {
        "study": case.name,
        "images": len(study),
        "epochs": len(history),
        "minutes": round(seconds / 60, 1),
        **figures,
    }


def study_folder(case: Case, method: str, out: Path, seed: int) -> Path:
    """Return where the study of a case, method and seed is built."""
    return out / f"{case.name.lower().replace(' ', '-')}-{method}{f'-{seed}' if seed else ''}"


if __name__ == "__main__":
    main()
