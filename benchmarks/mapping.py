"""How long map and clusters take beside the libraries' defaults, and how good they are.

    python benchmarks/mapping.py FILE.npz [--quick] [--images N] [--repeats N] [--results]

FILE holds images in the layout of MedMNIST. They are shifted by up to two pixels as often as it
takes to have as many as were asked for; their 64 principal components stand for latents. *Ours* is
`cae.latent.project.project` and `hdbscan_clusters`, *defaults* are ``umap.UMAP(metric="cosine")``
and ``hdbscan.HDBSCAN()``, *parallel* is ours with UMAP's own layout on all cores, which is another
each time. They take turns, each in a process of its own: the first time in it counts what is
compiled and loaded, the second does not.

Seconds are medians of the repeats. CPU seconds, of all threads, tell more on a machine that others
use. Trustworthiness (Venna & Kaski 2001) is of 15 neighbours of 2,000 images among all; NMI is of
clusters and labels, unclustered images being a group of their own.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from tables import FINISHED, as_table, machine, write_section

from cae.storage import write_json

SIZE = 64
IMAGES = 60_000
QUICK_IMAGES = 2_000
REPEATS = 3
FIGURES = "mapping.json"
SECTION = "mapping"
NEIGHBOURS = 15
_ASKED = 2_000
_SHIFT = 2
WAYS = ("ours", "parallel", "defaults")
COLUMNS = {
    "way": "way",
    "images": "images",
    "first": "first run s",
    "first_cpu": "CPU s",
    "again": "compiled s",
    "again_cpu": "CPU s",
    "trust": "trustworthiness",
    "nmi": "NMI",
}


def write_latents(file: Path, count: int, folder: Path) -> None:
    """Write ``latents.npy`` (count, 64) and ``labels.npy`` made of the images of a file."""
    from sklearn.decomposition import PCA

    random = np.random.default_rng(0)
    with np.load(file) as held:
        splits = ("train", "val", "test")
        images = np.concatenate([held[f"{split}_images"] for split in splits])
        labels = np.concatenate([held[f"{split}_labels"] for split in splits]).ravel()
    rows = np.arange(count) % len(images)
    shifts = (
        random.integers(-_SHIFT, _SHIFT + 1, (count, 2))
        * (np.arange(count) >= len(images))[:, None]
    )
    shifted = [
        np.roll(images[row], tuple(shift), axis=(0, 1)).ravel()
        for row, shift in zip(rows, shifts, strict=True)
    ]
    latents = PCA(SIZE, random_state=0).fit_transform(np.asarray(shifted, np.float32) / 255)
    np.save(folder / "latents.npy", latents.astype(np.float32))
    np.save(folder / "labels.npy", labels[rows])


def ours(latents: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return map and clusters as this program makes them with as many neighbours as UMAP takes."""
    from cae.latent.cluster import hdbscan_clusters
    from cae.latent.project import project

    places = project(latents, seed=0, n_neighbors=NEIGHBOURS)
    return places, hdbscan_clusters(places)["cluster"].to_numpy()


def parallel(latents: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return map and clusters as `ours`, but laid out by all cores at once, without a seed."""
    import umap

    def unseeded(**settings: Any) -> Any:
        return umap.umap_.UMAP(**{**settings, "random_state": None, "n_jobs": -1})

    umap.UMAP = unseeded
    return ours(latents)


def defaults(latents: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return map and clusters as the libraries make them when nothing is asked for."""
    from hdbscan import HDBSCAN
    from umap import UMAP

    places = UMAP(metric="cosine").fit_transform(latents)
    return places, HDBSCAN().fit(places).labels_


def trustworthiness(latents: np.ndarray, places: np.ndarray, k: int) -> float:
    """Return the trustworthiness of some rows of a map (N, 2) among all."""
    import faiss

    from cae.latent.neighbours import unit_vectors
    from cae.latent.spread import evenly_spread

    count, asked = len(latents), evenly_spread(len(latents), _ASKED)
    directions, places = unit_vectors(latents), np.ascontiguousarray(places, np.float32)
    near = faiss.knn(places[asked], places, k + 1)[1]
    penalty = 0
    for row, found in zip(asked, near, strict=True):
        cosines = directions @ directions[row]
        cosines[row] = np.inf
        others = found[found != row][:k]
        ranks = (cosines > cosines[others][:, None]).sum(axis=1)
        penalty += int(np.maximum(ranks - k, 0).sum())
    return 1 - 2 * penalty / (len(asked) * k * (2 * count - 3 * k - 1))


def measure(way: str, folder: Path) -> dict[str, float]:
    """Return the figures of one way, run twice in this process."""
    from sklearn.metrics import normalized_mutual_info_score

    warnings.simplefilter("ignore")
    make: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]] = globals()[way]
    latents, figures = np.load(folder / "latents.npy"), {}
    for name in ("first", "again"):
        wall, cpu = time.perf_counter(), time.process_time()
        places, clusters = make(latents)
        figures[name] = time.perf_counter() - wall
        figures[f"{name}_cpu"] = time.process_time() - cpu
    figures["trust"] = trustworthiness(latents, places, NEIGHBOURS)
    figures["nmi"] = float(normalized_mutual_info_score(np.load(folder / "labels.npy"), clusters))
    return figures


def table(rows: list[dict[str, Any]]) -> str:
    """Return the figures as a Markdown table."""

    def text(figure: float) -> str:
        if isinstance(figure, int):
            return f"{figure:,}"
        return f"{figure:.3f}" if figure < 1 else f"{figure:.1f}"

    return as_table(rows, COLUMNS, text)


def measure_all(file: Path, count: int, repeats: int) -> list[dict[str, Any]]:
    """Return a row of medians for each way, taking turns."""
    runs: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as folder:
        write_latents(file, count, Path(folder))
        for _ in range(repeats):
            for way in WAYS:
                command = [sys.executable, __file__, folder, "--way", way]
                ran = subprocess.run(command, capture_output=True, text=True, check=True)
                runs[way].append(json.loads(ran.stdout))
                sys.stderr.write(f"{way}: {runs[way][-1]}\n")
    return [
        {
            "way": way,
            "images": count,
            **{name: statistics.median(run[name] for run in of) for name in of[0]},
        }
        for way, of in runs.items()
    ]


def main() -> None:
    """Measure all ways in turn and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--images", type=int, default=IMAGES)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--figures", type=Path, default=FINISHED, help="folder of the figures")
    parser.add_argument("--results", action="store_true", help="write figures and RESULTS.md")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.way:
        sys.stdout.write(json.dumps(measure(asked.way, asked.file)))
        return
    count, repeats = (QUICK_IMAGES, 1) if asked.quick else (asked.images, asked.repeats)
    rows = measure_all(asked.file, count, repeats)
    sys.stdout.write(table(rows))
    if asked.results:
        facts = {"machine": machine(), "source": asked.file.stem, "repeats": repeats}
        write_json(asked.figures / FIGURES, {**facts, "rows": rows})
        write_section(SECTION, table(rows))


if __name__ == "__main__":
    main()
