"""Images that occur twice, or nearly so."""

import numpy as np
import pandas as pd

from cae.latent.neighbour_graph import NeighbourGraph
from cae.progress import Progress, silent

NEAREST_LOOKED_AT = 5
_PAIRS_AT_ONCE = 2048
_FLAT = 1e-6


def pair_correlations(
    images: np.ndarray, graph: NeighbourGraph, progress: Progress = silent
) -> pd.DataFrame:
    """Compare the pixels of each image and of its 5 nearest by latent.

    Pixels are compared, so that what is found looks alike whatever the model holds for alike, by
    Pearson's correlation over all pixels and channels: a change of brightness or contrast does
    not matter.

    Args:
        images: uint8, (N, H, W, C), may be memory-mapped.
        graph: of the same images.
        progress: told of every chunk of pairs.

    Returns:
        One row per pair, the most alike first: ``row`` and ``other`` (int64, ``row`` is lower)
        and ``correlation`` (float32).
    """
    pairs = graph.first(NEAREST_LOOKED_AT).pairs
    correlation = np.empty(len(pairs), np.float32)
    for start in range(0, len(pairs), _PAIRS_AT_ONCE):
        part = slice(start, min(start + _PAIRS_AT_ONCE, len(pairs)))
        correlation[part] = _correlations(images, pairs[part])
        progress(part.stop, len(pairs), "pairs compared")
    order = np.argsort(-correlation, kind="stable")
    return pd.DataFrame(
        {"row": pairs[order, 0], "other": pairs[order, 1], "correlation": correlation[order]}
    )


def near_duplicates(pairs: pd.DataFrame, least_correlation: float = 0.98) -> pd.DataFrame:
    """Return the pairs of `pair_correlations` that look alike, and which images they link.

    Returns:
        Those of at least `least_correlation`, with ``group`` (int64): images that are linked by
        pairs have one number, from 0 for the group of the most alike pair on.
    """
    alike = pairs[pairs["correlation"] >= least_correlation].reset_index(drop=True)
    return alike.assign(group=_groups(alike))


def across_splits(duplicates: pd.DataFrame, split: np.ndarray) -> np.ndarray:
    """Return which pairs (bool) of `near_duplicates` belong to a group that several splits share.

    Such images leak from training into the test, whichever of their group is tested.

    Args:
        duplicates: as `near_duplicates` returns them.
        split: (N,), of every image.
    """
    long = pd.DataFrame(
        {
            "group": np.tile(duplicates["group"], 2),
            "split": split[np.concatenate([duplicates["row"], duplicates["other"]]).astype(int)],
        }
    )
    count = long.groupby("group")["split"].nunique()
    return duplicates["group"].map(count).to_numpy() > 1


def _correlations(images: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    rows, places = np.unique(pairs, return_inverse=True)
    pixels = np.asarray(images[rows], dtype=np.float32).reshape(len(rows), -1)
    pixels -= pixels.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(pixels, axis=1, keepdims=True)
    # An image of one grey value correlates with nothing, but is alike to another such.
    is_flat = norms[:, 0] <= _FLAT
    pixels /= np.where(is_flat[:, None], 1, norms)
    first, second = places.reshape(-1, 2).T
    found = np.einsum("nd,nd->n", pixels[first], pixels[second])
    return np.where(is_flat[first] & is_flat[second], 1, found)


def _groups(pairs: pd.DataFrame) -> np.ndarray:
    """Return the connected component of each pair, numbered as they first occur."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ends = pairs[["row", "other"]].to_numpy()
    count = int(ends.max(initial=-1)) + 1
    links = coo_array((np.ones(len(ends), np.int8), (ends[:, 0], ends[:, 1])), (count, count))
    component = connected_components(links, directed=False)[1][ends[:, 0]]
    return np.asarray(pd.factorize(component)[0], np.int64)
