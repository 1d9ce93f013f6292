"""One point of one image, looked for in the other images of a study."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cae.errors import CaeError
from cae.local.landmark import (
    Landmarks,
    constellation,
    find_landmark,
    match_map,
    similarity_map,
)
from cae.progress import Progress, silent

if TYPE_CHECKING:
    from cae.study.study import Study

_IMAGES_AT_ONCE = 128


@dataclass(frozen=True, eq=False)
class FoundLandmarks:
    """One point of one image of a study, found again in N of its images.

    Attributes:
        template: row of the image that the point was chosen in.
        x: column of the point there.
        y: row of the point there.
        rows: int64 (N,), of the images it was looked for in.
        found: where it is in each of them.
    """

    template: int
    x: int
    y: int
    rows: np.ndarray
    found: Landmarks

    def __len__(self) -> int:
        return len(self.rows)


def locate(
    study: "Study",
    row: int,
    x: int,
    y: int,
    rows: np.ndarray,
    progress: Progress = silent,
) -> FoundLandmarks:
    """Return where the point in column `x` and row `y` of image `row` is in the images `rows`.

    Raises:
        CaeError: the study has no local model, or the point lies outside the image.
    """
    require_inside(study, x, y)
    model, images = study.local_model, study.images
    template = model.embeddings(np.asarray(images[row : row + 1]))[0]
    point = constellation(template, x, y)
    parts = []
    for start in range(0, len(rows), _IMAGES_AT_ONCE):
        chunk = rows[start : start + _IMAGES_AT_ONCE]
        embeddings = model.embeddings(np.asarray(images[chunk]))
        match = match_map(embeddings, point, model.has_moves)
        parts.append(find_landmark(match, similarity_map(embeddings, point.points[0])))
        progress(start + len(chunk), len(rows), "images")
    found = Landmarks(*(np.concatenate(part) for part in zip(*parts, strict=True)))
    return FoundLandmarks(row, x, y, np.asarray(rows, np.int64), found)


def require_inside(study: "Study", x: int, y: int) -> None:
    """Raise `CaeError` unless column `x` and row `y` are inside the study's images."""
    height, width = study.images.shape[1:3]
    if not (0 <= x < width and 0 <= y < height):
        raise CaeError(
            f"The point {x},{y} lies outside the images, which are {width}×{height} px; "
            "count columns and rows from 0."
        )
