"""How well regions or masks agree with known structures."""

import numpy as np

from cae.cohorts.bootstrap import Estimate, bootstrap_weights, estimate


def dice(predicted: np.ndarray, true: np.ndarray) -> float:
    """Return the Dice coefficient ``2 |P ∩ T| / (|P| + |T|)`` of two masks.

    Args:
        predicted: bool, any shape.
        true: bool, as `predicted`.

    Returns:
        0–1; 1 where both are empty.

    Source: Dice 1945, "Measures of the amount of ecologic association between species".
    """
    predicted, true = np.asarray(predicted, bool), np.asarray(true, bool)
    sizes = np.count_nonzero(predicted) + np.count_nonzero(true)
    return 2 * np.count_nonzero(predicted & true) / sizes if sizes else 1.0


def assign_regions(regions: np.ndarray, structures: np.ndarray, count: int) -> np.ndarray:
    """Return which structure each region mostly lies in.

    Args:
        regions: int, any shape, 0…count−1.
        structures: int, as `regions`; −1 where a pixel is to be left out.
        count: number of regions.

    Returns:
        int64, (count,); −1 for a region that is nowhere.
    """
    known = structures >= 0
    kinds = int(structures.max(initial=0)) + 1
    pairs = regions[known].astype(np.int64) * kinds + structures[known]
    tally = np.bincount(pairs, minlength=count * kinds).reshape(count, kinds)
    return np.where(tally.any(1), tally.argmax(1), -1)


def dice_estimate(predicted: np.ndarray, true: np.ndarray, units: np.ndarray) -> Estimate:
    """Return the Dice coefficient over all images and its 95 % bootstrap interval over patients.

    Args:
        predicted: bool, (N, H, W).
        true: bool, as `predicted`.
        units: (N,), whom each image is drawn with, see `drawn_together`; of fewer than ten there
            is no interval.
    """
    axes = tuple(range(1, predicted.ndim))
    shared = np.count_nonzero(predicted & true, axis=axes)
    sizes = np.count_nonzero(predicted, axis=axes) + np.count_nonzero(true, axis=axes)
    weights = bootstrap_weights(units, seed=0).astype(np.float64)
    weighed = weights @ sizes
    none = np.ones(len(weights))
    return estimate(np.divide(2 * weights @ shared, weighed, out=none, where=weighed > 0))
