"""Directions in latent space: along which a model's images change, and how."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cae.errors import CaeError
from cae.latent.spread import evenly_spread, require_latents

_MOST_IMAGES = 50_000
_FOLDS = 5
# How many rows side by side may be of one patient.
_NEIGHBOURS = 20
_FEWEST_VALUES = 10


@dataclass(frozen=True, eq=False)
class Direction:
    """A way to change latents.

    Attributes:
        name: as the user knows it.
        vector: float32, (d,), the change of a latent that is one standard deviation.
        facts: how it was found, JSON-able.
    """

    name: str
    vector: np.ndarray
    facts: dict[str, Any] = field(default_factory=dict)


def difference_direction(name: str, group: np.ndarray, other: np.ndarray) -> Direction:
    """Return the direction from the mean of `other` to that of `group`.

    One standard deviation is that of the images of both groups along it.

    Args:
        name: of the direction.
        group: (N, d), latents, at least one.
        other: (M, d), latents, at least one.

    Raises:
        CaeError: a group is empty or not finite, or both have the same mean.
    """
    for latents, which in ((group, "group"), (other, "other group")):
        if len(latents) == 0:
            raise CaeError(f"The {which} holds no image; choose another one.")
        require_latents(latents)
    difference = group.mean(axis=0, dtype=np.float64) - other.mean(axis=0, dtype=np.float64)
    length = np.linalg.norm(difference)
    if length == 0:
        raise CaeError("Both groups have the same mean, so nothing leads from one to the other.")
    unit = difference / length
    spread = np.concatenate([group, other]).astype(np.float64) @ unit
    deviation = spread.std()
    facts = {
        "kind": "difference",
        "images": [len(group), len(other)],
        "apart_in_deviations": round(float(length / deviation), 3),
    }
    return Direction(name, (unit * deviation).astype(np.float32), facts)


def column_direction(
    name: str, latents: np.ndarray, values: np.ndarray, patients: np.ndarray
) -> Direction:
    """Return how latents change with a column's value.

    The vector is the mean change of a latent per standard deviation of the value, the pattern
    rather than the weights of a regression (Haufe et al. 2014, NeuroImage): what it decodes is
    what goes along with the value, not what suits a prediction. How well a ridge regression
    predicts the value from latents of patients it has not seen tells how much there is to see.

    Args:
        name: of the direction.
        latents: (N, d).
        values: (N,), numbers; rows without one are left out.
        patients: (N,), the patient of each image as a number, or a number of its own.

    Raises:
        CaeError: fewer than 10 values, or all are the same.
    """
    from sklearn.linear_model import RidgeCV
    from sklearn.model_selection import GroupKFold, cross_val_predict

    values = np.asarray(values, dtype=np.float64)
    known = np.flatnonzero(np.isfinite(values))
    if len(known) < _FEWEST_VALUES:
        raise CaeError(
            f"Only {len(known)} images have a value; a direction needs {_FEWEST_VALUES} or more."
        )
    rows = known[evenly_spread(len(known), _MOST_IMAGES)]
    latents = np.asarray(latents[rows], dtype=np.float64)
    require_latents(latents)
    deviation = values[rows].std()
    if deviation == 0:
        raise CaeError("All images have the same value, so nothing changes with it.")
    standard = (values[rows] - values[rows].mean()) / deviation
    vector = standard @ (latents - latents.mean(axis=0)) / len(rows)
    groups = patients[rows]
    if not 1 < len(np.unique(groups)) < len(rows):
        # Where patients are unknown, their images are mostly neighbouring rows, which stay
        # together; rows are often sorted by the value, of which each fold sees all.
        groups = np.arange(len(rows)) // max(1, min(_NEIGHBOURS, len(rows) // (4 * _FOLDS)))
    folds = GroupKFold(min(_FOLDS, len(np.unique(groups))))
    ridge = RidgeCV(np.logspace(-4, 3, 8))
    predicted = cross_val_predict(ridge, latents, standard, groups=groups, cv=folds)
    explained = 1 - np.mean((standard - predicted) ** 2)
    facts = {
        "kind": "column",
        "images": len(rows),
        "one_deviation": float(deviation),
        "explained": round(float(max(explained, 0)), 3),
    }
    return Direction(name, vector.astype(np.float32), facts)


def principal_directions(latents: np.ndarray, count: int) -> list[Direction]:
    """Return the directions along which latents differ most, the strongest first.

    Args:
        latents: (N, d), at least two.
        count: the largest number of directions; fewer where the latents span fewer.

    Raises:
        CaeError: fewer than two latents.
    """
    from sklearn.decomposition import PCA

    require_latents(latents)
    if len(latents) < 2:
        raise CaeError("One image does not vary; choose two or more.")
    found = PCA(min(count, latents.shape[1], len(latents) - 1)).fit(
        np.asarray(latents[evenly_spread(len(latents), _MOST_IMAGES)], dtype=np.float64)
    )
    parts = zip(
        found.components_, found.explained_variance_, found.explained_variance_ratio_, strict=True
    )
    return [
        Direction(
            f"Component {number}",
            (axis * variance**0.5).astype(np.float32),
            {"kind": "component", "images": len(latents), "share": round(float(share), 3)},
        )
        for number, (axis, variance, share) in enumerate(parts, start=1)
    ]
