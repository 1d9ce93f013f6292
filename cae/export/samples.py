"""Decoded samples as an export that says of itself that it is synthetic."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cae.decoding.decoded_sample import DecodedSamples
from cae.export.archive import HOW_TO_CHECK, HashedArchive, new_archive
from cae.export.contents import json_bytes, npy_pieces
from cae.export.csv import csv_pieces
from cae.export.provenance import anonymous_origin
from cae.export.redaction import Redaction
from cae.export.synthetic import SYNTHETIC, mark, marked_png
from cae.progress import Progress, silent

if TYPE_CHECKING:
    from cae.study.study import Study

_PROGRESS_EVERY = 50
_REMARK = "the images are decoded by a model; they are not images of real subjects"
_README = f"""\
CAE Explorer: synthetic samples
===============================

Synthetic images like a group of real ones: new latents were drawn like the latents of the group
and decoded by the model. They show what the model has learned; they are not images of any subject.

synthetic-samples.csv  One line per sample, all of the kind synthetic: the real image nearest to
                       it and the cosine distance to that (0-2; a small one says that the sample
                       all but repeats a real image), the name of its file and that file's SHA-256.
images/                The samples, enlarged without smoothing and marked as synthetic in the
                       picture, the name and the PNG's text.
synthetic-latents.npy  One latent per line of synthetic-samples.csv, in the same order, float32
                       (numpy.load reads it).
provenance.json        How the samples came about: versions, hashes and parameters of every step,
                       the group, its size, and the seed.
checksums.sha256       The SHA-256 of every other file.

{HOW_TO_CHECK}
For research use only; not for diagnosis.
"""


def file_stem(samples: DecodedSamples) -> str:
    """Return a file name without ending that tells the group and the seed."""
    group = f"{samples.like['kind']}-{samples.like.get('cluster', f'of-{samples.members}')}"
    return f"synthetic-like-{group}-seed-{samples.seed}"


def export_samples(
    study: "Study", samples: DecodedSamples, path: Path, progress: Progress = silent
) -> Path:
    """Write samples, their latents, table and provenance, laid out as `export_cohort` does.

    Two exports of the same samples differ only in ``exported_utc`` of provenance.json and its
    checksum. Nothing that may tell who a patient is is written.

    Args:
        study: the study that the samples were drawn in.
        samples: as `decode_samples` returns them.
        path: a zip where it ends with .zip, replaced when it exists; else a new or empty folder.
        progress: receives images written.

    Returns:
        `path`.

    Raises:
        CaeError: the folder holds something, or the place cannot be written to.
    """
    path = Path(path)
    redaction = Redaction(study)
    facts = sample_facts(study, samples, redaction)
    table = _table(samples, redaction)
    with new_archive(path) as archive:
        archive.add("README.txt", _README.encode("utf-8"))
        table["image_sha256"] = list(_add_images(samples, table, facts, archive, progress))
        rows = np.arange(len(samples))
        archive.add_pieces("synthetic-latents.npy", npy_pieces(samples.latents, rows))
        archive.add_pieces("synthetic-samples.csv", csv_pieces(table))
        told = {**anonymous_origin(study, redaction), "synthetic": _REMARK, "samples": facts}
        archive.add("provenance.json", json_bytes(told))
        archive.add_checksums()
    return path


def sample_facts(study: "Study", samples: DecodedSamples, redaction: Redaction) -> dict[str, Any]:
    """Return how `samples` were made, as JSON-able values, without what may identify a patient."""
    return {
        "like": redaction.details(samples.like),
        "images_in_group": samples.members,
        "count": len(samples),
        "seed": samples.seed,
        "latent_size": samples.latents.shape[1],
        "model_hash": study.digest("train"),
        "latents_hash": study.digest("encode"),
    }


def _table(samples: DecodedSamples, redaction: Redaction) -> pd.DataFrame:
    """Return the table but for the images' hashes."""
    numbers = range(1, len(samples) + 1)
    digits = max(4, len(str(len(samples))))
    return pd.DataFrame(
        {
            "kind": "synthetic",
            "sample": numbers,
            "nearest_row": samples.nearest_rows,
            "nearest_image": [redaction.image_name(int(row)) for row in samples.nearest_rows],
            "cosine_distance": samples.nearest_distances,
            "image": [f"images/synthetic-{number:0{digits}d}.png" for number in numbers],
        }
    )


def _add_images(
    samples: DecodedSamples,
    table: pd.DataFrame,
    facts: dict[str, Any],
    archive: HashedArchive,
    progress: Progress,
) -> Iterator[str]:
    """Write every sample and yield its hash."""
    for number, (name, image) in enumerate(zip(table["image"], samples.images, strict=True), 1):
        if number % _PROGRESS_EVERY == 1:
            progress(number - 1, len(samples), "writing images")
        picture = mark(image, f"{SYNTHETIC} {number}/{len(samples)}")
        yield archive.add(name, marked_png(picture, {**facts, "sample": number}))
    progress(len(samples), len(samples), "images written")
