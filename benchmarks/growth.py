"""How time and memory of everything that is done with a study grow with the number of its images.

    python benchmarks/growth.py FILE.npz [--quick] [--images N N N] [--results]

FILE holds images in the layout of MedMNIST that a model in ``assets`` fits, such as PneumoniaMNIST.
They are shifted by up to two pixels, and made brighter or darker by up to a tenth, as often as it
takes to have as many as are asked for. Each step is done in a process of its own, on the study as
the steps before left it; time begins when its modules are loaded.

Seconds are of the clock, CPU seconds of all threads and of processes that read, which tell more on
a machine that others use. MB is the largest anonymous memory, that is without what is mapped from
files. Where there is no map of so many images (``--map`` sets the most), places are drawn at random
and clusters are stripes of them, so that the rest can be measured. A slope is that of a line
through the logarithms of a figure and of the number of images, from 10,000 on: 1 for what grows as
they do, 0 for what stays the same.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from export import write_jittered
from importing import Memory, processor_seconds
from tables import FINISHED, as_table, machine, write_section

from cae.cohorts.selection import Selection, rows_in_polygon
from cae.export.cohort import RENDERED, CohortExport, export_cohort
from cae.latent.neighbour_graph import GRAPH_NEIGHBOURS
from cae.sources import parse
from cae.storage import write_array, write_json, write_table
from cae.study import steps
from cae.study.neighbours import neighbours_of_all, neighbours_of_one
from cae.study.pretrained import pretrained_for, use_pretrained
from cae.study.querying import queried
from cae.study.study import Study

IMAGES = (1_000, 10_000, 100_000, 1_000_000)
QUICK_IMAGES = (300, 1_000)
MOST_ON_A_MAP = 100_000
FIGURES = "growth.json"
SECTION = "growth"
_SLOPE_FROM = 10_000
_COHORT = "a thousand"
_EXPORTED = 1_000
_CLUSTERS = 12
COLUMNS = {
    "step": "step",
    "images": "images",
    "seconds": "s",
    "cpu": "CPU s",
    "mb": "MB",
}
SLOPES = {"step": "step", "seconds": "slope of s", "cpu": "of CPU s", "mb": "of MB"}


def import_(folder: Path) -> None:
    """Import the images."""
    steps.import_images(parse(f"npz:{folder / 'images.npz'}"), folder / "study")


def encode(folder: Path) -> None:
    """Encode them by the model that comes with the program."""
    steps.encode(Study.open(folder / "study"))


def neighbours(folder: Path) -> None:
    """Find the neighbours of all images, for map and lists."""
    neighbours_of_all(Study.open(folder / "study"), GRAPH_NEIGHBOURS)


def project(folder: Path) -> None:
    """Draw the map."""
    steps.project(Study.open(folder / "study"))


def cluster(folder: Path) -> None:
    """Group the images by HDBSCAN."""
    steps.cluster(Study.open(folder / "study"))


def open_(folder: Path) -> None:
    """Open the study with all that its map shows."""
    study = Study.open(folder / "study")
    len(study.full_table), np.asarray(study.projection), study.cluster_names


def lasso(folder: Path) -> None:
    """Select the images within an outline, beside opening the places."""
    places = np.asarray(Study.open(folder / "study").projection)
    centre, radius = np.median(places, axis=0), np.ptp(places, axis=0) / 6
    angles = np.linspace(0, 2 * np.pi, 200)
    outline = centre + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    rows = rows_in_polygon(places, outline)
    Selection.empty().combine(rows, "replace", {"kind": "lasso"})


def query(folder: Path) -> None:
    """Find what a query asks for, beside opening the table."""
    queried(Study.open(folder / "study"), 'label in (0, 1) and cluster >= 1 and split == "train"')


def find(folder: Path) -> None:
    """Find the neighbours of one image."""
    neighbours_of_one(Study.open(folder / "study"), 0, 50)


def export(folder: Path) -> None:
    """Export a cohort of a thousand images."""
    study = Study.open(folder / "study")
    rows = np.linspace(0, len(study) - 1, min(_EXPORTED, len(study))).astype(int)
    chosen = Selection.empty().combine(rows, "replace", {"kind": "ids"})
    cohort = study.cohorts.save(_COHORT, chosen)
    export_cohort(study, CohortExport(cohort, images=RENDERED), folder / "out.zip")


STEPS: dict[str, Callable[[Path], None]] = {
    "import": import_,
    "encode": encode,
    "neighbours": neighbours,
    "map": project,
    "cluster": cluster,
    "open": open_,
    "lasso": lasso,
    "query": query,
    "images like one": find,
    "export 1,000": export,
}
_OF_THE_MAP = ("neighbours", "map", "cluster")


def draw_places(study: Study) -> None:
    """Give a study places and clusters that are no map."""
    random = np.random.default_rng(0)
    places = random.standard_normal((len(study), 2)).astype(np.float32)
    with study.working(), study.step("project", {}) as files:
        write_array(files.add("projection.npy"), places)
    stripes = np.digitize(places[:, 0], np.linspace(-2, 2, _CLUSTERS - 1))
    table = pd.DataFrame({"cluster": stripes, "probability": 1.0, "outlier_score": 0.0})
    with study.working(), study.step("cluster", {}) as files:
        write_table(files.add("clusters.parquet"), table)


def measured_here(step: str, folder: Path) -> dict[str, float]:
    """Return time and memory of a step in this process."""
    start, used = time.perf_counter(), processor_seconds()
    with Memory() as memory:
        STEPS[step](folder)
    return {
        "seconds": time.perf_counter() - start,
        "cpu": processor_seconds() - used,
        "mb": memory.own + memory.readers,
    }


def measure_all(file: Path, counts: tuple[int, ...], most_on_a_map: int) -> list[dict[str, Any]]:
    """Return a row for each step and number of images."""
    rows = []
    for count in counts:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            write_jittered(file, count, folder / "images.npz")
            for step in STEPS:
                if step in _OF_THE_MAP and count > most_on_a_map:
                    continue
                command = [sys.executable, __file__, str(folder), "--step", step]
                ran = subprocess.run(command, capture_output=True, text=True, check=True)
                rows.append({"step": step, "images": count, **json.loads(ran.stdout)})
                sys.stderr.write(f"{rows[-1]}\n")
                study = Study.open(folder / "study")
                if step == "import":
                    use_pretrained(study, pretrained_for(study)[0].name)
                if step == "encode" and count > most_on_a_map:
                    draw_places(study)
    order = list(STEPS)
    return sorted(rows, key=lambda row: (order.index(row["step"]), row["images"]))


def slopes(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return how each step's figures grow, as slopes of lines through logarithms."""
    lines = []
    for step in STEPS:
        of = [row for row in rows if row["step"] == step and row["images"] >= _SLOPE_FROM]
        if len(of) < 2:
            continue
        images = np.log([row["images"] for row in of])
        found = {
            name: float(np.polyfit(images, np.log([row[name] for row in of]), 1)[0])
            for name in ("seconds", "cpu", "mb")
        }
        lines.append({"step": step, **found})
    return lines


