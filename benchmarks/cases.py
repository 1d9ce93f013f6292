"""The image sets that methods are measured on, and how one training is measured."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

from cae.evaluation import evaluate
from cae.jobs.reporting import Reporter
from cae.jobs.terminal import display
from cae.sources import parse
from cae.study.steps import complete, default_settings, import_or_open
from cae.study.study import Study


@dataclass(frozen=True)
class Case:
    """One image set to measure on; `epochs` where they are not the default."""

    name: str
    source: str
    epochs: int | None = None


def full_cases(data: Path) -> list[Case]:
    """Return the cases whose figures are quoted, with the files that lie in `data`."""
    return [
        Case("Brain 64 px", "brain"),
        Case("MNIST 10k 28 px", f"npz:{data / 'mnist10k_28.npz'}"),
        Case("PneumoniaMNIST 28 px", f"npz:{data / 'pneumoniamnist.npz'}"),
        Case("MedNIST 64 px", f"npz:{data / 'mednist_64.npz'}"),
        Case("Brain tumours 64 px", f"npz:{data / 'brain_tumor64.npz'}"),
        Case("Blood cells 64 px", f"npz:{data / 'bloodcells64.npz'}"),
        Case("Breast ultrasound 64 px", f"npz:{data / 'busi64_masks.npz'}"),
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
        study = import_or_open(parse(case.source), folder, None, seed, progress=report.progress)
        changes = {} if case.epochs is None else {"epochs": case.epochs}
        settings = default_settings(study, method, **changes)
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
