"""Regions of images: which each pixel belongs to, and how large they are."""

import numpy as np
import pandas as pd


def region_labels(regions: np.ndarray, families: np.ndarray) -> np.ndarray:
    """Return the region each pixel mostly belongs to.

    Regions into which one tone is divided count together against those of other tones: divided
    among several, it would lose every border to a tone that is whole.

    Args:
        regions: (..., K), the share of each region.
        families: int64 (K,), equal for regions into which one tone is divided.

    Returns:
        uint8 (...), 0…K−1; of equal shares the first counts.
    """
    _, family = np.unique(families, return_inverse=True)
    shares = np.stack(
        [regions[..., family == each].sum(axis=-1) for each in range(family.max() + 1)], axis=-1
    )
    rivals = family == shares.argmax(axis=-1)[..., None]
    labels: np.ndarray = np.where(rivals, regions, -1).argmax(axis=-1).astype(np.uint8)
    return labels


def region_areas(labels: np.ndarray, count: int) -> np.ndarray:
    """Return which share of each image every region covers.

    Args:
        labels: (N, H, W), the region of each pixel.
        count: number K of regions.

    Returns:
        float32 (N, K), 0–1, of sum 1.
    """
    flat = labels.reshape(len(labels), -1)
    areas = np.stack([(flat == region).mean(axis=1) for region in range(count)], axis=1)
    return areas.astype(np.float32)


def area_column(region: int) -> str:
    """Return the name of the column that holds the area of `region`."""
    return f"region {region} area"


def areas_table(areas: np.ndarray) -> pd.DataFrame:
    """Return areas (N, K) as a table of one column per region."""
    return pd.DataFrame(areas, columns=[area_column(region) for region in range(areas.shape[1])])
