"""What a GPU makes of training, encoding and decoding; sized to ten minutes on an H200.

    python benchmarks/gpu.py FILE.npz [--quick] [--out FILE.json]

FILE holds MedNIST in the layout of MedMNIST, 64×64 pixels.

- *rates*: images per second of contrastive training by `cae.training.loop.fit`, beside those of the
  bare network with images and views on the card, as it is and compiled by ``torch.compile``.
- *encode*, *decode*: images per second of `Model.encode` and `Model.decode` from memory.
- *aims*: seconds of training in large batches, with a rate that grows by the square root of their
  size, and what neighbours and clusters of the latents then tell of test images.

Without a GPU it computes on the processor, to be tried out there. It needs no network and, beside
this project, only what that imports.
"""

import argparse
import json
import math
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from training import BATCH, PLAIN, bare, ours

from cae.evaluation.labels import labelled_images
from cae.evaluation.representation import representation_figures
from cae.methods.contrastive import ContrastiveSettings
from cae.model import Model
from cae.networks.device import best_device
from cae.sources import parse
from cae.storage import write_json
from cae.study import steps
from cae.study.study import Study

BATCHES = (64, 256, 1024)
EPOCHS = (5, 15)
RATED_IMAGES, QUICK_IMAGES = 65_536, 512
CODED_IMAGES = 500_000


def device() -> str:
    """Return what is measured on, in words."""
    if best_device().type == "cpu":
        return f"the processor, torch {torch.__version__}"
    return f"{torch.cuda.get_device_name()}, torch {torch.__version__}"


def rates(images: np.ndarray, batches: tuple[int, ...]) -> list[dict[str, Any]]:
    """Return images per second of training in batches of several sizes."""
    rows = []
    for batch in batches:
        how = replace(PLAIN, batch=batch)
        bared = bare(images, how)
        compiled = bare(images, how, torch.compile) if best_device().type == "cuda" else None
        reached = ours(images, how)
        share = reached / (compiled or bared)
        rows.append(
            {"batch": batch, "ours": reached, "bare": bared, "compiled": compiled, "share": share}
        )
        sys.stderr.write(f"{rows[-1]}\n")
    return rows


def coding(images: np.ndarray, count: int) -> dict[str, float]:
    """Return images per second of encoding and decoding so many images, these again and again."""
    model = Model.for_images(images, PLAIN)
    model.module.to(best_device())
    many = np.resize(images, (count, *images.shape[1:]))
    model.decode(model.encode(many[:BATCH]))
    start = time.perf_counter()
    latents = model.encode(many)
    between = time.perf_counter()
    model.decode(latents)
    end = time.perf_counter()
    return {"encode": count / (between - start), "decode": count / (end - between)}


def aims(file: Path, batch: int, epochs: int) -> dict[str, Any]:
    """Return the seconds of a training and what its latents tell of the labels of test images."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, "study")
        study = steps.import_or_open(parse(f"npz:{file}"), folder, None, 0)
        plain = steps.default_settings(study, ContrastiveSettings.method)
        rate = plain.learning_rate * math.sqrt(batch / plain.batch)
        how = replace(plain, batch=batch, epochs=epochs, learning_rate=rate)
        steps.train(study, how)
        steps.encode(study)
        study = Study.open(folder)
        history = study.file("model/history.jsonl").read_text("utf-8").splitlines()
        seconds = sum(json.loads(line)["seconds"] for line in history)
        labelled, latents = labelled_images(study), np.asarray(study.latents)
    if labelled is None:
        raise SystemExit(f"{file} has no labels; name the file of MedNIST.")
    train, test = labelled.train, labelled.test
    classes = labelled.classes
    figures = representation_figures(
        latents[train], classes[train], latents[test], classes[test], seed=0
    )
    return {"batch": batch, "epochs": epochs, "seconds": seconds, **figures}


def main() -> None:
    """Measure everything and print it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", type=Path, help="MedNIST, 64×64 pixels")
    parser.add_argument("--quick", action="store_true", help="few images, one epoch")
    parser.add_argument("--out", type=Path, help="write the figures there, too")
    asked = parser.parse_args()
    with np.load(asked.file, allow_pickle=False) as arrays:
        read = arrays["train_images"]
    count, coded = (QUICK_IMAGES, QUICK_IMAGES) if asked.quick else (RATED_IMAGES, CODED_IMAGES)
    images = np.resize(read[..., None] if read.ndim == 3 else read, (count, *read.shape[1:3], 1))
    runs = [(BATCHES[0], 1)] if asked.quick else [(batch, n) for n in EPOCHS for batch in BATCHES]
    figures: dict[str, Any] = {"device": device()}
    figures["rates"] = rates(images, BATCHES[:1] if asked.quick else BATCHES)
    figures |= coding(images, coded)
    # Told as soon as they are known: a machine that is lent may be taken back.
    figures["aims"] = []
    for batch, epochs in runs:
        figures["aims"].append(aims(asked.file, batch, epochs))
        sys.stderr.write(f"{figures['aims'][-1]}\n")
        if asked.out:
            write_json(asked.out, figures)
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
