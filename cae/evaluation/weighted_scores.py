"""Figures of predictions under many weightings of the images at once."""

import numpy as np


def weighted_auroc(is_positive: np.ndarray, scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the area under the ROC curve for each weighting, float64 (D,).

    NaN where all weight is on one side.

    Args:
        is_positive: bool (M,).
        scores: (M,), higher for what is held for positive; equal ones count half.
        weights: (D, M), 0 or more.
    """
    order = np.argsort(scores, kind="stable")
    begins = np.flatnonzero(np.diff(scores[order], prepend=-np.inf))
    sides = [
        np.add.reduceat(weights[:, order] * side[order], begins, axis=1, dtype=np.float64)
        for side in (is_positive, ~is_positive)
    ]
    positive, negative = sides
    below = np.cumsum(negative, axis=1) - negative / 2
    pairs = positive.sum(axis=1) * negative.sum(axis=1)
    areas = (positive * below).sum(axis=1)
    found: np.ndarray = np.divide(areas, pairs, out=np.full(len(weights), np.nan), where=pairs > 0)
    return found


def weighted_mean_auroc(
    codes: np.ndarray, probabilities: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Return the mean area under the ROC curve of each class against the rest, float64 (D,).

    A class without weight, or with all of it, is left out of the mean; NaN where none is left.

    Args:
        codes: int (M,), true classes from 0.
        probabilities: (M, C), of each class.
        weights: (D, M).
    """
    areas = np.stack(
        [weighted_auroc(codes == one, probabilities[:, one], weights) for one in np.unique(codes)]
    )
    known = ~np.isnan(areas)
    count = known.sum(axis=0)
    total = np.where(known, areas, 0).sum(axis=0)
    mean: np.ndarray = np.divide(total, count, out=np.full(len(weights), np.nan), where=count > 0)
    return mean


def weighted_r2(values: np.ndarray, predicted: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the coefficient of determination R² for each weighting, float64 (D,), at most 1.

    NaN where the values do not vary.

    Args:
        values: float (M,), true.
        predicted: float (M,).
        weights: (D, M), 0 or more.
    """
    weights = weights.astype(np.float64)
    total = weights.sum(axis=1)
    centred = values - values.mean()
    means = weights @ centred / total
    spread = weights @ centred**2 - total * means**2
    missed = weights @ (values - predicted) ** 2
    has_spread = spread > 1e-12 * (weights @ centred**2)
    found: np.ndarray = 1 - np.divide(
        missed, spread, out=np.full(len(weights), np.nan), where=has_spread
    )
    return found
