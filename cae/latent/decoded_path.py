"""A path between images of a study, what lies nearest to it, and its synthetic images."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from cae.errors import CaeError
from cae.latent.neighbours import nearest
from cae.latent.path import linear_path, spherical_path
from cae.latent.place import place

if TYPE_CHECKING:
    from cae.study import Study

FEWEST_STEPS, MOST_STEPS = 3, 25


@dataclass(frozen=True)
class PathKind:
    """A way from anchor to anchor: its name, what it does in one sentence, and its latents."""

    title: str
    sentence: str
    walk: Callable[[np.ndarray, int], np.ndarray]


KINDS = {
    "straight": PathKind(
        "Straight", "Every number of the latent changes evenly from one end to the other.",
        linear_path,
    ),
    "spherical": PathKind(
        "Spherical", "The latent turns evenly from one end's direction to the other's.",
        spherical_path,
    ),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class LatentPath:
    """A path of M steps through a study's latent space and what lies beside it.

    Attributes:
        anchors: rows of the images it runs through; the first and last step are the latents of
            the first and last of them.
        kind: a key of `KINDS`.
        latents: float32 (M, d).
        places: float32 (M, 2), where the steps fall on the map.
        nearest_rows: int64 (M,), the real image nearest to each step.
        nearest_distances: float32 (M,), cosine distance to it, 0–2.
    """

    anchors: tuple[int, ...]
    kind: str
    latents: np.ndarray
    places: np.ndarray
    nearest_rows: np.ndarray
    nearest_distances: np.ndarray

    def __len__(self) -> int:
        return len(self.latents)


@dataclass(frozen=True, eq=False)
class DecodedPath(LatentPath):
    """A path with a synthetic image per step.

    Attributes:
        images: uint8 (M, H, W, C), decoded from `latents`.
    """

    images: np.ndarray


def walk(
    study: "Study", anchors: Sequence[int], steps: int = 9, kind: str = "straight"
) -> LatentPath:
    """Walk from anchor to anchor in the study's latent space; needs no model.

    Args:
        study: with its steps up to ``project`` current.
        anchors: rows, two or more.
        steps: both ends included, 3–25.
        kind: a key of `KINDS`.

    Raises:
        CaeError: an anchor is no row of the study, the number of steps or the kind is not
            offered, or a step of the study has not been run.
    """
    if kind not in KINDS:
        raise CaeError(f"There is no path of the kind {kind!r}; choose one of {', '.join(KINDS)}.")
    if not FEWEST_STEPS <= steps <= MOST_STEPS:
        raise CaeError(f"A path of {steps} steps is not offered; use {FEWEST_STEPS}–{MOST_STEPS}.")
    total = len(study.latents)
    for row in anchors:
        if not 0 <= row < total:
            raise CaeError(f"There is no image in row {row}; the rows are 0 to {total - 1}.")
    latents = KINDS[kind].walk(np.asarray(study.latents[list(anchors)]), steps)
    rows, distances = nearest(study.latents, latents, 1)
    return LatentPath(
        anchors=tuple(int(row) for row in anchors),
        kind=kind,
        latents=latents,
        places=place(study.latents, study.projection, latents),
        nearest_rows=rows[:, 0],
        nearest_distances=distances[:, 0],
    )


def decode_path(study: "Study", path: LatentPath) -> DecodedPath:
    """Decode every step of a path into a synthetic image.

    Raises:
        CaeError: the study's model is missing or damaged.

    Example:
        ``decoded = decode_path(study, walk(study, [12, 340], steps=7, kind="spherical"))``
    """
    images = study.model.decode(path.latents)
    return DecodedPath(**{f.name: getattr(path, f.name) for f in fields(path)}, images=images)
