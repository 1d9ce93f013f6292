"""Whether probabilities mean what they say."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

BINS = 10


class Bin(NamedTuple):
    """Images whose probabilities lie in one interval.

    Attributes:
        low: lower end; belongs to the interval.
        high: upper end; belongs to the next interval but for the last, which ends with 1.
        images: how many there are, at least one.
        probability: their mean.
        share: of them that are what the probability is about.
    """

    low: float
    high: float
    images: int
    probability: float
    share: float


def reliability(probability: np.ndarray, is_true: np.ndarray) -> list[Bin]:
    """Return how often something was so where it was said to be about so probable.

    Of `BINS` intervals of equal width those without images are left out.

    Args:
        probability: (N,), 0–1.
        is_true: bool, (N,), whether it was so.

    Source: DeGroot & Fienberg 1983; Niculescu-Mizil & Caruana 2005.
    """
    edges = np.linspace(0, 1, BINS + 1)
    number = np.clip(np.searchsorted(edges, probability, side="right") - 1, 0, BINS - 1)
    return [
        Bin(
            float(edges[one]),
            float(edges[one + 1]),
            int((number == one).sum()),
            float(probability[number == one].mean()),
            float(is_true[number == one].mean()),
        )
        for one in np.unique(number)
    ]


def calibration_error(bins: Sequence[Bin]) -> float | None:
    """Return the expected calibration error, 0–1: how far shares are from probabilities.

    This is the mean of |share − probability| over images, or None without any.

    Source: Naeini, Cooper, Hauskrecht 2015, "Obtaining well calibrated probabilities using
    Bayesian binning".
    """
    images = sum(one.images for one in bins)
    if images == 0:
        return None
    return sum(one.images * abs(one.share - one.probability) for one in bins) / images
