"""Region maps of the six classes of MedNIST as pictures, and how steady they are within a class.

Run ``python benchmarks/local_pictures.py --data FOLDER --out FOLDER``. FOLDER of data holds
mednist_64.npz. A local model is trained on 1,500 of its images unless there is one in --out. The
pictures go there too: ``regions.png`` holds region maps alone, a column per class, and
``images.png`` the images they belong to. ``--quick`` takes a few images and one epoch instead.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from tables import as_table, machine, write_section

from cae.jobs.reporting import Reporter
from cae.jobs.terminal import display
from cae.latent.spread import evenly_spread
from cae.local.palette import region_colours
from cae.local.regions import region_areas
from cae.sources import parse
from cae.storage import atomic_path
from cae.study.steps import (
    complete,
    default_settings,
    import_or_open,
    last_settings,
)
from cae.study.study import Study

IMAGES, QUICK_IMAGES = 1_500, 300
SHOWN, COMPARED = 5, 40
GAP = 4
COLUMNS = {"label": "class", "within": "same class", "between": "other classes"}


def main() -> None:
    """Train, draw, print the table, and write it to RESULTS.md unless quick."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder of the npz file")
    parser.add_argument("--out", type=Path, default=Path("studies"), help="folder of the study")
    parser.add_argument("--quick", action="store_true", help="300 images, one epoch")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, display(sys.stderr) as screen:
        report = Reporter([screen])
        out = Path(scratch) if options.quick else options.out
        source = parse(f"npz:{options.data / 'mednist_64.npz'}")
        count = QUICK_IMAGES if options.quick else IMAGES
        study = import_or_open(source, out / "local-mednist", count, on_step=report.on_step)
        small = {"epochs": 1, "width": 4, "patch_share": 0.0} if options.quick else {}
        settings = last_settings(study, "local") or default_settings(study, "local", **small)
        complete(study, settings, report.progress, report.on_step)
        labels = region_maps(study)
        draw(study, labels, out)
    rows = list(steadiness(study, labels))
    table = as_table(rows, COLUMNS, lambda figure: f"{figure:.3f}")
    sys.stdout.write(table)
    if not options.quick:
        write_section("local-pictures", table)
    if options.json:
        sys.stdout.write(json.dumps({"machine": machine(), "rows": rows}) + "\n")


def region_maps(study: Study) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return rows of test images of each class, and which region their pixels are of."""
    names, found = study.samples["label"], {}
    for name in sorted(names.unique()):
        rows = np.intersect1d(np.flatnonzero(names == name), study.rows("test"))
        rows = rows[evenly_spread(len(rows), COMPARED)]
        found[name] = rows, study.local_model.pixels(np.asarray(study.images[rows])).labels
    return found


def draw(study: Study, labels: dict[str, tuple[np.ndarray, np.ndarray]], out: Path) -> None:
    """Write a column per class of region maps, and of the images they belong to."""
    colours = region_colours(study.local_model.network.regions)
    sheets: dict[str, list[np.ndarray]] = {"regions": [], "images": []}
    for rows, found in labels.values():
        sheets["regions"].append(_column(colours[found[:SHOWN]]))
        sheets["images"].append(_column(np.repeat(study.images[rows[:SHOWN]], 3, axis=3)))
    for name, columns in sheets.items():
        with atomic_path(out / f"{name}.png") as temporary:
            Image.fromarray(np.concatenate(columns, axis=1)).save(temporary, format="PNG")


def steadiness(
    study: Study, labels: dict[str, tuple[np.ndarray, np.ndarray]]
) -> Iterator[dict[str, Any]]:
    """Yield, per class, how alike the areas of regions are within it and to other classes.

    Alike is the cosine of two images' areas: 1 where every region covers the same share of both.
    """
    count = study.local_model.network.regions
    areas = {name: region_areas(found, count) for name, (_, found) in labels.items()}
    unit = {name: each / np.linalg.norm(each, axis=1)[:, None] for name, each in areas.items()}
    for name, own in unit.items():
        others = np.concatenate([each for other, each in unit.items() if other != name])
        same = (own @ own.T)[~np.eye(len(own), dtype=bool)]
        yield {
            "label": name,
            "within": round(float(same.mean()), 4),
            "between": round(float((own @ others.T).mean()), 4),
        }


def _column(pictures: np.ndarray) -> np.ndarray:
    """Stack pictures (M, H, W, 3) upon each other with white gaps, also at the right."""
    padded = np.pad(pictures, ((0, 0), (0, GAP), (0, GAP), (0, 0)), constant_values=255)
    return padded.reshape(-1, *padded.shape[2:])


if __name__ == "__main__":
    main()
