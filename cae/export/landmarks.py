"""The coordinates of a landmark in many images, as a CSV file with its provenance."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cae.decoding.locate import FoundLandmarks
from cae.export.csv import csv_pieces
from cae.export.documented import write_documented
from cae.export.redaction import Disclosure, disclosure
from cae.progress import Progress, silent

if TYPE_CHECKING:
    from cae.study.study import Study


def file_stem(study: "Study", landmarks: FoundLandmarks) -> str:
    """Return a file name without ending that tells the point and its image where it may be told."""
    (image,) = disclosure(study, identifying=False).file_names(np.array([landmarks.template]))
    return f"landmark-{image}-x-{landmarks.x}-y-{landmarks.y}"


def landmark_table(study: "Study", landmarks: FoundLandmarks) -> pd.DataFrame:
    """Return a line per image: row, image, x, y, similarity and confidence.

    Ids that may tell who a patient is are left out.
    """
    return _table(landmarks, disclosure(study, identifying=False))


def export_landmarks(
    study: "Study",
    landmarks: FoundLandmarks,
    out: Path,
    *,
    identifying: bool = False,
    progress: Progress = silent,
) -> Path:
    """Write coordinates to `out` and, beside it, their provenance as ``.provenance.json``.

    Two exports of the same landmarks are the same, byte for byte.

    Args:
        study: it has a local model.
        landmarks: as `cae.decoding.locate.locate` returns them.
        out: a CSV file; what was there is replaced.
        identifying: whether ids are exported that may tell who a patient is.
        progress: receives files written.

    Returns:
        `out`.

    Raises:
        CaeError: the place is full or cannot be written to; then nothing is replaced.
    """
    out = Path(out)
    told = disclosure(study, identifying)
    facts = {
        "row": landmarks.template,
        "image": told.image_names([landmarks.template])[0],
        "x": landmarks.x,
        "y": landmarks.y,
        "images": len(landmarks),
    }
    content = csv_pieces(_table(landmarks, told))
    return write_documented(study, told, out, content, "landmarks", facts, progress, columns=["id"])


def _table(landmarks: FoundLandmarks, told: Disclosure) -> pd.DataFrame:
    found = landmarks.found
    return pd.DataFrame(
        {
            "row": landmarks.rows,
            "image": told.image_names(landmarks.rows),
            "x": found.xy[:, 0],
            "y": found.xy[:, 1],
            "similarity": found.similarity.round(4),
            "confidence": found.confidence.round(4),
        }
    )
