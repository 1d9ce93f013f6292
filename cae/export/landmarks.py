"""The coordinates of a landmark in many images, as a CSV file with its provenance."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cae.errors import CaeError
from cae.export.csv import csv_pieces
from cae.export.provenance import anonymous_origin
from cae.export.redaction import Redaction
from cae.local.landmark import Landmarks
from cae.storage import atomic_path, write_json

if TYPE_CHECKING:
    from cae.study.study import Study


def landmark_table(study: "Study", rows: np.ndarray, found: Landmarks) -> pd.DataFrame:
    """Return a line per image: row, image, x, y, similarity and confidence.

    Ids that may tell who a patient is are left out.
    """
    redaction = Redaction(study)
    return pd.DataFrame(
        {
            "row": rows,
            "image": [redaction.image_name(int(row)) for row in rows],
            "x": found.xy[:, 0],
            "y": found.xy[:, 1],
            "similarity": found.similarity.round(4),
            "confidence": found.confidence.round(4),
        }
    )


def landmark_csv(study: "Study", rows: np.ndarray, found: Landmarks) -> bytes:
    """Return `landmark_table` as CSV that is safe to open in a spreadsheet."""
    return b"".join(csv_pieces(landmark_table(study, rows, found)))


def landmark_provenance(study: "Study", row: int, x: int, y: int, csv: bytes) -> dict[str, Any]:
    """Return where coordinates come from, as JSON-able values, and the hash of their file."""
    redaction = Redaction(study)
    return {
        **anonymous_origin(study, redaction),
        "landmark": {
            "row": row,
            "image": redaction.image_name(row),
            "x": x,
            "y": y,
            "local_model_hash": study.digest("local"),
        },
        "sha256": hashlib.sha256(csv).hexdigest(),
    }


def write_landmarks(
    study: "Study", row: int, x: int, y: int, rows: np.ndarray, found: Landmarks, path: Path
) -> Path:
    """Write coordinates to `path` and, beside it, their provenance as ``.provenance.json``.

    Args:
        study: it has a local model.
        row: of the image that the point was chosen in, at column `x` and row `y`.
        x: column of the point.
        y: row of the point.
        rows: of the images it was looked for in.
        found: as `cae.decoding.locate.locate` returns it for `rows`.
        path: a file; what was there is replaced.

    Raises:
        CaeError: the place cannot be written to.
    """
    path = Path(path)
    csv = landmark_csv(study, rows, found)
    try:
        with atomic_path(path) as temporary:
            temporary.write_bytes(csv)
        told = landmark_provenance(study, row, x, y, csv)
        write_json(path.with_name(f"{path.name}.provenance.json"), told)
    except OSError as error:
        raise CaeError(
            f"{path} cannot be written ({error.strerror}); choose another place."
        ) from error
    return path
