"""In what time and memory a cohort leaves, beside a zip of pictures that are held in memory.

    python benchmarks/export.py FILE.npz [--quick] [--images N N N] [--repeats N] [--results]

FILE holds images in the layout of MedMNIST. They are shifted by up to two pixels, and made brighter
or darker by up to a tenth, as often as it takes to have as many as are asked for; written as PNG
files in folders by label, and imported. *rendered* exports all images of that study as PNG with
tables, checksums and provenance, *both* also the files that they came from. *held* is what one
would write without: each image to PNG in a list, then the list by ``zipfile.ZipFile.writestr``,
without any of the rest. They take turns, each in a process of its own.

Seconds are medians of the repeats. MB is the largest anonymous memory while it exports, that is
without what is mapped from files; *more MB* is that without what the process held once it had
opened the study and exported a cohort of one image. A slope is that of a line through the
logarithms of a figure and of the number of images: 0 for what stays the same, 1 for what grows as
they do.
"""

import argparse
import io
import json
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from importing import Memory, anonymous
from PIL import Image
from tables import FINISHED, as_table, machine, write_section

from cae.cohorts.selection import Selection
from cae.export.cohort import BOTH, RENDERED, CohortExport, export_cohort
from cae.sources.folder import FolderSource
from cae.storage import write_json
from cae.study.steps import import_images
from cae.study.study import Study

IMAGES = (1_000, 10_000, 100_000)
QUICK_IMAGES = (100, 1_000)
REPEATS = 3
HELD = "held"
WAYS = (RENDERED, BOTH, HELD)
FIGURES = "export.json"
SECTION = "export"
_SHIFT, _BRIGHTER = 2, 0.1
_COHORT, _ONE = "all", "one"
COLUMNS = {
    "way": "way",
    "images": "images",
    "seconds": "s",
    "mb": "MB",
    "more_mb": "more MB",
    "archive_mb": "archive MB",
}
SLOPES = {"way": "way", "seconds": "slope of s", "mb": "slope of MB", "more_mb": "of more MB"}


def jittered(file: Path, count: int) -> Iterator[tuple[np.ndarray, int]]:
    """Yield `count` images, uint8 (S, S), each shifted and made brighter or darker, with labels."""
    random = np.random.default_rng(0)
    with np.load(file) as held:
        splits = ("train", "val", "test")
        images = np.concatenate([held[f"{split}_images"] for split in splits])
        labels = np.concatenate([held[f"{split}_labels"] for split in splits]).ravel()
    for number in range(count):
        row = number % len(images)
        shift = tuple(random.integers(-_SHIFT, _SHIFT + 1, 2))
        moved = np.roll(images[row], shift, (0, 1)) * random.uniform(1 - _BRIGHTER, 1 + _BRIGHTER)
        yield np.clip(np.rint(moved), 0, 255).astype(np.uint8), int(labels[row])


def write_pictures(file: Path, count: int, folder: Path) -> None:
    """Write `count` jittered images of a file as PNG, in folders by label."""
    for number, (pixels, label) in enumerate(jittered(file, count)):
        path = folder / f"label {label}" / f"{number:06d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)


def write_jittered(file: Path, count: int, out: Path) -> None:
    """Write `count` jittered images of a file in the same layout, eight tenths to train on."""
    images, labels = zip(*jittered(file, count), strict=True)
    bounds = [0, round(0.8 * count), round(0.9 * count), count]
    arrays = {}
    for name, start, stop in zip(("train", "val", "test"), bounds, bounds[1:], strict=False):
        arrays[f"{name}_images"] = np.stack(images[start:stop])
        arrays[f"{name}_labels"] = np.array(labels[start:stop])[:, None]
    np.savez(out, allow_pickle=False, **arrays)


def make_study(file: Path, count: int, folder: Path) -> Path:
    """Import `count` jittered images of a file, all of them a cohort; return the study's folder."""
    write_pictures(file, count, folder / "pictures")
    study = import_images(FolderSource(folder / "pictures"), folder / "study")
    for name, images in ((_COHORT, len(study)), (_ONE, 1)):
        rows = Selection.empty().combine(np.arange(images), "replace", {"kind": "ids"})
        study.cohorts.save(name, rows)
    return study.path


