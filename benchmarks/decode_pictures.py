"""Decoded test images as pictures: those with the least, the median and the greatest error.

Run ``python benchmarks/decode_pictures.py STUDY … --out FOLDER`` on studies with a sharp decoder
(``cae sharpen``). Nobody chooses what is shown: the error of the mean decode does. A picture for
each study, ``decode-<study>.png``, has a row for each of the three images: as it is, its mean
decode, three likely ones with the seeds 0 to 2, and where eight likely ones differ.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from cae.decoding.spread import draw_spread
from cae.evaluation.reconstruction import psnr
from cae.export.archive import write_file
from cae.export.provenance import provenance
from cae.export.redaction import disclosure
from cae.export.spread import deviation_limit, deviation_picture
from cae.export.synthetic import ORIGINAL, marked_png, picture_grid
from cae.study.study import Study

LIKELY = 3
RULES = {"best": 0.0, "median": 0.5, "worst": 1.0}


def main() -> None:
    """Draw a picture for each study and tell where they lie."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("studies", type=Path, nargs="+", help="folders with a sharp decoder")
    parser.add_argument("--out", type=Path, default=Path(), help="folder of the pictures")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    options = parser.parse_args()
    files = {}
    for folder in options.studies:
        study = Study.open(folder)
        file = options.out / f"decode-{study.name}.png".lower().replace(" ", "-")
        rows = chosen_rows(study)
        write_file(file, draw(study, rows))
        files[str(file)] = rows
        sys.stderr.write(f"{file}\n")
    if options.json:
        sys.stdout.write(json.dumps(files) + "\n")


def chosen_rows(study: Study) -> dict[str, int]:
    """Return the test images with the least, the median and the greatest error, by name."""
    rows = study.rows("test")
    errors = -psnr(np.asarray(study.images[rows]), study.model.decode(study.latents[rows]))
    in_order = rows[np.argsort(errors, kind="stable")]
    return {name: int(in_order[round(at * (len(rows) - 1))]) for name, at in RULES.items()}


def draw(study: Study, rows: dict[str, int]) -> bytes:
    """Return the picture of these rows as a PNG, with its provenance in its text."""
    images, captions = [], []
    for name, row in rows.items():
        real = np.asarray(study.images[row])
        spread = draw_spread(study, study.latents[row], seed=0)
        decibels = psnr(real[None], spread.mean[None])[0]
        differ = deviation_picture(spread.deviation, deviation_limit(spread.deviation))
        images += [real, spread.mean, *spread.images[:LIKELY], differ]
        captions += [
            f"{ORIGINAL}\n{name}",
            f"mean\n{decibels:.1f} dB",
            *[f"likely\nseed {seed}" for seed in range(LIKELY)],
            f"where 8 differ\nup to {spread.deviation.max():.0f} grey levels",
        ]
    coloured = np.stack([np.broadcast_to(one, (*one.shape[:2], 3)) for one in images])
    picture = picture_grid(coloured, captions, columns=3 + LIKELY)
    told = disclosure(study, identifying=False)
    facts = {"chosen_by": "error of the mean decode", "rows": rows}
    decoded = len(images) - len(rows)
    origin = provenance(study, told, "spread", facts, real=len(rows), synthetic=decoded)
    return marked_png(picture, origin)


if __name__ == "__main__":
    main()
