"""How far two descriptions of the same images arrange them alike."""

import numpy as np


def linear_cka(first: np.ndarray, second: np.ndarray) -> float | None:
    """Return the debiased linear centred kernel alignment of two descriptions.

    It is 1 where one is the other turned, mirrored, moved or scaled, and about 0 where they have
    nothing to do with one another, whatever the number of images and of numbers; it may be a
    little below 0. None with fewer than four images, or where a description does not vary.

    Args:
        first: (N, d).
        second: (N, e), of the same images.

    Source: Kornblith, Norouzi, Lee, Hinton 2019, arXiv 1905.00414; with the unbiased estimate of
    Song et al. 2012, as Murphy, Zylberberg, Fyshe 2024 (arXiv 2405.01012) advise.
    """
    if len(first) < 4:
        return None
    features = _standard(first), _standard(second)
    spreads = [_unbiased_hsic(one, one) for one in features]
    if min(spreads) <= 0:
        return None
    return float(_unbiased_hsic(*features) / np.sqrt(spreads[0] * spreads[1]))


def _standard(vectors: np.ndarray) -> np.ndarray:
    """Return vectors about their mean, in a scale that keeps products within range."""
    centred = np.asarray(vectors, np.float64) - np.mean(vectors, axis=0, dtype=np.float64)
    largest = np.abs(centred).max()
    scaled: np.ndarray = centred / (largest or 1.0)
    return scaled


def _unbiased_hsic(first: np.ndarray, second: np.ndarray) -> float:
    """Return the unbiased Hilbert–Schmidt independence criterion of linear kernels.

    The kernels (N, N), whose diagonals count as 0, are never formed.
    """
    count = len(first)
    own = [np.einsum("nd,nd->n", one, one) for one in (first, second)]
    sums = [
        one @ one.sum(axis=0) - diagonal for one, diagonal in zip((first, second), own, strict=True)
    ]
    trace = np.square(first.T @ second).sum() - own[0] @ own[1]
    means = sums[0].sum() * sums[1].sum() / ((count - 1) * (count - 2))
    crossed = 2 * (sums[0] @ sums[1]) / (count - 2)
    return float((trace + means - crossed) / (count * (count - 3)))