def export(way: str, study: Study, cohort: str, out: Path) -> None:
    """Export the images of a cohort in one way."""
    saved = study.cohorts.get_by_name(cohort)
    if way == HELD:
        write_held(study, saved.rows, out)
    else:
        export_cohort(study, CohortExport(saved, images=way), out, identifying=True)


def write_held(study: Study, rows: np.ndarray, out: Path) -> None:
    """Write images of a study as a zip of PNG files, which are made first."""
    pictures = []
    for image in (study.images[row] for row in rows):
        buffer = io.BytesIO()
        Image.fromarray(image[..., 0]).save(buffer, format="PNG")
        pictures.append(buffer.getvalue())
    with zipfile.ZipFile(out, "w") as archive:
        for number, picture in enumerate(pictures):
            archive.writestr(f"images/{number:06d}.png", picture)


def measured_here(way: str, study: Study) -> dict[str, float]:
    """Return time and peak memory of one way in this process."""
    with tempfile.TemporaryDirectory() as temporary:
        out = Path(temporary) / "out.zip"
        # What is imported and opened when it is first needed.
        export(way, study, _ONE, out)
        before, start = anonymous(), time.perf_counter()
        with Memory() as memory:
            export(way, study, _COHORT, out)
        seconds = time.perf_counter() - start
        size = out.stat().st_size / 1e6
    return {
        "seconds": seconds,
        "mb": memory.own,
        "more_mb": memory.own - before,
        "archive_mb": size,
    }


def measure(way: str, study: Path) -> dict[str, float]:
    """Return time and peak memory of one way, in a process of its own."""
    command = [sys.executable, __file__, str(study), "--way", way]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def compare(file: Path, counts: Iterable[int], repeats: int) -> list[dict[str, Any]]:
    """Return a row of figures for each way and number of images."""
    rows = []
    for count in counts:
        with tempfile.TemporaryDirectory() as temporary:
            study = make_study(file, count, Path(temporary))
            found: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
            for _ in range(repeats):
                for way in WAYS:
                    found[way].append(measure(way, study))
        for way, runs in found.items():
            row: dict[str, Any] = {"way": way, "images": count}
            row["seconds"] = round(statistics.median(run["seconds"] for run in runs), 2)
            for name in ("mb", "more_mb", "archive_mb"):
                row[name] = round(max(run[name] for run in runs), 1)
            rows.append(row)
    return sorted(rows, key=lambda row: WAYS.index(row["way"]))


def slopes(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return for each way how its figures grow with the number of images."""
    found = []
    for way in WAYS:
        mine = [row for row in rows if row["way"] == way]
        images = np.log([row["images"] for row in mine])
        line: dict[str, Any] = {"way": way}
        for name in list(SLOPES)[1:]:
            # More than nothing, which has no logarithm.
            figures = np.log([max(row[name], 0.1) for row in mine])
            line[name] = float(np.polyfit(images, figures, 1)[0])
        found.append(line)
    return found


def table(rows: list[dict[str, Any]]) -> str:
    """Return the figures, and how they grow, as two Markdown tables."""
    shown = [{**row, "images": f"{row['images']:,}"} for row in rows]
    figures = as_table(shown, COLUMNS, lambda value: f"{value:,.1f}")
    return f"{figures}\n{as_table(slopes(rows), SLOPES, lambda value: f'{value:.2f}')}"


def main() -> None:
    """Make the studies, measure all ways and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="npz in the layout of MedMNIST")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_IMAGES} images, once")
    parser.add_argument("--images", type=int, nargs="+", help=f"numbers, {IMAGES} by default")
    parser.add_argument("--repeats", type=int, help=f"number of runs, {REPEATS} by default")
    parser.add_argument("--figures", type=Path, default=FINISHED, help="folder of the figures")
    parser.add_argument("--results", action="store_true", help="write figures and RESULTS.md")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way:
        sys.stdout.write(json.dumps(measured_here(options.way, Study.open(options.file))))
        return
    counts = options.images or (QUICK_IMAGES if options.quick else IMAGES)
    repeats = options.repeats or (1 if options.quick else REPEATS)
    rows = compare(options.file, counts, repeats)
    sys.stdout.write(table(rows))
    if options.results:
        figures = {"machine": machine(), "source": options.file.stem, "repeats": repeats}
        write_json(options.figures / FIGURES, {**figures, "rows": rows})
        write_section(SECTION, table(rows))


if __name__ == "__main__":
    main()
