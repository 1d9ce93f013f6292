"""Learn from clinical values of the embedded brain set, and find biomarkers from few labels.

Run ``python benchmarks/clinical.py --out FOLDER``. The clinical values are where a patch lies
(``z_mm``) and how much of it is grey or white matter; the biomarkers, which no method sees in
pretraining, are whether it shows the ventricles or the cerebellum. A linear head on frozen latents
learns them from 5 % of the training images. A run that was cut off goes on where it stopped;
figures of finished runs lie in ``figures`` beside this file, and ``--figures`` with another folder
measures them anew. ``--quick`` takes a few images and two epochs instead.
"""

import argparse
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from tables import FINISHED, as_table, machine, spread, spread_text, write_section

from cae.evaluation.finetune import finetune_column
from cae.imageset import ImageSet
from cae.jobs.reporting import Reporter
from cae.jobs.terminal import display
from cae.sources.brain import BrainSource, brain_patches, load_template
from cae.sources.brain_structures import cerebellum, ventricles
from cae.storage import read_json, write_json
from cae.study.manifest import MANIFEST
from cae.study.steps import default_settings, encode, is_trained_with, train
from cae.study.study import Study

POSITION = "z_mm"
FRACTIONS = ("grey_fraction", "white_fraction")
BIOMARKERS = {"ventricles": ventricles, "cerebellum": cerebellum}
# A patch shows a structure that covers at least 1 % of it.
SHOWN = 0.01
LABELLED = 0.05
EPOCHS = 20
DRAWS = 5
# What each row pretrains with: a method and the columns it learns from.
PRETRAININGS: dict[str, tuple[str, tuple[str, ...]]] = {
    "autoencoder": ("autoencoder", ()),
    "contrastive": ("contrastive", ()),
    **{f"clinical: {one}": ("clinical", (one,)) for one in (POSITION, *FRACTIONS)},
    **{f"clinical: {POSITION} + {one}": ("clinical", (POSITION, one)) for one in FRACTIONS},
}


def main() -> None:
    """Measure what is asked for and print the table; write it to RESULTS.md unless quick."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("studies"), help="folder of the studies")
    parser.add_argument(
        "--figures", type=Path, default=FINISHED, help="folder of the figures of finished runs"
    )
    parser.add_argument("--pretraining", choices=PRETRAININGS, help="only this row")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="seeds to run")
    parser.add_argument("--quick", action="store_true", help="400 images, two epochs, one seed")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        images = brain_with_biomarkers()
        out, figures, seeds, epochs = options.out, options.figures, options.seeds, EPOCHS
        if options.quick:
            out, figures = Path(scratch), Path(scratch) / "figures"
            images, seeds, epochs = images.limit(400, 0), [0], 2
        for seed in seeds:
            for name in [options.pretraining] if options.pretraining else PRETRAININGS:
                run(images, name, seed, epochs, out, figures)
        rows = [summary(name, figures) for name in PRETRAININGS]
    sys.stdout.write(table(rows))
    if not options.quick:
        write_section("clinical", table(rows))
    if options.json:
        sys.stdout.write(json.dumps({"machine": machine(), "rows": rows}) + "\n")


def table(rows: list[dict[str, Any]]) -> str:
    """Return the table of all pretrainings."""
    columns = {name: name for name in ("pretraining", "seeds", *BIOMARKERS, "mean")}
    return as_table(rows, columns, spread_text)


def brain_with_biomarkers() -> ImageSet:
    """Return the embedded brain set with a column of truth values for each biomarker."""
    template = load_template()
    patches = brain_patches(template)
    imageset = BrainSource().load()
    table = imageset.table.copy()
    for name, find in BIOMARKERS.items():
        structure = find(template)
        table[name] = [bool(patch.cut(structure).mean() >= SHOWN) for patch in patches]
    return replace(imageset, table=table)


def run(images: ImageSet, name: str, seed: int, epochs: int, out: Path, figures: Path) -> None:
    """Pretrain and fine-tune with one seed, unless its figures are there."""
    file = _file(name, seed, figures)
    if file.exists():
        return
    method, clinical = PRETRAININGS[name]
    folder = out / file.stem
    with display(sys.stderr) as screen:
        report = Reporter([screen])
        report.on_step(f"{name}, seed {seed}")
        if not (folder / MANIFEST).exists():
            Study.create(folder, images, source="brain", seed=seed)
        study = Study.open(folder)
        columns = {"clinical": clinical} if clinical else {}
        settings = default_settings(study, method, epochs=epochs, **columns)
        if not is_trained_with(study, settings):
            train(study, settings, report.progress)
        if not study.is_current("encode"):
            encode(study, report.progress)
    write_json(file, {column: _area(study, column) for column in BIOMARKERS})


def summary(name: str, figures: Path) -> dict[str, Any]:
    """Return mean and standard deviation over the finished seeds of a pretraining."""
    pattern = _file(name, "[0-9]*", figures)
    runs = [read_json(file) for file in sorted(pattern.parent.glob(pattern.name))]
    row = {"pretraining": name, "seeds": len(runs)}
    row |= {column: spread([one[column] for one in runs]) for column in BIOMARKERS}
    return row | {"mean": spread([float(np.mean(list(one.values()))) for one in runs])}


def _area(study: Study, column: str) -> float:
    """Return the mean AUROC over several draws of the labelled images."""
    found = [finetune_column(study, column, LABELLED, draw) for draw in range(DRAWS)]
    return float(np.mean([one["values"]["True"]["auroc"] for one in found]))


def _file(name: str, seed: int | str, figures: Path) -> Path:
    stem = "".join(sign if sign.isalnum() or sign == "_" else "-" for sign in name)
    return figures / f"brain-{stem}-{seed}.json"


if __name__ == "__main__":
    main()
