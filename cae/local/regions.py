"""Regions of images: which each pixel belongs to, and how large they are."""

import numpy as np
import pandas as pd


def region_labels(regions: np.ndarray) -> np.ndarray:
    """Return the region each pixel mostly belongs to.

    Args:
        regions: (N, H, W, K), the share of each region, as `LocalModel.pixels` returns them.

    Returns:
        uint8 (N, H, W), 0…K−1; of equal shares the first counts.
    """
    return regions.argmax(axis=3).astype(np.uint8)


def region_areas(labels: np.ndarray, count: int) -> np.ndarray:
    """Return which share of each image every region covers.

    Args:
        labels: (N, H, W), as `region_labels` returns them.
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
