"""How many of the labels that are suspected are wrong, where some were changed on purpose.

Run ``python benchmarks/label_errors.py --data FOLDER``. FOLDER holds the npz files that
`cases.full_cases` names. Labels of validation and test images, as the models that come with the
program see them, are changed at random, and suspected as on the page Explore. ``--quick`` takes
scikit-learn's digits in six principal components, whose classes overlap.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from tables import FINISHED, as_table, spread, spread_text, write_section

from cae.app_files import ASSETS
from cae.latent.label_errors import find_label_errors
from cae.latent.neighbour_graph import neighbour_graph
from cae.model import Model
from cae.storage import read_json, write_json

FIGURES = "label-errors.json"
SECTION = "label errors"
DRAWS = 8
SHARES = (0.0, 0.05)
_MODELS = {"PneumoniaMNIST": "pneumoniamnist", "MedNIST": "mednist"}
_FILES = {"PneumoniaMNIST": "pneumoniamnist.npz", "MedNIST": "mednist_64.npz"}
COLUMNS = {
    "images": "images of",
    "count": "number",
    "agreement": "neighbours that agree",
    "changed": "labels changed",
    "suspected": "suspected",
    "right": "of them not changed",
    "found": "share of the changed that is found",
}


def main() -> None:
    """Measure and print the table; write it to RESULTS.md unless quick."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder of the npz files")
    parser.add_argument("--quick", action="store_true", help="digits only")
    options = parser.parse_args()
    sets = [digits()] if options.quick else [digits(), *encoded(options.data)]
    rows = [one for described in sets for one in suspected(*described)]
    sys.stdout.write(table(rows))
    if not options.quick:
        write_json(FINISHED / FIGURES, rows)
        write_section(SECTION, table(rows))


def measured(figures: Path) -> list[dict[str, Any]]:
    """Return the rows that were measured last."""
    found: list[dict[str, Any]] = read_json(figures / FIGURES)
    return found


def table(rows: list[dict[str, Any]]) -> str:
    """Return the table of all figures."""
    return as_table(rows, COLUMNS, spread_text)


def digits() -> tuple[str, np.ndarray, np.ndarray]:
    """Return the digits' name, latents of six numbers, and labels."""
    images, labels = load_digits(return_X_y=True)
    return "digits, six components", PCA(6, random_state=0).fit_transform(images), labels


def encoded(folder: Path) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Yield name, latents and labels of the validation and test images of each set."""
    for name, model in _MODELS.items():
        with np.load(folder / _FILES[name]) as held:
            images = np.concatenate([held["val_images"], held["test_images"]])
            labels = np.concatenate([held["val_labels"], held["test_labels"]]).ravel()
        images = images if images.ndim == 4 else images[..., None]
        yield name, Model.load(ASSETS / model / "model").encode(images), labels


def suspected(name: str, latents: np.ndarray, labels: np.ndarray) -> Iterator[dict[str, Any]]:
    """Yield what is suspected where none, and where some labels were changed."""
    graph = neighbour_graph(latents.astype(np.float32), 15)
    classes = np.unique(labels)
    for share in SHARES:
        counts = []
        for draw in range(DRAWS if share else 1):
            random = np.random.default_rng(draw)
            is_changed = random.random(len(labels)) < share
            steps = random.integers(1, len(classes), len(labels))
            others = (np.searchsorted(classes, labels) + steps) % len(classes)
            given = pd.Series(np.where(is_changed, classes[others], labels).astype(str))
            rows = find_label_errors(given, graph)["row"].to_numpy()
            counts.append((is_changed.sum(), len(rows), (~is_changed[rows]).sum()))
        changed, found, right = np.array(counts, float).T
        yield {
            "images": name,
            "count": len(labels),
            "agreement": spread([float((labels[graph.rows] == labels[:, None]).mean())]),
            "changed": spread(changed),
            "suspected": spread(found),
            "right": spread(right),
            "found": spread((found - right) / changed) if share else None,
        }


if __name__ == "__main__":
    main()
