"""Compare the learning methods over several seeds and write down mean and standard deviation.

Run ``python benchmarks/methods.py --data FOLDER --out FOLDER``. FOLDER of data holds
mnist10k_28.npz, pneumoniamnist.npz and mednist_64.npz. A run that was cut off goes on where it
stopped; with ``--case``, ``--method`` and ``--seeds`` only a part is measured, and the table shows
every run that is finished. ``--quick`` takes scikit-learn's digits for a few epochs instead.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from studies import Case, full_cases, measure, quick_cases
from tables import as_table, machine, spread, spread_text, write_section

from cae.storage import read_json, write_json

# The methods that need no clinical values.
COMPARED = ("autoencoder", "contrastive", "prototypes", "pseudo-class")
FIGURES = {
    "minutes": "minutes",
    "knn_accuracy": "kNN",
    "linear_accuracy": "linear",
    "kmeans_accuracy": "k-means acc.",
    "kmeans_nmi": "k-means NMI",
    "many_to_one_accuracy": "many-to-one",
    "balanced_accuracy": "balanced",
    "hdbscan_clusters": "HDBSCAN clusters",
    "hdbscan_nmi": "HDBSCAN NMI",
    "trustworthiness": "trust",
    "psnr_db": "PSNR dB",
    "ssim": "SSIM",
}
PIXELS = {
    "knn_accuracy": "pca_knn_accuracy",
    "kmeans_nmi": "pca_kmeans_nmi",
    "psnr_db": "pca_psnr_db",
}


def main() -> None:
    """Measure what is asked for and print the table; write it to RESULTS.md unless quick."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder of the npz files")
    parser.add_argument("--out", type=Path, default=Path("studies"), help="folder of the studies")
    parser.add_argument("--case", default="", help="only cases whose names begin like this")
    parser.add_argument("--method", choices=COMPARED, help="only this method")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="seeds to run")
    parser.add_argument("--quick", action="store_true", help="digits only, two epochs, one seed")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        if options.quick:
            cases, out, seeds = quick_cases(Path(scratch)), Path(scratch) / "studies", [0]
        else:
            cases, out, seeds = full_cases(options.data), options.out, options.seeds
        for case in cases:
            if case.name.startswith(options.case):
                for method in [options.method] if options.method else COMPARED:
                    for seed in seeds:
                        run(case, method, seed, out)
        rows = [row for case in cases for row in summaries(case, out)]
    columns = {name: name for name in ("study", "method", "seeds")} | FIGURES
    table = as_table(rows, columns, spread_text)
    sys.stdout.write(table)
    if not options.quick:
        write_section("methods", table)
    if options.json:
        sys.stdout.write(json.dumps({"machine": machine(), "rows": rows}) + "\n")


def run(case: Case, method: str, seed: int, out: Path) -> None:
    """Measure one case, method and seed, unless its figures are there."""
    file = _file(case, method, seed, out)
    if not file.exists():
        write_json(file, measure(case, method, out, seed))


def summaries(case: Case, out: Path) -> Iterable[dict[str, Any]]:
    """Return mean and standard deviation of the finished runs of a case, a row per method."""
    pixels = None
    for method in COMPARED:
        pattern = _file(case, method, "*", out)
        runs = [read_json(file) for file in sorted(pattern.parent.glob(pattern.name))]
        if not runs:
            continue
        pixels = pixels or runs[0]
        yield {
            "study": case.name,
            "method": method,
            "seeds": len(runs),
            **{name: spread([one[name] for one in runs]) for name in FIGURES},
        }
    if pixels:
        figures = {name: spread([pixels[key]]) for name, key in PIXELS.items()}
        row = {"study": case.name, "method": "64 principal components", "seeds": 1}
        yield row | dict.fromkeys(FIGURES) | figures


def _file(case: Case, method: str, seed: int | str, out: Path) -> Path:
    name = case.name.lower().replace(" ", "-")
    return out / "figures" / f"{name}-{method}-{seed}.json"


if __name__ == "__main__":
    main()
