"""How masks are shaped, in a few numbers, so that unpaired masks can be compared."""

import numpy as np

# Depths below a mask's border, in pixels, of which the share of the mask deeper is taken.
_DEPTHS = (1.5, 3.0, 5.0, 8.0)
_LEAST_AREA = 1e-3
_LEAST_SPREAD = 1e-6


def describe_shapes(masks: np.ndarray) -> np.ndarray:
    """Describe masks by size, border and thickness.

    Args:
        masks: bool (N, H, W).

    Returns:
        float (N, 7): the share of the picture inside, the share of neighbouring pixels between
        which a border runs, border by area, and which share of the mask lies deeper than 1.5, 3,
        5 and 8 px below its border.
    """
    from scipy.ndimage import distance_transform_edt

    return np.array([_description(mask, distance_transform_edt(mask)) for mask in masks])


def shape_distance(masks: np.ndarray, examples: np.ndarray) -> float:
    """Return how differently the masks of two sets are shaped, which need not belong together.

    It is the distance between the distributions of each number of `describe_shapes`
    (Wasserstein-1), in standard deviations among the examples, averaged over the numbers.

    Args:
        masks: bool (N, H, W); empty ones are left out.
        examples: bool (M, H, W), none of them empty.

    Returns:
        0 where they are alike, ∞ where all `masks` are empty.
    """
    from scipy.stats import wasserstein_distance

    filled = masks[masks.any(axis=(1, 2))]
    if len(filled) == 0:
        return float("inf")
    found, wanted = describe_shapes(filled), describe_shapes(examples)
    spreads = wanted.std(axis=0) + _LEAST_SPREAD
    pairs = zip(found.T, wanted.T, spreads, strict=True)
    return float(np.mean([wasserstein_distance(a, b) / spread for a, b, spread in pairs]))


def _description(mask: np.ndarray, depth: np.ndarray) -> list[float]:
    area = float(mask.mean())
    border = float((mask[1:] != mask[:-1]).mean() + (mask[:, 1:] != mask[:, :-1]).mean())
    deeper = [float((depth > least).mean()) for least in _DEPTHS]
    some = max(area, _LEAST_AREA)
    return [area, border, border / some, *(share / some for share in deeper)]