def table(rows: list[dict[str, Any]]) -> str:
    """Return the figures, and their slopes, as Markdown tables."""

    def text(figure: float) -> str:
        if isinstance(figure, int):
            return f"{figure:,}"
        digits = 0 if figure >= 100 else 2 if figure >= 1 else 3
        return f"{figure:,.{digits}f}"

    figures = as_table(rows, COLUMNS, text)
    grown = slopes(rows)
    return figures + ("\n" + as_table(grown, SLOPES, text) if grown else "")


def main() -> None:
    """Measure all steps and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--images", type=int, nargs="+", default=IMAGES)
    parser.add_argument("--map", type=int, default=MOST_ON_A_MAP, help="most images on a map")
    parser.add_argument("--quick", action="store_true", help="few images")
    parser.add_argument("--figures", type=Path, default=FINISHED, help="folder of the figures")
    parser.add_argument("--results", action="store_true", help="write figures and RESULTS.md")
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.step:
        sys.stdout.write(json.dumps(measured_here(asked.step, asked.file)))
        return
    counts = QUICK_IMAGES if asked.quick else tuple(asked.images)
    rows = measure_all(asked.file, counts, asked.map)
    sys.stdout.write(table(rows))
    if asked.results:
        facts = {"machine": machine(), "source": asked.file.stem}
        write_json(asked.figures / FIGURES, {**facts, "rows": rows})
        write_section(SECTION, table(rows))


if __name__ == "__main__":
    main()
