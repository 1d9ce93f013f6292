"""Decoded samples as an export that says of itself that it is synthetic."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cae.decoding.decoded_sample import DecodedSamples
from cae.export.archive import HOW_TO_CHECK, Entries, Entry, write_archive, write_file
from cae.export.contact_sheet import MOST_TILES, Tile, contact_sheet
from cae.export.contents import json_bytes, npy_pieces, pixel_pieces
from cae.export.csv import csv_pieces
from cae.export.provenance import PROVENANCE, picture_facts, provenance, readme
from cae.export.redaction import Disclosure, disclosure
from cae.export.rendered import DECODED_AS, rendering_names, synthetic_caption
from cae.export.synthetic import mark, marked_png, require_synthetic_name
from cae.progress import Progress, silent

if TYPE_CHECKING:
    from cae.study.study import Study

_PROGRESS_EVERY = 50
_README = f"""\
CAE Explorer: synthetic samples
===============================

Synthetic images like a group of real ones: new latents were drawn like the latents of the group
and decoded by the model. They show what the model has learned; they are not images of any subject.

synthetic-samples.csv  One line per sample, all of the kind synthetic: the real image nearest to
                       it and the cosine distance to that (0-2; a small one says that the sample
                       all but repeats a real image), whether it is far from every image
                       (off_data), the name of its file and that file's SHA-256.
images/                The samples, enlarged without smoothing and marked as synthetic in the
                       picture, the name and the PNG's text.
synthetic-pixels.npy   What was decoded, uint8 (samples, height, width, channels), neither enlarged
                       nor framed (numpy.load reads it).
synthetic-latents.npy  One latent per line of synthetic-samples.csv, in the same order, float32
                       (numpy.load reads it).
provenance.json        How the samples came about: versions, hashes and parameters of every step,
                       the group, its size, and the seed.
checksums.sha256       The SHA-256 of every other file.

{HOW_TO_CHECK}
{DECODED_AS}
For research use only; not for diagnosis.
"""


def file_stem(study: "Study", samples: DecodedSamples) -> str:
    """Return a file name without ending that tells the group and the seed, never an id."""
    group = f"{samples.like['kind']}-{samples.like.get('cluster', f'of-{samples.members}')}"
    stem = f"synthetic-like-{group}-seed-{samples.seed}"
    return "-".join([stem, *rendering_names(samples.rendering)])


def export_samples(
    study: "Study",
    samples: DecodedSamples,
    out: Path,
    *,
    identifying: bool = False,
    progress: Progress = silent,
) -> Path:
    """Write samples, their latents, table and provenance, laid out as `export_cohort` does.

    Two exports of the same samples are the same, byte for byte.

    Args:
        study: the study that the samples were drawn in.
        samples: as `decode_samples` returns them.
        out: a zip where it ends with .zip, replaced when it exists; else a new or empty folder.
        identifying: whether what may tell who a patient is is exported too.
        progress: receives images written.

    Returns:
        `out`.

    Raises:
        CaeError: the folder holds something, or the place is full or cannot be written to.
    """
    return write_archive(out, _entries(study, samples, disclosure(study, identifying), progress))


def export_samples_sheet(
    study: "Study",
    samples: DecodedSamples,
    out: Path,
    *,
    identifying: bool = False,
    progress: Progress = silent,
) -> Path:
    """Write the first 100 samples as one PDF page, to which the provenance is attached.

    Arguments and errors are those of `export_samples`, but `out` is a file whose name must contain
    "synthetic", replaced when it exists.
    """
    out = require_synthetic_name(out)
    told = disclosure(study, identifying)
    shown = min(len(samples), MOST_TILES)
    facts = _facts(samples, told)
    origin = provenance(study, told, "samples", facts, columns=["id"], synthetic=shown)
    names = told.image_names(samples.nearest_rows[:shown])
    tiles = [
        Tile(
            mark(samples.images[place], _caption(samples, place + 1)),
            (names[place], f"{samples.nearest_distances[place]:.3f}"),
        )
        for place in range(shown)
    ]
    which = f"{shown} samples" if shown == len(samples) else f"{shown} of {len(samples)} samples"
    title = f"Synthetic: {which} like {samples.members} real images; below each the nearest "
    title += "real image and its cosine distance"
    content = contact_sheet(title, tiles, None, origin)
    write_file(out, content)
    progress(shown, shown, "images")
    return out


def _entries(
    study: "Study", samples: DecodedSamples, told: Disclosure, progress: Progress
) -> Entries:
    table = _table(samples, told)
    facts = _facts(samples, told)
    origin = provenance(study, told, "samples", facts, columns=["id"], synthetic=len(samples))
    yield Entry("README.txt", readme(_README, origin))
    hashes = []
    for number, (name, image) in enumerate(zip(table["image"], samples.images, strict=True), 1):
        if number % _PROGRESS_EVERY == 1:
            progress(number - 1, len(samples), "images")
        picture = mark(image, _caption(samples, number))
        entry = Entry(name, marked_png(picture, {**picture_facts(origin), "sample": number}))
        yield entry
        hashes.append(entry.sha256)
    progress(len(samples), len(samples), "images")
    yield Entry("synthetic-pixels.npy", pixel_pieces(samples.images))
    yield Entry("synthetic-latents.npy", npy_pieces(samples.latents, np.arange(len(samples))))
    yield Entry("synthetic-samples.csv", csv_pieces(table.assign(image_sha256=hashes)))
    yield Entry(PROVENANCE, json_bytes(origin))


def _caption(samples: DecodedSamples, number: int) -> str:
    is_far = bool(samples.off_data[number - 1])
    return synthetic_caption(samples.rendering, number, len(samples), is_far=is_far)


def _facts(samples: DecodedSamples, told: Disclosure) -> dict[str, Any]:
    """Return how `samples` were made, as JSON-able values."""
    return {
        "like": told.details(samples.like),
        "images_in_group": samples.members,
        "count": len(samples),
        "off_data": int(samples.off_data.sum()),
        "seed": samples.seed,
        "latent_size": samples.latents.shape[1],
        **samples.rendering.facts,
    }


def _table(samples: DecodedSamples, told: Disclosure) -> pd.DataFrame:
    """Return the table but for the images' hashes."""
    numbers = range(1, len(samples) + 1)
    digits = max(4, len(str(len(samples))))
    return pd.DataFrame(
        {
            "kind": "synthetic",
            "sample": numbers,
            "nearest_row": samples.nearest_rows,
            "nearest_image": told.image_names(samples.nearest_rows),
            "cosine_distance": samples.nearest_distances,
            "off_data": samples.off_data,
            "image": [f"images/synthetic-{number:0{digits}d}.png" for number in numbers],
        }
    )
